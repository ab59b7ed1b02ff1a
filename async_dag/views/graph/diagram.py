"""`Diagram`: boxes, arrows and frames, independent of the language that draws them.

DOT and Mermaid draw the same `Diagram`, of a graph or of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from async_dag.trace.columns import State
from async_dag.views.graph.frames import Frame

Direction = Literal["auto", "TB", "LR", "BT", "RL"]
Detail = Literal["auto", "full", "bundles"]

Shape = Literal["task", "bundle", "parameter", "immediate", "collect", "choice"]


class Box(NamedTuple):
    """A node, or a bundle of nodes. Its texts are short and printable."""

    key: str  # unique in the diagram
    title: str
    lines: tuple[str, ...]  # below the title, smaller
    shape: Shape
    frame: int | None  # the innermost one around it
    state: State | None  # of a bundle: the first in `WORST_FIRST`
    critical: bool
    tooltip: str


class Arrow(NamedTuple):
    """From a box to one that depends on it."""

    tail: int
    head: int
    critical: bool
    label: str = ""  # what a choice takes it as: `if`, `then`, `else`
    left: bool = False  # whether it is the side that a choice did not take


@dataclass(frozen=True)
class Diagram:
    """A graph or a run as boxes and arrows.

    Attributes:
        boxes: in topological order.
        arrows: ordered by the box that they lead to.
        direction: where the arrows lead, such as `TB` (top to bottom).
        note: lines below the diagram; empty if there is nothing to say.
        frames: each after the frame around it.

    >>> from async_dag import build_dag
    >>> async def load(name: str) -> str:
    ...     return name
    >>> async def clean(text: str) -> str:
    ...     return text.strip()
    >>> with build_dag() as tm:
    ...     cleaned = tm.add_node(clean, tm.add_node(load, "a.csv"))
    >>> diagram = tm.draw.diagram()
    >>> [box.title for box in diagram.boxes], diagram.arrows
    (['load', 'clean'], (Arrow(tail=0, head=1, critical=False, label='', left=False),))
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    direction: str
    note: str
    frames: tuple[Frame, ...] = ()

    def groups(self) -> dict[str, list[int]]:
        """The indices of the boxes within each frame, by the name of the group or sub-DAG."""
        return {frame.label: self.boxes_in(index) for index, frame in enumerate(self.frames)}

    def boxes_in(self, frame: int | None) -> list[int]:
        """The indices of the boxes directly within a frame; with None, of those in no frame."""
        return [index for index, box in enumerate(self.boxes) if box.frame == frame]

    def frames_in(self, frame: int | None) -> list[int]:
        """The indices of the frames directly within a frame; with None, of the outermost frames."""
        return [index for index, inner in enumerate(self.frames) if inner.parent == frame]
