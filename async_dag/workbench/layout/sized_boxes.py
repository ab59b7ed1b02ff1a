"""The boxes of the graph panel before they are placed: what they say, and how large that makes them."""

from __future__ import annotations

from typing import Final, NamedTuple

from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph, Kind
from async_dag.views.common.terminal import columns

CHARACTER_WIDTH: Final = 7.0
"""Pixels that a character of a name takes, at 12 px."""

NARROWEST: Final = 116.0
WIDEST: Final = 200.0
"""Of a task. The line below its name says how it does: `waits for 3 nodes`."""

ALIKE: Final = 150.0
"""Where no task needs more than this, all are as wide as the widest: that reads more calmly."""

HEIGHT: Final = 38.0
BUNDLE_HEIGHT: Final = 42.0
"""At the lower edge it has a bar of how many of its nodes are done."""

VALUE_HEIGHT: Final = 24.0
"""Of what never runs: a parameter, an immediate, a list."""


class SizedBox(NamedTuple):
    """One box: that of a bundle where the graph is bundled, else that of a node."""

    group: str | None
    width: float  # CSS pixels
    height: float


class BoxGroup(NamedTuple):
    """The boxes of one group."""

    title: str
    boxes: list[int]


def sized_boxes(graph: Graph, bundling: Bundling | None) -> list[SizedBox]:
    """All boxes, in the order of the nodes or bundles."""
    if bundling is None:
        kinds = graph.kinds
        boxes = [
            SizedBox(group, box_width(name, kind), HEIGHT if kind == "task" else VALUE_HEIGHT)
            for name, kind, group in zip(graph.names, kinds, graph.groups, strict=True)
        ]
    else:
        kinds = tuple(bundle.kind for bundle in bundling.bundles)
        boxes = []
        for bundle in bundling.bundles:
            groups = {graph.groups[node] for node in bundle.members}
            group = groups.pop() if len(groups) == 1 else None
            height = HEIGHT if len(bundle.members) == 1 else BUNDLE_HEIGHT
            height = height if bundle.kind == "task" else VALUE_HEIGHT
            boxes.append(SizedBox(group, box_width(bundle.title, bundle.kind), height))
    widest = max((box.width for box in boxes), default=0.0)
    if widest > ALIKE:
        return boxes
    return [
        box._replace(width=widest) if kind == "task" else box
        for box, kind in zip(boxes, kinds, strict=True)
    ]


def box_width(title: str, kind: Kind) -> float:
    """The pixels that the page needs for a name and a line below it."""
    characters = columns(title[:64])
    if kind == "task":
        return min(max(24.0 + CHARACTER_WIDTH * characters, NARROWEST), WIDEST)
    return min(max(16.0 + 6.5 * characters, 30.0), WIDEST)


def box_groups(boxes: list[SizedBox], least: int = 1) -> list[BoxGroup]:
    """A frame for each group of at least so many boxes, in the order in which groups first occur.

    >>> box_groups([SizedBox("shop", 104, 38), SizedBox(None, 104, 38), SizedBox("shop", 104, 38)])
    [BoxGroup(title='shop', boxes=[0, 2])]
    """
    frames: dict[str, BoxGroup] = {}
    for index, box in enumerate(boxes):
        if box.group is not None:
            frames.setdefault(box.group, BoxGroup(box.group, [])).boxes.append(index)
    return [frame for frame in frames.values() if len(frame.boxes) >= least]
