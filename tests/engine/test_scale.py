"""Large graphs: a long chain, a wide fan, a million nodes; built, sorted and invoked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_dag import TaskNode, build_dag


async def start() -> int:
    return 0


async def add_one(n: int, *_: int) -> int:
    return n + 1


async def add_one_later(n: int, *_: int) -> int:
    await asyncio.sleep(0)
    return n + 1


@pytest.mark.parametrize("task", [add_one, add_one_later])
def test_a_chain_of_a_hundred_thousand(task: Any) -> None:
    """No recursion anywhere between the first node and the last."""
    with build_dag() as tm:
        node = tm.add_node(start)
        for _ in range(99_999):
            node = tm.add_node(task, node)
    assert asyncio.run(tm.invoke())[node] == 99_999


@pytest.mark.parametrize("task", [add_one, add_one_later])
def test_fifty_thousand_dependents_of_one_node(task: Any) -> None:
    """They all start when it is done, and a collect node gathers their values."""
    with build_dag() as tm:
        root = tm.add_node(start)
        collected = tm.collect([tm.add_node(task, root) for _ in range(50_000)])
    result = asyncio.run(tm.invoke())
    assert result[collected] == [1] * 50_000


def test_a_million_nodes_in_layers() -> None:
    """A thousand layers of a thousand nodes, each with two dependencies."""
    with build_dag() as tm:
        layer: list[TaskNode[None, int]] = [tm.add_node(start) for _ in range(1_000)]
        for _ in range(999):
            layer = [tm.add_node(add_one, layer[i], layer[i - 1]) for i in range(1_000)]
    result = asyncio.run(tm.invoke())
    assert {result[node] for node in layer} == {999}
    assert len(result.trace) == 1_000_000
