"""Finds what has changed in a trace since the last look, for a page that follows a run.

A look costs the run little: C code copies and compares the columns in blocks of rows, and only the
rows of blocks that differ are compared one by one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, Final

from async_dag.trace.columns import NOT_YET, STATES
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.born_rows import BornRows
from async_dag.workbench.feed.events import SparseEvents

# Keeps a frame below 150 KB; the rest follows in the next one.
MOST_ROWS: Final = 1_500

# Bytes of a column that are compared at a time.
_ITEM: Final = array("d").itemsize
_SMALL: Final = 8 * _ITEM
_LARGE: Final = 64 * _SMALL

_NUMBER: Final = {state: number for number, state in enumerate(STATES)}


@dataclass
class Update:
    """Changed rows, as columns of equal length, and new rows of sparse tables.

    Attributes:
        elapsed: seconds from the start of the invoke to this update.
        over: whether the run has ended and nothing is left to send.
        holding: the node that holds the event loop now, and since when.
        rows: indices of nodes; the other columns have one entry for each.
        events: rows of sparse tables, by kind.
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
    late: array[float] = field(default_factory=lambda: array("d"))
    events: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_news(self) -> bool:
        """Whether it has anything besides the time."""
        return bool(self.rows or self.events or self.over)


class UpdateSource:
    """Compares a trace with what was sent before; used by one thread at a time."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        # What the page knows at first: no times, and nothing held.
        names = ("finished", "started", "ready")
        self._known = {name: array("d", [NOT_YET]) * len(trace.template) for name in names}
        self._bytes = {name: column.tobytes() for name, column in self._known.items()}
        self._rows: dict[int, None] = {}  # changed, not sent yet
        self._born = BornRows(trace)
        self._events = SparseEvents(trace, self._born.owner)
        self._outcomes = 0  # how many have been sent

    @property
    def has_more(self) -> bool:
        """Whether some of what is known did not fit into the last update."""
        return (
            bool(self._rows)
            or self._born.are_left
            or self._outcomes < len(self._trace.outcomes)
            or self._events.are_left()
        )

    @property
    def is_outdated(self) -> bool:
        """Whether some of what was sent is not so any more, now that the run is over."""
        return self._events.are_outdated

    def look(self) -> Update:
        """What is new, as much as fits into a frame; the next look has the rest."""
        trace = self._trace
        ended = trace.over  # first: what is read afterwards is final
        step = trace.holding()
        born = self._born.take(len(trace.finished))  # the last column to grow
        self._find_rows()
        holding = None if step is None else (self._born.owner(step.node), step.start)
        update = Update(trace.elapsed, False, holding)
        self._take_rows(update)
        update.events = self._events.take()
        if born:
            update.events["born"] = born
        update.over = ended and not self.has_more
        return update

    def _find_rows(self) -> None:
        trace = self._trace
        size = self._born.beyond
        # From effect to cause, as in `Trace.snapshot`: what is copied later is never behind.
        for name, known in self._known.items():
            new = array("d", getattr(trace, name)[:size])
            for node, time in self._born.begun(name, new).items():
                new[node] = time
            if len(known) < size:
                more = array("d", [NOT_YET]) * (size - len(known))
                known.extend(more)
                self._bytes[name] += more.tobytes()
            new_bytes = new.tobytes()
            for first, beyond in _blocks(self._bytes[name], new_bytes):
                for row in range(first, beyond):
                    value = new[row]
                    if value == value and value != known[row]:  # not NaN
                        self._rows[row] = None
            self._known[name] = new
            self._bytes[name] = new_bytes
        if len(trace.outcomes) != self._outcomes:
            outcomes = list(trace.outcomes)[self._outcomes :]
            known_rows = list(takewhile(lambda row: row < size, outcomes))
            self._rows.update(dict.fromkeys(known_rows))
            self._outcomes += len(known_rows)

    def _take_rows(self, update: Update) -> None:
        if not self._rows:
            return
        rows = list(islice(self._rows, MOST_ROWS))
        for row in rows:
            del self._rows[row]
        update.rows = array("I", rows)
        columns = [array("d", [known[row] for row in rows]) for known in self._known.values()]
        update.finished, update.started, update.ready = columns
        # What a node has held is written when it ends, before `finished`.
        held, born = self._trace.held, self._born
        update.held = array("d", [sum(held[one] for one in born.rows_of(row)) for row in rows])
        late = self._trace.late
        update.late = array("d", [late[row] for row in rows])
        outcomes = self._trace.outcomes
        for row, end, start, able in zip(
            rows, update.finished, update.started, update.ready, strict=True
        ):
            outcome = outcomes.get(row)
            # An outcome is written just before `finished`, and sent only with it.
            if outcome is not None and (outcome == "skipped" or end == end):
                state = _NUMBER[outcome]
            elif end == end:
                state = _NUMBER["done"]
            elif start == start:
                state = _NUMBER["running"]
            else:
                state = _NUMBER["ready" if able == able else "waiting"]
            update.states.append(state)


def _blocks(old: bytes, new: bytes) -> Iterator[tuple[int, int]]:
    """Ranges of rows that may have changed, found by comparing a few large blocks."""
    for large in range(0, len(new), _LARGE):
        if old[large : large + _LARGE] != new[large : large + _LARGE]:
            for small in range(large, min(large + _LARGE, len(new)), _SMALL):
                if old[small : small + _SMALL] != new[small : small + _SMALL]:
                    yield small // _ITEM, min(small + _SMALL, len(new)) // _ITEM
