"""`Area`: how many tasks run at once, over time, and with fewer steps where that does for a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

_LONGEST_HANDOVER: Final = 0.001
"""Seconds between the end of a task and the start of its dependent that are not drawn as a gap."""
_MOST_OF_RUN: Final = 0.02
"""The largest share of a short run for such a gap."""


class Area(NamedTuple):
    """How many of several tasks run at once."""

    times: list[float]
    counts: list[int]  # from each of these times on; the last is 0

    @property
    def peak(self) -> int:
        """The most that run at any moment."""
        return max(self.counts, default=0)


def area_of(spans: Sequence[tuple[float, float]]) -> Area:
    """How many of these spans of time cover each moment.

    >>> area_of([(0.0, 2.0), (1.0, 3.0)])
    Area(times=[0.0, 1.0, 2.0, 3.0], counts=[1, 2, 1, 0])
    """
    change: dict[float, int] = defaultdict(int)
    for start, end in spans:
        if end > start:
            change[start] += 1
            change[end] -= 1
    area = Area([], [])
    count = 0
    for time in sorted(change):
        if change[time]:
            count += change[time]
            area.times.append(time)
            area.counts.append(count)
    return area


def steps_of(area: Area, bottom: float, each: float) -> list[tuple[float, float]]:
    """The line around the area from `bottom` up, `each` for one task; y points down.

    >>> steps_of(Area([0.0, 2.0], [3, 0]), 10.0, 2.0)
    [(0.0, 10.0), (0.0, 4.0), (2.0, 4.0), (2.0, 10.0)]
    """
    shape: list[tuple[float, float]] = []
    height = bottom
    for time, count in zip(area.times, area.counts, strict=True):
        shape.append((time, height))
        height = bottom - count * each
        shape.append((time, height))
    return shape


def thinned(area: Area, until: float, columns: int) -> Area:
    """The area with at most one step in each of `columns` columns, which keeps all peaks.

    Dips narrower than a column are filled. So are the dips of some microseconds between the end of
    a task and the start of its dependent, which would be drawn as needles.

    >>> thinned(Area([0.0, 0.1, 0.2, 1.5], [1, 3, 2, 0]), 2.0, 2)
    Area(times=[0.0, 1.0, 2.0], counts=[3, 2, 0])
    >>> thinned(Area([0.0, 1.0, 1.001, 2.0], [1, 0, 1, 0]), 2.0, 100)
    Area(times=[0.0, 2.0], counts=[1, 0])
    """
    if until <= 0 or columns < 1:
        return area
    handover = min(_LONGEST_HANDOVER, _MOST_OF_RUN * until)
    area = _filled(area, max(until / columns, handover))
    return area if len(area.times) <= columns else _columns(area, until, columns)


def _filled(area: Area, shortest: float) -> Area:
    """The area without dips shorter than `shortest`: each is raised to the lower of its two sides."""
    times: list[float] = []
    counts: list[int] = []
    for time, count in zip(area.times, area.counts, strict=True):
        # A step that is lower than both its neighbours is a dip.
        while len(counts) > 1 and counts[-1] < count and time - times[-1] < shortest:
            if counts[-2] > count:
                counts[-1] = count
            elif counts[-2] > counts[-1]:
                times.pop()
                counts.pop()
            else:
                break  # it only rises
        if not counts or counts[-1] != count:
            times.append(time)
            counts.append(count)
    return Area(times, counts)


def _columns(area: Area, until: float, columns: int) -> Area:
    most = [0] * columns
    before = 0
    filled = -1  # up to which column the count before has been written
    for time, count in zip(area.times, area.counts, strict=True):
        column = min(int(time / until * columns), columns - 1)
        for between in range(filled + 1, column + 1):
            most[between] = before
        most[column] = max(most[column], count)
        filled = max(filled, column)
        before = count
    thin = Area([], [])
    for column, count in enumerate([*most, 0]):
        if (thin.counts[-1] if thin.counts else 0) != count:
            thin.times.append(column * until / columns)
            thin.counts.append(count)
    return thin
