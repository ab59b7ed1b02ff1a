"""`Diagram`: boxes, arrows and frames, before they are written in the language of a drawing program.

DOT and Mermaid draw one and the same `Diagram`, of a graph or of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from async_dag.trace.columns import State

Direction = Literal["auto", "TB", "LR", "BT", "RL"]
Detail = Literal["auto", "full", "bundles"]

Shape = Literal["task", "bundle", "parameter", "immediate", "collect"]


class Box(NamedTuple):
    """A node, or a bundle of nodes. Its texts print as they are, and are short."""

    key: str  # unique in the diagram
    title: str
    lines: tuple[str, ...]  # below the title, smaller
    shape: Shape
    group: str | None
    state: State | None  # of a bundle that of its most noteworthy node
    critical: bool
    tooltip: str


class Arrow(NamedTuple):
    """From a box to one that depends on it."""

    tail: int
    head: int
    critical: bool


@dataclass(frozen=True)
class Diagram:
    """A graph or a run as boxes and arrows.

    Attributes:
        boxes: in topological order.
        arrows: by the box that they lead to.
        direction: from which side to which the arrows lead.
        note: lines below the diagram; empty if there is nothing to say.

    >>> from async_dag import build_dag
    >>> async def load(name: str) -> str:
    ...     return name
    >>> async def clean(text: str) -> str:
    ...     return text.strip()
    >>> with build_dag() as tm:
    ...     cleaned = tm.add_node(clean, tm.add_node(load, "a.csv"))
    >>> diagram = tm.draw.diagram()
    >>> [box.title for box in diagram.boxes], diagram.arrows
    (['load', 'clean'], (Arrow(tail=0, head=1, critical=False),))
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    direction: str
    note: str

    def groups(self) -> dict[str, list[int]]:
        """The indices of the boxes within each frame, by the name of the group.

        >>> from async_dag import build_dag
        >>> async def load(name: str) -> str:
        ...     return name
        >>> with build_dag() as tm:
        ...     _ = tm.options(group="input").add_node(load, "a.csv")
        >>> tm.draw.diagram().groups()
        {'input': [0]}
        """
        found: dict[str, list[int]] = {}
        for index, box in enumerate(self.boxes):
            if box.group is not None:
                found.setdefault(box.group, []).append(index)
        return found
