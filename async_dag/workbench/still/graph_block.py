"""The graph as a block of a figure: boxes and edges where dot put them, coloured by what happened."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from async_dag.trace.columns import State
from async_dag.views.common.palette import Palette
from async_dag.views.drawing.canvas import Canvas, curves, polygons, words
from async_dag.views.drawing.drawing import Plane, Point
from async_dag.views.drawing.fonts import fitted, tidy, width
from async_dag.views.drawing.look import Look
from async_dag.workbench.layout.placed import PlacedBox
from async_dag.workbench.layout.placement import PlacedFrame, Placement
from async_dag.workbench.still.box_facts import BoxFacts

NATURAL: Final = 0.75
"""Points per pixel at which the text in boxes is as large as that of the chart."""

SMALLEST_TEXT: Final = 4.0
"""Points below which text is left out, as nobody could read it."""

# In the pixels of the placement.
_RADIUS: Final = 6.0
_ARROW: Final = 8.0
_BAR: Final = 4.0
_NAME: Final = 12.0
_LINE: Final = 11.0
_STEPS_A_CURVE: Final = 10

_RUN: Final = ("task", "map")
"""The kinds of what runs."""


class GraphBlock:
    """The graph in a given room; it takes what it needs of the height.

    Args:
        placement: where dot put the boxes, in pixels.
        facts: what each box says, by its index.
        path: the edges that the critical path takes.
        look: sizes and colours.
        left, room: where it begins, and the points that it may take in width.
    """

    def __init__(
        self,
        placement: Placement,
        facts: Sequence[BoxFacts],
        path: Collection[tuple[int, int]],
        look: Look,
        *,
        left: float,
        room: float,
    ) -> None:
        self._placement = placement
        self._facts = facts
        self._path = path
        self._look = look
        self._left = left
        self._room = room
        self._scale: float = min(NATURAL, room / max(placement.width, 1.0))

    @property
    def height(self) -> float:
        """In points."""
        return self._placement.height * self._scale

    def draw(self, canvas: Canvas, top: float) -> None:
        """Edges, then boxes, in the middle of the room."""
        scale, placement = self._scale, self._placement
        plane = canvas.plane(
            self._left + (self._room - placement.width * scale) / 2,
            top,
            placement.width * scale,
            self.height,
            placement.width,
            placement.height,
        )
        self._draw_frames(plane)
        self._draw_edges(plane)
        self._draw_boxes(plane)
        for box in placement.boxes:
            self._draw_counts(plane, box)
            self._write(plane, box)

    @property
    def _stroke(self) -> float:
        return max(self._scale / NATURAL, 0.4)

    def _draw_frames(self, plane: Plane) -> None:
        """Groups, behind all else, each with its name at the top left."""
        palette, frames = self._look.palette, self._placement.frames
        polygons(
            plane,
            [_rounded(frame, _RADIUS) for frame in frames],
            fill=palette.panel,
            stroke=palette.line,
            width=self._stroke,
            order=1,
        )
        size = _LINE * self._scale
        for frame in frames:
            title = fitted(tidy(frame.title), (frame.width - 16) * self._scale, size)
            at = frame.x + 8, frame.y + 10
            words(plane, *at, title, size=size, color=palette.soft, order=1.5)

    def _draw_edges(self, plane: Plane) -> None:
        palette = self._look.palette
        by_style: dict[tuple[str, bool], list[list[Point]]] = defaultdict(list)
        for origin, target, flat in self._placement.edges:
            is_critical = (origin, target) in self._path
            color = palette.critical if is_critical else palette.edge
            points = list(zip(flat[::2], flat[1::2], strict=True))
            by_style[color, origin in self._facts[target].left].append(points)
        for (color, is_left), paths in by_style.items():
            weight = (1.6 if color == palette.critical else 0.8) * self._stroke
            order = 3 if color == palette.critical else 2
            dashes = (3, 2) if is_left else None
            curves(plane, paths, stroke=color, width=weight, dashes=dashes, order=order)
            heads = [_head(list(curve(path))) for path in paths]
            polygons(plane, heads, fill=color, order=order)

    def _draw_boxes(self, plane: Plane) -> None:
        by_style: dict[tuple[str, str, float, bool], list[list[Point]]] = defaultdict(list)
        for box in self._placement.boxes:
            facts = self._facts[box.of]
            fill, border = _colors(facts, self._look.palette)
            weight = 1.6 if facts.critical else 0.9
            is_dashed = facts.state in ("waiting", "skipped", "cancelled")
            outline = _diamond(box) if facts.kind == "choice" else _rounded(box, _RADIUS)
            by_style[fill, border, weight, is_dashed].append(outline)
        for (fill, border, weight, is_dashed), shapes in by_style.items():
            polygons(
                plane,
                shapes,
                fill=fill,
                stroke=border,
                width=weight * self._stroke,
                dashes=(3, 2) if is_dashed else None,
                order=4,
            )

    def _draw_counts(self, plane: Plane, box: PlacedBox) -> None:
        """Of a bundle, how its nodes ended, as the parts of a bar at its lower edge."""
        facts = self._facts[box.of]
        whole = facts.counts.total()
        if (whole < 2 and facts.kind != "map") or facts.kind not in _RUN:
            return
        x, bottom = box.x + _RADIUS, box.y + box.height - 3
        for state, count in facts.counts.items():
            end = x + (box.width - 2 * _RADIUS) * count / whole
            shape = [(x, bottom - _BAR), (end, bottom - _BAR), (end, bottom), (x, bottom)]
            polygons(plane, [shape], fill=_of_state(state, self._look.palette), order=5)
            x = end

    def _write(self, plane: Plane, box: PlacedBox) -> None:
        """The title, and below it the first line that fits."""
        facts, scale, palette = self._facts[box.of], self._scale, self._look.palette
        name, small = _NAME * scale, _LINE * scale
        if small < SMALLEST_TEXT:
            return
        is_choice = facts.kind == "choice"
        room = (0.62 * box.width if is_choice else box.width - 14) * scale
        middle = box.y + box.height / 2
        line = next((line for line in facts.lines if width(line, small) <= room), None)
        if is_choice:
            line = None
        if facts.kind not in _RUN:
            name = small
        x = box.x + box.width / 2
        color = palette.ink if is_choice or facts.kind in _RUN else palette.soft
        title = fitted(tidy(facts.title), room, name)
        up = 0.0 if line is None else 7.0
        if line is not None and (facts.counts.total() > 1 or facts.kind == "map"):
            up = 9.0  # the bar lies below
        words(plane, x, middle - up, title, size=name, color=color, align="center", order=6)
        if line is not None:
            below = middle + (4.5 if up > 8 else 8.0)
            words(plane, x, below, line, size=small, color=palette.soft, align="center", order=6)


def _colors(facts: BoxFacts, palette: Palette) -> tuple[str, str]:
    """Fill and border."""
    if facts.kind != "choice" and facts.kind not in _RUN:
        return palette.ground, palette.line
    fills = {
        "done": palette.done_fill,
        "running": palette.running_fill,
        "failed": palette.failed_fill,
    }
    fill = fills.get(facts.state, palette.ground)
    return fill, palette.critical if facts.critical else _of_state(facts.state, palette)


def _of_state(state: State, palette: Palette) -> str:
    colors = {"done": palette.done, "running": palette.holding, "failed": palette.failed}
    return colors.get(state, palette.edge)


def _diamond(box: PlacedBox) -> list[Point]:
    """The outline of a choice."""
    x, y = box.x + box.width / 2, box.y + box.height / 2
    right, bottom = box.x + box.width, box.y + box.height
    return [(box.x, y), (x, box.y), (right, y), (x, bottom)]


def _rounded(box: PlacedBox | PlacedFrame, radius: float) -> list[Point]:
    """The outline of a box, a few points a corner."""
    radius = min(radius, box.height / 3)
    left, top = box.x + radius, box.y + radius
    right, bottom = box.x + box.width - radius, box.y + box.height - radius
    corners = [(right, top, -90), (right, bottom, 0), (left, bottom, 90), (left, top, 180)]
    return [
        (
            x + radius * math.cos(math.radians(start + turn)),
            y + radius * math.sin(math.radians(start + turn)),
        )
        for x, y, start in corners
        for turn in (0, 30, 60, 90)
    ]


def curve(pairs: Sequence[Point]) -> Iterator[Point]:
    """A cubic B-spline of dot's as points of a line.

    >>> list(curve([(0, 0), (0, 1), (0, 2), (0, 3)]))[::5]
    [(0, 0), (0.0, 1.5), (0.0, 3.0)]
    """
    yield pairs[0]
    for first in range(0, len(pairs) - 3, 3):
        a, b, c, d = pairs[first : first + 4]
        for step in range(1, _STEPS_A_CURVE + 1):
            t = step / _STEPS_A_CURVE
            s = 1 - t
            weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
            x, y = (
                sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True))
                for axis in (0, 1)
            )
            yield x, y


def _head(path: Sequence[Point]) -> list[Point]:
    """The head of an arrow at the end of a line."""
    tip = path[-1]
    # The direction of the last bit that is as long as the head, not of the very last point.
    back = next((point for point in reversed(path) if math.dist(point, tip) >= _ARROW), path[0])
    length = math.dist(back, tip) or 1.0
    x, y = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    base = tip[0] - _ARROW * x, tip[1] - _ARROW * y
    half = 0.42 * _ARROW
    return [tip, (base[0] - half * y, base[1] + half * x), (base[0] + half * y, base[1] - half * x)]
