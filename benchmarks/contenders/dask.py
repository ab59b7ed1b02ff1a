"""Dask's distributed scheduler with one worker, all in this process."""

# mypy: disable-error-code="import-not-found, import-untyped, untyped-decorator"

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.adapting import SMALL
from benchmarks.contender import Contender, Prepared
from benchmarks.graphs import PARAMETER, TaskGraph


@asynccontextmanager
async def prepare(graph: TaskGraph) -> AsyncIterator[Prepared]:
    """Futures are passed to `submit` as arguments; a worker awaits async functions on its loop."""
    from distributed import Client, LocalCluster

    sinks = graph.sinks()
    async with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=False,
            dashboard_address=":0",  # any port that is free
            asynchronous=True,
        ) as cluster,
        Client(cluster, asynchronous=True) as client,
    ):

        async def invoke(parameter: int) -> Any:
            futures: list[Any] = []
            for node in graph.nodes:
                given = [parameter if i == PARAMETER else futures[i] for i in node.arguments]
                # Not pure: otherwise it would take the values of the run before.
                futures.append(client.submit(node.task, *given, pure=False))
            return await client.gather([futures[index] for index in sinks])

        def values(result: Any) -> Mapping[int, int]:
            return dict(zip(sinks, result, strict=True))

        yield Prepared(invoke, values)


CONTENDER = Contender("dask", prepare, requirements=("distributed>=2026.8.0",), sizes=SMALL)
