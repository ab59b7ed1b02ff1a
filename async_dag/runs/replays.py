"""How a recorded run is played again: by its dependencies alone, or by the simulation of `analysis`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Final

from async_dag.runs.statistics.replay import DependencyReplay, MeasuredRun
from async_dag.trace.completeness import not_chosen
from async_dag.trace.durations import durations_of
from async_dag.trace.trace import Trace

_LITTLE: Final = 0.02
"""The share of a makespan for which nodes may hold the event loop and still be taken to await."""


def run_of(trace: Trace) -> MeasuredRun:
    """A complete run, as the statistics see it.

    >>> from async_dag import Graph
    >>> trace = Trace(Graph.of([], [], [], [], []))
    >>> trace.close(0.0)
    >>> run_of(trace).makespan
    0.0
    """
    started, finished, durations = trace.started, trace.finished, durations_of(trace)
    left_out = not_chosen(trace)
    if left_out:
        started, finished, durations = map(_without_gaps, (started, finished, durations))
    return MeasuredRun(started, finished, durations, max(finished, default=0.0), left_out)


def _without_gaps(column: Sequence[float]) -> list[float]:
    return [time if time == time else 0.0 for time in column]


def is_plain(trace: Trace) -> bool:
    """Whether nodes waited for their dependencies alone: for no slot, limit or busy event loop.

    Of a run with maps nothing else is known, as their items are one row; and what was not chosen
    can't be simulated.

    >>> from async_dag import Graph
    >>> is_plain(Trace(Graph.of([], [], [], [], [])))
    True
    """
    if not {"map", "choice"}.isdisjoint(trace.graph.kinds):
        return True
    if trace.waits or trace.max_concurrency is not None:
        return False
    held = sum(trace.held)
    return held <= _LITTLE * max(trace.finished, default=0.0)


class RunReplay:
    """A replay (see `statistics.replay`) of traces: exact where runs are plain, else simulated.

    Simulating takes some hundred times as long, so `most_runs` says for how many it can be done.

    >>> RunReplay([], []).all_plain
    True
    """

    def __init__(self, traces: Sequence[Trace], runs: Sequence[MeasuredRun]) -> None:
        self._traces = traces
        self._runs = runs
        self._plain = [is_plain(trace) for trace in traces]
        dependencies = traces[0].graph.dependencies if traces else ()
        self._by_dependencies = DependencyReplay(dependencies, runs)

    @property
    def all_plain(self) -> bool:
        """Whether no run has to be simulated."""
        return all(self._plain)

    def __call__(self, run: int, seconds: Mapping[int, float]) -> float:
        """The makespan of that run if the nodes named in `seconds` had taken so long."""
        if self._plain[run]:
            return self._by_dependencies(run, seconds)
        trace = self._traces[run]
        durations = self._runs[run].durations
        names = trace.graph.names
        faster = {
            names[node]: durations[node] / taken if taken > 0 else inf
            for node, taken in seconds.items()
            if durations[node] > 0
        }
        simulated = trace.timeline.simulate(
            max_concurrency=trace.max_concurrency, faster=faster or None
        )
        return middle_of(simulated.makespan)


def middle_of(seconds: Any) -> float:
    """A number of seconds; of a range the middle.

    >>> middle_of(2.0)
    2.0
    """
    low, high = getattr(seconds, "low", seconds), getattr(seconds, "high", seconds)
    return (float(low) + float(high)) / 2
