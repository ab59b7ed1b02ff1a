"""How long a run that goes on may still take, with a band, from what earlier runs of its graph took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple

from async_dag._common.band import Band
from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.draws import ENOUGH_RUNS, MOST_RUNS, draws, interval
from async_dag.analysis.simulation.expected import expected_ends, waits_for_nothing_else
from async_dag.graph.algorithms import Dependencies, in_order
from async_dag.trace.collapsed import collapsed
from async_dag.trace.completeness import not_chosen
from async_dag.trace.durations import durations_of
from async_dag.trace.trace import Trace

CONFIDENCE: Final = 0.8
"""The band holds the end of so many runs."""

_MOST_ROWS: Final = 30_000
"""Rows of earlier runs that are played forward ..."""

_MOST_ROWS_SCHEDULED: Final = 3_000
"""... and that are scheduled, where there are slots or limits, which takes ten times as long."""


class Rest(NamedTuple):
    """What earlier runs say of one that goes on.

    Attributes:
        makespan: the expected makespan in seconds, with the band that holds it in 80 % of the cases.
        durations: what each node of the manager is expected to take in this run, by name.
    """

    makespan: Band
    durations: Mapping[str, float]


def rest_of(times: NodeTimes, earlier: Sequence[Trace]) -> Rest | None:
    """The expected rest of a run; None if it has a failure, or there are too few earlier runs.

    Args:
        times: of the run, up to now.
        earlier: complete runs of the same graph, the latest one last.
    """
    now = collapsed(times.trace)
    names = now.graph.names
    # Of earlier runs those that chose as this one has by now.
    gone = not_chosen(now)
    runs = [
        trace
        for trace in map(collapsed, earlier)
        if trace.graph.names == names and gone <= not_chosen(trace)
    ]
    fails = any(outcome != "reused" and node not in gone for node, outcome in now.outcomes.items())
    if len(runs) < ENOUGH_RUNS or fails:
        return None
    has_maps = "map" in now.graph.kinds
    quick = has_maps or waits_for_nothing_else(now)
    most = (_MOST_ROWS if quick else _MOST_ROWS_SCHEDULED) // max(1, len(names))
    runs = runs[-min(MOST_RUNS, max(most, ENOUGH_RUNS)) :]
    tasks = _timed(now)
    if has_maps:
        rows, ends = ends_by_lengths(now, [lengths_of(trace) for trace in runs])
    else:
        rows = _durations(times, runs, tasks)
        ends = expected_ends(times, rows)
    low, high = interval(ends, CONFIDENCE)
    seconds = {names[node]: median([row[node] for row in rows]) for node in tasks}
    return Rest(Band(low, median(ends), high), seconds)


def _durations(times: NodeTimes, runs: Sequence[Trace], tasks: Sequence[int]) -> list[list[float]]:
    """Draws of what each node takes."""
    now = times.trace
    ran = [node for node in times.ran if node not in now.outcomes]
    finished = {
        node: times.duration(node) for node in ran if now.finished[node] == now.finished[node]
    }
    running = {
        node: times.duration(node) for node in ran if now.finished[node] != now.finished[node]
    }
    taken = [
        [seconds if seconds == seconds else 0.0 for seconds in durations_of(trace)]
        for trace in runs
    ]
    return draws(taken, tasks, finished, running)


def ends_by_lengths(
    now: Trace, earlier: Sequence[Sequence[float]]
) -> tuple[list[list[float]], list[float]]:
    """Draws of how long each node takes from the end of its last dependency on, and the end of each.

    A map may go on from the items of another one while that still makes some, so how long it takes
    by itself tells little. What is waited for slots and limits is part of it, too: that is less exact
    than a schedule, and a hundred times as fast.

    Args:
        now: a run that goes on, with a row for each node of the manager alone.
        earlier: `lengths_of` of each earlier run.
    """
    tasks = _timed(now)
    dependencies = now.graph.dependencies
    order = in_order(dependencies)
    elapsed = now.elapsed
    ready = _ready(dependencies, now.finished)
    finished: dict[int, float] = {}
    running: dict[int, float] = {}
    for node in tasks:
        if node not in now.outcomes and ready[node] == ready[node]:  # not NaN
            end = now.finished[node]
            if end == end:
                finished[node] = end - ready[node]
            else:
                running[node] = elapsed - ready[node]
    rows = draws(earlier, tasks, finished, running)
    timed = set(tasks)
    ends: list[float] = []
    for row in rows:
        reached = list(now.finished)
        for node in order:
            if reached[node] != reached[node]:
                start = max([reached[other] for other in dependencies[node]], default=0.0)
                reached[node] = max(elapsed, start + (row[node] if node in timed else 0.0))
        ends.append(max(reached, default=elapsed))
    return rows, ends


def _ready(dependencies: Dependencies, ends: Sequence[float]) -> list[float]:
    """When the last dependency of each node ended; NaN for one that waits for some."""
    ready: list[float] = []
    for needed in dependencies:
        last = 0.0
        for node in needed:
            if not last >= ends[node]:  # later, or not yet
                last = ends[node]
                if last != last:
                    break
        ready.append(last)
    return ready


def _timed(now: Trace) -> list[int]:
    return [node for node, kind in enumerate(now.graph.kinds) if kind in ("task", "map")]


def lengths_of(trace: Trace) -> list[float]:
    """Of each node of a complete run the seconds from its last dependency's end to its own.

    `trace` has a row for each node of the manager alone.
    """
    dependencies, ends = trace.graph.dependencies, trace.finished
    return [
        end - start if end >= start else 0.0
        for start, end in zip(_ready(dependencies, ends), ends, strict=True)
    ]
