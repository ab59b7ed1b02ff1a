"""`WaysPanel`: the bands of `Ways` below each other on one axis, to be placed on any canvas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from async_dag._common.units import unit_for
from async_dag.views.common.area import area_of, steps_of, thinned
from async_dag.views.drawing.canvas import Canvas, box, boxes, lines, polygons, words
from async_dag.views.drawing.drawing import Plane, RoundedBox
from async_dag.views.drawing.fonts import fitted, tidy, width, wrapped
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.time_axis import time_axis
from async_dag.views.ways.ways import Band, Ways

_HIGHEST: Final = 240.0
"""Points that all of it takes at most, whatever it shows and at any size: 320 pixels."""
_THINNEST: Final = 3.0
"""Points of a lane in which a segment can be told from the next one; below that stands a silhouette."""
_NAMED: Final = 1.15
"""A lane so many times as high as a text has names in it."""
_BETWEEN: Final = 7.0
"""Points between two bands."""
_GAP: Final = 6.0
_NARROWEST: Final = 0.9
"""Points of a segment, so that a short task is seen; what lies closer together is drawn as one."""
_WAVES_APART: Final = 2.0


class WaysPanel:
    """A headline, an axis, a band for each way, and what is saved; a `Block` of a canvas.

    A second is as long in each band, so that a band is as long as its time. However many tasks there
    are, no more height is taken: lanes become thinner, and in the end each band is the silhouette of
    how many run at once. Nothing is drawn of a run that does not tell what other ways would take.
    """

    def __init__(self, ways: Ways | None, look: Look) -> None:
        self._look = look
        self._bands: Sequence[Band] = ways.bands if ways else ()
        self._until = ways.until if ways else 1.0
        self._saved = ways.saved if ways else None
        room = look.width - 2 * look.margin
        self._headline = _headline(tidy(ways.headline), room, look.text + 1) if ways else []
        self._note = wrapped(tidy(ways.note), room, look.small) if ways else []

    # Where things are, in points

    @property
    def height(self) -> float:
        """In points."""
        if not self._bands:
            return 0.0
        between = _BETWEEN * (len(self._bands) - 1)
        return self._above + sum(self._heights) + between + self._below

    @property
    def _above(self) -> float:
        """The headline and the numbers of the axis."""
        return self._head + 1.9 * self._look.small

    @property
    def _head(self) -> float:
        return 1.5 * (self._look.text + 1) * len(self._headline)

    @property
    def _below(self) -> float:
        """What is saved, and what is measured."""
        saved = 1.7 * self._look.small if self._saved else 0.0
        return saved + 1.5 * self._look.small * len(self._note) + 3

    @cached_property
    def _lanes_and_heights(self) -> tuple[list[float], list[float]]:
        """Of each band: the height of a lane, and of the band, which is no lower than its label."""
        look, bands = self._look, self._bands
        labels = [1.3 * look.text + bool(band.under) * 1.2 * look.small for band in bands]
        between = _BETWEEN * (len(bands) - 1)
        room = _HIGHEST - self._above - self._below - between

        def heights(lane: float, most: float) -> list[float]:
            wanted = (min(most, lane * band.lanes) for band in bands)
            return list(map(max, labels, wanted))

        # Lanes of the same height in all bands, if that can be; else no band is higher than so much.
        highest = 1.2 * look.text
        lane, most = highest, _HIGHEST
        while lane > _THINNEST and sum(heights(lane, most)) > room:
            lane = max(_THINNEST, lane - 0.1)
        while most > 1 and sum(heights(lane, most)) > room:
            most -= 1.0
        made = heights(lane, most)
        lanes = [
            min(highest, max(lane, label / max(band.lanes, 1)), height / max(band.lanes, 1))
            for band, height, label in zip(bands, made, labels, strict=True)
        ]
        return lanes, made

    @property
    def _heights(self) -> list[float]:
        return self._lanes_and_heights[1]

    @cached_property
    def _left(self) -> float:
        look = self._look
        labels = [width(tidy(band.label), look.text) for band in self._bands]
        labels += [width(tidy(band.under), look.small) for band in self._bands]
        return look.margin + min(max(labels, default=0.0), 0.3 * look.width) + _GAP

    @cached_property
    def _second(self) -> float:
        """Points that a second takes: as many as leave room for the note behind each band."""
        look = self._look
        room = look.width - look.margin - self._left
        rooms = (
            (room - _GAP - width(tidy(band.note), look.small, "bold")) / _end_of(band)
            for band in self._bands
            if _end_of(band) > 0
        )
        return max(min(min(rooms, default=room), room / self._until), 1e-9)

    # Drawing

    def draw(self, canvas: Canvas, top: float) -> None:
        """All of it."""
        if not self._bands:
            return
        look = self._look
        for number, line in enumerate(self._headline):
            y = top + (number + 0.5) * 1.5 * (look.text + 1)
            canvas.text(look.margin, y, line, size=look.text + 1, weight="bold")
        y = top + self._above
        bottom = y + sum(self._heights) + _BETWEEN * (len(self._bands) - 1)
        axis = self._plane(canvas, y, bottom - y)
        time_axis(canvas, axis, unit_for(self._until), top + self._head + 0.95 * look.small)
        for number, band in enumerate(self._bands):
            self._draw_band(canvas, number, band, y)
            y += self._heights[number] + _BETWEEN
        y = bottom
        if self._saved:
            self._draw_saved(canvas, bottom)
            y += 1.7 * look.small
        for number, line in enumerate(self._note):
            middle = y + 3 + (number + 0.5) * 1.5 * look.small
            canvas.text(look.margin, middle, line, color=look.palette.soft)

    def _plane(self, canvas: Canvas, top: float, height: float) -> Plane:
        across = self._until * self._second
        return canvas.plane(self._left, top, across, height, self._until, height)

    def _draw_band(self, canvas: Canvas, number: int, band: Band, top: float) -> None:
        look, palette = self._look, self._look.palette
        lane, height = (sizes[number] for sizes in self._lanes_and_heights)
        is_own = number == len(self._bands) - 1
        color = palette.awaiting if is_own else palette.computed
        plane = self._plane(canvas, top, height)
        plane.data = {"way": band.way, "seconds": f"{band.seconds.high:.6g}"}
        lower = lane * band.lanes
        if lane < _THINNEST:
            self._draw_silhouette(plane, band, color, lower)
        else:
            self._draw_segments(plane, band, color, lane)
        self._draw_wave_ends(plane, band, lower)
        self._draw_uncertain(plane, band, lower)
        if is_own:
            end = [(band.seconds.high, -3.0), (band.seconds.high, max(lower, height) + 3.0)]
            lines(plane, [end], stroke=palette.done, width=1.5 * look.line, order=7)
        first = min(lane, 1.5 * look.text) / 2 if lane >= look.small else 0.65 * look.text
        room = self._left - _GAP - look.margin
        label = fitted(tidy(band.label), room, look.text)
        canvas.text(self._left - _GAP, top + first, label, size=look.text, align="right")
        if band.under:
            under = fitted(tidy(band.under), room, look.small)
            at = top + first + 1.25 * look.small
            canvas.text(self._left - _GAP, at, under, color=palette.soft, align="right")
        note = tidy(band.note)
        behind = self._left + _end_of(band) * self._second + _GAP
        canvas.text(behind, top + first, note, size=look.small, weight="bold")

    def _draw_segments(self, plane: Plane, band: Band, color: str, lane: float) -> None:
        look, palette = self._look, self._look.palette
        thick = lane * (0.88 if lane > 6 else 0.8)
        made: list[RoundedBox] = []
        outlined: list[RoundedBox] = []
        for number, start, end, row in self._drawn(band):
            upper, lower = number * lane, number * lane + thick
            across = min(1.5, (end - start) * self._second / 2) / self._second
            shape = RoundedBox(start, end, upper, lower, across, min(1.5, thick / 2))
            made.append(shape)
            if row in band.critical:
                outlined.append(shape)
            if row is not None and lane >= _NAMED * look.small:
                name = tidy(band.names[row])
                if width(name, look.small) + 6 <= (end - start) * self._second:
                    # A little above the middle, where names with underscores stay within the lane.
                    at, middle = start + 3 / self._second, (upper + lower) / 2 - 0.08 * look.small
                    words(plane, at, middle, name, size=look.small, color=palette.ink, order=6.5)
        if band.basis == "expected":
            line = 0.8 * look.line
            boxes(plane, made, stroke=palette.soft, width=line, dashes=(2, 1.5), order=3)
        else:
            boxes(plane, made, fill=color, stroke=palette.ground, width=0.6, order=3)
        wide = look.line * min(1.0, lane / 8)
        boxes(plane, outlined, stroke=palette.critical, width=wide, order=6)

    def _drawn(self, band: Band) -> Iterator[tuple[int, float, float, int | None]]:
        """Lane, start, end and row of each segment; what looks like one is one without a row."""
        least = _NARROWEST / self._second
        by_lane: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
        columns = zip(band.rows, band.lane, band.start, band.end, strict=True)
        for row, number, start, end in columns:
            by_lane[number].append((start, end, row))
        for number, (first, *others) in by_lane.items():
            begun: tuple[float, float, int | None] = first
            for start, end, row in others:
                longest = max(end - start, 0.0 if begun[2] is None else begun[1] - begun[0])
                if start - begun[1] < least and longest < 3 * least:
                    begun = begun[0], end, None
                    continue
                yield number, begun[0], max(begun[1], begun[0] + least), begun[2]
                begun = start, end, row
            # The last one is seen, but ends where it does.
            yield number, max(0.0, min(begun[0], begun[1] - least)), begun[1], begun[2]

    def _draw_silhouette(self, plane: Plane, band: Band, color: str, lower: float) -> None:
        """How many run at once, as an area."""
        palette, look = self._look.palette, self._look
        whole = area_of(list(zip(band.start, band.end, strict=True)))
        area = thinned(whole, self._until, int(4 * self._until * self._second))
        shape = steps_of(area, lower, lower / max(band.lanes, 1))
        if shape and band.basis == "expected":
            line = 0.8 * look.line
            lines(plane, [shape], stroke=palette.soft, width=line, dashes=(2, 1.5), order=3)
        elif shape:
            polygons(plane, [[*shape, (shape[-1][0], lower)]], fill=color, order=3)

    def _draw_wave_ends(self, plane: Plane, band: Band, lower: float) -> None:
        palette, line = self._look.palette, 0.7 * self._look.line
        paths = [
            [(time, -3.0), (time, lower + 3.0)]
            for time in band.waves_apart(_WAVES_APART / self._second)
        ]
        lines(plane, paths, stroke=palette.soft, width=line, dashes=(2.5, 2), order=6)

    def _draw_uncertain(self, plane: Plane, band: Band, lower: float) -> None:
        """Hatched between the least and the most that it takes; a line over what repeated runs took."""
        palette, line = self._look.palette, self._look.line
        if not band.seconds.is_exact:
            polygons(
                plane,
                [box(band.seconds.low, band.seconds.high, 0, lower)],
                fill=palette.ground,
                stroke=palette.edge,
                hatch=4.0,
                width=0.5 * line,
                order=5.5,
            )
        if band.spread:
            middle, tall = lower / 2, min(3.0, lower / 3)
            low, high = band.spread
            whisker = [
                [(low, middle), (high, middle)],
                *([(end, middle - tall), (end, middle + tall)] for end in (low, high)),
            ]
            lines(plane, whisker, stroke=palette.ink, width=0.8 * line, order=8)

    def _draw_saved(self, canvas: Canvas, top: float) -> None:
        """A bracket from the end of the last way to that of the slowest one."""
        assert self._saved is not None
        look, palette = self._look, self._look.palette
        left, right = (self._left + self._second * end for end in self._saved[:2])
        text, taken = self._saved.text, width(self._saved.text, look.small)
        y = top + 3 + 0.85 * look.small
        is_inside = right - left > taken + 24
        middle = (left + right) / 2
        parts = (
            [(left, middle - taken / 2 - 4), (middle + taken / 2 + 4, right)]
            if is_inside
            else [(left, right)]
        )
        paths = [[(start, y), (end, y)] for start, end in parts]
        paths += [[(end, y - 3), (end, y + 3)] for end in (left, right)]
        lines(canvas.sheet, paths, stroke=palette.done, width=look.line)
        if is_inside:
            canvas.text(middle, y, text, color=palette.done, align="center")
        elif right + 5 + taken <= look.width - look.margin:
            canvas.text(right + 5, y, text, color=palette.done)
        else:
            canvas.text(left - 5, y, text, color=palette.done, align="right")


def _headline(text: str, room: float, size: float) -> list[str]:
    """The lines of a headline; if it takes several, the first one ends with its colon."""
    lines_of = wrapped(text, room, size, "bold")
    first, colon, rest = text.partition(": ")
    if len(lines_of) == 1 or not colon:
        return lines_of
    return [*wrapped(first + ":", room, size, "bold"), *wrapped(rest, room, size, "bold")]


def _end_of(band: Band) -> float:
    return max(band.seconds.high, band.spread.high if band.spread else 0.0)
