"""pipefunc, with its eager scheduling; its functions run in an executor."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import SMALL, as_plain_function, renamed, variable, without_await
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import TaskGraph
from benchmarks.stages import MapInvoke, Stage


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


@asynccontextmanager
async def maps(first: Stage, second: Stage) -> AsyncIterator[MapInvoke]:
    """Two functions with a mapspec; a thread for each of the uneven elements."""
    from pipefunc import PipeFunc, Pipeline

    one, other = first.plain, second.plain

    def make_y(x: int) -> int:
        return one(x)

    def make_z(y: int) -> int:
        return other(y)

    pipeline = Pipeline(
        [
            PipeFunc(make_y, "y", mapspec="x[i] -> y[i]"),
            PipeFunc(make_z, "z", mapspec="y[i] -> z[i]"),
        ]
    )
    with ThreadPoolExecutor(max_workers=2 * max(1, len(first.seconds))) as executor:

        async def invoke(elements: list[int]) -> Sequence[int]:
            running = pipeline.map_async(
                {"x": elements},
                executor=executor,
                storage="dict",
                scheduling_strategy="eager",
                display_widgets=False,
                chunksizes=1,
            )
            result: Any = await running.task
            return list(result["z"].output)

        yield invoke


CONTENDER = Contender(
    "pipefunc", prepare, requirements=("pipefunc>=0.93.2",), sizes=SMALL, maps=maps
)
