"""What a diagram shows of a graph or a run, before it is written in the language of a drawing program.

DOT and Mermaid draw one and the same `Diagram`: boxes, arrows, frames around groups, and a line below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple, get_args

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError
from async_dag.graph import algorithms
from async_dag.graph.bundling import MOST_WORK, Bundle, Bundling, bundle, singles
from async_dag.graph.graph import Graph, UniqueNames
from async_dag.trace.trace import STATES, State, Trace
from async_dag.views.common.axis import unit_for
from async_dag.views.common.terminal import columns, harmless, shorten, shorten_end
from async_dag.views.common.words import SIGNS, STATE_WORDS, WORST_FIRST, counted

Direction = Literal["auto", "TB", "LR", "BT", "RL"]
Detail = Literal["auto", "full", "bundles"]

MOST_SINGLES: Final = 150
"""Nodes beyond which a diagram draws bundles, if it is left the choice."""
MOST_ARROWS: Final = 450
"""The same for dependencies; GitHub draws no Mermaid diagram with more than 500."""

_TITLE_WIDTH: Final = 30
_LINE_WIDTH: Final = 46
_TOOLTIP_WIDTH: Final = 300

# Points, roughly: to tell which way a diagram takes less room.
_LETTER: Final = 6.5
_ROOM: Final = 45.0
_PAGE: Final = 800.0

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
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    direction: str
    note: str

    def groups(self) -> dict[str, list[int]]:
        """The boxes within each frame, by what it is called."""
        found: dict[str, list[int]] = {}
        for index, box in enumerate(self.boxes):
            if box.group is not None:
                found.setdefault(box.group, []).append(index)
        return found


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
        direction: `TB` (top to bottom), `LR`, `BT` or `RL`; `auto` takes `TB`, but `LR` for a
            graph that would be much wider than a page.
        detail: `full` draws each node, `bundles` those alike as one box, `auto` bundles large graphs.
        immediates: what to say of the immediates of a node, by its index.
        options: the same of its options.
        work: how much of it the bundling may do; see `bundle`.

    Raises `WrongArgumentError` (a `ValueError`) for another direction or detail.
    """
    bundling = _bundling(graph, detail, work)

    def describe(one: Bundle) -> Iterator[str]:
        if len(one.members) == 1 and one.kind == "task":
            yield immediates(one.members[0])
            yield options(one.members[0])

    note = _left_out(graph, bundling)
    return _diagram(graph, bundling, direction, describe, immediates, None, [], note)


def run_diagram(
    trace: Trace,
    critical_path: Sequence[int],
    *,
    direction: str = "auto",
    detail: str = "auto",
    immediates: Callable[[int], str] = lambda _: "",
) -> Diagram:
    """The diagram of a run: states, durations, and its critical path (indices of nodes)."""
    graph = trace.graph
    bundling = _bundling(graph, detail)
    trace = trace if trace.over else trace.snapshot()
    describer = _RunDescriber(trace, immediates)
    legend = "thick: the critical path" if len(critical_path) > 1 else ""
    notes = [", ".join(filter(None, [describer.summary(), legend])), _left_out(graph, bundling)]
    note = "\n".join(text for text in notes if text)
    return _diagram(
        graph,
        bundling,
        direction,
        describer.lines,
        immediates,
        describer.states,
        critical_path,
        note,
    )


