"""Under the rows, on the same axis: how long the tasks take one by one, wave by wave, and as run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from async_dag._common.ranges import Range
from async_dag.views.drawing.canvas import Canvas, box, lines, polygons, words
from async_dag.views.drawing.drawing import Point
from async_dag.views.drawing.fonts import fitted, width
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.figure.column_layout import ColumnLayout

_MOST_CUTS: Final = 200
"""The most pieces into which a bar is cut."""


class Total(NamedTuple):
    """One way to run the same tasks, as a bar; what is a range is drawn as one."""

    label: str
    seconds: Range
    note: str
    cuts: Sequence[float]  # the borders between pieces, in seconds
    is_this: bool = False


class TotalsPanel:
    """These bars below each other, cut off at the end of the axis; a `Block` of a canvas."""

    def __init__(self, totals: Sequence[Total], look: Look, columns: ColumnLayout) -> None:
        self._totals = totals
        self._look = look
        self._columns = columns

    @property
    def height(self) -> float:
        """In points."""
        return max(0.95 * self._look.row, 1.9 * self._look.small) * len(self._totals)

    def draw(self, canvas: Canvas, top: float) -> None:
        """The bars, with labels on the left and seconds on the right."""
        look, columns = self._look, self._columns
        palette = look.palette
        each = self.height / max(len(self._totals), 1)
        plane = columns.plane(canvas, top, self.height)
        gaps: list[list[Point]] = []
        for number, total in enumerate(self._totals):
            upper, lower = (number + 0.2) * each, (number + 0.8) * each
            middle = (upper + lower) / 2
            end = min(total.seconds.high, columns.until)
            color = palette.done if total.is_this else palette.computed
            polygons(plane, [box(0, end, upper, lower)], fill=color, order=3)
            certain = min(total.seconds.low, columns.until)
            may_be_shorter = not total.seconds.is_exact and certain < end
            if may_be_shorter:
                # What may not be needed is as thin as a line, between lines of the ground.
                thick = (lower - upper) / 3
                ground = [
                    box(certain, end, upper, upper + thick),
                    box(certain, end, lower - thick, lower),
                ]
                polygons(plane, ground, fill=palette.ground, order=3.5)
            torn = total.seconds.high > columns.until * (1 + 1e-9)
            note_width = width(total.note, look.small)
            is_inside = (columns.until - end) * columns.second - 6 < note_width
            shift = (12 if torn else 5) / columns.second
            if torn:
                gaps += self._torn(end, upper, lower)
            if len(total.cuts) <= _MOST_CUTS:
                # Not through the characters.
                whole = end - shift - (note_width + 4) / columns.second if is_inside else end
                gaps += [[(cut, upper), (cut, lower)] for cut in total.cuts if 0 < cut < whole]
            if may_be_shorter and certain * columns.second > note_width + 10:
                # Where there is room before what may not be needed, the note is not written across it.
                is_inside, end, shift = True, certain, 5 / columns.second
            columns.label(canvas, top + middle, total.label, soft=not total.is_this)
            columns.seconds(canvas, top + middle, total.seconds)
            inside = palette.ground if total.is_this else palette.ink
            words(
                plane,
                end - shift if is_inside else end + shift,
                middle,
                fitted(total.note, columns.right - columns.left - 24, look.small, cut="end"),
                size=look.small,
                color=inside if is_inside else palette.soft,
                align="right" if is_inside else "left",
                order=5,
            )
        lines(plane, gaps, stroke=palette.ground, width=1.0, order=4)

    def _torn(self, end: float, upper: float, lower: float) -> list[list[Point]]:
        """Two slanted cuts near the end of a bar that goes on beyond the axis."""
        point = 1 / self._columns.second
        return [
            [(end - (shift + 3) * point, lower), (end - shift * point, upper)] for shift in (3, 6)
        ]
