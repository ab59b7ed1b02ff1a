"""`BornRows`: the rows that a run adds for the items of its maps, as a page is told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Final

from async_dag.graph.births import Birth
from async_dag.graph.unrolled import is_part_of_stream
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.texts import line_of

MOST_BIRTHS: Final = 1_000
"""The most in one frame."""


class BornRows:
    """Reads the births of a run as they come; used by one thread at a time.

    Attributes:
        beyond: the first row behind those of which the page was told.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.beyond: int = len(trace.template)
        self._read = self._told = 0  # births
        self._born: Counter[int] = Counter()  # items of each map
        self._totals: dict[int, int] = {}
        self._first_of: dict[tuple[int, tuple[int, ...]], list[Birth]] = {}
        self._owners: dict[int, int] = {}  # of parts what streams them
        self._parts: dict[int, list[int]] = {}
        self._waiting: dict[int, list[range]] = {}  # maps of which no item is known to have begun
        self._began: dict[str, dict[int, float]] = {"ready": {}, "started": {}}

    def owner(self, row: int) -> int:
        """The row that a page shows for one: of a part of a stream that of what streams it."""
        if row >= self.beyond:
            self._read_births()
        return self._owners.get(row, row)

    def rows_of(self, row: int) -> Sequence[int]:
        """The row, and of what streams those of its parts."""
        return [row, *self._parts.get(row, ())]

    def take(self, size: int) -> list[Any]:
        """The births that are to be told next, all of whose rows are below `size`.

        Each is [first row, number of rows, map or node, row that streams these or None, kind (0 task,
        1 choice), offset, name before the number, name behind it, how many there will be or None].
        """
        self._read_births()
        left = self._trace.births[self._told : self._told + MOST_BIRTHS]
        births = list(takewhile(lambda birth: birth.first + birth.size <= size, left))
        self._told += len(births)
        for birth in births:
            self.beyond = max(self.beyond, birth.first + birth.size)
        return [self._message(birth) for birth in births]

    @property
    def are_left(self) -> bool:
        """Whether some are still to be told."""
        return self._told < len(self._trace.births)

    def begun(self, column: str, values: Sequence[float]) -> dict[int, float]:
        """By the row of a map, or of what streams, when it was `ready` or `started`.

        Their own times are those of their ends.
        """
        known = self._began.get(column)
        if known is None:
            return {}
        for node in [*self._waiting, *self._parts]:
            if node not in known:
                rows = self._parts.get(node) or [row for r in self._waiting[node] for row in r]
                some = [values[row] for row in rows if row < len(values)]
                times = [time for time in some if time == time]  # not NaN
                if times:
                    known[node] = min(times)
        return known

    def _read_births(self) -> None:
        trace = self._trace
        template = trace.template
        for birth in trace.births[self._read :]:
            self._read += 1
            rows = range(birth.first, birth.first + birth.size)
            if not is_part_of_stream(template, birth):
                self._first_of.setdefault((birth.node, birth.path), []).append(birth)
                if birth.node not in self._began["started"]:
                    self._waiting.setdefault(birth.node, []).append(rows)
                continue
            owner = birth.node if template.kinds[birth.node] == "task" else self._row_around(birth)
            self._parts.setdefault(owner, []).extend(rows)
            self._owners.update(dict.fromkeys(rows, owner))

    def _row_around(self, birth: Birth) -> int:
        """The item that streams these parts."""
        *path, place = birth.path
        around = self._first_of[birth.node, tuple(path)]
        return next(
            each.first + place - each.offset
            for each in around
            if each.offset <= place < each.offset + each.size
        )

    def _message(self, birth: Birth) -> list[Any]:
        shape, total = self._trace.template.maps[birth.node], None
        if not shape.is_part(birth):
            self._born[birth.node] += birth.size
            if birth.path:  # of maps within maps it is the sum so far
                self._totals[birth.node] = self._born[birth.node]
            elif birth.total is not None and (not birth.offset or not birth.size):
                self._totals[birth.node] = birth.total
            total = self._totals.get(birth.node)
        before, after = shape.name_around(birth.path)
        return [
            *(birth.first, birth.size, birth.node, self._owners.get(birth.first)),
            *(int(shape.sides is not None), birth.offset),
            *(line_of(before), line_of(after), total),
        ]
