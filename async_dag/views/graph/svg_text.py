"""Makes the text of dot's SVG stand in the middle of its box, whatever font it is shown with.

dot places each line of an HTML-like label by the width that it has reckoned for it. Where the SVG is
shown with another font than dot knew, the lines then stand off to one side, or run over the edge.
"""

from __future__ import annotations

import re

_NODE = re.compile(r'<g id="node\d+" class="node">.*?</g>', re.DOTALL)
# A box is a path or a polygon, its coordinates "x,y"; or an ellipse.
_OUTLINE = re.compile(r'<(?:path|polygon) [^>]*?(?: d|points)="([^"]+)"')
_ELLIPSE = re.compile(r'<ellipse [^>]*?cx="([^"]+)"')
_X = re.compile(r"(-?[\d.]+),")
_START = re.compile(r'text-anchor="start" x="[^"]+"')


def centred(svg: str) -> str:
    """The SVG with each line of a node anchored at the middle of the node."""
    return _NODE.sub(_centred_node, svg)


def _centred_node(found: re.Match[str]) -> str:
    node = found[0]
    ellipse, outline = _ELLIPSE.search(node), _OUTLINE.search(node)
    if ellipse is not None:
        middle = float(ellipse[1])
    elif outline is not None and (xs := [float(x) for x in _X.findall(outline[1])]):
        middle = (min(xs) + max(xs)) / 2
    else:
        return node
    return _START.sub(f'text-anchor="middle" x="{middle:.2f}"', node)
