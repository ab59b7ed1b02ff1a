"""Pieces, slack and critical path of runs with maps, choices and sub-DAGs, against networkx."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings

from async_dag import Trace
from tests.support.dynamic_strategies import Step, build_dynamic, by_hand, dynamic_dags
from tests.support.virtual import VirtualLoop, run_virtual


def trace_of(steps: list[Step]) -> Trace:
    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build_dynamic(steps, loop.time)
        return (await asyncio.wait_for(tm.invoke(), 10_000)).trace

    return run_virtual(main)


@settings(max_examples=200, deadline=None)
@given(dynamic_dags())
def test_the_figures_are_those_of_the_unrolled_graph(steps: list[Step]) -> None:
    """On an exact clock the makespan is networkx's longest path, and slack what is left to it."""
    if by_hand(steps).fails:
        return
    timeline = trace_of(steps).timeline
    trace = timeline.trace
    graph = nx.DiGraph()
    names = trace.graph.names
    weight = {name: timeline.durations.get(name, 0.0) for name in names}
    for row, needed in enumerate(trace.graph.dependencies):
        graph.add_node(names[row])
        if row not in trace.causes:  # else it never started, and keeps nobody waiting
            graph.add_edges_from((names[one], names[row]) for one in needed)
    order = list(nx.topological_sort(graph))
    until, behind = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for name in order:
        until[name] = weight[name] + max((until[one] for one in graph.pred[name]), default=0.0)
    for name in reversed(order):
        behind[name] = max((behind[one] + weight[one] for one in graph.succ[name]), default=0.0)
    longest = max(until.values(), default=0.0)
    assert timeline.makespan == pytest.approx(longest, abs=1e-9)
    for name, slack in timeline.slack.items():
        assert slack == pytest.approx(longest - until[name] - behind[name], abs=1e-9), name
    pieces = timeline.pieces
    if pieces:
        assert pieces[0].start == 0
        assert pieces[-1].end == pytest.approx(timeline.makespan, abs=1e-9)
        assert all(one.end == other.start for one, other in pairwise(pieces))
    assert timeline.simulate().makespan == pytest.approx(timeline.makespan, abs=1e-9)
