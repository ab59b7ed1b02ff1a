"""The chain of nodes that decided when a run was over, and what each moment of it went into."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from async_dag.trace.columns import Attempt, Call, LateStep, Step, Wait, by_node
from async_dag.trace.trace import Trace

PieceKind = Literal[
    "running",
    "pause",
    "limit",
    "slot",
    "window",
    "pool",
    "scheduler",
    "transfer",
    "worker",
    "loop",
    "turn",
]


class Piece(NamedTuple):
    """A part of the makespan and what it went into.

    `kind` is one of:
        running: `node` ran;
        pause: `node` had failed and paused before its next attempt;
        limit: `node` was ready and waited for its limit;
        slot: `node` was ready and waited for a slot;
        pool: `node` waited for a free thread or process of its pool;
        scheduler: `node` was ready, but the cluster's scheduler had not given it to a worker yet;
        transfer: `node` was at its worker, and values that it takes were on their way there;
        worker: `node` could have run, but its worker had no time for it;
        loop: `node` was ready, but the event loop was busy: held by the node `by`, or, where that is
            None, by steps too short to be recorded, by the engine, or by code outside the run;
        turn: `node` was ready, but not its turn, as things were run one by one or wave by wave.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds + sum(needed)
    >>> with build_dag() as tm:
    ...     short, long = tm.add_node(nap, 0.01), tm.add_node(nap, 0.05)
    ...     end = tm.options(name="end").add_node(nap, 0.01, short, long)
    >>> timeline = asyncio.run(tm.invoke()).timeline
    >>> [piece.node for piece in timeline.pieces if piece.kind == "running"]
    ['nap_2', 'end']
    """

    kind: PieceKind
    node: str
    start: float  # seconds since the invoke began
    end: float
    by: str | None = None

    @property
    def length(self) -> float:
        """How long it lasted, in seconds."""
        return self.end - self.start


class _Cut(NamedTuple):
    """What is known of a part of some time."""

    start: float
    end: float
    kind: PieceKind
    by: str | None = None


class NodeTimes:
    """When each node of a trace ran and waited. (Not for users: `Timeline` is.)

    Attributes:
        trace: the trace, which must not change any more.
        ran: the tasks that started in this run, in the order of their indices.
        end: for every node when it ended; for one that still runs, or waits, the end of the trace.
        held: for every node how long it held the event loop, up to now if it still runs.
        long_steps: the steps that held it for over a millisecond, in the order of time.
        steps: the same by node.
        late_steps: by node the steps that began late.
        calls: by node what was called off the loop for it.
        waits: by node what it waited for limits and slots.
        attempts: by node, if it may be called again.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        elapsed = trace.elapsed
        outcomes = trace.outcomes
        # NaN != NaN: what is not there yet.
        self.end: list[float] = [end if end == end else elapsed for end in trace.finished]
        self.ran: list[int] = [
            node
            for node, (kind, start) in enumerate(zip(trace.graph.kinds, trace.started, strict=True))
            if kind == "task" and start == start and outcomes.get(node) != "reused"
        ]
        self.long_steps: list[Step] = list(trace.long_steps)
        if (step_not_over := trace.holding()) is not None:
            self.long_steps.append(step_not_over)
        self.long_steps.sort(key=lambda step: step.start)
        self.steps: Mapping[int, Sequence[Step]] = by_node(self.long_steps)
        self.late_steps: Mapping[int, Sequence[LateStep]] = by_node(trace.late_steps)
        self.calls: Mapping[int, Sequence[Call]] = by_node(trace.calls)
        self.held: list[float] = list(trace.held)
        for node, steps in self.steps.items():
            if trace.finished[node] != trace.finished[node]:  # its sum is written at its end
                self.held[node] = sum(step.length for step in steps)
        self.waits: Mapping[int, Sequence[Wait]] = by_node(
            wait if wait.end == wait.end else wait._replace(end=elapsed) for wait in trace.waits
        )
        self.attempts: Mapping[int, Sequence[Attempt]] = by_node(
            attempt if attempt.end == attempt.end else attempt._replace(end=elapsed)
            for attempt in trace.attempts
        )

    def duration(self, node: int) -> float:
        """Seconds that a node took from its start, without what it then waited for limits and slots."""
        start, end = self.trace.started[node], self.end[node]
        waited = sum(
            min(end, wait.end) - max(start, wait.start)
            for wait in self.waits.get(node, ())
            if wait.end > start and wait.start < end
        )
        return max(0.0, end - start - waited)

    def running(self, node: int) -> list[tuple[float, float]]:
        """The spans of time in which a node ran: one, or one an attempt."""
        start, end = self.trace.started[node], self.end[node]
        attempts = self.attempts.get(node)
        if not attempts:
            return [(start, end)]
        # What the node did right before its first attempt and after its last one it did as well.
        spans = [(attempt.start, attempt.end) for attempt in attempts]
        spans[0] = (min(start, spans[0][0]), spans[0][1])
        if not self._pauses_at_the_end(node, attempts[-1]):
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        return spans

    def _pauses_at_the_end(self, node: int, last: Attempt) -> bool:
        """Whether the last attempt failed, and the next one was, or is, still to come."""
        finished = self.trace.finished[node]
        cut_off = finished != finished or self.trace.outcomes.get(node) == "cancelled"
        return last.error is not None and cut_off


