"""`MendedRun`: what a run would have taken, had one thing been otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from async_dag.analysis.critical_path import NodeTimes, chain
from async_dag.analysis.findings.finding import WORTH_TELLING, Gain
from async_dag.analysis.findings.words import Words
from async_dag.analysis.simulation.simulate import Simulator
from async_dag.graph.strategies import Strategy
from async_dag.trace.trace import Trace

EXACT: Final = 0.01
"""The share of the makespan by which two figures may differ and still be told as one."""

_MOST_WORK: Final = 400_000
"""Nodes that may be simulated for the findings of one run: a few hundred runs of a thousand nodes."""

_AT_LEAST: Final = 3
"""Simulations of however large a run: what the critical path takes."""


class OutOfTime(Exception):
    """Enough was simulated."""


class MendedRun:
    """A run, and what would be gained by a change to it."""

    def __init__(self, times: NodeTimes, strategy: Strategy) -> None:
        self.times = times
        self.strategy: Strategy = strategy
        self.trace: Trace = times.trace
        self.names: tuple[str, ...] = times.trace.graph.names
        self.path: list[int] = chain(times)
        self.makespan: float = times.end[self.path[-1]] if self.path else 0.0
        self.say: Words = Words(self.names, self.makespan)
        self.plain: Simulator = Simulator(times, incomplete=True)
        self._work_left = max(_MOST_WORK, _AT_LEAST * len(self.trace))

    def function(self, node: int) -> str | None:
        """The qualified name of a task's function."""
        return self.trace.graph.origins[node].task

    def simulated(self, simulator: Simulator, **mended: Any) -> float:
        """The makespan of the run, mended like this."""
        self._work_left -= len(self.trace)
        if self._work_left < 0:
            raise OutOfTime
        slots = mended.pop("max_concurrency", self.trace.max_concurrency)
        as_started = mended.pop("as_started", True)
        trace = simulator.run(self.strategy, max_concurrency=slots, as_started=as_started, **mended)
        return trace.elapsed

    @cached_property
    def _early(self) -> Simulator:
        return Simulator(self.times, early=True, incomplete=True)

    @cached_property
    def base(self) -> float:
        """The makespan of the run as it is, simulated: what the model leaves out is no gain."""
        return self.simulated(self.plain)

    def gain(self, **mended: Any) -> Gain:
        """What would be gained by a change that leaves the steps which hold the loop as they are."""
        seconds = self.simulated(self.plain, **mended)
        return self._between(self.base - seconds, self.base - seconds)

    def _between(self, low: float, high: float) -> Gain:
        if abs(self.base - self.makespan) > WORTH_TELLING * self.makespan:
            # The model does not quite hold: perhaps what it left out is gained as well, or lost.
            low, high = (
                min(low, low + self.makespan - self.base),
                max(high, high + self.makespan - self.base),
            )
        low, high = max(0.0, low), max(0.0, high)
        return Gain(low, low) if high - low <= EXACT * self.makespan else Gain(low, high)

    def gain_off_loop(self, nodes: Sequence[int]) -> Gain:
        """What would be gained if these held the loop no longer."""
        names = [self.names[node] for node in nodes]
        low = self.base - self.simulated(self.plain, off_loop=names)
        # Nobody who waits for a step waits for longer than it takes.
        held = sum(self.times.held[node] for node in nodes)
        high = min(held, self.makespan - self.simulated(self._early, off_loop=names))
        return self._between(low, max(low, high))


def why_range(gain: Gain) -> str | None:
    """Why a gain that was simulated is not known exactly."""
    if gain.low == gain.high:
        return None
    return "the run took longer than its tasks and their waits explain"
