"""`MapRows`: what a page is told of maps while they run: it has one row for each, none for an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from async_dag.trace.columns import NOT_YET, Progress
from async_dag.trace.trace import Trace

_NOTHING: Final[dict[int, float]] = {}

_STRETCH: Final = 1024
"""How many rows are looked at together, and left behind once all of them are over."""

_NONE: Final = [NOT_YET] * _STRETCH


class MapRows:
    """When the first item of each map started, and how many are where; used by one thread at a time.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def square(n: int) -> int:
    ...     return n * n
    >>> with build_dag() as tm:
    ...     squares = tm.map(square, [1, 2, 3])
    >>> trace = asyncio.run(tm.invoke()).trace
    >>> MapRows(trace).progress()
    {0: Progress(done=3, total=3, message='')}
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._births = 0  # how many have been read
        self._born: Counter[int] = Counter()
        self._total: dict[int, int] = {}  # of maps within maps the sum so far
        self._over: Counter[int] = Counter()  # items that are over, in ranges that are left behind
        self._open: list[tuple[int, int, int]] = []  # ranges of rows: the map, first, beyond
        self._first: dict[str, dict[int, float]] = {"ready": {}, "started": {}}
        self._told: dict[int, Progress] = {}

    def first(self, column: str) -> dict[int, float]:
        """By map when its first item was ready, or started; of those that have any."""
        if column not in self._first:
            return _NOTHING
        self._read_births()
        known, values = self._first[column], getattr(self._trace, column)
        for node, first, beyond in self._open:
            if node not in known:
                times = values[first:beyond]
                if _not_yet(times) < len(times):
                    known[node] = min(time for time in times if time == time)  # not NaN
        return known

    @property
    def told(self) -> dict[int, Progress]:
        """What `progress` gave last: no look at the items."""
        return self._told

    def progress(self) -> dict[int, Progress]:
        """By map how many items are done, of how many, and what the others do."""
        trace = self._trace
        if not trace.births:
            return self._told
        finished, started = trace.finished, trace.started
        self._read_births()
        running: Counter[int] = Counter()
        still_open: list[tuple[int, int, int]] = []
        over = Counter(self._over)
        for node, first, beyond in self._open:
            # Most stretches of a large map are over, or not begun. (It compares the very objects.)
            begun = started[first:beyond]
            if begun == _NONE[: len(begun)]:
                still_open.append((node, first, beyond))
                continue
            # (Copies: the run goes on meanwhile.)
            ends, starts = finished[first:beyond], started[first:beyond]
            unfinished = _not_yet(ends)
            over[node] += len(ends) - unfinished
            if unfinished:
                running[node] += max(0, unfinished - _not_yet(starts))
                still_open.append((node, first, beyond))
            else:
                self._over[node] += len(ends)
        self._open = still_open
        failed = Counter(trace.node_at(row) for row in list(trace.errors) if row >= self._size)
        for node, born in self._born.items():
            done = over[node] - failed[node]
            words = [(running[node], "running"), (failed[node], "failed")]
            message = " · ".join(f"{count:,} {word}" for count, word in words if count)
            progress = Progress(done, self._total.get(node), message)
            if born and self._told.get(node) != progress:
                self._told[node] = progress
        return self._told

    @property
    def _size(self) -> int:
        return len(self._trace.template)

    def _read_births(self) -> None:
        births = self._trace.births
        template = self._trace.template
        for birth in births[self._births :]:
            self._births += 1
            if template.kinds[birth.node] != "map":
                continue  # the parts of a streaming node, which has a row of its own
            if template.maps[birth.node].is_part(birth):
                # An item that streamed began with its first part: its own times are those of its end.
                for column, known in self._first.items():
                    known.setdefault(birth.node, getattr(self._trace, column)[birth.first])
                continue
            self._born[birth.node] += birth.size
            if birth.path:
                self._total[birth.node] = self._born[birth.node]
            elif birth.total is not None and (not birth.offset or not birth.size):
                self._total[birth.node] = birth.total
            first, beyond = birth.first, birth.first + birth.size
            if self._open and birth.size:
                node, begin, end = self._open[-1]
                if node == birth.node and end == first and beyond - begin <= _STRETCH:
                    self._open[-1] = (node, begin, beyond)
                    continue
            for start in range(first, beyond, _STRETCH):
                self._open.append((birth.node, start, min(start + _STRETCH, beyond)))


def _not_yet(times: Sequence[float]) -> int:
    """How many of these have not come."""
    if isinstance(times, list):
        return times.count(NOT_YET)  # the very object, as the engine writes it: ten times as fast
    return sum(time != time for time in times)  # NaN
