"""Written by hand: a task per node in a `TaskGroup`, and a counter of what it still waits for.

Nothing is recorded. The first failure cancels the rest, as in ours.
"""

from __future__ import annotations

from asyncio import TaskGroup
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph
from benchmarks.stages import MapInvoke, Stage


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """Lists the dependents of each node once; a run then only counts down."""
    tasks = [node.task for node in graph.nodes]
    # The parameter is the last of the values, where index -1 finds it.
    assert PARAMETER == -1
    arguments = [node.arguments for node in graph.nodes]
    dependents = graph.dependents()
    counts = [len(node.dependencies) for node in graph.nodes]

    async def invoke(parameter: int) -> list[int]:
        values = [0] * len(tasks) + [parameter]
        missing = counts.copy()

        async def run(index: int) -> None:
            values[index] = await tasks[index](*[values[i] for i in arguments[index]])
            for dependent in dependents[index]:
                missing[dependent] -= 1
                if not missing[dependent]:
                    group.create_task(run(dependent))

        async with TaskGroup() as group:
            for index, count in enumerate(counts):
                if not count:
                    group.create_task(run(index))
        return values

    def by_index(values: list[int]) -> Mapping[int, int]:
        return dict(enumerate(values[:-1]))

    yield Prepared(invoke, by_index)


@asynccontextmanager
async def maps(first: Stage, second: Stage) -> AsyncIterator[MapInvoke]:
    """Both stages in one coroutine for each element, which is what people write by hand."""
    one, other = first.task, second.task

    async def both(element: int) -> int:
        return await other(await one(element))

    async def invoke(elements: list[int]) -> Sequence[int]:
        async with TaskGroup() as group:
            tasks = [group.create_task(both(element)) for element in elements]
        return [task.result() for task in tasks]

    yield invoke


CONTENDER = Contender("asyncio: counters", prepare, maps=maps)
