"""`MendedRun`: what a run would have taken, had one thing been otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from async_dag.analysis.critical_path import NodeTimes, Piece, chain, pieces
from async_dag.analysis.findings.finding import Gain
from async_dag.analysis.findings.words import Words
from async_dag.analysis.simulation.cluster import ClusterSimulator
from async_dag.analysis.simulation.simulate import Simulator, leaves_open
from async_dag.graph.strategies import Strategy
from async_dag.trace.completeness import left_off
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
        self.cluster: ClusterSimulator | None = (
            ClusterSimulator(times) if self.trace.lanes else None
        )
        knows = self.trace.knows_lateness
        # Of tasks as short as they can have been, so that no gain is flattered.
        self.plain: Simulator = Simulator(times, early=knows, incomplete=True)
        self._simulators: list[Simulator] = [self.plain]
        if leaves_open(self.trace):
            self._simulators.append(self._generous)
        self._bases: dict[Simulator, float] = {}
        self._work_left = max(_MOST_WORK, _AT_LEAST * len(self._simulators) * len(self.trace))

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What the makespan went into, along the critical path."""
        return pieces(self.times, self.path, "loop" if self.strategy == "dag" else "turn")

    @cached_property
    def left_off(self) -> frozenset[int]:
        """The maps and folds that have no value although some of their items ran."""
        return left_off(self.trace)

    def function(self, node: int) -> str | None:
        """The qualified name of a task's function."""
        return self.trace.graph.origins[node].task

    def simulated(self, simulator: Simulator, **mended: Any) -> float:
        """The makespan of the run, mended like this."""
        self._work_left -= len(self.trace)
        if self._work_left < 0:
            raise OutOfTime
        if self.cluster is not None:
            return self._on_cluster(self.cluster, **mended)
        slots = mended.pop("max_concurrency", self.trace.max_concurrency)
        as_started = mended.pop("as_started", True)
        trace = simulator.run(self.strategy, max_concurrency=slots, as_started=as_started, **mended)
        return trace.elapsed

    def _on_cluster(
        self, cluster: ClusterSimulator, faster: Mapping[str, float] | None = None, **mended: Any
    ) -> float:
        graph = self.trace.graph
        factors = {graph.find(name): factor for name, factor in (faster or {}).items()}
        known = {node: factor for node, factor in factors.items() if node is not None}
        return cluster.run(faster=known, **mended).elapsed

    def gain_without_losses(self) -> Gain:
        """What would be gained if no worker had been lost: where its nodes were, or where they fit."""
        placed = self.makespan - self.base
        free = self.makespan - self.simulated(self.plain, workers=len(self.trace.lanes))
        return self._between(min(placed, free), max(placed, free))

    @cached_property
    def _early(self) -> Simulator:
        return Simulator(self.times, early=True, incomplete=True)

    @property
    def base(self) -> float:
        """The makespan of the run as it is, simulated: what the model leaves out is no gain."""
        return self._base(self.plain)

    def _base(self, simulator: Simulator) -> float:
        if simulator not in self._bases:
            self._bases[simulator] = self.simulated(simulator)
        return self._bases[simulator]

    @cached_property
    def _generous(self) -> Simulator:
        """Of tasks as long as they can have been, and processes as fast."""
        return Simulator(self.times, incomplete=True)

    def gain(self, **mended: Any) -> Gain:
        """What would be gained by a change; `mended` is what `Simulator.run` takes."""
        return self._gain_by(self._simulators, **mended)

    def _gain_by(self, simulators: Sequence[Simulator], **mended: Any) -> Gain:
        gains = [self._gain(simulator, **mended) for simulator in simulators]
        return self._between(min(gain.low for gain in gains), max(gain.high for gain in gains))

    def _gain(self, simulator: Simulator, **mended: Any) -> Gain:
        saved = self._base(simulator) - self.simulated(simulator, **mended)
        return self._with_left_out(saved, saved, self._base(simulator))

    def _with_left_out(self, low: float, high: float, base: float) -> Gain:
        left_out = self.makespan - base
        if abs(left_out) <= EXACT * self.makespan:
            return Gain(low, high)
        # The model does not quite hold: perhaps what it left out is gained as well, or lost.
        return Gain(min(low, low + left_out), max(high, high + left_out))

    def _between(self, low: float, high: float) -> Gain:
        """The range, within what a run can gain; as one figure where its ends hardly differ."""
        low, high = (min(self.makespan, max(0.0, seconds)) for seconds in (low, high))
        return Gain(low, low) if high - low <= EXACT * self.makespan else Gain(low, high)

    def gain_off_loop(self, nodes: Sequence[int]) -> Gain:
        """What would be gained if these held the loop no longer."""
        names = [self.names[node] for node in nodes]
        # Nobody who waits for a step waits for longer than it takes.
        held = sum(self.times.held[node] for node in nodes)
        if self.trace.knows_lateness:
            low, high = self.gain(off_loop=names)
            return self._between(min(low, held), min(high, held))
        low = self.base - self.simulated(self.plain, off_loop=names)
        high = min(held, self.makespan - self.simulated(self._early, off_loop=names))
        return self._between(*self._with_left_out(low, max(low, high), self.base))

    def gain_in_processes(self, nodes: Sequence[int]) -> Gain:
        """What would be gained if these needed neither the loop nor Python's lock."""
        names = [self.names[node] for node in nodes]
        return self._gain_by([self.plain, self._generous], off_lock=names)


def why_range(gain: Gain) -> str | None:
    """Why a gain that was simulated is not known exactly."""
    if gain.low == gain.high:
        return None
    return "the trace leaves open what some tasks themselves needed, and what they waited for"
