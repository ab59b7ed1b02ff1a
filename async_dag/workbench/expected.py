"""What the rest of a run is expected to be, if each node takes as long as it did in an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from async_dag import topology
from async_dag.trace import Trace


class Expected(NamedTuple):
    """When a node that is not finished is expected to start and to finish, in seconds of the run."""

    node: int
    start: float
    finish: float


def durations_of(trace: Trace) -> list[float]:
    """Seconds that each node took in a run that succeeded; 0 for one that did not run."""
    return [
        end - start if end == end and start == start else 0.0
        for start, end in zip(trace.started, trace.finished, strict=True)
    ]


def expected_rest(trace: Trace, durations: Sequence[float]) -> list[Expected]:
    """The rest of a run that goes on: what runs now, then the others in the order of their starts.

    Nodes start as in the run: the moment their dependencies are done and a slot is free. What takes
    longer than it did is expected to end now. Limits, and who holds the event loop, are left out.

    Args:
        trace: a snapshot of the run.
        durations: seconds, by node.
    """
    clock = now = trace.elapsed
    graph = trace.graph
    dependents = topology.dependents_of(graph.dependencies)
    missing = [0] * len(graph)
    free = float("inf") if trace.max_concurrency is None else trace.max_concurrency
    running: list[tuple[float, int]] = []  # expected end, node
    ready: list[tuple[float, int]] = []  # since when, node
    found: list[Expected] = []
    for node, needed in enumerate(graph.dependencies):
        if _is_over(trace, node):
            continue
        start = trace.started[node]
        if start == start:
            end = max(now, start + durations[node])
            found.append(Expected(node, start, end))
            heappush(running, (end, node))
            free -= 1
            continue
        missing[node] = sum(not _is_over(trace, one) for one in needed)
        if not missing[node]:
            heappush(ready, (now, node))
    while ready or running:
        while ready and free > 0:
            _, node = heappop(ready)
            end = clock + durations[node]
            found.append(Expected(node, clock, end))
            heappush(running, (end, node))
            free -= graph.kinds[node] == "task"  # nothing else takes a slot
        if not running:
            break  # a bound that lets nothing run
        clock, node = heappop(running)
        free += graph.kinds[node] == "task"
        for dependent in dependents[node]:
            missing[dependent] -= 1
            if not missing[dependent]:
                heappush(ready, (clock, dependent))
    return found


def _is_over(trace: Trace, node: int) -> bool:
    return trace.finished[node] == trace.finished[node] or node in trace.outcomes
