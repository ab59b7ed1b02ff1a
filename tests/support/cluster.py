"""A real cluster on this machine: worker processes, as many as a test needs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar

import dask.config
from distributed import Client, LocalCluster

T = TypeVar("T")


class Cluster:
    """A scheduler and worker processes, each with one thread unless it says otherwise."""

    def __init__(self, workers: int = 2, threads: int = 1) -> None:
        # It would give a killed worker up that on a busy machine takes longer than 15 s to start anew.
        self._patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"})
        self._cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=threads,
            processes=True,
            dashboard_address=":0",  # any port that is free
            silence_logs=50,  # tests let tasks fail and workers die on purpose
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cluster.close()
        self._patient.__exit__(None, None, None)

    @property
    def address(self) -> str:
        """Of the scheduler."""
        address: str = self._cluster.scheduler_address
        return address

    def run(self, main: Callable[[Client], Awaitable[T]], seconds: float = 60.0) -> T:
        """`asyncio.run` of what takes an asynchronous client; it may take so long at most."""

        async def with_client() -> T:
            async with Client(self.address, asynchronous=True, set_as_default=False) as client:
                return await asyncio.wait_for(main(client), seconds)

        return asyncio.run(with_client())

    def run_with_synchronous_client(self, main: Callable[[Client], Awaitable[T]]) -> T:
        """The same with a synchronous client, which has a thread and a loop of its own."""

        async def within(client: Client) -> T:
            return await asyncio.wait_for(main(client), 60.0)

        with Client(self.address, set_as_default=False) as client:
            return asyncio.run(within(client))


async def tasks_at_scheduler(client: Client) -> int:
    """How many tasks the scheduler knows, of anybody."""

    def count(dask_scheduler: Any) -> int:
        return len(dask_scheduler.tasks)

    return await client.run_on_scheduler(count)  # type: ignore[no-any-return]


async def wait_until_empty(client: Client) -> None:
    """Wait until the scheduler knows no task; it may still be dropping those of earlier clients."""
    while await tasks_at_scheduler(client):
        await asyncio.sleep(0.02)


async def kill(client: Client, address: str) -> None:
    """Kill a worker as `kill -9` does."""
    pids: dict[str, int] = await client.run(os.getpid, workers=[address])
    os.kill(pids[address], signal.SIGKILL)
