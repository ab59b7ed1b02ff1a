"""The nodes of a profile: bars with whiskers, how often each is critical, and what halving it gains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from async_dag._common.units import Unit
from async_dag.views.common.axis import decimals_for, ticks
from async_dag.views.drawing.canvas import Canvas, box, dot, lines, polygons
from async_dag.views.drawing.drawing import Point
from async_dag.views.drawing.fonts import fitted, tidy, width
from async_dag.views.drawing.look import Look
from async_dag.views.many_runs.content import Bounds, NodeRow

MOSTLY: Final = 0.5
"""The criticality from which on a bar is framed."""

_FAINTEST: Final = 0.12
"""The opacity of a bar that is never critical."""

_NARROWEST: Final = 1.6
"""Points."""

_GAP: Final = 8.0
_WIDEST_NAME: Final = 0.24
"""The share of the width that names may take."""


def opacity(criticality: float) -> float:
    """How opaque the bar of a node is that is critical in this share of the runs."""
    return _FAINTEST + (1 - _FAINTEST) * criticality


class NodePanel:
    """A row for each node; a `Block`."""

    def __init__(self, look: Look, rows: Sequence[NodeRow], unit: Unit) -> None:
        self._look = look
        self._rows = rows
        self._unit = unit
        # The time axis begins with the invoke, and ends with the last whisker.
        self._until = max([row.finished[2] for row in rows], default=0.0) or 1.0
        self._most = max([row.gain[2] for row in rows], default=0.0)
        inner = look.width - 2 * look.margin
        names = max([width(tidy(row.name), look.text) for row in rows], default=0.0)
        self._left = look.margin + min(names + 1, _WIDEST_NAME * inner) + _GAP
        texts = max([width(row.gain_text, look.small, "bold") for row in rows], default=0.0)
        # From the right edge to the left.
        self._right = look.width - look.margin
        head = max(width("halving it gains", look.small, "bold"), texts + 4.5 * look.small)
        self._gain_left = self._right - head
        self._gain_right = self._right - texts - 0.8 * look.small
        share = width("critical in", look.small, "bold") + 2.2 * look.small
        self._critical_left = self._gain_left - _GAP - share
        self._end = self._critical_left - 1.5 * _GAP

    @property
    def _row(self) -> float:
        return 1.35 * self._look.row

    @property
    def _head(self) -> float:
        return 3.3 * self._look.small

    @property
    def height(self) -> float:
        """In points."""
        return self._head + self._row * len(self._rows)

    def _x(self, seconds: float) -> float:
        return self._left + (self._end - self._left) * seconds / self._until

    def draw(self, canvas: Canvas, top: float) -> None:
        """The head, the grid and the rows."""
        self._draw_head(canvas, top)
        first = top + self._head
        self._draw_grid(canvas, first)
        for number, row in enumerate(self._rows):
            self._draw_row(canvas, row, first + (number + 0.5) * self._row)

    def _draw_head(self, canvas: Canvas, top: float) -> None:
        look = self._look
        soft = look.palette.soft
        upper, lower = top + 0.7 * look.small, top + 2.1 * look.small
        for left, title, below in (
            (self._critical_left, "critical in", "of the runs"),
            (self._gain_left, "halving it gains", "of the median"),
        ):
            canvas.text(left, upper, title, weight="bold")
            canvas.text(left, lower, below, color=soft)
        at_most = max(2, int((self._end - self._left) / (4.5 * look.small)))
        times = list(ticks(self._until, at_most, self._unit))
        decimals = decimals_for(times, self._unit)
        for number, time in enumerate(times):
            text = f"{time / self._unit.seconds:.{decimals}f}"
            x = self._x(time)
            if number == len(times) - 1:
                text = f"{text} {self._unit.name}"
                # Not into the head of the next column.
                x = min(x, self._end - width(text, look.small) / 2) if number else x
            canvas.text(x, lower, text, color=soft, align="center" if number else "left")
        self._times = times

    def _draw_grid(self, canvas: Canvas, top: float) -> None:
        palette = self._look.palette
        bottom = top + self._row * len(self._rows)
        lines(
            canvas.sheet,
            [[(self._x(time), top), (self._x(time), bottom)] for time in self._times],
            stroke=palette.line,
            width=0.7,
            order=1,
            name="grid",
        )
        between = [top + number * self._row for number in range(1, len(self._rows))]
        lines(
            canvas.sheet,
            [[(self._look.margin, y), (self._right, y)] for y in between],
            stroke=palette.line,
            width=0.4,
            order=1,
        )
        lines(
            canvas.sheet,
            [[(self._gain_left, top), (self._gain_left, bottom)]],
            stroke=palette.line,
            width=0.7,
            order=1,
        )

    def _draw_row(self, canvas: Canvas, row: NodeRow, middle: float) -> None:
        look = self._look
        palette = look.palette
        room = self._left - _GAP - look.margin
        name = fitted(tidy(row.name), room, look.text)
        canvas.text(self._left - _GAP, middle, name, size=look.text, align="right")
        self._draw_bar(canvas, row, middle)
        reach = 0.34 * self._row
        self._draw_whisker(canvas, row.started, middle, middle - reach, palette.faint)
        self._draw_whisker(canvas, row.finished, middle, middle + reach, palette.ink)
        self._draw_criticality(canvas, row, middle)
        self._draw_gain(canvas, row, middle)

    def _draw_bar(self, canvas: Canvas, row: NodeRow, middle: float) -> None:
        palette = self._look.palette
        left, right = self._x(row.started[1]), self._x(row.finished[1])
        right = max(right, left + _NARROWEST)
        half = 0.19 * self._row
        often = row.criticality >= MOSTLY
        polygons(
            canvas.sheet,
            [box(left, right, middle - half, middle + half)],
            fill=palette.holding,
            opacity=opacity(row.criticality),
            order=3,
        )
        if often:
            polygons(
                canvas.sheet,
                [box(left, right, middle - half, middle + half)],
                stroke=palette.critical,
                width=self._look.line,
                order=4,
                name="critical",
            )

    def _draw_whisker(
        self, canvas: Canvas, band: Bounds, middle: float, y: float, color: str
    ) -> None:
        """From p10 to p90, with a line to the median's end of the bar."""
        low, estimate, high = map(self._x, band)
        cap = 0.07 * self._row
        edge = middle + (0.19 if y > middle else -0.19) * self._row
        # In one stroke, which makes an SVG half as large.
        path: list[Point] = [(low, y - cap), (low, y + cap), (low, y), (estimate, y)]
        path += [(estimate, edge), (estimate, y), (high, y), (high, y - cap), (high, y + cap)]
        lines(canvas.sheet, [path], stroke=color, width=0.8, order=4)

    def _draw_criticality(self, canvas: Canvas, row: NodeRow, middle: float) -> None:
        look = self._look
        palette = look.palette
        left = self._critical_left
        text = f"{row.criticality:.0%}" if not 0 < row.criticality < 0.005 else "<1%"
        right = self._gain_left - _GAP
        canvas.text(right, middle, text, align="right")
        end = right - width("100%", look.small) - 0.6 * look.small
        half = 0.09 * self._row
        polygons(
            canvas.sheet,
            [box(left, end, middle - half, middle + half)],
            fill=palette.line,
            order=2,
        )
        if row.criticality > 0:
            color = palette.critical if row.criticality >= MOSTLY else palette.edge
            reached = left + max(1.0, (end - left) * row.criticality)
            polygons(
                canvas.sheet,
                [box(left, reached, middle - half, middle + half)],
                fill=color,
                order=3,
            )

    def _draw_gain(self, canvas: Canvas, row: NodeRow, middle: float) -> None:
        look = self._look
        palette = look.palette
        low, estimate, high = row.gain
        nothing = high <= 0
        best = self._most > 0 and row is max(self._rows, key=lambda other: other.gain[1])
        canvas.text(
            self._right,
            middle,
            "0" if nothing else row.gain_text,
            align="right",
            weight="bold" if best and not nothing else "normal",
            color=palette.soft if nothing else None,
        )
        if nothing or self._most <= 0:
            return
        room = self._gain_right - self._gain_left - 4
        at, start, end = (
            self._gain_left + 2 + room * max(0.0, seconds) / self._most
            for seconds in (estimate, low, high)
        )
        half = 0.07 * self._row
        polygons(
            canvas.sheet,
            [box(start, max(end, start + 1), middle - half, middle + half)],
            fill=palette.done,
            opacity=0.35,
            order=2,
        )
        radius = 0.11 * self._row
        dot(canvas.sheet, at, middle, radius, palette.done)
