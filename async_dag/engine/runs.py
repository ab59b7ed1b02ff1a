"""Which kind of run carries out an invoke."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from async_dag.engine.dynamic_run import DynamicRun
from async_dag.engine.policy import Policy
from async_dag.engine.policy_run import PolicyRun
from async_dag.engine.result import ExecutionResult


def policy_run(
    policy: Policy, parameter: Any, on_done: Callable[[int], object] | None = None
) -> PolicyRun:
    """The run of an invoke with this policy; of a DAG with maps one that knows of them.

    `on_done` is called with the index of each task that is done.
    """
    compiled = policy.compiled
    result = ExecutionResult(compiled, parameter, policy.runs)
    kind = PolicyRun if compiled.dynamic is None else DynamicRun
    return kind(policy, result, on_done)
