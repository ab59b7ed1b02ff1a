"""What has changed in a trace since it was last looked at, for a page that follows a run.

A look costs the run little: columns are copied and compared by C code, a block of rows at a time, and
only the rows of blocks that differ are looked at one by one.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from async_dag.trace.trace import NOT_YET, STATES, Trace
from async_dag.workbench.feed.texts import line_of

# A frame is to stay below 150 KB; what does not fit comes with the next.
MOST_ROWS: Final = 1_500
MOST_EVENTS: Final = 300
"""Of each kind; those with texts count more."""
MOST_WITH_TEXT: Final = 60
MOST_CAUSES: Final = 1_500

# Bytes of a column that are compared at once.
_ITEM: Final = array("d").itemsize
_SMALL: Final = 8 * _ITEM
_LARGE: Final = 64 * _SMALL

_NUMBER: Final = {state: number for number, state in enumerate(STATES)}


@dataclass
class Frame:
    """Rows that have changed, as columns of equal length, and what is sparse.

    Attributes:
        elapsed: seconds since the invoke began, when it was taken.
        over: the run has ended, and nothing is left to tell.
        holding: the node that holds the event loop at this moment, and since when.
        rows: indices of nodes; the other columns have one entry each for these.
        events: as the page wants them, by kind.
    """

    elapsed: float
    over: bool
    holding: tuple[int, float] | None
    rows: array[int] = field(default_factory=lambda: array("I"))
    ready: array[float] = field(default_factory=lambda: array("d"))
    started: array[float] = field(default_factory=lambda: array("d"))
    finished: array[float] = field(default_factory=lambda: array("d"))
    held: array[float] = field(default_factory=lambda: array("d"))
    states: array[int] = field(default_factory=lambda: array("B"))
    events: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_news(self) -> bool:
        """Whether there is anything in it but the time."""
        return bool(self.rows or self.events or self.over)


class Changes:
    """Looks at a trace again and again, from any one thread, and tells what is new.

    >>> from async_dag import Graph
    >>> trace = Trace(Graph.of(["a", "b"], ["task"] * 2, [(), (0,)], [], [None] * 2))
    >>> changes = Changes(trace)
    >>> trace.ready[0] = trace.started[0] = 0.0
    >>> frame = changes.look()
    >>> list(frame.rows), list(frame.started), [STATES[state] for state in frame.states]
    ([0], [0.0], ['running'])
    >>> list(changes.look().rows)
    []
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        size = len(trace)
        # What the page knows: a time that is not yet there, and nothing held.
        nothing = array("d", [NOT_YET]) * size
        self._known = {"finished": nothing, "started": nothing, "ready": nothing}
        self._bytes = dict.fromkeys(self._known, nothing.tobytes())
        self._rows: dict[int, None] = {}  # changed, not told yet
        self._events = _Events(trace)
        self._outcomes = 0  # how many have been told

    def look(self) -> Frame:
        """What is new; as much as fits into a frame, the rest with the next look."""
        trace = self._trace
        ended = trace.over  # first: what is read afterwards is final
        step = trace.holding()
        self._find_rows()
        frame = Frame(trace.elapsed, False, None if step is None else (step.node, step.start))
        self._take_rows(frame)
        frame.events = self._events.take()
        frame.over = ended and not self._rows and not self._events.are_left()
        return frame

    def _find_rows(self) -> None:
        trace = self._trace
        # From effect to cause, as in `Trace.snapshot`: what is copied later can only know more.
        for name, known in self._known.items():
            new = array("d", getattr(trace, name))
            new_bytes = new.tobytes()
            for first, beyond in _blocks(self._bytes[name], new_bytes):
                for row in range(first, beyond):
                    value = new[row]
                    if value == value and value != known[row]:  # not NaN
                        self._rows[row] = None
            self._known[name] = new
            self._bytes[name] = new_bytes
        if len(trace.outcomes) != self._outcomes:
            outcomes = list(trace.outcomes)
            self._rows.update(dict.fromkeys(outcomes[self._outcomes :]))
            self._outcomes = len(outcomes)

    def _take_rows(self, frame: Frame) -> None:
        if not self._rows:
            return
        rows = list(islice(self._rows, MOST_ROWS))
        for row in rows:
            del self._rows[row]
        frame.rows = array("I", rows)
        columns = [array("d", [known[row] for row in rows]) for known in self._known.values()]
        frame.finished, frame.started, frame.ready = columns
        # What a node has held is written when it ends, before `finished`.
        held = self._trace.held
        frame.held = array("d", [held[row] for row in rows])
        outcomes = self._trace.outcomes
        for row, end, start, able in zip(
            rows, frame.finished, frame.started, frame.ready, strict=True
        ):
            outcome = outcomes.get(row)
            # An outcome is written just before `finished`: without that it is not told yet.
            if outcome is not None and (outcome == "skipped" or end == end):
                state = _NUMBER[outcome]
            elif end == end:
                state = _NUMBER["done"]
            elif start == start:
                state = _NUMBER["running"]
            else:
                state = _NUMBER["ready" if able == able else "waiting"]
            frame.states.append(state)


