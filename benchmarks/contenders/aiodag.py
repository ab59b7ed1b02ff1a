"""aiodag: a decorator whose calls take each other's awaitables as arguments."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from inspect import CO_VARARGS
from typing import Any

from benchmarks.contender import CannotExpressError, Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """Calling a decorated function starts it, so each run makes the graph anew."""
    from aiodag import task

    if any(node.task.__code__.co_flags & CO_VARARGS for node in graph.nodes):
        raise CannotExpressError("passes arguments by name: no tasks that take any number")
    functions = [task(node.task) for node in graph.nodes]
    arguments = [node.arguments for node in graph.nodes]
    sinks = graph.sinks()

    async def invoke(parameter: int) -> list[int]:
        running: list[Any] = []
        for function, wanted in zip(functions, arguments, strict=True):
            given = [parameter if i == PARAMETER else running[i] for i in wanted]
            running.append(function(*given))
        result: list[int] = await asyncio.gather(*[running[i] for i in sinks])
        return result

    def values(result: list[int]) -> Mapping[int, int]:
        return dict(zip(sinks, result, strict=True))

    yield Prepared(invoke, values)


CONTENDER = Contender("aiodag", prepare, requirements=("aiodag>=0.4",))
