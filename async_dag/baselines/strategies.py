"""The same nodes really run in the ways people write by hand, to compare with: measured, not computed.

Both ways are run by the engine itself, which only starts the nodes in another order. So the times are
written by the same code and on the same clock as those of `invoke`, and failures and cancellations end
as they do there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, TypeVar

from async_dag.engine.policy import Control
from async_dag.engine.policy_run import ControlledRun
from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.graph.graph import Graph
from async_dag.graph.waves import one_by_one, waves_and_collects
from async_dag.manager.manager import TaskManager
from async_dag.nodes.plan import Plan

P = TypeVar("P")


async def run_sequential(tm: TaskManager[P], parameter: Any = MISSING) -> ExecutionResult[P]:
    """Run the nodes of `tm` one by one, each after the one before has ended: an `await` a line.

    They run in the order in which they were added.

    Args:
        tm: a sorted manager.
        parameter: as for `TaskManager.invoke`.

    Returns:
        An `ExecutionResult` as `invoke` gives. In its trace `ready` is when the last dependency was
        done, as always, so the time until `started` is what a node waited for its turn.

    Raises:
        What `TaskManager.invoke` raises. `last_unfinished` stays as it is, and nobody who watches is
        called: this is no invoke.

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
    """Run the nodes of `tm` wave by wave: a `gather` of all that needs nothing more, then the next.

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
    plan = tm._plan
    assert plan is not None  # else there would be no graph to make steps of
    result: ExecutionResult[P] = tm._new_result(plan, parameter)
    await _StepwiseRun(plan, result, tm._with_attempts, steps).execute()
    return result


class _StepwiseRun(ControlledRun):
    """A run in which a node starts when its step does: when all of the step before have ended."""

    __slots__ = ("_opening", "_steps")

    def __init__(
        self,
        plan: Plan,
        result: ExecutionResult[Any],
        with_attempts: Sequence[int],
        steps: Sequence[Sequence[int]],
    ) -> None:
        self._steps = deque(steps)
        self._opening = False
        # Without dependents no node makes another one ready: the engine is idle after each step.
        plan = plan._replace(roots=(), dependents=((),) * len(plan.nodes))
        super().__init__(Control(plan, range(len(plan.nodes))), result, with_attempts)

    def _wake_if_over(self) -> None:
        """Where the engine has nothing more to do, go on with the next step."""
        if self._opening:
            return  # called from within the loop below; steps may be too many for recursion
        self._opening = True
        while self._steps and not (self._queue or self._running or self._stopping):
            step = self._steps.popleft()
            self._mark_ready(step)
            self._queue.extend(step)
            self._start_ready()
        self._opening = False
        super()._wake_if_over()

    def _mark_ready(self, step: Sequence[int]) -> None:
        """Record when the last dependency of each was done, which may be long before its step."""
        trace = self.trace
        dependencies = trace.graph.dependencies
        for node in step:
            ends = [trace.finished[needed] for needed in dependencies[node]]
            trace.ready[node] = max(ends, default=0.0)
