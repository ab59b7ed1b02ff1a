"""Edges from left to right as plain curves, where nothing is in the way.

Where a column has many boxes, dot's own splines swing back and forth between two columns, and cross
each other though they begin at the same box.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from async_dag.workbench.layout.placed import PlacedBox, PlacedEdge

_TOUCHING: Final = 0.5
"""Pixels by which a curve may be in a box: those at which it begins and ends, which dot rounds."""

_HEAD: Final = 8.0
"""The length of the head of an arrow, in pixels: there the line is straight."""


def plain_curves(boxes: Sequence[PlacedBox], edges: Sequence[PlacedEdge]) -> list[PlacedEdge]:
    """The same edges; those that have no box between their ends bend but twice.

    >>> boxes = [PlacedBox(0, 0, 0, 10, 10), PlacedBox(1, 40, 60, 10, 10)]
    >>> plain_curves(boxes, [PlacedEdge(0, 1, [10, 5, 60, 5, -20, 65, 40, 65])])[0].points
    [10, 5, 21.0, 5, 21.0, 65, 32.0, 65, 32.0, 65, 40, 65, 40, 65]
    """
    return [_plain(boxes, edge) for edge in edges]


def _plain(boxes: Sequence[PlacedBox], edge: PlacedEdge) -> PlacedEdge:
    (left, start), (right, end) = edge.points[:2], edge.points[-2:]
    upper, lower = min(start, end), max(start, end)
    if left >= right or any(
        box.x + box.width > left + _TOUCHING
        and box.x < right - _TOUCHING
        and box.y + box.height > upper
        and box.y < lower
        for box in boxes
    ):
        return edge
    if start == end or right - left <= 2 * _HEAD:
        middle = round((left + right) / 2, 1)
        return edge._replace(points=[left, start, middle, start, middle, end, right, end])
    head = round(right - _HEAD, 1)
    middle = round((left + head) / 2, 1)
    bend = [left, start, middle, start, middle, end, head, end]
    return edge._replace(points=[*bend, head, end, right, end, right, end])
