"""`Visit`: the stay of one node on one worker; more than one if a worker was lost, or one took over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from async_dag.cluster.clocks import RemoteClock
from async_dag.trace.columns import LOST, NOT_YET, VALUE_LOST, WaitKind


class Visit:
    """What one worker told of one node; seconds of the trace, NaN for 'not yet'.

    `key` tells it from other visits: the lane, and when it came by the worker's own clock.
    """

    __slots__ = (
        "able",
        "attempts",
        "came",
        "error",
        "facts",
        "finished",
        "held",
        "key",
        "lane",
        "left",
        "lost",
        "most",
        "offset",
        "outcome",
        "raised",
        "started",
    )

    def __init__(self, key: tuple[int, float]) -> None:
        self.key: tuple[int, float] = key
        self.lane: int = key[0]
        self.came: float = NOT_YET
        self.able: float = NOT_YET
        self.started: float = NOT_YET
        self.finished: float = NOT_YET
        self.left: float = NOT_YET
        self.lost: float = NOT_YET
        self.held: float = 0.0
        self.outcome: str = ""
        self.error: str = ""
        self.raised: bytes = b""
        self.facts: tuple[Any, ...] | None = None  # what was asked of its value
        self.attempts: dict[int, tuple[float, float, str | None]] = {}  # by number, if it may retry
        self.offset: float = NOT_YET  # what to add to the worker's times, to have them in the trace
        self.most: int | None = None  # how many attempts are allowed, as far as it is told

    def update(self, row: Sequence[Any], clock: RemoteClock, began: float) -> None:
        """Take over a row of the worker's journal."""
        _, came, able, started, finished, left, self.held, *rest = row
        self.outcome, self.error, self.raised, self.facts = rest
        if self.offset != self.offset:
            # Once and for all: with a clock that is known better by the time it ends, a busy machine's
            # node could end before it began.
            self.offset = clock.here(0.0) - began
        offset = self.offset
        self.came = came + offset
        self.able = able + offset
        self.started = started + offset
        self.finished = finished + offset
        self.left = left + offset

    def order(self, floor: float) -> float:
        """Let no time lie before the one that caused it; returns the earliest for the next visit.

        Clocks of two workers agree but to their error; what the first of them did was the cause.
        """
        for name in ("came", "able", "started", "finished"):
            time = getattr(self, name)
            if time == time:  # not NaN
                if time < floor:
                    setattr(self, name, floor)
                else:
                    floor = time
        for end in (self.left, self.lost):
            if end == end:
                floor = max(floor, end)
        return floor

    @property
    def has_started(self) -> bool:
        """Whether its task was called."""
        return self.started == self.started

    @property
    def end(self) -> float:
        """When it was over on this worker, whichever way; NaN while it is not."""
        for time in (self.finished, self.left, self.lost):
            if time == time:
                return time
        return NOT_YET

    def waits(self, floor: float) -> Iterator[tuple[WaitKind, float, float]]:
        """What it waited for from `floor` to its start; the last of them may be open (NaN)."""
        kinds: tuple[WaitKind, ...] = ("scheduler", "transfer", "worker")
        for kind, until in zip(kinds, (self.came, self.able, self.started), strict=True):
            end = until if until == until else self.end
            if not end <= floor:  # also if it is NaN
                yield kind, floor, end
            if until != until:
                return
            floor = max(floor, until)

    def runs(self, again: bool) -> Iterator[tuple[float, float, str | None]]:
        """Its attempts, or the one of a node that has no retry: start, end and error.

        `again` is whether the node had to run again elsewhere.
        """
        if not self.has_started:
            return
        attempts = self.attempts.values() or [
            (self.started, self.finished, self.error if self.outcome == "failed" else None)
        ]
        for start, end, error in attempts:
            if end != end and self.lost == self.lost:
                yield max(start, self.started), max(start, self.lost), LOST
            else:
                lost = again and error is None and end == end
                yield max(start, self.started), end, VALUE_LOST if lost else error
