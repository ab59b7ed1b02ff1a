"""`StepwiseRun`: a run in which nodes start in given steps, whatever they depend on."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from async_dag.engine.policy import Policy
from async_dag.engine.policy_run import PolicyRun
from async_dag.engine.result import ExecutionResult
from async_dag.errors import WrongArgumentError
from async_dag.nodes.compiled import CompiledGraph


class StepwiseRun(PolicyRun):
    """A node starts when its step does: when all nodes of the step before have ended.

    Args:
        compiled: the nodes.
        result: what is written.
        steps: the nodes that start together, in the order of the steps.
    """

    __slots__ = ("_opening", "_steps")

    def __init__(
        self,
        compiled: CompiledGraph[Any],
        result: ExecutionResult[Any],
        steps: Sequence[Sequence[int]],
    ) -> None:
        if compiled.dynamic is not None:
            raise WrongArgumentError(
                "this DAG has maps or choices, and which tasks run is known only when it does, so it "
                "can't be run one by one or wave by wave; result.timeline.comparison() computes both "
                "from a run"
            )
        self._steps = deque(steps)
        self._opening = False
        # Without edges no node makes another one ready: the run is idle after each step.
        compiled = compiled.without_edges()
        super().__init__(Policy(compiled, range(len(compiled.nodes))), result)

    def _nothing_left(self) -> None:
        """Open the next step instead of ending the run."""
        if self._opening:
            return  # called from within the loop below; steps may be too many for recursion
        self._opening = True
        while self._steps and not (
            self._queue or self._running or self._stopping or self._starting
        ):
            step = self._steps.popleft()
            self._mark_ready(step)
            self._queue.extend(step)
            self._start_ready(False)
        self._opening = False
        super()._nothing_left()

    def _mark_ready(self, step: Sequence[int]) -> None:
        """Record when the last dependency of each was done, which may be long before its step."""
        trace = self.trace
        dependencies = trace.graph.dependencies
        for node in step:
            ends = [trace.finished[dependency] for dependency in dependencies[node]]
            trace.ready[node] = max(ends, default=0.0)
