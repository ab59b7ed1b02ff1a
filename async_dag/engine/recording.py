"""Writes waits and attempts into a trace: open when they begin, replaced when they end."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

from async_dag.trace.columns import NOT_YET, Attempt, Wait, WaitKind
from async_dag.trace.trace import Trace

_START: Final[itemgetter[Any]] = itemgetter(Wait._fields.index("start"))


class WaitRecorder:
    """The waits of one invoke."""

    __slots__ = ("_open", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace: Trace = trace
        self._open: dict[int, tuple[int, Wait]] = {}  # node -> its position, itself

    @property
    def now(self) -> float:
        """Seconds since the invoke began."""
        return self.trace.elapsed

    def begin(self, node: int, kind: WaitKind, since: float) -> None:
        """A node has begun to wait, at that time."""
        if node not in self._open:
            wait = Wait(node, kind, since, NOT_YET)
            position = len(self.trace.waits)
            self.trace.waits.append(wait)
            self._open[node] = (position, wait)

    def end(self, node: int) -> None:
        """A node has stopped waiting, if it was."""
        position, wait = self._open.pop(node, (-1, None))
        if wait is None or self.trace.over:
            return
        waits = self.trace.waits
        if waits[position] is not wait:  # a call in a thread added one at that very moment
            position = waits.index(wait)
        waits[position] = wait._replace(end=self.now)

    def close(self) -> None:
        """The invoke is over: end what is open, and sort everything."""
        for node in list(self._open):
            self.end(node)
        # A wait of no duration was none; one that was noticed late is out of order. Threads may still
        # append: a list that they append to must not be sorted, and nothing of theirs be lost.
        waits = self.trace.waits
        count = len(waits)
        over = [wait for wait in waits[:count] if wait.end > wait.start]
        waits[:count] = sorted(over, key=_START)


class AttemptRecorder:
    """The attempts of one invoke."""

    __slots__ = ("_trace",)

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def begin(self, node: int, most: int | None) -> int:
        """An attempt of a node begins, one of `most`; returns its number, for `end`."""
        attempts = self._trace.attempts
        attempts.append(Attempt(node, self._trace.elapsed, NOT_YET, None, most=most))
        return len(attempts) - 1

    def end(self, number: int, error: str | None) -> None:
        """An attempt has ended, with an error or without."""
        if self._trace.over:  # the invoke was closed, and this node went on
            return
        attempts = self._trace.attempts
        attempts[number] = attempts[number]._replace(end=self._trace.elapsed, error=error)

    def close(self) -> None:
        """The invoke is over: end what is open (it was closed from outside)."""
        now = self._trace.elapsed
        attempts = self._trace.attempts
        attempts[:] = [
            attempt if attempt.end == attempt.end else attempt._replace(end=now)
            for attempt in attempts
        ]
