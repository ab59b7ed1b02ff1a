"""When nodes and items of a run on a cluster were ready, to the clock of the workers.

While it runs, ends are told in any order, some milliseconds late, and what depends on several is ready
when the one that is told last had ended, which need not be the last that ended. Afterwards the graph of
all items is known, and so is what was last.
"""

from __future__ import annotations

from async_dag.graph import algorithms
from async_dag.trace.columns import Wait
from async_dag.trace.trace import Trace


def write_exact_times(trace: Trace) -> None:
    """Let each row be ready when what it depends on had ended; the rest is for the scheduler."""
    graph = trace.snapshot().graph
    ready, started, finished, outcomes = trace.ready, trace.started, trace.finished, trace.outcomes
    first_waits: dict[int, int] = {}
    for place, wait in enumerate(trace.waits):
        known = first_waits.setdefault(wait.node, place)
        if wait.start < trace.waits[known].start:
            first_waits[wait.node] = place
    dependencies = graph.dependencies
    for row in algorithms.in_order(dependencies):
        needs = dependencies[row]
        told = ready[row]
        ends = [finished[need] for need in needs]
        if told != told or outcomes.get(row) == "reused" or any(end != end for end in ends):
            continue  # never ready, or one of these never ended
        exact = max(ends, default=0.0)
        if exact == told:
            continue
        ready[row] = exact
        if row not in trace.lane_of and started[row] == finished[row] == told:
            started[row] = finished[row] = exact  # a list that was made here
        elif exact > told:
            started[row] = max(started[row], exact)  # NaN stays NaN
            finished[row] = max(finished[row], exact)
            if (place := first_waits.get(row, -1)) >= 0:
                wait = trace.waits[place]
                trace.waits[place] = wait._replace(start=min(max(wait.start, exact), wait.end))
        elif started[row] == started[row]:  # not NaN
            place = first_waits.get(row, -1)
            if place >= 0 and trace.waits[place].start <= told:
                wait = trace.waits[place]
                trace.waits[place] = wait._replace(start=min(wait.start, exact))
            else:
                trace.waits.append(Wait(row, "scheduler", exact, min(told, started[row])))