def chain(times: NodeTimes) -> list[int]:
    """The nodes of the chain that decided when the run was over, first to last.

    The last one is the task that ended last; before each stands the dependency it waited for longest.
    In a run that goes on, the last one is a task that still runs, or is ready. In one that failed it is
    often a task that was cancelled, and had to clean up: before that one stands whose failure it was.
    """
    trace = times.trace
    finished, kinds = trace.finished, trace.graph.kinds
    node = _last(times)
    path: list[int] = []
    while node is not None:
        if kinds[node] == "task":
            if trace.outcomes.get(node) == "reused":
                break  # it was there from the start
            path.append(node)
            cause = trace.causes.get(node, -1)
            # Asked of the last one alone: only there it says what the end of the run waited for.
            is_cut_off = len(path) == 1 and trace.outcomes.get(node) == "cancelled" and cause >= 0
            if is_cut_off and finished[cause] <= finished[node]:
                node = cause
                continue
        # Where two ended at once the later one of them in the graph: any would do.
        ends = [
            (finished[needed], needed)
            for needed in trace.graph.dependencies[node]
            if finished[needed] >= 0
        ]
        node = max(ends)[1] if ends else None
    return path[::-1]


def _last(times: NodeTimes) -> int | None:
    trace = times.trace
    finished, started = trace.finished, trace.started
    unfinished = [node for node in times.ran if finished[node] != finished[node]]
    if unfinished:
        return min(unfinished, key=started.__getitem__)
    waiting = [
        node
        for node, (ready, start) in enumerate(zip(trace.ready, started, strict=True))
        if ready == ready and start != start and node not in trace.outcomes
    ]
    if waiting:
        return min(waiting, key=trace.ready.__getitem__)
    # What takes no time ends with what it waited for, and stands behind it in the graph; or before
    # it, where the graph came from elsewhere: then it is left out, and the rest is as long.
    return max(times.ran, key=lambda node: (times.end[node], node), default=None)


def pieces(times: NodeTimes, path: Sequence[int], rest: PieceKind) -> tuple[Piece, ...]:
    """What the time from 0 to the end of the last node of `path` went into, without a gap.

    `rest` is what a wait was for that nothing recorded explains.
    """
    trace = times.trace
    names = trace.graph.names
    # Two nodes never hold the loop at once, so the ends of steps are in order, too.
    starts = [step.start for step in times.long_steps]
    ends = [step.start + step.length for step in times.long_steps]
    pieces: list[Piece] = []
    now = 0.0
    for node in path:
        end = times.end[node]
        has_started = trace.started[node] == trace.started[node]
        start = trace.started[node] if has_started else end
        waits = [_Cut(wait.start, wait.end, wait.kind) for wait in times.waits.get(node, ())]
        # Who waits for a limit or a slot would wait whoever holds the loop meanwhile.
        # Where things go one by one or wave by wave it was not its turn, whoever held the loop.
        gaps = [cut for cut in _tiled(now, start, waits, rest) if cut.kind == rest == "loop"]
        held = [
            _Cut(step.start, step.start + step.length, "loop", names[step.node])
            for gap in gaps
            for step in times.long_steps[
                bisect_right(ends, gap.start) : bisect_left(starts, gap.end)
            ]
            if step.node != node
        ]
        before = _tiled(now, start, _inside(gaps, held) + waits, rest)
        after: list[_Cut] = []
        if has_started:
            runs = [_Cut(*span, "running") for span in times.running(node)]
            after = _tiled(max(now, start), end, runs + waits, "pause")
        pieces += [
            Piece(cut.kind, names[node], cut.start, cut.end, cut.by) for cut in before + after
        ]
        now = max(now, end)
    return tuple(pieces)


def _inside(gaps: Iterable[_Cut], cuts: Iterable[_Cut]) -> list[_Cut]:
    """The parts of the cuts that lie in gaps."""
    return [
        cut._replace(start=max(cut.start, gap.start), end=min(cut.end, gap.end))
        for gap in gaps
        for cut in cuts
        if cut.start < gap.end and cut.end > gap.start
    ]


def _tiled(start: float, end: float, cuts: Sequence[_Cut], rest: PieceKind) -> list[_Cut]:
    """The cuts, made to tile the time from `start` to `end`; what they leave is `rest`."""
    tiles: list[_Cut] = []
    for cut in sorted(cuts, key=lambda cut: (cut.start, cut.end)):
        cut_start, cut_end = max(cut.start, start), min(cut.end, end)
        if cut_start >= cut_end:
            continue
        if cut_start > start:
            tiles.append(_Cut(start, cut_start, rest))
        tiles.append(_Cut(cut_start, cut_end, cut.kind, cut.by))
        start = cut_end
    if start < end:
        tiles.append(_Cut(start, end, rest))
    return tiles
