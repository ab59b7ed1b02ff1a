"""pipefunc, with its eager scheduling; its functions run in an executor."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import SMALL, as_plain_function, renamed, variable, without_await
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import TaskGraph


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """Threads, its cheapest executor here: a process each would cost far more."""
    from pipefunc import PipeFunc, Pipeline

    without_await(graph, "runs plain functions in an executor, no coroutines")
    functions = []
    for index, node in enumerate(graph.nodes):
        output, inputs = variable(index), [variable(i) for i in node.arguments]
        function = as_plain_function(renamed(node.task, f"make_{output}", inputs))
        functions.append(PipeFunc(function, output))
    pipeline = Pipeline(functions)
    sinks = graph.sinks()

    with ThreadPoolExecutor() as executor:

        async def invoke(parameter: int) -> Any:
            running = pipeline.map_async(
                {"parameter": parameter} if graph.takes_parameter else {},
                executor=executor,
                storage="dict",
                scheduling_strategy="eager",
                display_widgets=False,
            )
            return await running.task

        def values(result: Any) -> Mapping[int, int]:
            return {index: result[variable(index)].output for index in sinks}

        yield Prepared(invoke, values)


CONTENDER = Contender("pipefunc", prepare, requirements=("pipefunc>=0.93.2",), sizes=SMALL)
