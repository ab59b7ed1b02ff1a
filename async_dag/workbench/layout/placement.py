"""Where the boxes and edges of the graph panel lie, by Graphviz's `dot`, in CSS pixels.

`dot` counts in points, of which an inch has 72, with y upwards. A point becomes a pixel.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from async_dag.errors import DrawingError, MissingExtraError
from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph, Kind
from async_dag.views.common.terminal import columns
from async_dag.views.graph.dot_program import run_dot

LAYOUT_TIMEOUT: Final = 20.0
"""Seconds after which the page has to do without."""

MARGIN: Final = 12.0

RANKS_APART: Final = 0.55
RANKS_OF_BUNDLES_APART: Final = 0.25
"""Inches. Bundles are mostly a chain: it has to fit a panel that is hardly higher than wide."""

PANEL: Final = (390.0, 420.0)
"""Width and height that the page mostly has for the graph; what does not fit is drawn smaller."""

READABLE: Final = 0.7
"""The scale from which on nobody needs to look for a better one."""

CLEARLY: Final = 1.25
"""By so much the scale must be better for arrows to lead from left to right."""


class PlacedBox(NamedTuple):
    """One box: that of a bundle where the graph is bundled, else that of a node."""

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


class Placement(NamedTuple):
    """Pixels, y downwards, from the top left corner."""

    width: float
    height: float
    boxes: list[PlacedBox]
    edges: list[PlacedEdge]

    def payload(self) -> dict[str, Any]:
        """As the page gets it."""
        return {
            "width": self.width,
            "height": self.height,
            "boxes": [list(box) for box in self.boxes],
            "edges": [list(edge) for edge in self.edges],
        }


def place(graph: Graph, bundling: Bundling | None) -> Placement | None:
    """The boxes and edges as dot lays them out; None if there is no dot, or it fails, or takes long.

    >>> from async_dag import build_dag
    >>> async def one(n: int = 0) -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one, tm.add_node(one))
    >>> made = place(tm.graph, None)
    >>> [box.of for box in made.boxes], [edge[:2] for edge in made.edges]
    ([0, 1], [(0, 1)])
    """
    boxes = _boxes_of(graph, bundling)
    ranks_apart = RANKS_APART if bundling is None else RANKS_OF_BUNDLES_APART
    downwards = _laid_out(_source(*boxes, "TB", ranks_apart))
    if downwards is None or _scale(downwards) >= READABLE:
        return downwards
    # Many nodes side by side: one below the other they may keep their size.
    sideways = _laid_out(_source(*boxes, "LR", ranks_apart))
    if sideways is None or _scale(sideways) < CLEARLY * _scale(downwards):
        return downwards
    return sideways


def _laid_out(source: str) -> Placement | None:
    try:
        return _read(json.loads(run_dot(source, "json0", timeout=LAYOUT_TIMEOUT)))
    except (DrawingError, MissingExtraError):
        return None


def _scale(placement: Placement) -> float:
    """By how much the page has to make it smaller."""
    return min(1.0, PANEL[0] / placement.width, PANEL[1] / placement.height)


def box_size(title: str, kind: Kind) -> tuple[float, float]:
    """Width and height that the page's letters need: of a name, and of a line below it."""
    letters = columns(title[:64])
    if kind == "task":
        return min(max(24.0 + 7.0 * letters, 104.0), 200.0), 38.0
    return min(max(16.0 + 6.5 * letters, 30.0), 200.0), 24.0


def _boxes_of(
    graph: Graph, bundling: Bundling | None
) -> tuple[Sequence[str], Sequence[Kind], Sequence[Sequence[int]]]:
    if bundling is None:
        return graph.names, graph.kinds, graph.dependencies
    return (
        [one.title for one in bundling.bundles],
        [one.kind for one in bundling.bundles],
        bundling.dependencies,
    )


def _source(
    titles: Sequence[str],
    kinds: Sequence[Kind],
    dependencies: Sequence[Sequence[int]],
    direction: str,
    ranks_apart: float,
) -> str:
    """DOT without any text of the graph's own: the names of boxes are numbers."""
    return "\n".join(_lines(titles, kinds, dependencies, direction, ranks_apart))


def _lines(
    titles: Sequence[str],
    kinds: Sequence[Kind],
    dependencies: Sequence[Sequence[int]],
    direction: str,
    ranks_apart: float,
) -> Iterator[str]:
    yield "digraph {"
    yield f"graph [rankdir={direction} nodesep=0.25 ranksep={ranks_apart} pad=0 margin=0]"
    yield 'node [shape=box fixedsize=true label="" margin=0]'
    # The page draws the heads of arrows: so that edges end at the border of a box.
    yield "edge [dir=none]"
    for index, (title, kind) in enumerate(zip(titles, kinds, strict=True)):
        width, height = box_size(title, kind)
        yield f"{index} [width={width / 72:.4f} height={height / 72:.4f}]"
    for index, needed in enumerate(dependencies):
        for dependency in needed:
            yield f"{dependency} -> {index}"
    yield "}"


def _read(answer: dict[str, Any]) -> Placement:
    _, _, right, top = (float(number) for number in answer["bb"].split(","))
    objects = answer.get("objects", [])
    boxes: list[PlacedBox] = []
    for one in objects:
        x, y = (float(number) for number in one["pos"].split(","))
        width, height = 72 * float(one["width"]), 72 * float(one["height"])
        boxes.append(
            PlacedBox(
                int(one["name"]),
                round(x - width / 2 + MARGIN, 1),
                round(top - y - height / 2 + MARGIN, 1),
                round(width, 1),
                round(height, 1),
            )
        )
    number_of = {one["_gvid"]: int(one["name"]) for one in objects}
    edges = [
        PlacedEdge(
            number_of[one["tail"]],
            number_of[one["head"]],
            [
                round(value, 1)
                for point in one["pos"].split()
                for x, y in [point.split(",")]
                for value in (float(x) + MARGIN, top - float(y) + MARGIN)
            ],
        )
        for one in answer.get("edges", [])
    ]
    return Placement(right + 2 * MARGIN, top + 2 * MARGIN, boxes, edges)
