"""A speed-up curve: what the run takes with 1, 2, 4, … slots, its knee, and what bounds it."""

from __future__ import annotations

from math import log2
from typing import Final

from async_dag._common.plural import plural
from async_dag._common.units import unit_for
from async_dag.analysis.speedup_curve import SpeedupCurve
from async_dag.views.common.axis import decimals_for, ticks
from async_dag.views.drawing.canvas import Canvas, dot, lines, words
from async_dag.views.drawing.drawing import Plane
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.fonts import width
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.prose import Heading

_NOTE: Final = "all computed from this run"
_ROWS: Final = 15
"""Lines of text that are as high as the curve."""


def speedup_picture(curve: SpeedupCurve, look: Look, title: str) -> DrawnPicture:
    """The curve, under what it says."""
    says = headline(curve)
    heading = Heading(look, title or says, f"{says}; {_NOTE}" if title else _NOTE)
    return DrawnPicture.of([heading, _CurvePanel(curve, look)], look, f"{says}; {_NOTE}")


def headline(curve: SpeedupCurve) -> str:
    """`4 slots are enough: 0.51 s instead of 1.40 s with one`."""
    slots, seconds = curve.knee
    one = curve.points[0][1]
    if slots == 1:
        return f"one slot is enough: {_text(seconds)}"
    return f"{slots:,} slots are enough: {_text(seconds)} instead of {_text(one)} with one"


class _CurvePanel:
    """Seconds over slots; twice as many slots are always as far to the right."""

    def __init__(self, curve: SpeedupCurve, look: Look) -> None:
        self._curve = curve
        self._look = look
        self._points = sorted({*curve.points, curve.knee})
        self._until = max(*(seconds for _, seconds in self._points), 1e-9)
        self._unit = unit_for(self._until)

    @property
    def height(self) -> float:
        """In points."""
        return (_ROWS + 3.5) * self._look.small

    def draw(self, canvas: Canvas, top: float) -> None:
        """Axes, the bound, the curve and its knee."""
        look, palette = self._look, self._look.palette
        times = list(ticks(self._until, 6, self._unit))
        decimals = decimals_for(times, self._unit)
        numbers = [f"{time / self._unit.seconds:.{decimals}f}" for time in times]
        numbers[-1] += f" {self._unit.name}"
        left = look.margin + max(width(number, look.small) for number in numbers) + 6
        across, high = look.width - look.margin - left, _ROWS * look.small
        plane = canvas.plane(left, top + 1.5 * look.small, across, high, across, high)
        grid = [[(0.0, self._y(time)), (across, self._y(time))] for time in times]
        lines(plane, grid, stroke=palette.line, width=0.7, order=1, name="grid")
        for time, number in zip(times, numbers, strict=True):
            y = plane.top + self._y(time)
            canvas.text(left - 6, y, number, color=palette.soft, align="right")
        slots, seconds = self._curve.knee
        knee = f"knee: {plural(slots, 'slot')}, {_text(seconds)}"
        double = self._double(across, width(knee, look.small, "bold"))
        path = [(look.small + log2(one) * double, self._y(time)) for one, time in self._points]
        for (one, _), (x, _) in zip(self._points, path, strict=True):
            if one & (one - 1) == 0:  # a power of two
                text = f"{one:,}" + (f" slot{'s'[: one - 1]}" if one == self._points[-1][0] else "")
                start = left + x - width(f"{one:,}", look.small) / 2
                canvas.text(start, plane.top + high + 1.1 * look.small, text, color=palette.soft)
        self._draw_bound(plane)
        drawn = path if len(path) > 1 else [*path, (across, path[0][1])]
        lines(plane, [drawn], stroke=palette.awaiting, width=1.6 * look.line, order=4)
        for x, y in path:
            dot(plane, x, y, 1.6 * look.line, palette.awaiting)
        x, y = look.small + log2(slots) * double, self._y(seconds)
        dot(plane, x, y, 3 * look.line, palette.ink)
        x, y = x + 6, y - 1.1 * look.small
        words(plane, x, y, knee, size=look.small, color=palette.ink, weight="bold", order=7)

    def _y(self, seconds: float) -> float:
        return _ROWS * self._look.small * (1 - seconds / self._until)

    def _double(self, across: float, label: float) -> float:
        """Points from a number of slots to twice as many: numbers and the knee's label have room."""
        small, most = self._look.small, self._points[-1][0]
        ends = {most: width(f"{most:,} slots", small), self._curve.enough: label}
        rooms = [(across - small - 9 - wide) / log2(one) for one, wide in ends.items() if one > 1]
        return max(1.0, min(rooms, default=across))

    def _draw_bound(self, plane: Plane) -> None:
        """The length of the critical path, dashed; its label is below, if there is room."""
        look, color, y = self._look, self._look.palette.critical, self._y(self._curve.bound)
        path = [(0.0, y), (plane.across, y)]
        lines(plane, [path], stroke=color, width=look.line, dashes=(4, 3), order=5)
        at = y + 0.9 * look.small if plane.down - y > 1.6 * look.small else y - 0.9 * look.small
        text = f"critical path: {_text(self._curve.bound)}"
        words(plane, look.small + 4, at, text, size=look.small, color=color, order=7)


def _text(seconds: float) -> str:
    return unit_for(seconds).text(seconds)