def _blocks(old: bytes, new: bytes) -> Iterator[tuple[int, int]]:
    """Ranges of rows outside of which nothing has changed, found by comparing few large blocks."""
    for large in range(0, len(new), _LARGE):
        if old[large : large + _LARGE] != new[large : large + _LARGE]:
            for small in range(large, min(large + _LARGE, len(new)), _SMALL):
                if old[small : small + _SMALL] != new[small : small + _SMALL]:
                    yield small // _ITEM, min(small + _SMALL, len(new)) // _ITEM


class _Events:
    """What is sparse in a trace, each piece told once, and again when it has changed."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._steps = 0
        self._waits = _Spans(MOST_EVENTS)
        self._attempts = _Spans(MOST_WITH_TEXT)
        self._causes = 0
        self._errors = 0
        self._progress: dict[int, object] = {}

    def take(self) -> dict[str, list[Any]]:
        """What is new, by kind, each list short enough for a frame."""
        trace = self._trace
        steps = trace.long_steps[self._steps : self._steps + MOST_EVENTS]
        self._steps += len(steps)
        found: dict[str, list[Any]] = {
            "steps": [list(step) for step in steps],
            "waits": [
                [place, wait.node, wait.kind, wait.start, _or_none(wait.end)]
                for place, wait in self._waits.take(trace.waits)
            ],
            "attempts": [
                [
                    place,
                    attempt.node,
                    attempt.start,
                    _or_none(attempt.end),
                    None if attempt.error is None else line_of(attempt.error),
                ]
                for place, attempt in self._attempts.take(trace.attempts)
            ],
            "causes": self._take_causes(),
            "errors": self._take_errors(),
            "progress": self._take_progress(),
        }
        return {kind: events for kind, events in found.items() if events}

    def are_left(self) -> bool:
        """Whether some did not fit into the last frame."""
        trace = self._trace
        return (
            self._steps < len(trace.long_steps)
            or self._waits.are_left(trace.waits)
            or self._attempts.are_left(trace.attempts)
            or self._causes < len(trace.causes)
            or self._errors < len(trace.errors)
            or len(self._new_progress()) > 0
        )

    # A dict copied whole is safe from changes meanwhile; it is only done when it has grown.

    def _take_causes(self) -> list[Any]:
        if len(self._trace.causes) == self._causes:
            return []
        told = list(self._trace.causes.items())[self._causes : self._causes + MOST_CAUSES]
        self._causes += len(told)
        return [list(one) for one in told]

    def _take_errors(self) -> list[Any]:
        if len(self._trace.errors) == self._errors:
            return []
        told = list(self._trace.errors.items())[self._errors : self._errors + MOST_WITH_TEXT]
        self._errors += len(told)
        return [[node, line_of(text)] for node, text in told]

    def _new_progress(self) -> list[tuple[int, Any]]:
        progress = self._trace.progress
        if not progress:
            return []
        return [(n, one) for n, one in progress.copy().items() if self._progress.get(n) is not one]

    def _take_progress(self) -> list[Any]:
        told = self._new_progress()[:MOST_WITH_TEXT]
        self._progress.update(told)
        return [
            [
                node,
                _finite(one.done) or 0.0,
                None if one.total is None else _finite(one.total),
                line_of(one.message),
            ]
            for node, one in told
        ]


class _Spans:
    """The new ones of a growing list whose elements have an end, and those that have ended since."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told = 0
        self._open: dict[int, None] = {}

    def take(self, spans: Sequence[Any]) -> list[tuple[int, Any]]:
        """Each with its place in the list."""
        ended = ((place, one) for place in self._open if (one := spans[place]).end == one.end)
        taken = list(islice(ended, self._most))
        for place, _ in taken:
            del self._open[place]
        new = spans[self._told : self._told + self._most - len(taken)]
        for one in new:
            taken.append((self._told, one))
            if one.end != one.end:
                self._open[self._told] = None
            self._told += 1
        return taken

    def are_left(self, spans: Sequence[Any]) -> bool:
        return self._told < len(spans) or any(
            spans[place].end == spans[place].end for place in self._open
        )


def _or_none(seconds: float) -> float | None:
    return None if seconds != seconds else seconds


def _finite(number: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return float(number) if math.isfinite(number) else None
