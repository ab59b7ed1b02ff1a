"""The rows of a Gantt chart: which tasks share one, their order, and their texts.

All charts of a run have them, whatever they draw on. A row stands for what a box of the graph stands
for: a task, a bundle of similar tasks, or a map with its items.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from async_dag._common.arguments import one_of
from async_dag._common.harmless import harmless
from async_dag._common.names import nearest
from async_dag._common.shortening import short_repr
from async_dag.errors import UnknownNodeError
from async_dag.graph.bundling import Bundling, bundle, bundling_of
from async_dag.graph.choice_parts import kind_shown
from async_dag.graph.graph import Graph
from async_dag.graph.labels import function_of
from async_dag.graph.title import TIMED
from async_dag.trace.columns import State
from async_dag.views.common.area import Area, area_of
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.common.lanes import lanes
from async_dag.views.common.words import SIGNS, counted
from async_dag.views.gantt.bars import BarPiece, RunBars

RowOrder = Literal["start", "graph"]
RowDetail = Literal["auto", "full"]
RowKind = Literal["task", "map", "bundle"]

_RANK: Final[dict[State, int]] = {"failed": 0, "running": 1}
"""What the reader of a chart with too few rows looks for; of a run that goes on, what runs."""


@dataclass(frozen=True)
class Row:
    """One row of a chart: a task, or a map or bundle, closed or opened.

    Attributes:
        kind: `map` for the items of a map, `bundle` for other tasks that share a row.
        title: the title of the row.
        count: how many tasks are in it; 0 for a map whose elements never came.
        under: a second line of a bundle: how its tasks ended, and how many ran at once.
        note: a text beside a single bar.
        nodes: the indices of the tasks.
        lanes: the pieces of bars; a single task has one lane, an open bundle as many as it needs.
        area: how many tasks of a closed bundle run at once.
        held: when a task of a bundle held the event loop.
        failed_at: when tasks of a bundle failed.
        critical: start and end of the tasks on the critical path.
    """

    kind: RowKind
    title: str
    count: int
    under: str
    note: str
    nodes: tuple[int, ...]
    lanes: tuple[tuple[BarPiece, ...], ...]
    area: Area | None
    held: tuple[tuple[float, float], ...]
    failed_at: tuple[float, ...]
    critical: tuple[tuple[float, float], ...]

    @property
    def is_single(self) -> bool:
        """Whether it is the row of a single task."""
        return self.kind == "task"


def gantt_rows(
    facts: RunFacts,
    *,
    critical: Collection[int] = (),
    sort: RowOrder = "start",
    detail: RowDetail = "auto",
    opened: Collection[str] | bool = False,
    most: int | None = None,
) -> list[Row]:
    """The rows of one run.

    Args:
        facts: the run.
        critical: the tasks on its critical path.
        sort: the order: by `start`, or as in the `graph`, each task after its dependencies.
        detail: `full` gives each task its own row, however many there are.
        opened: titles (without their number), functions or members of bundles to open, or whether to
            open all.
        most: the most rows: if there are more, tasks are bundled, and if there are more bundles, those
            that took the least time share the last row.

    Raises:
        UnknownNodeError: `opened` names neither a bundle nor a node.
        WrongArgumentError: another `sort` or `detail`.
    """
    one_of("sort=", sort, ("start", "graph"))
    one_of("detail=", detail, ("auto", "full"))
    maker = _Rows(facts, frozenset(critical))
    if detail == "full":
        _check_names(facts, opened, ())
        rows = [maker.single(node) for node in facts.tasks]
    else:
        graph = facts.trace.template
        bundling = bundling_of(graph)
        if bundling is None and most is not None and _boxes_with_rows(graph) > most:
            bundling = bundle(graph)
        rows = list(maker.of_boxes(bundling, opened))
    if sort == "start":
        rows.sort(key=lambda row: _first_start(facts, row.nodes))
    if most is not None and detail != "full" and len(rows) > most:
        rows = _with_rest(rows, maker, most)
    return rows


def _boxes_with_rows(graph: Graph) -> int:
    return sum(kind in TIMED for kind in graph.kinds)


def _with_rest(rows: list[Row], maker: _Rows, most: int) -> list[Row]:
    """The rows that one looks for first, with all others in the last row."""
    kept = {row.nodes for row in sorted(rows, key=maker.importance)[: most - 1]}
    rest = [row for row in rows if row.nodes not in kept]
    nodes = tuple(sorted(node for row in rest for node in row.nodes))
    others = maker.bundle("bundle", "others", nodes, is_open=False)
    return [*(row for row in rows if row.nodes in kept), others]


def _check_names(facts: RunFacts, opened: Collection[str] | bool, labels: Collection[str]) -> None:
    if not isinstance(opened, bool):
        for name in opened:
            if name not in labels and facts.trace.graph.find(name) is None:
                raise unknown_node(name, [*labels, *facts.trace.graph.names])


def unknown_node(name: object, known: Iterable[str]) -> UnknownNodeError:
    """The error for a name that is not `known`; it suggests similar names."""
    return UnknownNodeError(f"no node is called {short_repr(name)}{nearest(name, known)}")


def importance(facts: RunFacts, node: int) -> tuple[int, float]:
    """A sort key of tasks: those that failed, those that run, then those that took the longest."""
    return _RANK.get(facts.states[node], len(_RANK)), -facts.work([node])


def _first_start(facts: RunFacts, nodes: Sequence[int]) -> tuple[float, float, float]:
    """A sort key: tasks that never started come last, those that never were ready at the very end."""
    trace = facts.trace
    if not nodes:  # a map whose elements never came
        return math.inf, math.inf, math.inf
    first = min(
        (trace.started[n] for n in nodes if trace.started[n] == trace.started[n]), default=math.inf
    )
    ready = min(
        (trace.ready[n] for n in nodes if trace.ready[n] == trace.ready[n]), default=math.inf
    )
    return first, ready, nodes[0]


class _Rows:
    def __init__(self, facts: RunFacts, critical: frozenset[int]) -> None:
        self._facts = facts
        self._pieces = RunBars(facts)
        self._critical = critical

    def importance(self, row: Row) -> tuple[int, float]:
        """A sort key: what failed, what runs, then what took the longest."""
        return min((importance(self._facts, node)[0] for node in row.nodes), default=len(_RANK)), (
            -self._facts.work(row.nodes)
        )

    def single(self, node: int, title: str | None = None) -> Row:
        facts = self._facts
        note = facts.note(node, lambda name: harmless(name[:60]))
        state = facts.states[node]
        return Row(
            kind="task",
            title=facts.trace.graph.names[node] if title is None else title,
            count=1,
            under="",
            note=f"{SIGNS[state]} {note}" if note else "",
            nodes=(node,),
            lanes=(tuple(self._pieces.of(node)),),
            area=None,
            held=(),
            failed_at=(),
            critical=self._critical_spans([node]),
        )

    def of_boxes(self, bundling: Bundling | None, opened: Collection[str] | bool) -> Iterator[Row]:
        """A row for each box of the graph with something that runs."""
        facts = self._facts
        graph, template = facts.trace.graph, facts.trace.template
        boxes: Sequence[tuple[str, Sequence[int]]] = (
            [(name, (node,)) for node, name in enumerate(template.names)]
            if bundling is None
            else [(each.label, each.members) for each in bundling.bundles]
        )
        functions = [{function_of(template, node) for node in nodes} for _, nodes in boxes]
        labels = {label for label, _ in boxes}.union(*functions)
        _check_names(facts, opened, labels)
        for (label, nodes), called in zip(boxes, functions, strict=True):
            members = tuple(facts.tasks_of(nodes))
            is_map = any(kind_shown(template, node) == "map" for node in nodes)
            if not is_map and len(nodes) == 1:
                if members:
                    yield self.single(nodes[0])
            elif members or is_map:
                is_open = opened is True or (
                    opened is not False
                    and any(
                        name == label or name in called or graph.find(name) in members
                        for name in opened
                    )
                )
                yield self.bundle("map" if is_map else "bundle", label, members, is_open)

    def bundle(self, kind: RowKind, label: str, members: tuple[int, ...], is_open: bool) -> Row:
        facts, trace = self._facts, self._facts.trace
        started = [node for node in members if trace.started[node] == trace.started[node]]
        spans = [(trace.started[node], end_of(trace, node)) for node in started]
        area = area_of(self._pieces.running(started))
        parts = [f"peak {area.peak:,}"] if area.peak else []
        states: list[State] = [facts.states[node] for node in members]
        if set(states) != {"done"}:
            parts = [*counted(states), *parts]
        lane_of = lanes(spans) if is_open else []
        lanes_made: list[list[BarPiece]] = [[] for _ in range(max(lane_of, default=-1) + 1)]
        for node, lane in zip(started, lane_of, strict=False):
            # The waits of a task would overlap the task before it in the lane.
            lanes_made[lane] += [
                piece for piece in self._pieces.of(node) if piece.start >= trace.started[node]
            ]
        return Row(
            kind=kind,
            title=label,
            count=len(members),
            under=", ".join(parts),
            note="",
            nodes=members,
            lanes=tuple(map(tuple, lanes_made)),
            area=None if is_open else area,
            held=() if is_open else tuple(self._pieces.held(members)),
            failed_at=tuple(
                trace.finished[node] for node in members if facts.states[node] == "failed"
            ),
            critical=self._critical_spans(members),
        )

    def _critical_spans(self, nodes: Sequence[int]) -> tuple[tuple[float, float], ...]:
        trace = self._facts.trace
        return tuple(
            (trace.started[node], end_of(trace, node))
            for node in nodes
            if node in self._critical and trace.started[node] == trace.started[node]
        )
