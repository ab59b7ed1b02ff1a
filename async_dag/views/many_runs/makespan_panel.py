"""The distribution of the makespan: a histogram with its quantiles, and the slowest 1% in red."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from async_dag._common.units import Unit
from async_dag.views.common.axis import decimals_for, ticks
from async_dag.views.drawing.canvas import Canvas, box, lines, polygons
from async_dag.views.drawing.drawing import Align, Point
from async_dag.views.drawing.fonts import width, wrapped
from async_dag.views.drawing.look import Look
from async_dag.views.many_runs.content import Bin, Mark

_TALL: Final = 8.0
"""Height of the bars, in lines of small text."""


class MakespanPanel:
    """The histogram under a title; a `Block`.

    Args:
        look: sizes and colours.
        bins: the bars; of unequal width their area counts.
        marks: the quantiles, the lowest first.
        unit: of the axis.
        runs: how many runs, in words.
        beyond: what lies right of the last bar, in words.
    """

    def __init__(
        self,
        look: Look,
        bins: Sequence[Bin],
        marks: Sequence[Mark],
        unit: Unit,
        runs: str,
        beyond: str,
    ) -> None:
        self._look = look
        self._bins = bins
        self._marks = marks
        self._unit = unit
        self._title = f"Makespan, {runs}"
        self._beyond = beyond
        self._low = bins[0].start if bins else 0.0
        self._high = max(
            [column.end for column in bins] + [mark.seconds for mark in marks if mark.seconds],
            default=1,
        )
        if self._high <= self._low:
            self._high = self._low + (self._low or 1.0) * 0.1
        self._left, self._right = look.margin + 4, look.width - look.margin - 4

    @property
    def _line(self) -> float:
        return 1.4 * self._look.small

    @property
    def height(self) -> float:
        """In points."""
        # The title, a line for each mark, the bars, the axis and the note below.
        below = 1.4 + len(self._notes)
        return 1.9 * self._look.text + (len(self._marks) + below) * self._line + self._tall

    @property
    def _tall(self) -> float:
        return _TALL * self._look.small

    def _x(self, seconds: float) -> float:
        share = (seconds - self._low) / (self._high - self._low)
        return self._left + (self._right - self._left) * min(max(share, 0.0), 1.0)

    def draw(self, canvas: Canvas, top: float) -> None:
        """Title, bars, marks and axis."""
        look = self._look
        canvas.text(look.margin, top + 0.8 * look.text, self._title, size=look.text, weight="bold")
        first = top + 1.9 * look.text
        ground = first + len(self._marks) * self._line + self._tall
        self._draw_bars(canvas, ground)
        for number, mark in enumerate(self._marks):
            self._draw_mark(canvas, mark, first + (number + 0.5) * self._line, ground)
        self._draw_axis(canvas, ground)

    def _draw_bars(self, canvas: Canvas, ground: float) -> None:
        palette = self._look.palette
        heights = [column.runs / max(column.end - column.start, 1e-12) for column in self._bins]
        highest = max(heights, default=0.0)
        slow = next((mark.seconds for mark in self._marks if mark.name == "p99"), None)
        usual: list[list[Point]] = []
        slowest: list[list[Point]] = []
        for column, height in zip(self._bins, heights, strict=True):
            if not column.runs:
                continue
            tall = max(1.2, self._tall * height / highest)
            left, right = self._x(column.start), self._x(column.end)
            gap = min(0.6, (right - left) / 4)
            bar = box(left + gap, max(right - gap, left + 0.6), ground - tall, ground)
            is_slow = slow is not None and (column.start + column.end) / 2 >= slow
            (slowest if is_slow else usual).append(bar)
        polygons(canvas.sheet, usual, fill=palette.awaiting, order=2)
        polygons(canvas.sheet, slowest, fill=palette.critical, order=2)
        lines(
            canvas.sheet,
            [[(self._left, ground), (self._right, ground)]],
            stroke=palette.edge,
            width=0.8,
            order=3,
        )

    def _draw_mark(self, canvas: Canvas, mark: Mark, y: float, ground: float) -> None:
        look = self._look
        palette = look.palette
        at = self._x(mark.seconds)
        if mark.band is not None:
            low, high = map(self._x, mark.band)
            polygons(
                canvas.sheet,
                [box(low, max(high, low + 1), y + 0.5 * self._line, ground)],
                fill=palette.chosen,
                opacity=0.28,
                order=1.5,
            )
        lines(
            canvas.sheet,
            [[(at, y + 0.5 * self._line), (at, ground)]],
            stroke=palette.ink,
            width=0.9,
            order=4,
        )
        text = f"{mark.name} {mark.text}"
        half = width(text, look.small, "bold") / 2
        align: Align = "center"
        if at - half < self._left:
            at, align = self._left, "left"
        elif at + half > self._right:
            at, align = self._right, "right"
        canvas.text(at, y, text, weight="bold", align=align)

    def _draw_axis(self, canvas: Canvas, ground: float) -> None:
        look = self._look
        soft = look.palette.soft
        at_most = max(2, int((self._right - self._left) / (6 * look.small)))
        span = self._high - self._low
        step = _step(list(ticks(span, at_most, self._unit)))
        number = int(self._low / step)
        times = []
        while number * step <= self._high:
            if number * step >= self._low:
                times.append(number * step)
            number += 1
        decimals = decimals_for(times, self._unit)
        y = ground + 0.8 * self._line
        for time in times:
            text = f"{time / self._unit.seconds:.{decimals}f} {self._unit.name}"
            half = width(text, look.small) / 2
            x = min(max(self._x(time), self._left + half), self._right - half)
            canvas.text(x, y, text, color=soft, align="center")
        for number, note in enumerate(self._notes, 1):
            canvas.text(look.margin, y + number * self._line, note, color=soft)

    @cached_property
    def _notes(self) -> list[str]:
        """The lines below the axis."""
        legend = "yellow: 95% band of a quantile" * any(mark.band for mark in self._marks)
        red = "red: the slowest 1%" * any(mark.name == "p99" for mark in self._marks)
        note = " · ".join(filter(None, [legend, red, self._beyond]))
        return wrapped(note, self._look.width - 2 * self._look.margin, self._look.small)


def _step(times: Sequence[float]) -> float:
    """The distance of the ticks of an axis."""
    return times[1] - times[0] if len(times) > 1 else max(times[0], 1.0) if times else 1.0
