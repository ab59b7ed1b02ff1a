"""Prefect: a flow that submits tasks to its thread pool, with a server of its own for the run."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import TINY
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph
from benchmarks.stages import MapInvoke, Stage


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """Its server keeps what it knows in a temporary folder."""
    from prefect import flow, task
    from prefect.testing.utilities import prefect_test_harness

    functions = [task(node.task) for node in graph.nodes]
    sinks = graph.sinks()

    @flow
    async def run(parameter: int) -> list[int]:
        futures: list[Any] = []
        for function, node in zip(functions, graph.nodes, strict=True):
            given = [parameter if i == PARAMETER else futures[i] for i in node.arguments]
            futures.append(function.submit(*given))
        return [futures[index].result() for index in sinks]

    def values(result: list[int]) -> Mapping[int, int]:
        return dict(zip(sinks, result, strict=True))

    with prefect_test_harness(server_startup_timeout=120):
        yield Prepared(run, values)


@asynccontextmanager
async def maps(first: Stage, second: Stage) -> AsyncIterator[MapInvoke]:
    """The futures of one map are the elements of the next one."""
    from prefect import flow, task
    from prefect.testing.utilities import prefect_test_harness

    one, other = task(first.task), task(second.task)

    @flow
    async def run(elements: list[int]) -> list[int]:
        values: list[int] = other.map(one.map(elements)).result()
        return values

    async def invoke(elements: list[int]) -> Sequence[int]:
        values: list[int] = await run(elements)
        return values

    with prefect_test_harness(server_startup_timeout=120):
        yield invoke


CONTENDER = Contender(
    "prefect",
    prepare,
    # Its server does not start on later ones.
    requirements=("prefect>=3.8.8", "fastapi<0.140"),
    sizes=TINY,
    environment={"PREFECT_LOGGING_LEVEL": "ERROR", "DO_NOT_TRACK": "1"},
    maps=maps,
    map_size=100,
)
