"""Written by hand: `graphlib.TopologicalSorter` says what is ready, a `TaskGroup` runs it."""

from __future__ import annotations

from asyncio import Queue, TaskGroup
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter

from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import TaskGraph


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """A sorter can be used once, so each run makes its own."""
    tasks = [node.task for node in graph.nodes]
    arguments = [node.arguments for node in graph.nodes]
    dependencies = {index: node.dependencies for index, node in enumerate(graph.nodes)}

    async def invoke(parameter: int) -> list[int]:
        values = [0] * len(tasks) + [parameter]
        done: Queue[int] = Queue()

        async def run(index: int) -> None:
            values[index] = await tasks[index](*[values[i] for i in arguments[index]])
            done.put_nowait(index)

        sorter = TopologicalSorter(dependencies)
        sorter.prepare()
        async with TaskGroup() as group:
            while sorter.is_active():
                for index in sorter.get_ready():
                    group.create_task(run(index))
                sorter.done(await done.get())
        return values

    def by_index(values: list[int]) -> Mapping[int, int]:
        return dict(enumerate(values[:-1]))

    yield Prepared(invoke, by_index)


CONTENDER = Contender("asyncio: graphlib", prepare)
