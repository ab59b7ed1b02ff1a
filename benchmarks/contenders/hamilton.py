"""Apache Hamilton's async driver: functions connected by the names of their parameters."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import SMALL, renamed, variable
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import TaskGraph
from benchmarks.stages import MapInvoke, Stage


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """A module of one function a node. (It walks the graph by recursion, which bounds a chain.)"""
    from hamilton import ad_hoc_utils, async_driver

    functions = [
        renamed(node.task, variable(index), [variable(i) for i in node.arguments])
        for index, node in enumerate(graph.nodes)
    ]
    module = ad_hoc_utils.create_temporary_module(*functions)
    driver = await async_driver.Builder().with_modules(module).build()
    sinks = graph.sinks()
    wanted = [variable(index) for index in sinks]

    async def invoke(parameter: int) -> dict[str, int]:
        inputs = {"parameter": parameter} if graph.takes_parameter else {}
        result: dict[str, int] = await driver.execute(wanted, inputs=inputs)
        return result

    def values(result: Any) -> Mapping[int, int]:
        return {index: result[variable(index)] for index in sinks}

    yield Prepared(invoke, values)


@asynccontextmanager
async def maps(first: Stage, second: Stage) -> AsyncIterator[MapInvoke]:
    """`Parallelizable` and `Collect`, which its async driver has not: plain functions, in threads."""
    from hamilton import ad_hoc_utils, driver
    from hamilton.execution import executors
    from hamilton.htypes import Collect, Parallelizable

    one, other = first.plain, second.plain

    def element(elements: list[int]) -> Any:
        yield from elements

    def once(element: int) -> int:
        return one(element)

    def twice(once: int) -> int:
        return other(once)

    def both(twice: Any) -> list[int]:
        return list(twice)

    element.__annotations__ = {"elements": list, "return": Parallelizable[int]}
    once.__annotations__ = {"element": int, "return": int}
    twice.__annotations__ = {"once": int, "return": int}
    both.__annotations__ = {"twice": Collect[int], "return": list}
    module = ad_hoc_utils.create_temporary_module(element, once, twice, both)
    built = (
        driver.Builder()
        .enable_dynamic_execution(allow_experimental_mode=True)
        .with_remote_executor(executors.MultiThreadingExecutor(max(8, len(first.seconds))))
        .with_modules(module)
        .build()
    )

    async def invoke(elements: list[int]) -> Sequence[int]:
        result = await asyncio.to_thread(built.execute, ["both"], inputs={"elements": elements})
        values: list[int] = result["both"]
        return values

    yield invoke


CONTENDER = Contender(
    "hamilton",
    prepare,
    requirements=("apache-hamilton>=1.90.0",),
    sizes=SMALL,
    environment={"HAMILTON_TELEMETRY_ENABLED": "false"},
    maps=maps,
    map_size=1_000,
)
