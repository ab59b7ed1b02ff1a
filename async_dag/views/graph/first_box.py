"""Where a diagram begins that is wider than the page: at the box of its first task, not at its left."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_NODE: Final = re.compile(r'<g id="node\d+" class="node">.*?</g>', re.DOTALL)
_TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_OUTLINE: Final = re.compile(r'<(?:path|polygon) [^>]*?(?: d|points)="([^"]+)"')
_ELLIPSE: Final = re.compile(r'<ellipse [^>]*?cx="([^"]+)" cy="[^"]+" rx="([^"]+)"')
_X: Final = re.compile(r"(-?[\d.]+),")

_ORIGIN: Final = re.compile(r"translate\(([\d.]+)")
_VIEW_BOX: Final = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) [\d.]+"')
# The texts of the whole diagram come before those of its parts.
_HEAD: Final = re.compile(r'<g id="graph0" class="graph".*?(?=<g |\Z)', re.DOTALL)
_MIDDLE: Final = re.compile(r'(?<=text-anchor="middle" x=")[^"]+')


def first_box(svg: str, id: str) -> tuple[float, float] | None:
    """The left and the right edge of a box, as parts of the width of dot's SVG.

    Args:
        svg: a diagram that dot has drawn.
        id: the node, as the DOT text has it.

    Returns None if there is no such box.

    >>> first_box(
    ...     '<svg viewBox="0.00 0.00 200.00 90.00"><g transform="translate(10 80)">'
    ...     '<g id="node1" class="node"><title>a</title><polygon points="40,-9 90,-9 90,-0"/></g>', "a"
    ... )
    (0.25, 0.5)
    """
    view_box, origin = _VIEW_BOX.search(svg), _ORIGIN.search(svg)
    if view_box is None or origin is None:
        return None
    for node in _NODE.findall(svg):
        title = _TITLE.search(node)
        # dot writes several blanks as some that do not merge into one.
        if title is None or unescape(title[1]).replace("\u00a0", " ") != id.strip('"'):
            continue
        xs = _edges(node)
        if xs is None:
            return None
        left, right = ((float(origin[1]) + x) / float(view_box[1]) for x in xs)
        return left, right
    return None


def with_note_below(svg: str, box: tuple[float, float]) -> str:
    """The SVG with the note on the whole diagram below a box, where that leaves it within the picture.

    dot puts it at the left, where it is out of sight if the picture begins further to the right.
    """
    view_box, origin, head = _VIEW_BOX.search(svg), _ORIGIN.search(svg), _HEAD.search(svg)
    if view_box is None or origin is None or head is None:
        return svg
    width, margin = float(view_box[1]), float(origin[1])
    middle = sum(box) / 2 * width - margin

    def below(x: re.Match[str]) -> str:
        leftmost = float(x[0])
        return f"{max(leftmost, min(middle, width - 2 * margin - leftmost)):.2f}"

    return svg[: head.start()] + _MIDDLE.sub(below, head[0]) + svg[head.end() :]


def _edges(node: str) -> tuple[float, float] | None:
    """The least and the greatest x of what is drawn around a node."""
    ellipse, outline = _ELLIPSE.search(node), _OUTLINE.search(node)
    if ellipse is not None:
        middle, half = float(ellipse[1]), float(ellipse[2])
        return middle - half, middle + half
    xs = [float(x) for x in _X.findall(outline[1])] if outline is not None else []
    return (min(xs), max(xs)) if xs else None
