"""The diagram of a graph: its nodes or bundles as boxes, and the dependencies between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Final, get_args

from async_dag._common.arguments import one_of
from async_dag._common.harmless import harmless
from async_dag.graph import algorithms
from async_dag.graph.bundling import MOST_WORK, Bundle, Bundling, bundle, singles
from async_dag.graph.choice_parts import is_choice, parts_of
from async_dag.graph.graph import Graph, UniqueNames
from async_dag.trace.columns import State
from async_dag.views.common.terminal import columns, shorten, shorten_end
from async_dag.views.common.words import WORST_FIRST
from async_dag.views.graph.diagram import Arrow, Box, Detail, Diagram, Direction, Shape
from async_dag.views.graph.frames import frames_of

MOST_SINGLES: Final = 150
"""With `detail="auto"`, a graph with more nodes is drawn as bundles."""
MOST_ARROWS: Final = 450
"""The same for dependencies. GitHub draws no Mermaid diagram with more than 500."""

_UNNAMED: Final = re.compile(r"(.*/)?collect(_\d+)?\Z")
_UNNAMED_CHOICE: Final = re.compile(r"(.*/)?choice(_\d+)?\Z")

_TITLE_WIDTH: Final = 30
_LINE_WIDTH: Final = 46
_TOOLTIP_WIDTH: Final = 300

# Rough sizes in points, to choose the direction that takes less room.
_CHARACTER: Final = 6.5
_ROOM: Final = 45.0
_PAGE: Final = 480.0


def graph_diagram(
    graph: Graph,
    *,
    direction: str = "auto",
    detail: str = "auto",
    immediates: Callable[[int], str] = lambda _: "",
    options: Callable[[int], str] = lambda _: "",
    work: int = MOST_WORK,
) -> Diagram:
    """The diagram of a graph.

    Args:
        graph: what to draw.
        direction: `TB` (top to bottom), `LR`, `BT` or `RL`; `auto` is `TB`, or `LR` for a
            graph that would be wider than a page, and less wide so.
        detail: `full` draws each node, `bundles` draws similar nodes as one box, `auto` bundles large
            graphs.
        immediates: returns the text for the immediates of a node, by its index.
        options: returns the text for its options.
        work: a limit for the bundling; see `bundle`.

    Raises `WrongArgumentError` (a `ValueError`) for another direction or detail.
    """
    bundling = bundling_for(graph, detail, work)

    def describe(box: Bundle) -> Iterator[str]:
        if len(box.members) == 1 and box.kind in ("task", "map", "choice"):
            yield immediates(box.members[0])
            yield options(box.members[0])

    note = left_out(bundling)
    return diagram_of(graph, bundling, direction, describe, immediates, None, [], note)


def bundling_for(graph: Graph, detail: str, work: int = MOST_WORK) -> Bundling:
    """The bundles that are the boxes of a graph, at this `detail`."""
    one_of("detail=", detail, get_args(Detail))
    if detail == "auto":
        small = len(graph) <= MOST_SINGLES and sum(map(len, graph.dependencies)) <= MOST_ARROWS
        detail = "full" if small else "bundles"
    return singles(graph) if detail == "full" else bundle(graph, work=work)


def left_out(bundling: Bundling) -> str:
    """A note on what is bundled; empty if each node has a box."""
    count = sum(len(bundle.members) for bundle in bundling.bundles)
    if len(bundling) == count:
        return ""
    boxes = f"{len(bundling):,} box{'es' * (len(bundling) != 1)}"
    return f"{count:,} nodes in {boxes}; detail='full' draws each"


def diagram_of(
    graph: Graph,
    bundling: Bundling,
    direction: str,
    describe: Callable[[Bundle], Iterator[str]],
    immediate: Callable[[int], str],
    states: Sequence[State] | None,
    critical_path: Sequence[int],
    note: str,
) -> Diagram:
    """The boxes of a bundling and the arrows between them.

    Args:
        graph: what is drawn.
        bundling: what the boxes stand for.
        direction: a `Direction`.
        describe: yields the lines below the title of a box.
        immediate: returns the text of an immediate node, by its index.
        states: the state of each node, for the diagram of a run.
        critical_path: the nodes on the critical path, in order.
        note: lines below the diagram.

    Raises `WrongArgumentError` (a `ValueError`) for another direction.
    """
    one_of("direction=", direction, get_args(Direction))
    keys = UniqueNames()
    critical = {bundling.of[node] for node in critical_path}
    steps = {
        (bundling.of[tail], bundling.of[head])
        for tail, head in pairwise(_with_what_is_no_task(graph, critical_path))
    }
    frames, framed = frames_of(graph, bundling)
    boxes = tuple(
        Box(
            keys.add(bundle.title),
            _title(graph, bundle, immediate),
            tuple(
                shorten_end(harmless(text), _LINE_WIDTH, "…") for text in describe(bundle) if text
            ),
            _shape(graph, bundle),
            framed[index],
            None
            if states is None or bundle.kind not in ("task", "map", "choice")
            else _worst(states, bundle.members),
            index in critical,
            _tooltip(graph, bundle),
        )
        for index, bundle in enumerate(bundling.bundles)
    )
    arrows = _arrows(graph, bundling, steps)
    if direction == "auto":
        direction = _shorter_way(boxes, bundling)
    return Diagram(boxes, arrows, direction, note, tuple(frames))


def _with_what_is_no_task(graph: Graph, path: Sequence[int]) -> Iterator[int]:
    """A path of tasks, with the lists and choices through which it goes."""
    before: int | None = None
    for node in path:
        if before is not None:
            yield from _between(graph, before, node)
        yield node
        before = node


def _between(graph: Graph, tail: int, head: int) -> list[int]:
    """The lists and choices on the way from one task to another; none if there is no such way."""
    came_from = {head: head}
    stack = [head]
    while stack:
        node = stack.pop()
        for needed in graph.dependencies[node]:
            if needed == tail:
                between: list[int] = []
                while node != head:
                    between.append(node)
                    node = came_from[node]
                return between
            if needed not in came_from and graph.kinds[needed] in ("collect", "choice"):
                came_from[needed] = node
                stack.append(needed)
    return []


def _arrows(
    graph: Graph, bundling: Bundling, critical: Collection[tuple[int, int]]
) -> tuple[Arrow, ...]:
    """The arrows, also from the sides that choices did not take: on these nothing depended."""
    labels, left = _at_choices(graph, bundling)
    return tuple(
        Arrow(
            dependency,
            index,
            (dependency, index) in critical,
            ", ".join(labels.get((dependency, index), ())),
            dependency in left.get(index, ()),
        )
        for index, dependencies in enumerate(bundling.dependencies)
        for dependency in dict.fromkeys((*dependencies, *left.get(index, ())))
    )


def _at_choices(
    graph: Graph, bundling: Bundling
) -> tuple[dict[tuple[int, int], list[str]], dict[int, set[int]]]:
    """By the ends of an arrow what it means to choices, and by box the sides that none of its took."""
    labels: dict[tuple[int, int], list[str]] = {}
    left: dict[int, set[int]] = {}
    taken: dict[int, set[int]] = {}
    for node in filter(partial(is_choice, graph), range(len(graph))):
        own = bundling.of[node]
        for role, nodes in parts_of(graph, node):
            for part in nodes:
                of_arrow = labels.setdefault((bundling.of[part], own), [])
                if role not in of_arrow:
                    of_arrow.append(role)
    for node, choice in graph.choices.items():
        own = bundling.of[node]
        taken.setdefault(own, set()).update(bundling.of[part] for part in graph.dependencies[node])
        not_taken = {bundling.of[part] for part in choice.left} - {own}
        if not_taken:
            left.setdefault(own, set()).update(not_taken)
    return labels, {own: boxes - taken[own] for own, boxes in left.items()}


def _shape(graph: Graph, bundle: Bundle) -> Shape:
    if bundle.kind == "map":
        return "choice" if all(is_choice(graph, node) for node in bundle.members) else "bundle"
    return bundle.kind if len(bundle.members) == 1 or bundle.kind != "task" else "bundle"


def _title(graph: Graph, bundle: Bundle, immediate: Callable[[int], str]) -> str:
    if len(bundle.members) != 1:
        count = f" ×{len(bundle.members):,}"
        return shorten(harmless(bundle.label), _TITLE_WIDTH - len(count), "…") + count
    (node,) = bundle.members
    name = bundle.title
    if is_choice(graph, node) and _UNNAMED_CHOICE.match(name):
        name = "choice"
    if bundle.kind == "collect" and _UNNAMED.match(name):
        name = f"list of {len(graph.dependencies[node]):,}"
    elif bundle.kind == "map":  # the number of tasks is known once it runs
        return shorten(harmless(name), _TITLE_WIDTH - 3, "…") + " ×?"
    elif bundle.kind == "immediate":  # its value says more than its name
        name = immediate(node) or name
    return shorten(harmless(name), _TITLE_WIDTH, "…") or "''"


def _tooltip(graph: Graph, bundle: Bundle) -> str:
    """The full name, and where the task is defined."""
    if len(bundle.members) != 1:
        return shorten(harmless(bundle.title), _TOOLTIP_WIDTH, "…")
    (node,) = bundle.members
    origin = graph.origins[node]
    name = graph.names[node]
    calls = "" if origin.task is None or origin.task == name else f"calls {origin.task}"
    text = ", ".join(filter(None, [name, calls, origin.place]))
    return shorten(harmless(text), _TOOLTIP_WIDTH, "…")


def _shorter_way(boxes: Sequence[Box], bundling: Bundling) -> str:
    """`TB`, unless that is wider than a page and `LR` is not as wide."""
    depth = algorithms.levels(bundling.dependencies)
    across = [0.0] * (max(depth, default=0) + 1)
    along = [0.0] * len(across)
    for box, level in zip(boxes, depth, strict=True):
        width = _CHARACTER * max(map(columns, (box.title, *box.lines))) + _ROOM
        across[level] += width
        along[level] = max(along[level], width + _ROOM)
    widest = max(across)
    return "LR" if widest > _PAGE and sum(along) < widest else "TB"


def _worst(states: Sequence[State], members: Sequence[int]) -> State:
    occurring = {states[node] for node in members}
    return next(state for state in WORST_FIRST if state in occurring)
