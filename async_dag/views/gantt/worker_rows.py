"""The rows of a chart with a band for each worker: what ran there, and what it waited for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from async_dag._common.plural import plural
from async_dag._common.units import Unit, size_text
from async_dag.analysis.workers import Stay, Worker, covered, stays_of, workers_of
from async_dag.trace.columns import Move, Wait, WaitKind, by_node
from async_dag.views.common.area import Area, area_of
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.lanes import lanes

MOST_ROWS: Final = 40
"""Rows of single bars in a chart; with more, a worker's band shows how many ran at once."""

NO_WORKER: Final = "on no worker"
"""The title of what ran in the process that invoked."""

_SMALL_MOVE: Final = 0.02
"""The share of the largest move's bytes, and of the run's time, below which a move is not drawn."""

_MOST_MOVES: Final = 60
"""The most moves that are drawn: those of the most bytes."""

WAIT_LABELS: Final[dict[WaitKind, str]] = {
    "scheduler": "scheduler",
    "transfer": "transfer",
    "worker": "worker slot",
    "limit": "limit",
    "slot": "slot",
    "window": "window",
    "pool": "pool",
}
"""What a node waited for, in the width of a bar."""


class Bar(NamedTuple):
    """What one worker ran for one node, after what that waited for."""

    stay: Stay
    waits: tuple[Wait, ...]  # right before it, in their order


class Band(NamedTuple):
    """One worker: rows of bars that don't overlap, or how many ran at once where these are too many."""

    worker: Worker
    rows: tuple[tuple[Bar, ...], ...]
    area: Area | None

    def under(self, unit: Unit) -> str:
        """What is said under its name."""
        if self.worker.lost:
            return f"lost at {unit.text(self.worker.end)}"
        if not self.worker.threads:
            return ""
        return plural(self.worker.threads, "thread")


def bands_of(facts: RunFacts, most: int = MOST_ROWS) -> list[Band]:
    """A band for each worker, in the order of `trace.lanes`, and one for what ran on none."""
    trace = facts.trace
    waits = by_node(trace.waits)
    bars: dict[int, list[Bar]] = defaultdict(list)
    after: dict[int, float] = {}  # when the last bar of a node ended
    for stay in stays_of(trace):
        since = after.get(stay.node, trace.ready[stay.node])
        before = tuple(
            wait
            for wait in waits.get(stay.node, ())
            if wait.end > wait.start >= since and wait.end <= stay.start
        )
        after[stay.node] = stay.end
        bars[stay.lane].append(Bar(stay, before))
    packed = {lane: _packed(there) for lane, there in bars.items()}
    room = max(1, most // max(1, len(trace.lanes)))
    too_many = sum(map(len, packed.values())) > most
    bands: list[Band] = []
    for lane, worker in enumerate(workers_of(trace, facts.took)):
        rows = packed.get(lane, ())
        area = None
        if too_many and len(rows) > room:
            area = area_of([(bar.stay.start, bar.stay.end) for bar in bars[lane]])
        bands.append(Band(worker, rows, area))
    here = _on_no_worker(facts)
    if here:
        spans = [(bar.stay.start, bar.stay.end) for bar in here]
        worker = Worker(NO_WORKER, 0, 0.0, facts.took, False, covered(spans), len(here))
        rows = _packed(here)
        is_area = too_many or len(rows) > most
        bands.append(Band(worker, rows, area_of(spans) if is_area and len(rows) > room else None))
    return bands


def _on_no_worker(facts: RunFacts) -> list[Bar]:
    """What took time in the process that invoked: the parts of streaming nodes."""
    trace = facts.trace
    bars: list[Bar] = []
    for node, started in enumerate(trace.started):
        finished = trace.finished[node]
        end = finished if finished == finished else trace.elapsed
        if node not in trace.lane_of and started < end:  # and not NaN
            bars.append(Bar(Stay(node, len(trace.lanes), started, end, None, None), ()))
    return bars


def _packed(bars: Sequence[Bar]) -> tuple[tuple[Bar, ...], ...]:
    rows: dict[int, list[Bar]] = defaultdict(list)
    spans = [(bar.stay.start, bar.stay.end) for bar in bars]
    for bar, row in zip(bars, lanes(spans), strict=True):
        rows[row].append(bar)
    return tuple(tuple(rows[row]) for row in sorted(rows))


def moves_drawn(facts: RunFacts) -> list[Move]:
    """The moves that are worth drawing, in order of their start."""
    moves = facts.trace.moves
    largest = max((move.size for move in moves), default=0)
    telling = [
        move
        for move in moves
        if move.size >= _SMALL_MOVE * largest
        or move.end - move.start >= _SMALL_MOVE * facts.took > 0
    ]
    telling.sort(key=lambda move: -move.size)
    return sorted(telling[:_MOST_MOVES], key=lambda move: move.start)


def cluster_sentence(facts: RunFacts) -> str:
    """On how many workers it ran, what moved, and what was lost, in one line."""
    trace = facts.trace
    threads = {lane.threads for lane in trace.lanes}
    each = f" × {plural(threads.pop(), 'thread')}" if len(threads) == 1 else ""
    parts = [f"{plural(len(trace.lanes), 'worker')}{each}"]
    if trace.moves:
        total = size_text(sum(move.size for move in trace.moves))
        parts.append(f"{total} moved in {plural(len(trace.moves), 'move')}")
    lost = sum(lane.end == lane.end for lane in trace.lanes)  # not NaN
    if lost:
        parts.append(f"{plural(lost, 'worker')} lost")
    return ", ".join(parts)
