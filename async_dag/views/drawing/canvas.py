"""`Canvas`: where panels draw, measured in points from the top left corner; it records a `Drawing`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from async_dag.views.drawing.drawing import (
    Align,
    Boxes,
    Curves,
    Dot,
    Drawing,
    Lines,
    Plane,
    Point,
    Polygons,
    RoundedBox,
    Style,
    Weight,
    Words,
)
from async_dag.views.drawing.look import Look


class Block(Protocol):
    """Something that takes the width of a canvas."""

    @property
    def height(self) -> float:
        """In points."""
        ...

    def draw(self, canvas: Canvas, top: float) -> None:
        """Draw it onto a canvas, its upper edge at `top`."""
        ...


class Canvas:
    """A drawing and its look; lengths are points, measured from the top left corner.

    Attributes:
        drawing: what was drawn so far.
        look: sizes and colours.
        sheet: the plane of everything outside of time axes, in points; it lies on top.
    """

    def __init__(self, look: Look, height: float) -> None:
        self.drawing: Drawing = Drawing(look.width, height, look.palette.ground)
        self.look = look
        self.sheet: Plane = self.plane(0, 0, look.width, height, look.width, height)
        self.sheet.order = 2

    def plane(
        self, left: float, top: float, width: float, height: float, across: float, down: float
    ) -> Plane:
        """A plane of that place and size, whose lower right corner is (across, down)."""
        made = Plane(left, top, width, height, across, down)
        self.drawing.planes.append(made)
        return made

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float | None = None,
        color: str | None = None,
        align: Align = "left",
        weight: Weight = "normal",
    ) -> None:
        """A text whose middle is at `y`."""
        words(
            self.sheet,
            x,
            y,
            text,
            size=self.look.small if size is None else size,
            color=self.look.palette.ink if color is None else color,
            align=align,
            weight=weight,
        )


def words(
    plane: Plane,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    color: str,
    align: Align = "left",
    weight: Weight = "normal",
    order: float = 3,
) -> None:
    """A text in the coordinates of `plane`, its middle line at `y`."""
    plane.marks.append(Words(x, y, text, size, color, align, weight, order))


def polygons(
    plane: Plane,
    shapes: Sequence[Sequence[Point]],
    *,
    order: float = 1,
    name: str = "",
    **style: Any,
) -> None:
    """Closed shapes in the coordinates of `plane`, all in one `Style`."""
    if shapes:
        plane.marks.append(Polygons(shapes, Style(**style), order, name))


def boxes(
    plane: Plane, made: Sequence[RoundedBox], *, order: float, name: str = "", **style: Any
) -> None:
    """Rounded boxes in the coordinates of `plane`, all in one `Style`."""
    if made:
        plane.marks.append(Boxes(made, Style(**style), order, name))


def lines(
    plane: Plane,
    paths: Sequence[Sequence[Point]],
    *,
    order: float = 2,
    name: str = "",
    **style: Any,
) -> None:
    """Open lines in the coordinates of `plane`, all in one `Style`."""
    if paths:
        plane.marks.append(Lines(paths, Style(**style), order, name))


def curves(
    plane: Plane,
    paths: Sequence[Sequence[Point]],
    *,
    order: float = 1,
    name: str = "",
    widths: Sequence[float] = (),
    **style: Any,
) -> None:
    """Open cubic splines in the coordinates of `plane`: a start, then three points for each curve."""
    if paths:
        plane.marks.append(Curves(paths, Style(**style), order, name, widths))


def dot(plane: Plane, x: float, y: float, radius: float, color: str) -> None:
    """A filled circle in the coordinates of `plane`, on top of what is there."""
    plane.marks.append(Dot(x, y, radius, Style(fill=color), 6))


def box(left: float, right: float, top: float, bottom: float) -> list[Point]:
    """A rectangle as a polygon."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
