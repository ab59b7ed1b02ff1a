"""`local_client`: a cluster on this machine, for demos and to try things out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from async_dag._common.extras import extra


@asynccontextmanager
async def local_client(workers: int = 2, threads: int = 1) -> AsyncIterator[Any]:
    """A client of a new cluster of worker processes on this machine, which closes with the block.

    Args:
        workers: how many processes.
        threads: how many threads each of them has.

    Raises `MissingExtraError` (an `ImportError`) without `distributed`.
    """
    with extra("dask"):
        from distributed import Client, LocalCluster

    async with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers,
            threads_per_worker=threads,
            processes=True,
            dashboard_address=":0",  # any port that is free, as None would be 8787
            asynchronous=True,
            silence_logs=50,
        ) as cluster,
        Client(cluster, asynchronous=True, set_as_default=False) as client,  # type: ignore[no-untyped-call]
    ):
        yield client
