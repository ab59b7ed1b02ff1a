"""async_dag, the library in this checkout."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph

if TYPE_CHECKING:
    from async_dag import ExecutionResult, TaskManager, TaskNode


def build(graph: TaskGraph) -> tuple[TaskManager[int], list[TaskNode[int, int]]]:
    """The manager, sorted, and its nodes in the order of the graph's."""
    from async_dag import build_dag

    nodes: list[TaskNode[int, int]] = []
    with build_dag(int) as tm:
        parameter = tm.parameter_node if graph.takes_parameter else None
        add: Any = tm.add_node  # the checkers can't follow a task of any signature
        for node in graph.nodes:
            arguments = [parameter if i == PARAMETER else nodes[i] for i in node.arguments]
            nodes.append(add(node.task, *arguments))
    return tm, nodes


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """Adds a node for each node."""
    tm, nodes = build(graph)

    def values(result: ExecutionResult[int]) -> Mapping[int, int]:
        return {index: node.extract_result(result) for index, node in enumerate(nodes)}

    yield Prepared(tm.invoke, values)


CONTENDER = Contender("async_dag", prepare)
