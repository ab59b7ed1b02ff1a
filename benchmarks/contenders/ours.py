"""async_dag, the library in this checkout."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph
from benchmarks.stages import MapInvoke, Stage

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


@asynccontextmanager
async def maps(first: Stage, second: Stage) -> AsyncIterator[MapInvoke]:
    """Two maps in a row."""
    from async_dag import build_dag

    with build_dag(list[int]) as tm:
        mapped = tm.map(second.task, tm.map(first.task, tm.parameter_node))

    async def invoke(elements: list[int]) -> Sequence[int]:
        return (await tm.invoke(elements))[mapped]

    yield invoke


CONTENDER = Contender("async_dag", prepare, maps=maps)
