"""`TraceWriter`: writes what workers tell into the columns of a trace, in an order that makes sense.

Batches of two workers come in any order, and their clocks agree but to an error. So what is told of a
node is kept until all its dependencies have ended, and no time is written that lies before its cause.
It is pure: it knows batches, clocks and a trace, and nothing of Dask.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import merge
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, cast

from async_dag.cluster.clocks import RemoteClock
from async_dag.cluster.visits import Visit
from async_dag.trace.columns import (
    NOT_YET,
    Attempt,
    Lane,
    Move,
    Progress,
    State,
    Step,
    Wait,
    WaitKind,
)
from async_dag.trace.trace import Trace


class TraceWriter:
    """The columns of one run on a cluster, while they are written.

    Args:
        trace: what is written.
        runs: the nodes that run.
        dependencies: of every node.
        dependents: of every node.

    Attributes:
        ended: nodes that have ended since somebody looked, for whoever takes them out.
        raised: the exceptions of nodes that failed, pickled, for whoever takes them out.
        tell_ready: called with each node that becomes ready, if somebody wants to know.
        tell_size: called with each node whose value is large, and its bytes, if somebody does.
    """

    def __init__(
        self,
        trace: Trace,
        runs: Collection[int],
        dependencies: Sequence[Sequence[int]],
        dependents: Sequence[Sequence[int]],
    ) -> None:
        self.trace = trace
        self._is_closed = False
        self.ended: deque[int] = deque()
        self.raised: dict[int, bytes] = {}
        self.tell_ready: Callable[[int], object] | None = None
        self.tell_size: Callable[[int, int], object] | None = None
        self._runs = runs
        self._dependencies = dependencies
        self._dependents = dependents
        self._missing = {
            node: sum(needed in runs for needed in dependencies[node]) for node in runs
        }
        self._visits: dict[int, list[Visit]] = {}
        self._asked: dict[int, float] = {}  # when a node that had to wait here was submitted
        self._waited: dict[int, list[Wait]] = {}  # what nodes waited for here
        self._queued: dict[int, tuple[float, float]] = {}  # kept back by the scheduler, from and to
        self._moves: dict[
            int, list[Move]
        ] = {}  # of nodes that have not ended yet, as far as is known
        self._work: deque[int] = deque()  # nodes that have become ready
        self._waits: _Rows[Wait] = _Rows(trace.waits)
        self._attempts: _Rows[Attempt] = _Rows(trace.attempts)

    # The course of the run

    def begin(self) -> None:
        """The run begins: what depends on nothing is ready."""
        for node in sorted(node for node, missing in self._missing.items() if not missing):
            self._make_ready(node, 0.0)
        self._drain()

    def submitted(self, node: int, now: float) -> None:
        """A node that had to wait here, for its limit or a slot, was handed to the scheduler."""
        self._asked[node] = now

    def joined(self, lane: Lane) -> int:
        """A worker is there; returns its number."""
        self.trace.lanes.append(lane)
        return len(self.trace.lanes) - 1

    def lost(self, lane: int, now: float) -> None:
        """A worker is gone: what ran there did not end, unless somebody has used its value already."""
        lanes = self.trace.lanes
        lanes[lane] = lanes[lane]._replace(end=now)
        for node, visits in self._visits.items():
            visit = visits[-1]
            if visit.lane != lane or visit.outcome or visit.lost == visit.lost:
                continue
            used = [
                self._visits[dependent][0].came
                for dependent in self._dependents[node]
                if dependent in self._visits
            ]
            if used and visit.has_started:
                self._end_unseen(node, min([now, *used]))
            else:
                visit.lost = now
                self._settle(node)
        self._drain()

    def told(self, lane: int, batch: dict[str, list[list[Any]]], clock: RemoteClock) -> None:
        """A batch of a worker's journal."""
        began = self.trace.began
        offset = clock.here(0.0) - began
        changed: dict[int, None] = {}
        # First, as it decides what goes next once the node has ended.
        for node, size in batch.get("sizes", ()):
            self.trace.sizes[node] = size
            if self.tell_size is not None:
                self.tell_size(node, size)
        for row in batch.get("nodes", ()):
            node, came = row[0], row[1]
            if node in self._runs:
                self._visit(node, (lane, came if came == came else row[3])).update(
                    row, clock, began
                )
                changed[node] = None
        for node, number, start, end, error, most in batch.get("attempts", ()):
            visits = self._visits.get(node)
            if visits:
                visit = visits[-1]
                visit.attempts[number] = (start + visit.offset, end + visit.offset, error)
                visit.most = most
                changed[node] = None
        for node in changed:
            self._settle(node)
        self._drain()
        for node, start, end in batch.get("steps", ()):
            begun = max(0.0, start + offset)
            self.trace.long_steps.append(Step(node, begun, max(0.0, end + offset - begun)))
        for node, _, done, total, message in batch.get("reports", ()):
            self.trace.progress[node] = Progress(done, total, message)
        for node, source, start, end, size in batch.get("moves", ()):
            self._moved(Move(node, source, lane, start + offset, end + offset, int(size)))

    def waited(self, node: int, kind: WaitKind, start: float, end: float) -> None:
        """A node had to wait here before it could be submitted."""
        if end > start:
            self._waited.setdefault(node, []).append(Wait(node, kind, start, end))
            self._waits.write(node, self._waited[node])

    def queued(self, node: int, start: float) -> None:
        """The scheduler keeps a node back, as every worker is busy."""
        self._queued[node] = (start, NOT_YET)

    def unqueued(self, node: int, end: float) -> None:
        """The scheduler keeps it back no longer."""
        start = self._queued.get(node, (end, NOT_YET))[0]
        self._queued[node] = (start, end)
        self._settle(node)
        self._drain()

    def failed(self, node: int, now: float) -> None:
        """A node failed, and no worker lived to tell of it; why is for others to write."""
        trace = self.trace
        if trace.finished[node] == trace.finished[node]:
            return
        if trace.ready[node] != trace.ready[node]:
            trace.ready[node] = now
        if trace.started[node] != trace.started[node]:
            trace.started[node] = now
        self._write_end(node, "failed", max(now, trace.started[node]))
        self.ended.append(node)

    def is_told_of(self, node: int) -> bool:
        """Whether a worker that is still there has begun a node, and so will tell of its end."""
        lanes = self.trace.lanes
        return any(
            visit.has_started and lanes[visit.lane].end != lanes[visit.lane].end  # NaN
            for visit in self._visits.get(node, ())
        )

    def ended_untold(self, node: int, now: float) -> None:
        """A node is done, but its worker was lost before it told of that, and nobody else can."""
        used = [
            self._visits[dependent][0].came
            for dependent in self._dependents[node]
            if dependent in self._visits
        ]
        end = min([now, *used])
        visits = self._visits.get(node)
        if visits and visits[-1].has_started:
            last = visits[-1]
            if last.lost == last.lost:  # not NaN
                end = min(end, last.lost)
            last.finished, last.lost, last.outcome = max(end, last.started), NOT_YET, "done"
            self._settle(node)
        else:
            for visit in visits or ():  # where it was to run, and got its value from elsewhere
                if visit.end != visit.end:  # NaN
                    visit.left = end
            self._settle(node)
            self._end_unseen(node, end)
        self._drain()

    def tables(self) -> list[dict[Any, Any]]:
        """What it keeps of each node, of no use once it is closed."""
        kept: list[dict[Any, Any]] = [self._visits, self._missing, self._waited, self._queued]
        return kept

    def close(self) -> None:
        """The run is over: write what was kept back, and end what is open; the second time nothing."""
        for _ in self.closing():
            pass

    def closing(self) -> Iterator[None]:
        """The same, step by step: of ten thousand nodes each takes a millisecond at most."""
        if self._is_closed:
            return
        self._is_closed = True
        for node in list(self._visits):
            if self._missing[node]:
                self._infer(node)
                yield
        now = self.trace.elapsed
        yield from self._waits.closing(now, lambda wait: wait.end > wait.start)
        yield from self._attempts.closing(now, lambda _: True)

    # How what was told becomes columns

    def _visit(self, node: int, key: tuple[int, float]) -> Visit:
        visits = self._visits.setdefault(node, [])
        for visit in reversed(visits):
            if visit.key == key:
                return visit
        visits.append(Visit(key))
        return visits[-1]

    def _settle(self, node: int) -> None:
        """Write what is known of a node, if its dependencies have ended."""
        trace = self.trace
        ready = trace.ready[node]
        visits = self._visits.get(node)
        if ready != ready or not visits:
            return
        floor = max(ready, self._asked.get(node, ready))
        waits: list[tuple[WaitKind, float, float]] = []
        runs: list[Attempt] = []
        last = visits[0]
        for number, visit in enumerate(visits):
            begins, floor = floor, visit.order(floor)
            if not trace.finished[node] <= begins:  # else its value was lost: it had ended before
                waits += self._split(node, visit.waits(begins))
            again = number + 1 < len(visits)
            runs += [Attempt(node, *run, visit.lane, visit.most) for run in visit.runs(again)]
            if visit.has_started:
                last = visit
        here = self._waited.get(node, [])
        self._waits.write(node, here + [Wait(node, *wait) for wait in waits])
        was_lost = runs and runs[0].error and last.outcome == ""
        if len(runs) > 1 or last.attempts or was_lost or self._attempts.has(node):
            self._attempts.write(node, runs)
        trace.lane_of[node] = last.lane
        if trace.started[node] != trace.started[node]:
            for visit in visits:
                if visit.has_started:
                    trace.started[node] = visit.started
                    break
        trace.held[node] = sum(visit.held for visit in visits)
        if last.outcome:
            self._end(node, last)

    def _split(
        self, node: int, waits: Iterable[tuple[WaitKind, float, float]]
    ) -> list[tuple[WaitKind, float, float]]:
        """The waits, with what the scheduler kept a node back for counted as waiting for a worker."""
        queued = self._queued.get(node)
        if queued is None:
            return list(waits)
        cut: list[tuple[WaitKind, float, float]] = []
        for kind, start, end in waits:
            since, until = max(start, queued[0]), queued[1]
            if until > end:
                until = end
            if kind != "scheduler" or not (since < until or until != until):
                cut.append((kind, start, end))
                continue
            cut.append(("scheduler", start, since))
            cut.append(("worker", since, until))
            if until == until:
                cut.append(("scheduler", until, end))
        return [wait for wait in cut if not wait[2] <= wait[1]]

    def _end(self, node: int, visit: Visit) -> None:
        """A node has ended: what waited for it alone is ready."""
        trace = self.trace
        if trace.finished[node] == trace.finished[node]:
            return  # its value was lost, and it ran again: it had ended all the same
        if visit.outcome != "done":
            if visit.error:
                trace.errors[node] = visit.error
            if visit.raised or visit.outcome == "failed":
                self.raised[node] = visit.raised
        self._write_end(node, visit.outcome, visit.finished)
        self.ended.append(node)
        if visit.outcome == "done":
            self._moves_of(node)
            self._release(node)

    def _write_end(self, node: int, outcome: str, now: float) -> None:
        if outcome != "done":
            self.trace.outcomes[node] = cast("State", outcome)
        self.trace.finished[node] = now

    def _release(self, node: int) -> None:
        trace = self.trace
        for dependent in self._dependents[node]:
            if dependent in self._missing:
                self._missing[dependent] -= 1
                if not self._missing[dependent]:
                    ends = [
                        trace.finished[needed]
                        for needed in self._dependencies[dependent]
                        if needed in self._runs
                    ]
                    self._make_ready(dependent, max(ends))

    def _make_ready(self, node: int, now: float) -> None:
        self.trace.ready[node] = now
        self._work.append(node)
        if self.tell_ready is not None:
            self.tell_ready(node)

    def _drain(self) -> None:
        """Work off the nodes that have become ready, and those that this makes ready."""
        trace = self.trace
        while self._work:
            node = self._work.popleft()
            if (
                trace.graph.kinds[node] == "collect"
            ):  # no task: its value is there with the last of them
                trace.started[node] = trace.finished[node] = trace.ready[node]
                self.ended.append(node)
                self._release(node)
            else:
                self._settle(node)

    # What went astray

    def _end_unseen(self, node: int, now: float) -> None:
        """A node has ended, as others took its value, but the worker was lost before it told of it."""
        trace = self.trace
        if trace.ready[node] != trace.ready[node]:
            trace.ready[node] = now
        if trace.started[node] != trace.started[node]:
            trace.started[node] = now
        trace.finished[node] = max(now, trace.started[node])
        self.ended.append(node)
        self._release(node)

    def _infer(self, node: int) -> None:
        """The node has run, so what it needs has ended, though nobody told of it."""
        trace = self.trace
        now = min(visit.came for visit in self._visits[node])
        unseen: list[int] = []
        stack = [node]
        while stack:
            for needed in self._dependencies[stack.pop()]:
                if needed in self._runs and trace.finished[needed] != trace.finished[needed]:
                    unseen.append(needed)
                    stack.append(needed)
        for needed in dict.fromkeys(reversed(unseen)):  # those first that others need
            if trace.finished[needed] != trace.finished[needed]:
                self._end_unseen(needed, now)
        self._drain()

    # Moves

    def _moved(self, move: Move) -> None:
        trace = self.trace
        finished = trace.finished[move.node]
        if finished != finished and move.node in self._runs:
            self._moves.setdefault(move.node, []).append(move)
        else:
            start = max(0.0, move.start, finished if finished == finished else 0.0)
            trace.moves.append(move._replace(start=start, end=max(start, move.end)))

    def _moves_of(self, node: int) -> None:
        for move in self._moves.pop(node, ()):
            self._moved(move)


