"""The bars of one plane, collected by style, so that thousands need only a few marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from async_dag.views.common.area import Area, steps_of
from async_dag.views.common.palette import SHADES
from async_dag.views.drawing.canvas import box, boxes, lines, polygons
from async_dag.views.drawing.drawing import Plane, Point, RoundedBox
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.bars import BarPiece

_NARROWEST: Final = 1.6
"""The least width of a bar in points, so that short tasks are visible."""
_ROUNDING: Final = 2.0
"""Radius of the corners of bars, in points."""
NOTICED: Final = 0.1
"""The share of short steps that hold the loop from which on they darken a bar."""


class Shapes:
    """Draws bars onto a plane whose x is seconds and whose y is points.

    Args:
        plane: what to draw onto.
        look: sizes and colours.
        second: how many points a second takes.
    """

    def __init__(self, plane: Plane, look: Look, second: float) -> None:
        self._plane = plane
        self._look = look
        self._shortest = _NARROWEST / second
        self._radius = _ROUNDING / second
        self._filled: dict[str, list[list[Point]]] = defaultdict(list)
        self._bodies: dict[str, list[RoundedBox]] = defaultdict(list)
        self._queued: list[list[Point]] = []
        self._pauses: list[list[Point]] = []
        self._outlines: list[RoundedBox] = []
        self._dashed: list[RoundedBox] = []
        self._tried: list[RoundedBox] = []
        self._lines: dict[tuple[str, float], list[list[Point]]] = defaultdict(list)

    def bar(self, pieces: Iterable[BarPiece], top: float, bottom: float) -> None:
        """The bar of a task, or of several tasks in a row."""
        palette = self._look.palette
        for piece in pieces:
            left, right = self._wide_enough(piece.start, piece.end)
            middle = (top + bottom) / 2
            if piece.kind == "queued":
                inset = (bottom - top) * 0.18
                self._queued.append(box(piece.start, piece.end, top + inset, bottom - inset))
            elif piece.kind == "pause":
                self._pauses.append([(piece.start, middle), (piece.end, middle)])
            elif piece.kind == "holding":
                self._filled[palette.holding].append(box(left, right, top, bottom))
            else:
                color = self._awaiting(piece.share)
                if piece.kind == "failed":
                    color = palette.failed
                elif piece.kind == "retried":  # nothing is lost by it but time
                    color = palette.failed_fill
                    self._tried.append(self._rounded(left, right, top, bottom))
                elif piece.kind == "cancelled":
                    color = palette.running_fill
                    self._dashed.append(self._rounded(left, right, top, bottom))
                self._bodies[color].append(self._rounded(left, right, top, bottom))

    def outline(self, start: float, end: float, top: float, bottom: float) -> None:
        """The frame of a bar on the critical path."""
        left, right = self._wide_enough(start, end)
        self._outlines.append(self._rounded(left, right, top, bottom))

    def area(self, area: Area, top: float, bottom: float, peak: int) -> None:
        """How many run at once, as steps that reach `top` at `peak`."""
        palette = self._look.palette
        each = (bottom - top) / max(peak, 1)
        shape = steps_of(area, bottom, each)
        if shape:
            self._filled[palette.awaiting].append([*shape, (shape[-1][0], bottom)])
            self._lines[palette.holding, self._look.line * 0.6].append(shape)

    def ticks(
        self, spans: Iterable[tuple[float, float]], color: str, top: float, bottom: float
    ) -> None:
        """Short filled marks from `top` to `bottom`."""
        for start, end in spans:
            self._filled[color].append(box(*self._wide_enough(start, end), top, bottom))

    def line(self, path: list[Point], color: str, width: float) -> None:
        """An open line."""
        self._lines[color, width].append(path)

    def done(self) -> None:
        """Add everything to the plane: filled shapes first, outlines on top."""
        palette, line = self._look.palette, self._look.line
        polygons(
            self._plane,
            self._queued,
            fill=palette.ground,
            stroke=palette.edge,
            hatch=4.0,
            width=line * 0.5,
            order=2,
            name="queued",
        )
        lines(
            self._plane,
            self._pauses,
            stroke=palette.soft,
            width=line * 0.8,
            dashes=(1, 1.5),
            order=1.5,  # waits within a pause cover it
            name="pauses",
        )
        for color, bodies in self._bodies.items():
            boxes(self._plane, bodies, fill=color, order=3)
        for color, shapes in self._filled.items():
            polygons(self._plane, shapes, fill=color, order=4)
        for (color, width), paths_of in self._lines.items():
            lines(self._plane, paths_of, stroke=color, width=width, order=5)
        boxes(self._plane, self._tried, stroke=palette.failed, width=line * 0.8, order=4.5)
        boxes(
            self._plane,
            self._dashed,
            stroke=palette.soft,
            width=line * 0.8,
            dashes=(2, 1.5),
            order=5,
        )
        boxes(
            self._plane,
            self._outlines,
            stroke=palette.critical,
            width=line,
            order=6,
            name="critical",
        )

    def _wide_enough(self, start: float, end: float) -> tuple[float, float]:
        return start, max(end, start + self._shortest)

    def _awaiting(self, share: float) -> str:
        """A colour between those of awaiting and holding, in a few steps."""
        if share < NOTICED:
            return self._look.palette.awaiting
        return self._look.palette.shade(max(share, 1 / SHADES))

    def _rounded(self, left: float, right: float, top: float, bottom: float) -> RoundedBox:
        x = min(self._radius, (right - left) / 2)
        y = min(_ROUNDING, (bottom - top) / 2)
        return RoundedBox(left, right, top, bottom, x, y)
