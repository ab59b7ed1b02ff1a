"""Assigns spans of time to lanes, so that no two in one lane overlap."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import TypeVar

Time = TypeVar("Time", int, float)


def lanes(spans: Sequence[tuple[Time, Time]]) -> list[int]:
    """The lane of each (start, end) span, counted from 0; uses as few lanes as possible.

    In order of their starts, spans take the first lane that is free. A span may follow one that
    ends where it begins.

    >>> lanes([(0.0, 2.0), (1.0, 3.0), (2.0, 4.0)])
    [0, 1, 0]
    """
    assigned = [0] * len(spans)
    busy: list[tuple[Time, int]] = []  # when each lane that is in use will be free
    free: list[int] = []
    used = 0
    for index in sorted(range(len(spans)), key=spans.__getitem__):
        start, end = spans[index]
        while busy and busy[0][0] <= start:
            heappush(free, heappop(busy)[1])
        if free:
            lane = heappop(free)
        else:
            lane, used = used, used + 1
        assigned[index] = lane
        heappush(busy, (end, lane))
    return assigned
