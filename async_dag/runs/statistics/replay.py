"""Runs as the statistics see them, and what they would have taken with other durations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from async_dag.graph.algorithms import Dependencies, in_order


class MeasuredRun(NamedTuple):
    """One complete run: a row for each node of its graph, in seconds.

    Attributes:
        started: when each node was called.
        finished: when it ended.
        durations: how long it took, without what it waited for meanwhile; 0 for what never runs.
        makespan: when the last node ended.
        left_out: the nodes that no choice took; of these all times are 0.
    """

    started: Sequence[float]
    finished: Sequence[float]
    durations: Sequence[float]
    makespan: float
    left_out: frozenset[int] = frozenset()


class Replay(Protocol):
    """Plays a recorded run again."""

    def __call__(self, run: int, seconds: Mapping[int, float]) -> float:
        """The makespan of that run if the nodes named in `seconds` had taken so long."""
        ...


class DependencyReplay:
    """A replay in which nodes wait for their dependencies alone, besides what they waited as recorded.

    That is exact where there were no slots, no limits, and no steps that held the event loop for long.

    >>> run = MeasuredRun([0.0, 0.0, 3.0], [2.0, 3.0, 4.0], [2.0, 3.0, 1.0], 4.0)
    >>> replay = DependencyReplay([(), (), (0, 1)], [run])
    >>> replay(0, {}), replay(0, {1: 0.5})
    (4.0, 3.0)
    """

    def __init__(self, dependencies: Dependencies, runs: Sequence[MeasuredRun]) -> None:
        self._order = [(node, dependencies[node]) for node in in_order(dependencies)]
        self._runs = runs
        self._lengths: dict[int, list[float]] = {}

    def __call__(self, run: int, seconds: Mapping[int, float]) -> float:
        """The makespan of that run if the nodes named in `seconds` had taken so long."""
        lengths = self._lengths.get(run)
        if lengths is None:
            lengths = self._lengths[run] = self._lengths_of(self._runs[run])
        durations = self._runs[run].durations
        changed = list(lengths)
        for node, taken in seconds.items():
            changed[node] += taken - durations[node]
        ends = [0.0] * len(changed)
        for node, needed in self._order:
            start = 0.0
            for dependency in needed:
                if ends[dependency] > start:
                    start = ends[dependency]
            # Of a map that works on what another one still makes, more can be saved than it takes
            # alone.
            ends[node] = start + max(changed[node], 0.0)
        return max(ends, default=0.0)

    def _lengths_of(self, run: MeasuredRun) -> list[float]:
        """Of each node the time from its last dependency's end to its own."""
        finished = run.finished
        lengths = [0.0] * len(finished)
        for node, needed in self._order:
            start = 0.0
            for dependency in needed:
                if finished[dependency] > start:
                    start = finished[dependency]
            lengths[node] = finished[node] - start
        return lengths


def critical_nodes(dependencies: Dependencies, finished: Sequence[float]) -> list[int]:
    """The chain that decided when a complete run was over: from its last node back, then first to last.

    >>> critical_nodes([(), (), (0, 1)], [2.0, 3.0, 4.0])
    [1, 2]
    """
    if not finished:
        return []
    node = max(range(len(finished)), key=lambda index: (finished[index], index))
    path = [node]
    while needed := dependencies[node]:
        node = needed[0]
        for dependency in needed:
            if finished[dependency] >= finished[node]:
                node = (
                    max(node, dependency) if finished[dependency] == finished[node] else dependency
                )
        path.append(node)
    path.reverse()
    return path
