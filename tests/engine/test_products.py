"""Pairs of pairs, and DAGs that run for each pair: right elements, each started at its own moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import TaskManager, TaskNode, Trace, build_dag
from tests.support.virtual import VirtualLoop, run_virtual

Node = TaskNode[Any, Any]
Graph = Callable[["TaskManager[Any]", Any, Any, Node, Node], "tuple[Node, list[Any]]"]
"""A DAG over two maps `a` and `b` of [1, 2, 3], as a node that it adds and the value of that node."""


async def told(*parts: Any) -> tuple[Any, ...]:
    await asyncio.sleep(1)
    return parts


def _left(tm: TaskManager[Any], _: Any, __: Any, a: Node, b: Node) -> tuple[Node, list[Any]]:
    pairs = tm.product(tm.product(a, a), b)
    return tm.starmap(told, pairs), [((x, y), z) for x in ABC for y in ABC for z in ABC]


def _deeper(tm: TaskManager[Any], _: Any, __: Any, a: Node, b: Node) -> tuple[Node, list[Any]]:
    pairs = tm.product(tm.product(tm.product(a, b), b), a)
    wanted = [(((w, x), y), z) for w in ABC for x in ABC for y in ABC for z in ABC]
    return tm.starmap(told, pairs), wanted


def _both(tm: TaskManager[Any], _: Any, __: Any, a: Node, b: Node) -> tuple[Node, list[Any]]:
    pairs = tm.product(tm.product(a, b), tm.product(b, a))
    wanted = [((w, x), (y, z)) for w in ABC for x in ABC for y in ABC for z in ABC]
    return tm.starmap(told, pairs), wanted


def _each(tm: TaskManager[Any], one: Any, up_to: Any, a: Node, b: Node) -> tuple[Node, list[Any]]:
    """A DAG for each pair, with maps over lists that come from either part."""
    with build_dag(tuple[int, int]) as sub:
        first, second = sub.parameter_node[0], sub.parameter_node[1]
        of_first = sub.map(one, sub.add_node(up_to, first))
        of_second = sub.map(one, sub.add_node(up_to, second))
        both = sub.starmap(told, sub.product(of_first, of_second))
    parts = tm.map(sub, tm.product(a, b))
    wanted = [[(i, j) for i in range(x) for j in range(y)] for x in ABC for y in ABC]
    return parts[both], wanted


def _lists(tm: TaskManager[Any], one: Any, up_to: Any, a: Node, b: Node) -> tuple[Node, list[Any]]:
    """A DAG for each pair of lists, with a map over each of the two."""
    with build_dag(tuple[list[int], list[int]]) as sub:
        of_first = sub.map(one, sub.parameter_node[0])
        of_second = sub.map(one, sub.parameter_node[1])
        both = sub.add_node(told, of_first, of_second)
    parts = tm.map(sub, tm.product(tm.map(up_to, a), tm.map(up_to, b)))
    return parts[both], [([*range(x)], [*range(y)]) for x in ABC for y in ABC]


ABC = [1, 2, 3]


@pytest.mark.parametrize("graph", [_left, _deeper, _both, _each, _lists])
@settings(max_examples=15, deadline=None)
@given(seconds=st.lists(st.integers(0, 9), min_size=7, max_size=7))
def test_pairs_within_pairs_have_their_own_elements(graph: Graph, seconds: list[int]) -> None:
    """Values are those of loops; nothing waits for what it does not take; the trace is complete."""

    async def main(loop: VirtualLoop) -> Trace:
        async def one(x: int) -> int:
            await asyncio.sleep(seconds[x])
            return x

        async def other(x: int) -> int:
            await asyncio.sleep(seconds[x + 3])
            return x

        async def up_to(x: int) -> list[int]:
            await asyncio.sleep(seconds[x])
            return [*range(x)]

        tm = TaskManager[None](clock=loop.time)
        numbers = tm.add_node(told, *ABC)
        node, wanted = graph(tm, one, up_to, tm.map(one, numbers), tm.map(other, numbers))
        tm.sort()
        result = await asyncio.wait_for(tm.invoke(), 10_000)
        assert result[node] == wanted
        assert "all done" in result.draw.text()
        return result.trace

    trace = run_virtual(main)
    graph_of_run = trace.graph
    assert set(trace.states) == {"done"}
    for row, needed in enumerate(graph_of_run.dependencies):
        ready = max((trace.finished[one] for one in needed), default=0.0)
        assert trace.ready[row] == trace.started[row] == ready, graph_of_run.names[row]
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()
