"""What a run tells of the limits of its nodes (`limit=`), of which the trace has only the waits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from async_dag.analysis.critical_path import NodeTimes
from async_dag.trace.columns import LONG_STEP

_SELDOM: Final = 0.05
"""The share of its waits in which a count may seem not to be full: handing over takes a moment."""


class Limits(NamedTuple):
    """How the limits of a run acted.

    Attributes:
        of: by node the name of its limit.
        counts: by name how many nodes the limit let in at once, for those that acted as a count.
        delays: by node the seconds it waited before its start for a limit that acted otherwise, such as
            a rate.
    """

    of: dict[int, str]
    counts: dict[str, int]
    delays: dict[int, float]


def limits_of(times: NodeTimes) -> Limits:
    """What the waits of a run tell of its limits; one for which nobody waited is none."""
    graph = times.trace.graph
    ran = set(times.ran)
    # A node that has not started yet may wait for its limit all the same.
    of = {
        node: limit
        for node in sorted(ran.union(times.waits))
        if (limit := graph.limits[node]) is not None
    }
    members: dict[str, list[int]] = {}
    for node, limit in of.items():
        members.setdefault(limit, []).append(node)
    counts: dict[str, int] = {}
    delays: dict[int, float] = {}
    for limit, nodes in members.items():
        waits = {
            node: [wait for wait in times.waits.get(node, ()) if wait.kind == "limit"]
            for node in nodes
        }
        spans = [(wait.start, wait.end) for of_node in waits.values() for wait in of_node]
        if not spans:
            continue
        count = _count(
            spans, [span for node in nodes if node in ran for span in _within(times, node)]
        )
        if count is not None:
            counts[limit] = count
            continue
        for node, of_node in waits.items():
            start = times.trace.started[node]
            delay = sum(wait.end - wait.start for wait in of_node if wait.end <= start)
            if delay > 0:  # not of one that has not started: comparing with NaN is false
                delays[node] = delay
    return Limits(of, counts, delays)


def _within(times: NodeTimes, node: int) -> list[tuple[float, float]]:
    """When a node was within its limit: while it ran, and while it waited for a slot before."""
    slots = {wait.end: wait.start for wait in times.waits.get(node, ()) if wait.kind == "slot"}
    ends = sorted(slots)
    spans: list[tuple[float, float]] = []
    before = 0.0
    for start, end in times.running(node):
        # The wait for the slot that ended last before it, and after the attempt before.
        place = bisect_right(ends, start) - 1
        entered = start
        if place >= 0 and slots[ends[place]] >= before:
            entered = slots[ends[place]]
        spans.append((entered, end))
        before = end
    return spans


def _count(
    waits: Sequence[tuple[float, float]], within: Sequence[tuple[float, float]]
) -> int | None:
    """How many were within the limit whenever somebody waited; None if that was not always as many."""
    changes = sorted([(start, 1) for start, _ in within] + [(end, -1) for _, end in within])
    most = inside = 0
    levels: list[tuple[float, int]] = [(0.0, 0)]
    for time, change in changes:
        inside += change
        most = max(most, inside)
        levels.append((time, inside))
    # The time up to each change in which there was room.
    times = [time for time, _ in levels]
    room = [0.0]
    for (time, level), (until, _) in pairwise(levels):
        room.append(room[-1] + (until - time if level < most else 0.0))

    def room_until(time: float) -> float:
        place = bisect_right(times, time) - 1
        return room[place] + (time - times[place] if levels[place][1] < most else 0.0)

    total = sum(end - start for start, end in waits)
    wasted = sum(room_until(end) - room_until(start) for start, end in waits)
    if most and wasted <= _SELDOM * total + LONG_STEP * len(waits):
        return most
    return None
