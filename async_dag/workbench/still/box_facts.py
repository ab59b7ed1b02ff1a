"""What each box of the graph panel stands for and says, once a run is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from async_dag._common.units import Unit, unit_for
from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph, Kind
from async_dag.trace.columns import NOT_CHOSEN, State
from async_dag.trace.trace import Trace
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


def box_facts(trace: Trace, bundling: Bundling | None, critical: Collection[int]) -> list[BoxFacts]:
    """Of each box, in the order of their indices."""
    states = trace.states
    slack = trace.timeline.slack
    unit = unit_for(max((end for end in trace.finished if end == end), default=0.0))
    return list(_facts(trace, states, bundling, set(critical), dict(slack), unit))


def path_edges(trace: Trace, bundling: Bundling | None) -> set[tuple[int, int]]:
    """The edges between boxes that the critical path takes."""
    nodes = [
        trace.node_at(row)
        for name in trace.timeline.critical_path
        if (row := trace.graph.find(name)) is not None
    ]
    if bundling is None:
        return set(pairwise(nodes))
    box_of = {
        node: index for index, bundle in enumerate(bundling.bundles) for node in bundle.members
    }
    return {(box_of[choice], box_of[other]) for choice, other in pairwise(nodes)}


def _facts(
    trace: Trace,
    states: list[State],
    bundling: Bundling | None,
    critical: set[int],
    slack: dict[str, float],
    unit: Unit,
) -> Iterator[BoxFacts]:
    graph = trace.graph
    if bundling is None:
        for node, name in enumerate(graph.names):
            yield _of_node(trace, node, states[node], name, critical, slack, unit)._replace(
                left=_left(graph, (node,), range(len(graph)))
            )
        return
    for bundle in bundling.bundles:
        if len(bundle.members) == 1:
            (node,) = bundle.members
            yield _of_node(trace, node, states[node], bundle.title, critical, slack, unit)._replace(
                left=_left(graph, bundle.members, bundling.of)
            )
            continue
        counts: Counter[State] = Counter(states[node] for node in bundle.members)
        summary = " · ".join(
            f"{counts[state]:,} {STATE_WORDS[state]}" for state in WORST_FIRST if counts[state]
        )
        state: State = next(state for state in WORST_FIRST if counts[state])
        yield BoxFacts(
            bundle.title,
            bundle.kind,
            state,
            not critical.isdisjoint(bundle.members),
            counts,
            (f"{SIGNS[state]} {summary}", summary) if bundle.kind == "task" else (),
            _left(graph, bundle.members, bundling.of),
        )


def _of_node(
    trace: Trace,
    node: int,
    state: State,
    title: str,
    critical: set[int],
    slack: dict[str, float],
    unit: Unit,
) -> BoxFacts:
    """A box that stands for one node."""
    kind = trace.graph.kinds[node]
    lines = _lines(trace, node, state, slack.get(trace.graph.names[node], 0.0), unit)
    shown = tuple(lines) if kind in ("task", "map", "choice") else ()
    return BoxFacts(title, kind, state, node in critical, Counter([state]), shown)


def _left(graph: Graph, members: Sequence[int], box_of: Sequence[int]) -> frozenset[int]:
    """The boxes of the sides that choices did not take, and that none of them took anything of."""
    choices = [graph.choices[node] for node in members if node in graph.choices]
    left = {box_of[part] for choice in choices for part in choice.left}
    for node in members if left else ():
        left -= {box_of[needed] for needed in graph.dependencies[node]}
    return frozenset(left)


def _lines(trace: Trace, node: int, state: State, slack: float, unit: Unit) -> Iterator[str]:
    sign = SIGNS[state]
    start, end = trace.started[node], trace.finished[node]
    if start == start and end == end:
        took = unit.duration(end - start)
        if state == "done" and slack > 0:
            yield f"{sign} {took} · slack {unit.duration(slack)}"
        yield f"{sign} {took}" if state == "done" else f"{sign} {STATE_WORDS[state]}, {took}"
    if trace.causes.get(node) == NOT_CHOSEN:
        yield f"{sign} {reason_of(NOT_CHOSEN)}"
    yield f"{sign} {STATE_WORDS[state]}"
