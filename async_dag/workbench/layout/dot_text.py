"""The graph panel in the DOT language, without texts of the graph: boxes and frames are numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from async_dag.views.common.terminal import columns
from async_dag.workbench.layout.sized_boxes import CHARACTER_WIDTH, WIDEST, BoxGroup, SizedBox

Orientation = Literal["TB", "LR"]

# Distances in inches between the boxes of a rank, and between ranks. From left to right, edges to
# boxes far above or below need more room; bundles are mostly a chain.
_APART: Final[dict[Orientation, str]] = {
    "TB": "nodesep=0.2 ranksep=0.42",
    "LR": "nodesep=0.14 ranksep=0.5",
}
_BUNDLES_APART: Final = "nodesep=0.2 ranksep=0.22"

_TITLE_HEIGHT: Final = 14
_FRAME_MARGIN: Final = 12


def dot_text(
    boxes: Sequence[SizedBox],
    frames: Sequence[BoxGroup],
    dependencies: Sequence[Sequence[int]],
    direction: Orientation,
    *,
    are_bundles: bool = False,
) -> str:
    """Boxes of these sizes, with arrows from their dependencies, in frames."""
    apart = _BUNDLES_APART if are_bundles and direction == "TB" else _APART[direction]
    head = f"graph [rankdir={direction} {apart} pad=0 margin=0]"
    return "\n".join(["digraph {", head, *_lines(boxes, frames, dependencies, direction), "}"])


def _lines(
    boxes: Sequence[SizedBox],
    frames: Sequence[BoxGroup],
    dependencies: Sequence[Sequence[int]],
    direction: Orientation,
) -> Iterator[str]:
    yield 'node [shape=box fixedsize=true label="" margin=0]'
    # The page draws the arrow heads, so edges end at the border of a box.
    # From left to right they leave and enter at the middle of a side, which keeps them off the titles
    # of frames. Downwards dot would make loops of those that lead far aside.
    ports = " tailport=e headport=w" if direction == "LR" else ""
    yield f"edge [dir=none{ports}]"
    for number, frame in enumerate(frames):
        yield f"subgraph cluster{number} {{"
        yield f"graph [label={_blank(frame.title)} labelloc=t labeljust=l margin={_FRAME_MARGIN}]"
        yield from map(str, frame.boxes)
        yield "}"
    for index, box in enumerate(boxes):
        shape = " shape=diamond" if box.is_diamond else ""
        yield f"{index} [width={box.width / 72:.4f} height={box.height / 72:.4f}{shape}]"
    for index, needed in enumerate(dependencies):
        for dependency in needed:
            yield f"{dependency} -> {index}"


def _blank(title: str) -> str:
    """An empty label of the size of the title, which the page writes."""
    width = min(CHARACTER_WIDTH * columns(title[:64]) + 60, WIDEST)
    size = f'FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{_TITLE_HEIGHT}"'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" {size}><TR><TD></TD></TR></TABLE>>'
