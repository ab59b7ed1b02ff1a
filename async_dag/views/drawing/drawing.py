"""`Drawing`: what a picture consists of, as plain data: planes, and on them shapes and texts.

It is the one source of every format. What renders it draws `Drawing.in_order()`, the lowest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Point = tuple[float, float]
Align = Literal["left", "center", "right"]
Weight = Literal["normal", "bold"]


@dataclass(frozen=True, slots=True)
class Style:
    """How shapes are painted. Colours are `#rrggbb`, or empty for none; lengths are points."""

    fill: str = ""
    stroke: str = ""
    width: float = 0.0  # of the stroke
    dashes: tuple[float, float] | None = None  # drawn and left out, in widths of the stroke
    hatch: float = 0.0  # from one slanted line of the colour of the stroke to the next one, if any
    opacity: float = 1.0


class RoundedBox(NamedTuple):
    """A rectangle with round corners, in the coordinates of its plane."""

    left: float
    right: float
    top: float
    bottom: float
    across: float  # the radius of a corner from left to right
    down: float  # and from top to bottom


@dataclass(frozen=True, slots=True)
class Polygons:
    """Closed shapes, all in one style."""

    paths: Sequence[Sequence[Point]]
    style: Style
    order: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Open lines from point to point, all in one style."""

    paths: Sequence[Sequence[Point]]
    style: Style
    order: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Curves:
    """Open cubic splines: a start, then three points for each curve.

    `widths` are those of each path, if they are not all as wide as the style says.
    """

    paths: Sequence[Sequence[Point]]
    style: Style
    order: float
    name: str = ""
    widths: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Boxes:
    """Rounded boxes, all in one style."""

    boxes: Sequence[RoundedBox]
    style: Style
    order: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle whose radius is in the unit of x and y of its plane, which must be the same."""

    x: float
    y: float
    radius: float
    style: Style
    order: float


@dataclass(frozen=True, slots=True)
class Words:
    """A text in one line, whose middle is at `y`: half way up its capitals."""

    x: float
    y: float
    text: str
    size: float
    color: str
    align: Align
    weight: Weight
    order: float


Shape = Polygons | Lines | Curves | Boxes | Dot
Mark = Shape | Words


@dataclass(slots=True)
class Plane:
    """A rectangle with its own coordinates: (0, 0) at the top left, (across, down) at the bottom right.

    Place and size are points from the top left corner of the drawing. Marks may reach beyond it. What
    `data` says of it is told in SVG, as attributes `data-...` of a group.
    """

    left: float
    top: float
    width: float
    height: float
    across: float
    down: float
    order: float = 0.0  # planes of a higher one lie on top
    marks: list[Mark] = field(default_factory=list)
    data: dict[str, str] = field(default_factory=dict)

    @property
    def scale(self) -> Point:
        """Points for one unit of x and of y."""
        return self.width / self.across, self.height / self.down

    def at(self, points: Sequence[Point]) -> list[Point]:
        """These places in points from the top left corner of the drawing."""
        across, down = self.scale
        return [(self.left + x * across, self.top + y * down) for x, y in points]


@dataclass(slots=True)
class Drawing:
    """Planes of one size and ground; lengths are points."""

    width: float
    height: float
    ground: str
    planes: list[Plane] = field(default_factory=list)

    def in_order(self) -> Iterator[tuple[Plane, Mark]]:
        """Every mark with its plane, as they lie on top of each other: the lowest first."""
        for plane in sorted(self.planes, key=lambda plane: plane.order):
            for mark in sorted(plane.marks, key=lambda mark: mark.order):
                yield plane, mark
