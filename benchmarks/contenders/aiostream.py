"""aiostream: operators on streams. It runs no graphs, but maps."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from benchmarks.contender import CannotExpressError, Contender, Prepared
from benchmarks.graphs import TaskGraph
from benchmarks.stages import MapInvoke, Stage


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """It has no graphs."""
    del graph
    raise CannotExpressError("maps streams, runs no graphs")
    yield  # pragma: no cover


@asynccontextmanager
async def maps(first: Stage, second: Stage) -> AsyncIterator[MapInvoke]:
    """Two ordered maps in a row, each with all elements at once."""
    from aiostream import pipe, stream

    one, other = first.task, second.task

    async def invoke(elements: list[int]) -> Sequence[int]:
        mapped = stream.iterate(elements) | pipe.map(one) | pipe.map(other)
        values: list[int] = await stream.list(mapped)
        return values

    yield invoke


CONTENDER = Contender("aiostream", prepare, requirements=("aiostream>=0.7.1",), maps=maps)
