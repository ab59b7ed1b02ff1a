"""What a layout places: a box, and an edge between two."""

from __future__ import annotations

from typing import NamedTuple


class PlacedBox(NamedTuple):
    """The box of a bundle if the graph is bundled, else of a node."""

    of: int  # the bundle, or the node
    x: float  # of its top left corner
    y: float
    width: float
    height: float


class PlacedEdge(NamedTuple):
    """A dependency as a cubic B-spline: x and y of the first point, then three points a curve."""

    origin: int  # the box that the other depends on
    target: int
    points: list[float]
