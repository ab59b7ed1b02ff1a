"""What each worker of a cluster did in a run: which nodes it ran when, and how long it was busy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from async_dag.trace.columns import by_node
from async_dag.trace.trace import Trace


class Stay(NamedTuple):
    """The time in which one worker ran a node, or one attempt of it."""

    node: int
    lane: int
    start: float  # seconds since the invoke began
    end: float  # now, if it still runs
    error: str | None  # how the attempt failed; None if it did not, or if the node has no attempts
    attempt: int | None  # its number, from 1 on, if the node has several


class Worker(NamedTuple):
    """What one worker of a cluster did in a run: a row of `timeline.workers`.

    >>> Worker("worker 0", threads=2, start=0.0, end=4.0, lost=False, busy=1.0, nodes=7).idle_share
    0.75
    """

    name: str
    threads: int
    start: float  # seconds since the invoke began
    end: float  # when it was lost or left; else the end of the run
    lost: bool
    busy: float  # seconds in which at least one node ran on it
    nodes: int  # how many nodes, or attempts of nodes, ran on it

    @property
    def idle_share(self) -> float:
        """The share of the time in which it was there, and nothing ran on it."""
        there = self.end - self.start
        return max(0.0, 1 - self.busy / there) if there > 0 else 0.0


def stays_of(trace: Trace) -> list[Stay]:
    """When nodes ran on workers, in order of their start; empty if the run had no workers."""
    attempts = by_node(trace.attempts)
    stays: list[Stay] = []
    for node, lane in trace.lane_of.items():
        started, finished = trace.started[node], trace.finished[node]
        if started != started:  # NaN: it waits there
            continue
        end = finished if finished == finished else trace.elapsed
        tries = attempts.get(node)
        if not tries:
            stays.append(Stay(node, lane, started, end, None, None))
            continue
        for number, attempt in enumerate(tries, 1):
            over = attempt.end if attempt.end == attempt.end else end
            where = lane if attempt.lane is None else attempt.lane
            shown = number if len(tries) > 1 else None
            stays.append(Stay(node, where, attempt.start, over, attempt.error, shown))
    stays.sort(key=lambda stay: (stay.start, stay.node))
    return stays


def workers_of(trace: Trace, until: float) -> tuple[Worker, ...]:
    """What each worker did until then, in the order of `trace.lanes`."""
    spans: list[list[tuple[float, float]]] = [[] for _ in trace.lanes]
    for stay in stays_of(trace):
        spans[stay.lane].append((stay.start, stay.end))
    workers: list[Worker] = []
    for lane, ran in zip(trace.lanes, spans, strict=True):
        is_lost = lane.end == lane.end  # not NaN
        end = min(lane.end, until) if is_lost else until
        workers.append(
            Worker(lane.name, lane.threads, lane.start, end, is_lost, covered(ran), len(ran))
        )
    return tuple(workers)


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds in which at least one of the spans lies.

    >>> covered([(0.0, 2.0), (1.0, 3.0), (4.0, 5.0)])
    4.0
    """
    total = over = 0.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, over))
        over = max(over, end)
    return total
