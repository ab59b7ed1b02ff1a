"""async-dag 0.3.1, the small library whose idea ours carries out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """The same calls as ours: the two share their import name and the core of their interface."""
    import async_dag

    if version("async-dag") != "0.3.1" or hasattr(async_dag, "watch"):
        raise RuntimeError(f"{async_dag.__file__} is not async-dag 0.3.1")
    build_dag: Any = async_dag.build_dag

    nodes: list[Any] = []
    with build_dag(int) as tm:
        parameter = tm.parameter_node if graph.takes_parameter else None
        for node in graph.nodes:
            arguments = [parameter if i == PARAMETER else nodes[i] for i in node.arguments]
            nodes.append(tm.add_node(node.task, *arguments))

    def values(result: Any) -> Mapping[int, int]:
        return {index: node.extract_result(result) for index, node in enumerate(nodes)}

    yield Prepared(tm.invoke, values)


CONTENDER = Contender(
    "async-dag 0.3.1", prepare, requirements=("async-dag==0.3.1",), python=(3, 12)
)
