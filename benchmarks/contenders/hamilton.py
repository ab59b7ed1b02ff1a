"""Apache Hamilton's async driver: functions connected by the names of their parameters."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import SMALL, renamed, variable
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import TaskGraph


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


CONTENDER = Contender(
    "hamilton",
    prepare,
    requirements=("apache-hamilton>=1.90.0",),
    sizes=SMALL,
    environment={"HAMILTON_TELEMETRY_ENABLED": "false"},
)
