"""Runs the same nodes in the ways people write by hand, for comparison: measured, not computed.

The engine itself runs them, and only starts the nodes in another order. So the same code records
the times on the same clock as in `invoke`, and failures and cancellations end in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.engine.stepwise_run import StepwiseRun
from async_dag.graph.graph import Graph
from async_dag.graph.waves import one_by_one, waves_and_collects
from async_dag.manager.manager import TaskManager

P = TypeVar("P")


async def run_sequential(tm: TaskManager[P], parameter: Any = MISSING) -> ExecutionResult[P]:
    """Run the nodes of `tm` one by one, like one `await` per line.

    They run in the order in which they were added.

    Args:
        tm: a sorted manager.
        parameter: as for `TaskManager.invoke`.

    Returns:
        An `ExecutionResult`, like `invoke`. As always, `ready` in its trace is the time when the last
        dependency was done, so a node waited for its turn until `started`.

    Raises:
        The errors of `TaskManager.invoke`. It is not an invoke, so it does not change `last_unfinished`
        and does not call watchers.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     naps = tm.collect([tm.add_node(nap, 0.01), tm.add_node(nap, 0.01)])
    >>> result = asyncio.run(run_sequential(tm))
    >>> result[naps], result.trace.started[1] >= result.trace.finished[0]
    ([0.01, 0.01], True)
    """
    return await _run_in_steps(tm, parameter, one_by_one(tm.graph))


async def run_waves(tm: TaskManager[P], parameter: Any = MISSING) -> ExecutionResult[P]:
    """Run the nodes of `tm` wave by wave: like a `gather` of all nodes that are ready, then the next.

    A wave starts when the slowest node of the one before has ended. Arguments, result and errors are
    those of `run_sequential`.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     short, long = tm.add_node(nap, 0.01), tm.add_node(nap, 0.03)
    ...     after_short = tm.add_node(nap, 0.01, short)
    >>> trace = asyncio.run(run_waves(tm)).trace
    >>> trace.started[2] >= trace.finished[1]
    True
    """
    return await _run_in_steps(tm, parameter, _wave_by_wave(tm.graph))


def _wave_by_wave(graph: Graph) -> list[list[int]]:
    """The waves as steps; after each, a step for each collect node that it makes ready."""
    steps: list[list[int]] = []
    for wave in waves_and_collects(graph):
        if wave.tasks:
            steps.append(wave.tasks)
        steps += [[node] for node in wave.collects]
    return steps


async def _run_in_steps(
    tm: TaskManager[P], parameter: Any, steps: Sequence[Sequence[int]]
) -> ExecutionResult[P]:
    result: ExecutionResult[P] = ExecutionResult(tm.compiled, parameter)
    await StepwiseRun(tm.compiled, result, steps).execute()
    return result
