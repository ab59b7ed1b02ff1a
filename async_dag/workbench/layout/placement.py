"""The layout of boxes, edges and frames in the graph panel, by Graphviz's `dot`, in CSS pixels."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from async_dag.errors import DrawingError, MissingExtraError
from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph
from async_dag.views.graph.dot_program import run_dot
from async_dag.workbench.feed.graph_payload import drawn_dependencies
from async_dag.workbench.feed.texts import line_of
from async_dag.workbench.layout.dot_text import Orientation, dot_text
from async_dag.workbench.layout.placed import PlacedBox, PlacedEdge
from async_dag.workbench.layout.plain_curves import plain_curves
from async_dag.workbench.layout.sized_boxes import (
    BoxGroup,
    SizedBox,
    box_groups,
    columns_alike,
    sized_boxes,
)

LAYOUT_TIMEOUT: Final = 8.0
"""Seconds after which the page has to do without dot's layout."""

MARGIN: Final = 12.0
"""Pixels around the graph."""

FRAMES_APART: Final = 6.0
"""Pixels."""

PAGE: Final = 640.0
"""The width in pixels of a narrow page."""

LONGER: Final = 1.7
"""How much wider than downwards a graph may be from left to right, so as to begin in sight."""


class PlacedFrame(NamedTuple):
    """A frame around the boxes of a group, with its title at the top left."""

    title: str
    x: float
    y: float
    width: float
    height: float
    boxes: list[int]


class Placement(NamedTuple):
    """A layout in pixels from the top left corner; y points down."""

    width: float
    height: float
    boxes: list[PlacedBox]
    edges: list[PlacedEdge]
    frames: list[PlacedFrame]

    def payload(self) -> dict[str, Any]:
        """As the page gets it."""
        return {
            "width": self.width,
            "height": self.height,
            "boxes": [list(box) for box in self.boxes],
            "edges": [list(edge) for edge in self.edges],
            "frames": [list(frame) for frame in self.frames],
        }


class Layout(NamedTuple):
    """A graph laid out twice; the page chooses the one that fits better.

    Attributes:
        down: dependents are below their dependencies.
        right: dependents are to the right of their dependencies.
    """

    down: Placement
    right: Placement

    def payload(self) -> dict[str, Any]:
        """As the page gets it."""
        return {"down": self.down.payload(), "right": self.right.payload()}

    @property
    def for_still(self) -> Placement:
        """The layout for a picture that nothing scrolls but the reader: where it begins is in sight.

        Downwards that is in the middle, so out of sight in a page that is narrower than the graph.
        """
        room = max(PAGE, LONGER * self.down.width)
        return self.down if self.down.width <= PAGE or self.right.width > room else self.right


def place(graph: Graph, bundling: Bundling | None) -> Layout | None:
    """The layout of a graph by dot; None without dot, or if it fails or takes too long."""
    boxes = sized_boxes(graph, bundling)
    # A frame around a single bundle adds nothing.
    frames = box_groups(boxes, least=1 if bundling is None else 2)
    dependencies = drawn_dependencies(graph, bundling)

    def laid_out(direction: Orientation) -> Placement:
        sized = boxes if direction == "TB" else columns_alike(boxes, dependencies)
        text = dot_text(sized, frames, dependencies, direction, are_bundles=bundling is not None)
        answer = run_dot(text, "json0", timeout=LAYOUT_TIMEOUT)
        placed = _read(json.loads(answer), sized, frames)
        if direction == "TB":
            return placed
        return placed._replace(edges=plain_curves(placed.boxes, placed.edges))

    try:
        return Layout(laid_out("TB"), laid_out("LR"))
    except (DrawingError, MissingExtraError):
        return None


def _read(answer: dict[str, Any], sizes: list[SizedBox], groups: list[BoxGroup]) -> Placement:
    """Convert dot's answer: it has points, with y pointing up. A point becomes a pixel."""
    _, _, right, top = _numbers(answer["bb"])

    def pixels(x: float, y: float) -> tuple[float, float]:
        return round(x + MARGIN, 1), round(top - y + MARGIN, 1)

    boxes: list[PlacedBox] = []
    frames: list[PlacedFrame] = []
    number_of: dict[int, int] = {}
    for item in answer.get("objects", []):
        name = item["name"]
        if name.startswith("cluster"):
            frame = groups[int(name.removeprefix("cluster"))]
            x0, y0, x1, y1 = _numbers(item["bb"])
            # dot lets frames touch each other.
            corner = pixels(x0 + FRAMES_APART / 2, y1 - FRAMES_APART / 2)
            width, height = x1 - x0 - FRAMES_APART, y1 - y0 - FRAMES_APART
            title = line_of(frame.title)
            placed = PlacedFrame(title, *corner, round(width, 1), round(height, 1), frame.boxes)
            frames.append(placed)
            continue
        index = number_of[item["_gvid"]] = int(name)
        x, y = _numbers(item["pos"])
        size = sizes[index]
        corner = pixels(x - size.width / 2, y + size.height / 2)
        boxes.append(PlacedBox(index, *corner, size.width, size.height))
    edges = [
        PlacedEdge(
            number_of[item["tail"]],
            number_of[item["head"]],
            [value for point in item["pos"].split() for value in pixels(*_numbers(point))],
        )
        for item in answer.get("edges", [])
    ]
    boxes.sort()  # dot begins with those in frames
    return Placement(right + 2 * MARGIN, top + 2 * MARGIN, boxes, edges, frames)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
