"""Written by hand: `asyncio.gather`, wave after wave."""

from __future__ import annotations

from asyncio import gather
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from benchmarks.contender import CannotExpressError, Contender, Prepared
from benchmarks.graphs import TaskGraph


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """One `gather` a level of the graph; each waits for the slowest of its wave."""
    levels = graph.levels()
    if all(len(level) == 1 for level in levels) and len(levels) > 1:
        raise CannotExpressError("a chain has nothing to gather")
    tasks = [node.task for node in graph.nodes]
    arguments = [node.arguments for node in graph.nodes]

    async def invoke(parameter: int) -> list[int]:
        values = [0] * len(tasks) + [parameter]
        for level in levels:
            done = await gather(*[tasks[n](*[values[i] for i in arguments[n]]) for n in level])
            for index, value in zip(level, done, strict=True):
                values[index] = value
        return values

    async def invoke_once(parameter: int) -> list[int]:
        return await gather(*[task() for task in tasks])

    def by_index(values: list[int]) -> Mapping[int, int]:
        return dict(zip(range(len(tasks)), values, strict=False))

    # What one writes for independent tasks is a single line.
    yield Prepared(
        invoke_once if len(levels) == 1 and not graph.takes_parameter else invoke, by_index
    )


CONTENDER = Contender("asyncio: gather", prepare)
