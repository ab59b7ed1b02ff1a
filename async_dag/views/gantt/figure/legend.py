"""`Legend`: the meanings of the colours and shapes of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from async_dag.views.common.area import Area
from async_dag.views.common.words import LEGEND_WORDS, LegendKey
from async_dag.views.drawing.canvas import Canvas, box, lines, polygons
from async_dag.views.drawing.fonts import width
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.bars import BarPiece
from async_dag.views.gantt.figure.shapes import Shapes


class Legend:
    """The meanings of the colours and shapes that occur."""

    def __init__(self, look: Look, keys: Sequence[LegendKey]) -> None:
        self._look = look
        self._keys = keys

    @property
    def _swatch(self) -> float:
        return 2.0 * self._look.small

    @cached_property
    def _places(self) -> list[tuple[float, int, LegendKey]]:
        """The start of each entry: points from the left, and the line."""
        look = self._look
        places: list[tuple[float, int, LegendKey]] = []
        x, line = look.margin, 0
        for key in self._keys:
            taken = self._swatch + 4 + width(LEGEND_WORDS[key], look.small)
            if x > look.margin and x + taken > look.width - look.margin:
                x, line = look.margin, line + 1
            places.append((x, line, key))
            x += taken + 1.6 * look.small
        return places

    @property
    def height(self) -> float:
        """In points."""
        lines_used = max((line for _, line, _ in self._places), default=-1) + 1
        return lines_used * 1.7 * self._look.small

    def draw(self, canvas: Canvas, top: float) -> None:
        """Swatches and meanings."""
        look = self._look
        shapes = Shapes(canvas.sheet, look, 1.0)
        for x, line, key in self._places:
            middle = top + (line + 0.5) * 1.7 * look.small
            self._draw_swatch(canvas, shapes, key, x, middle)
            canvas.text(x + self._swatch + 4, middle, LEGEND_WORDS[key], color=look.palette.soft)
        shapes.done()

    def _draw_swatch(
        self, canvas: Canvas, shapes: Shapes, key: LegendKey, x: float, middle: float
    ) -> None:
        look = self._look
        right = x + self._swatch
        upper, lower = middle - 0.5 * look.small, middle + 0.5 * look.small
        if key == "critical":
            shapes.outline(x, right, upper, lower)
        elif key == "critical bundle":
            shapes.line([(x, middle), (right, middle)], look.palette.critical, 1.6 * look.line)
        elif key == "area":
            part = self._swatch / 4
            times = [x, x + part, x + 2 * part, x + 3 * part, right]
            shapes.area(Area(times, [1, 3, 4, 2, 0]), upper, lower, 4)
        elif key == "moved":
            path = [(x, middle - 3), (right - 5, middle)]
            lines(canvas.sheet, [path], stroke=look.palette.move, width=2.2)
            tip = [(right, middle + 1), (right - 7, middle - 2), (right - 6, middle + 3)]
            polygons(canvas.sheet, [tip], fill=look.palette.move)
        elif key == "lost":
            polygons(
                canvas.sheet,
                [box(x, right, upper, lower)],
                fill=look.palette.ground,
                stroke=look.palette.failed,
                hatch=6.0,
                width=0,
                opacity=0.35,
            )
        elif key == "cause":
            lines(
                canvas.sheet,
                [[(x, middle), (right, middle)]],
                stroke=look.palette.failed,
                width=look.line,
                dashes=(1.5, 1.5),
            )
        else:
            shapes.bar([BarPiece(key, x, right)], upper, lower)
