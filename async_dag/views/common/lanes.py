"""Spans of time side by side: which lane each takes so that no two of one lane overlap."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import TypeVar

Time = TypeVar("Time", int, float)


def lanes(spans: Sequence[tuple[Time, Time]]) -> list[int]:
    """For each span of (start, end) its lane, counted from 0; as few lanes as there can be.

    Spans are given their lanes in order of their start, each the first that is free; one that begins
    where another ends may follow it.

    >>> lanes([(0.0, 2.0), (1.0, 3.0), (2.0, 4.0)])
    [0, 1, 0]
    """
    found = [0] * len(spans)
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
        found[index] = lane
        heappush(busy, (end, lane))
    return found
