"""The boxes of the graph panel before they are placed, with the sizes that their texts need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from async_dag.graph.algorithms import levels
from async_dag.graph.bundling import Bundling
from async_dag.graph.choice_parts import kind_shown
from async_dag.graph.graph import Graph, Kind
from async_dag.views.common.terminal import columns
from async_dag.workbench.feed.graph_payload import frame_titles

CHARACTER_WIDTH: Final = 7.6
"""The width of a character of a name in pixels, at 12 px."""

NARROWEST: Final = 116.0
WIDEST: Final = 200.0
"""Of a task. A line below its name shows its state: `waits for 3 nodes`."""

ALIKE: Final = 150.0
"""If no task needs more than this, all boxes are as wide as the widest, which is easier to read."""

HEIGHT: Final = 38.0
BUNDLE_HEIGHT: Final = 42.0
"""Of a bundle. A bar at its lower edge shows how many of its nodes are done."""

CHOICE_HEIGHT: Final = 42.0
"""Of a choice, which is a diamond: its text has but the middle."""

VALUE_HEIGHT: Final = 24.0
"""Of nodes that never run: a parameter, an immediate, a list."""


_HEIGHTS: Final[dict[Kind, float]] = {
    "task": HEIGHT,
    "map": BUNDLE_HEIGHT,
    "choice": CHOICE_HEIGHT,
}


class SizedBox(NamedTuple):
    """The box of a bundle if the graph is bundled, else of a node."""

    group: str | None
    width: float  # CSS pixels
    height: float
    is_diamond: bool = False  # of a choice


class BoxGroup(NamedTuple):
    """The boxes of one group."""

    title: str
    boxes: list[int]


def sized_boxes(graph: Graph, bundling: Bundling | None) -> list[SizedBox]:
    """All boxes, in the order of the nodes or bundles."""
    kinds: Sequence[Kind]
    if bundling is None:
        kinds = tuple(kind_shown(graph, node) for node in range(len(graph)))
        boxes = [
            SizedBox(
                group, box_width(name, kind), _HEIGHTS.get(kind, VALUE_HEIGHT), kind == "choice"
            )
            for name, kind, group in zip(graph.names, kinds, frame_titles(graph), strict=True)
        ]
    else:
        kinds = tuple(kind_shown(graph, bundle.members[0]) for bundle in bundling.bundles)
        boxes = []
        titles = frame_titles(graph)
        for bundle, kind in zip(bundling.bundles, kinds, strict=True):
            groups = {titles[node] for node in bundle.members}
            group = groups.pop() if len(groups) == 1 else None
            height = _HEIGHTS.get(kind, VALUE_HEIGHT)
            if height == HEIGHT and len(bundle.members) > 1:
                height = BUNDLE_HEIGHT
            width = box_width(bundle.title, kind)
            boxes.append(SizedBox(group, width, height, kind == "choice"))
    widest = max((box.width for box in boxes), default=0.0)
    if widest > ALIKE:
        return boxes
    return [
        box._replace(width=widest) if kind in ("task", "map") else box
        for box, kind in zip(boxes, kinds, strict=True)
    ]


def columns_alike(
    boxes: Sequence[SizedBox], dependencies: Sequence[Sequence[int]]
) -> list[SizedBox]:
    """From left to right the boxes of one wave lie below each other: all as wide as the widest of them.

    >>> narrow, wide = SizedBox(None, 116, 38), SizedBox(None, 180, 38)
    >>> [box.width for box in columns_alike([narrow, wide, narrow], [(), (), (0, 1)])]
    [180, 180, 116]
    """
    depth = levels(dependencies)
    widest: dict[tuple[int, bool], float] = {}
    kinds = [(level, _is_task(box)) for level, box in zip(depth, boxes, strict=True)]
    for kind, box in zip(kinds, boxes, strict=True):
        widest[kind] = max(box.width, widest.get(kind, 0.0))
    return [
        box._replace(width=widest[kind]) if _is_task(box) else box
        for kind, box in zip(kinds, boxes, strict=True)
    ]


def _is_task(box: SizedBox) -> bool:
    return box.height >= HEIGHT and not box.is_diamond


def box_width(title: str, kind: Kind) -> float:
    """The width in pixels that a name and the line below it need."""
    characters = columns(title[:64])
    if kind == "choice":
        return min(24.0 + 12.0 * characters, WIDEST)
    if kind == "map":
        characters += 5  # how many items it has
    if kind in ("task", "map"):
        return min(max(24.0 + CHARACTER_WIDTH * characters, NARROWEST), WIDEST)
    return min(max(16.0 + 6.5 * characters, 30.0), WIDEST)


def box_groups(boxes: list[SizedBox], least: int = 1) -> list[BoxGroup]:
    """The groups of at least `least` boxes, in the order in which they first occur.

    >>> box_groups([SizedBox("shop", 104, 38), SizedBox(None, 104, 38), SizedBox("shop", 104, 38)])
    [BoxGroup(title='shop', boxes=[0, 2])]
    """
    frames: dict[str, BoxGroup] = {}
    for index, box in enumerate(boxes):
        if box.group is not None:
            frames.setdefault(box.group, BoxGroup(box.group, [])).boxes.append(index)
    return [frame for frame in frames.values() if len(frame.boxes) >= least]