def _one_of(what: str, given: object, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise WrongArgumentError(
            f"{what}={short_repr(given)} is none of {', '.join(map(repr, allowed))}"
        )


def _bundling(graph: Graph, detail: str, work: int = MOST_WORK) -> Bundling:
    _one_of("detail", detail, get_args(Detail))
    if detail == "auto":
        small = len(graph) <= MOST_SINGLES and sum(map(len, graph.dependencies)) <= MOST_ARROWS
        detail = "full" if small else "bundles"
    return singles(graph) if detail == "full" else bundle(graph, work=work)


def _left_out(graph: Graph, bundling: Bundling) -> str:
    if len(bundling) == len(graph):
        return ""
    boxes = f"{len(bundling):,} box{'es' * (len(bundling) != 1)}"
    return f"{len(graph):,} nodes in {boxes}; detail='full' draws each"


def _diagram(
    graph: Graph,
    bundling: Bundling,
    direction: str,
    describe: Callable[[Bundle], Iterator[str]],
    immediate: Callable[[int], str],
    states: Sequence[State] | None,
    critical_path: Sequence[int],
    note: str,
) -> Diagram:
    _one_of("direction", direction, get_args(Direction))
    keys = UniqueNames()
    critical = {bundling.of[node] for node in critical_path}
    steps = {(bundling.of[one], bundling.of[next_one]) for one, next_one in pairwise(critical_path)}
    framed = _framed(graph, bundling)
    boxes = tuple(
        Box(
            keys.add(one.title),
            _title(graph, one, immediate),
            tuple(shorten_end(harmless(text), _LINE_WIDTH, "…") for text in describe(one) if text),
            one.kind if len(one.members) == 1 or one.kind != "task" else "bundle",
            framed[index],
            None if states is None or one.kind != "task" else _worst(states, one.members),
            index in critical,
            _tooltip(graph, one),
        )
        for index, one in enumerate(bundling.bundles)
    )
    arrows = tuple(
        Arrow(needed, index, (needed, index) in steps)
        for index, all_needed in enumerate(bundling.dependencies)
        for needed in all_needed
    )
    if direction == "auto":
        direction = _shorter_way(boxes, bundling)
    return Diagram(boxes, arrows, direction, note)


def _title(graph: Graph, one: Bundle, immediate: Callable[[int], str]) -> str:
    if len(one.members) != 1:
        count = f" ×{len(one.members):,}"
        return shorten(harmless(one.label), _TITLE_WIDTH - len(count), "…") + count
    (node,) = one.members
    name = one.title
    if one.kind == "collect":
        name = f"list of {len(graph.dependencies[node]):,}"
    elif one.kind == "immediate":  # its value says more than its name
        name = immediate(node) or name
    return shorten(harmless(name), _TITLE_WIDTH, "…") or "''"


def _tooltip(graph: Graph, one: Bundle) -> str:
    """The whole name, and where the task was written."""
    if len(one.members) != 1:
        return shorten(harmless(one.title), _TOOLTIP_WIDTH, "…")
    (node,) = one.members
    task, file, line = graph.origins[node]
    name = graph.names[node]
    said = [name] if task is None or task == name else [name, f"calls {task}"]
    if file is not None:
        # Of a path only its end: a picture that is handed on need not tell whose computer it was.
        where = file.replace("\\", "/").rpartition("/")[2]
        said.append(where if line is None else f"{where}:{line}")
    return shorten(harmless(", ".join(said)), _TOOLTIP_WIDTH, "…")


def _framed(graph: Graph, bundling: Bundling) -> list[str | None]:
    """For each box the group whose frame is drawn around it.

    A bundle that is all of its group needs no frame: it is called like the group.
    """
    groups = [graph.groups[one.members[0]] for one in bundling.bundles]
    for index, one in enumerate(bundling.bundles):
        if len(one.members) > 1 and len({graph.groups[node] for node in one.members}) > 1:
            groups[index] = None
    counts = Counter(groups)
    return [
        None if counts[group] == 1 and len(one.members) > 1 else group
        for group, one in zip(groups, bundling.bundles, strict=True)
    ]


def _shorter_way(boxes: Sequence[Box], bundling: Bundling) -> str:
    """`TB`, unless that is wider than a page and `LR` is not as wide."""
    depth = algorithms.levels(bundling.dependencies)
    across = [0.0] * (max(depth, default=0) + 1)
    along = [0.0] * len(across)
    for box, level in zip(boxes, depth, strict=True):
        width = _LETTER * max(map(columns, (box.title, *box.lines))) + _ROOM
        across[level] += width
        along[level] = max(along[level], width + _ROOM)
    widest = max(across)
    return "LR" if widest > _PAGE and sum(along) < widest else "TB"


def _worst(states: Sequence[State], members: Sequence[int]) -> State:
    found = {states[node] for node in members}
    return next(state for state in WORST_FIRST if state in found)


class _RunDescriber:
    """What is said of nodes and bundles in the diagram of a run."""

    def __init__(self, trace: Trace, immediates: Callable[[int], str]) -> None:
        self.trace = trace
        self.states = trace.states
        self.immediates = immediates
        self.now = trace.elapsed
        took = [seconds for node in range(len(trace)) if (seconds := self.took(node)) is not None]
        self.unit = unit_for(max(took, default=0.0))

    def took(self, node: int) -> float | None:
        """Seconds from its start to its end, or to now; None if it did not start."""
        start, end = self.trace.started[node], self.trace.finished[node]
        if start != start:
            return None
        return (end if end == end else self.now) - start

    def lines(self, one: Bundle) -> Iterator[str]:
        if len(one.members) != 1:
            yield from self.of_many(one)
            return
        (node,) = one.members
        if one.kind != "task":
            return
        yield self.immediates(node)
        yield self.of_one(node)
        error = self.trace.errors.get(node)
        if error is not None:
            yield error

    def of_one(self, node: int) -> str:
        state, took = self.states[node], self.took(node)
        said = [SIGNS[state]]
        if state != "done":
            said.append(STATE_WORDS[state])
        if took is not None and state != "reused":
            said += ["after"] * (state in ("failed", "cancelled")) + [self.unit.duration(took)]
        return " ".join(said)

    def of_many(self, one: Bundle) -> Iterator[str]:
        if one.kind != "task":
            return
        counts = Counter(self.states[node] for node in one.members)
        yield ", ".join(
            f"{SIGNS[state]} {counts[state]:,} {STATE_WORDS[state]}"
            for state in STATES
            if counts[state]
        )
        took = [seconds for node in one.members if (seconds := self.took(node)) is not None]
        if took:
            low, high = (unit_for(seconds).text(seconds) for seconds in (min(took), max(took)))
            yield low if low == high else f"{low} – {high}"

    def summary(self) -> str:
        tasks = [node for node, kind in enumerate(self.trace.graph.kinds) if kind == "task"]
        if not tasks:
            return ""
        counts = Counter(self.states[node] for node in tasks)
        count = f"{len(tasks):,} task{'s' * (len(tasks) != 1)}"
        if counts["done"] == len(tasks):
            said = [f"{count}, all done" if len(tasks) > 1 else f"{count}, done"]
        else:
            said = [f"{count}: "]
            said[0] += ", ".join(counted(self.states[node] for node in tasks))
        ends = [end for node in tasks if (end := self.trace.finished[node]) == end]
        if any(self.states[node] in ("running", "ready") for node in tasks):
            said.append(f"{unit_for(self.now).text(self.now)} so far")
        elif ends:
            said.append(f"makespan {unit_for(max(ends)).text(max(ends))}")
        return ", ".join(said)
