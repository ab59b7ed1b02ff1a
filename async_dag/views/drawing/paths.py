"""Paths as points: curves as short lines, outlines of boxes and circles, dashes, what is straight."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from async_dag.views.drawing.drawing import Point, RoundedBox

_STEP: Final = 4.0
"""The length of the lines that a curve is made of, where it is long enough."""
_FEWEST_STEPS: Final = 6
_MOST_STEPS: Final = 60
_STEPS_A_CORNER: Final = 4
_STEPS_A_CIRCLE: Final = 32


def flattened(points: Sequence[Point]) -> list[Point]:
    """A cubic spline (a start, then three points for each curve) as a line.

    >>> flattened([(0, 0), (0, 4), (0, 8), (0, 12)])[::3]
    [(0, 0), (0.0, 6.0), (0.0, 12.0)]
    """
    line = [points[0]]
    for first in range(0, len(points) - 3, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[first : first + 4]
        around = math.dist((ax, ay), (bx, by)) + math.dist((bx, by), (cx, cy))
        around += math.dist((cx, cy), (dx, dy))
        steps = min(max(_FEWEST_STEPS, round(around / _STEP)), _MOST_STEPS)
        for step in range(1, steps + 1):
            t = step / steps
            s = 1 - t
            a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            line.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return line


def outline(box: RoundedBox) -> list[Point]:
    """The closed line around a rounded box, clockwise from the top of its left side."""
    corners = (
        (box.left + box.across, box.top + box.down, 180),
        (box.right - box.across, box.top + box.down, 270),
        (box.right - box.across, box.bottom - box.down, 0),
        (box.left + box.across, box.bottom - box.down, 90),
    )
    turns = [math.radians(90 * step / _STEPS_A_CORNER) for step in range(_STEPS_A_CORNER + 1)]
    line = [
        (
            x + box.across * math.cos(math.radians(start) + turn),
            y + box.down * math.sin(math.radians(start) + turn),
        )
        for x, y, start in corners
        for turn in turns
    ]
    return [*line, line[0]]


def circle(center: Point, radius: float) -> list[Point]:
    """A circle as a closed shape."""
    turns = [math.tau * step / _STEPS_A_CIRCLE for step in range(_STEPS_A_CIRCLE)]
    x, y = center
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def dashed(points: Sequence[Point], drawn: float, left_out: float) -> Iterator[list[Point]]:
    """The parts of a line that are drawn; it begins with one.

    >>> list(dashed([(0.0, 0.0), (5.0, 0.0)], 2, 1))
    [[(0.0, 0.0), (2.0, 0.0)], [(3.0, 0.0), (5.0, 0.0)]]
    """
    if drawn <= 0 or left_out <= 0:
        yield list(points)
        return
    is_drawn, rest = True, drawn
    part = [points[0]]
    for start, end in pairwise(points):
        length = math.dist(start, end)
        done = 0.0
        while length - done > rest:
            done += rest
            share = done / length
            at = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
            if is_drawn:
                yield [*part, at]
            is_drawn = not is_drawn
            rest = drawn if is_drawn else left_out
            part = [at]
        rest -= length - done
        part.append(end)
    if is_drawn and len(part) > 1:
        yield part


def is_straight(points: Sequence[Point]) -> bool:
    """Whether a line goes only from left to right and up and down.

    >>> is_straight([(0, 0), (0, 3), (2, 3)]), is_straight([(0, 0), (1, 1)])
    (True, False)
    """
    return all(
        abs(start[0] - end[0]) < 1e-6 or abs(start[1] - end[1]) < 1e-6
        for start, end in pairwise(points)
    )
