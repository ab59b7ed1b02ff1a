"""Centres the text in the boxes of dot's SVG, whatever font it is shown with.

dot places each line of an HTML-like label by the width that it has estimated. If the viewer uses
another font, the lines are off to one side, or cross the edge of the box.
"""

from __future__ import annotations

import re

_NODE = re.compile(r'<g id="node\d+" class="node">.*?</g>', re.DOTALL)
# A box is a path or a polygon with coordinates "x,y", or an ellipse.
_OUTLINE = re.compile(r'<(?:path|polygon) [^>]*?(?: d|points)="([^"]+)"')
_ELLIPSE = re.compile(r'<ellipse [^>]*?cx="([^"]+)"')
_X = re.compile(r"(-?[\d.]+),")
_START = re.compile(r'text-anchor="start" x="[^"]+"')


def centred(svg: str) -> str:
    """The SVG with each line of a node anchored at the centre of the node."""
    return _NODE.sub(_centred_node, svg)


def _centred_node(match: re.Match[str]) -> str:
    node = match[0]
    ellipse, outline = _ELLIPSE.search(node), _OUTLINE.search(node)
    if ellipse is not None:
        middle = float(ellipse[1])
    elif outline is not None and (xs := [float(x) for x in _X.findall(outline[1])]):
        middle = (min(xs) + max(xs)) / 2
    else:
        return node
    return _START.sub(f'text-anchor="middle" x="{middle:.2f}"', node)