RowT = TypeVar("RowT", Wait, Attempt)

_PORTION: Final = 1_000
"""Rows that are put in order at once, which takes half a millisecond."""

_start = attrgetter("start")


class _Rows(Generic[RowT]):
    """Writes the rows of a node into a list that has those of all nodes."""

    def __init__(self, rows: list[RowT]) -> None:
        self._rows: list[RowT] = rows
        self._places: dict[int, list[int]] = {}

    def has(self, node: int) -> bool:
        """Whether rows of the node were written."""
        return node in self._places

    def write(self, node: int, rows: Sequence[RowT]) -> None:
        """These are the rows of the node from now on."""
        places = self._places.setdefault(node, [])
        for place, row in zip(places, rows, strict=False):
            self._rows[place] = row
        for place in places[len(rows) :]:  # there was less to it than was thought
            gone: Any = self._rows[place]
            self._rows[place] = gone._replace(end=gone.start)
        for row in rows[len(places) :]:
            places.append(len(self._rows))
            self._rows.append(row)

    def closing(self, now: float, stays: Callable[[RowT], bool]) -> Iterator[None]:
        """End what is open, drop what does not stay, and put the rest in order, step by step."""
        rows: list[Any] = self._rows  # mypy can't tell what _replace returns
        portions: list[list[RowT]] = []
        for first in range(0, len(rows), _PORTION):
            portion = rows[first : first + _PORTION]
            portion = [row if row.end == row.end else row._replace(end=now) for row in portion]
            portions.append(sorted(filter(stays, portion), key=_start))
            yield
        in_order: list[RowT] = []
        for row in merge(*portions, key=_start):
            in_order.append(row)
            yield
        rows[:] = in_order
        while self._places:  # of each node a list
            self._places.popitem()
            yield
