"""What each box of the graph panel stands for and says, once a run is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from async_dag._common.units import Unit, unit_for
from async_dag.graph.bundling import Bundling
from async_dag.graph.choice_parts import kind_shown
from async_dag.graph.graph import Graph, Kind
from async_dag.trace.columns import NOT_CHOSEN, State
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.words import SIGNS, STATE_WORDS, WORST_FIRST, reason_of


class BoxFacts(NamedTuple):
    """One box."""

    title: str
    kind: Kind
    state: State
    critical: bool
    counts: Counter[State]  # of the tasks it stands for
    lines: tuple[str, ...]  # what can stand below the title; the first that fits is best
    left: frozenset[int] = frozenset()  # of a choice: the boxes of sides that it did not take


def box_members(template: Graph, bundling: Bundling | None) -> list[Sequence[int]]:
    """Of each box the nodes that it stands for."""
    if bundling is None:
        return [(node,) for node in range(len(template))]
    return [bundle.members for bundle in bundling.bundles]


def box_facts(
    facts: RunFacts, bundling: Bundling | None, critical: Collection[int]
) -> list[BoxFacts]:
    """Of each box, in the order of their indices."""
    trace = facts.trace
    template = trace.template
    slack = dict(facts.timeline.slack)
    unit = unit_for(max((end for end in trace.finished if end == end), default=0.0))
    on_path = set(critical)
    boxes = box_members(template, bundling)
    of = range(len(template)) if bundling is None else bundling.of
    made: list[BoxFacts] = []
    for index, nodes in enumerate(boxes):
        left = _left(trace.graph, nodes, of)
        kind = kind_shown(template, nodes[0])
        if len(nodes) == 1 and kind != "map":
            box = _of_node(facts, nodes[0], kind, on_path, slack, unit)
        else:
            label = template.names[nodes[0]] if bundling is None else bundling.bundles[index].label
            box = _of_several(facts, label, kind, nodes, on_path)
        made.append(box._replace(left=left))
    return made


def path_edges(
    facts: RunFacts, bundling: Bundling | None, path: Sequence[int]
) -> set[tuple[int, int]]:
    """The edges between boxes that the critical path takes."""
    nodes = [facts.trace.node_at(row) for row in path]
    boxes = nodes if bundling is None else [bundling.of[node] for node in nodes]
    return {(before, after) for before, after in pairwise(boxes) if before != after}


def _of_several(
    facts: RunFacts, label: str, kind: Kind, nodes: Sequence[int], critical: set[int]
) -> BoxFacts:
    """A box that stands for a bundle, or for a map with its items."""
    tasks = facts.tasks_of(nodes)
    counts: Counter[State] = Counter(facts.states[node] for node in tasks)
    if not tasks:  # of a map without items the box says how the map itself did
        state = facts.states[nodes[0]]
        lines = (f"{SIGNS[state]} {STATE_WORDS[state]}",) if kind == "map" else ()
        count = f"×{len(nodes):,}" if kind != "map" else "×0" if state == "done" else "×?"
        return BoxFacts(f"{label} {count}", kind, state, critical=False, counts=counts, lines=lines)
    summary = " · ".join(
        f"{counts[state]:,} {STATE_WORDS[state]}" for state in WORST_FIRST if counts[state]
    )
    worst: State = next(state for state in WORST_FIRST if counts[state])
    return BoxFacts(
        f"{label} ×{len(tasks):,}",
        kind,
        worst,
        not critical.isdisjoint([*tasks, *nodes]),
        counts,
        (f"{SIGNS[worst]} {summary}", summary),
    )


def _of_node(
    facts: RunFacts,
    node: int,
    kind: Kind,
    critical: set[int],
    slack: dict[str, float],
    unit: Unit,
) -> BoxFacts:
    """A box that stands for one node."""
    name, state = facts.trace.graph.names[node], facts.states[node]
    lines = _lines(facts, node, state, slack.get(name, 0.0), unit)
    shown = tuple(lines) if kind in ("task", "choice") else ()
    counts: Counter[State] = Counter([state] if kind == "task" else [])
    return BoxFacts(name, kind, state, node in critical, counts, shown)


def _left(graph: Graph, members: Sequence[int], box_of: Sequence[int]) -> frozenset[int]:
    """The boxes of the sides that choices did not take, and that none of them took anything of."""
    choices = [graph.choices[node] for node in members if node in graph.choices]
    left = {box_of[part] for choice in choices for part in choice.left}
    for node in members if left else ():
        left -= {box_of[needed] for needed in graph.dependencies[node]}
    return frozenset(left)


def _lines(facts: RunFacts, node: int, state: State, slack: float, unit: Unit) -> Iterator[str]:
    sign, trace = SIGNS[state], facts.trace
    start, end = trace.started[node], trace.finished[node]
    if start == start and end == end:
        took = unit.duration(facts.work([node]) if node in facts.parts else end - start)
        if state == "done" and slack > 0:
            yield f"{sign} {took} · slack {unit.duration(slack)}"
        yield f"{sign} {took}" if state == "done" else f"{sign} {STATE_WORDS[state]}, {took}"
    if trace.causes.get(node) == NOT_CHOSEN:
        yield f"{sign} {reason_of(NOT_CHOSEN)}"
    yield f"{sign} {STATE_WORDS[state]}"
