"""Times in which nodes of a run were ready, and nothing on record kept them from starting."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from async_dag.analysis.critical_path import NodeTimes
from async_dag.trace.columns import LONG_STEP


class Gap(NamedTuple):
    """A span of time, and a node that was ready in it."""

    start: float  # seconds since the invoke began
    end: float
    node: int


def unexplained(times: NodeTimes) -> list[Gap]:
    """The spans of over a millisecond in which a node was ready, and nobody did anything.

    That is: it waited for no limit and no slot, and no step, start or end of any node is on record. So
    code outside the run held the event loop, or steps of under a millisecond did.
    """
    trace = times.trace
    marks = sorted(
        {
            *(trace.started[node] for node in times.ran),
            *(times.end[node] for node in times.ran),
            *(step.start for step in times.long_steps),
            *(step.start + step.length for step in times.long_steps),
        }
    )
    busy = {step.start for step in times.long_steps}
    ready = sorted(
        (trace.ready[node], trace.started[node], node)
        for node in times.ran
        if trace.started[node] - trace.ready[node] > LONG_STEP and node not in times.waits
    )
    gaps: list[Gap] = []
    over = 0.0
    for since, until, node in ready:
        start = max(since, over)
        place = bisect_right(marks, start)
        # What lies between two marks counts as a whole.
        while start < until:
            end = min(until, marks[place]) if place < len(marks) else until
            if end - start > LONG_STEP and start not in busy:
                gaps.append(Gap(start, end, node))
            start, place = end, place + 1
        over = max(over, until)
    return gaps
