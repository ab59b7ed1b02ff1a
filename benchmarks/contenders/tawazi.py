"""tawazi's async DAG, whose nodes are plain functions."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import SMALL, as_plain_function, variable, without_await
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """Nodes run on the main thread, the cheapest of its ways and enough for tasks that never await."""
    from tawazi import Resource, dag, xn

    without_await(graph, "runs plain functions in threads, no coroutines")
    functions = []
    for index, node in enumerate(graph.nodes):
        function = as_plain_function(node.task)
        function.__name__ = function.__qualname__ = variable(index)
        functions.append(xn(function, resource=Resource.main_thread))
    sinks = graph.sinks()

    def describe(parameter: Any) -> Any:
        nodes: list[Any] = []
        for function, node in zip(functions, graph.nodes, strict=True):
            given = [parameter if i == PARAMETER else nodes[i] for i in node.arguments]
            nodes.append(function(*given))
        return tuple(nodes[index] for index in sinks)

    pipeline = dag(describe, is_async=True)

    async def invoke(parameter: int) -> Any:
        return await pipeline(parameter)

    def values(result: Any) -> Mapping[int, int]:
        return dict(zip(sinks, result, strict=True))

    yield Prepared(invoke, values)


CONTENDER = Contender("tawazi", prepare, requirements=("tawazi>=0.6.2",), sizes=SMALL)
