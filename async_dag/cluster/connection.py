"""`Connection`: what all runs on one client share: our plugins there, the topic, the clocks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from typing import Any, Final
from uuid import uuid4
from weakref import WeakKeyDictionary, WeakValueDictionary, ref

from distributed import Client

from async_dag._common.version import __version__
from async_dag.cluster.asking import ask
from async_dag.cluster.clocks import RemoteClock, RoundTrip
from async_dag.cluster.worker.names import EVERYBODY, run_name, topic_of
from async_dag.cluster.worker.plugin import NodePlugin, read_clock
from async_dag.cluster.worker.scheduler_plugin import SCHEDULER, SchedulerWatch, describe
from async_dag.errors import ClusterError

_PINGS: Final = 4
"""Round trips to a worker when it is first seen."""

_AT_ONCE: Final = 8
"""Workers that are asked for their time at once; more would be in each other's way."""


class Connection:
    """What all runs on one client share; `Connection.to(client)` makes it, or has it already.

    Attributes:
        clocks: the clock of each worker that was seen, by its address, and that of the scheduler.
        hosts: what the machine of each worker calls itself, and how many processors it has for it.
    """

    def __init__(self, client: Client) -> None:
        self._client = ref(client)
        self.clocks: dict[str, RemoteClock] = {}
        self.hosts: dict[str, tuple[str, int | None]] = {}
        self._name = uuid4().hex[:10]
        self._runs = 0
        self._receivers: WeakValueDictionary[str, Any] = WeakValueDictionary()

    @classmethod
    async def to(cls, client: Client) -> Connection:
        """The connection of a client; the first time it puts our plugins into the cluster.

        Raises `ClusterError` (a `RuntimeError`) if the client is closed, or if the scheduler or a
        worker has no async_dag, or another version of it.
        """
        if client.status != "running":
            raise ClusterError(
                f"the client is {client.status}: invoke(on=) takes one that is connected; with an "
                "asynchronous one that is 'async with Client(..., asynchronous=True) as client'"
            )
        known = _connections.get(client)
        if known is not None:
            return known
        await _check_versions(client)
        await ask(client, client.register_plugin, SchedulerWatch())
        await ask(client, client.register_plugin, NodePlugin())
        known = _connections.get(client)  # another invoke may have been quicker
        if known is not None:
            return known
        connection = _connections[client] = cls(client)
        subscribe: Any = client.subscribe_topic
        subscribe(topic_of(run_name(connection._name, 0)), connection._receive)
        subscribe(EVERYBODY, connection._receive_for_all)
        return connection

    @property
    def client(self) -> Client:
        """The client."""
        client = self._client()
        assert client is not None
        return client

    def new_run(self) -> str:
        """A name for a run."""
        self._runs += 1
        return run_name(self._name, self._runs)

    def listen(self, run: str, receiver: Any) -> None:
        """Call `receiver.receive(message)` for what concerns a run, as long as somebody has it.

        It is kept weakly: a topic of Dask's keeps its handler for good, and a run its values.
        """
        self._receivers[run] = receiver

    def _receive(self, event: tuple[float, dict[str, Any]]) -> None:
        message = event[1]
        receiver = self._receivers.get(message["run"])
        if receiver is not None:
            receiver.receive(message)

    def _receive_for_all(self, event: tuple[float, dict[str, Any]]) -> None:
        for receiver in list(self._receivers.values()):
            receiver.receive(event[1])

    async def describe(self) -> list[list[Any]]:
        """The workers: address, name and number of threads of each; sets the scheduler's clock."""
        sent = time.perf_counter()
        described = await ask(self.client, self.client.run_on_scheduler, describe)
        self._sample(SCHEDULER, RoundTrip(sent, described["time"], time.perf_counter()))
        lanes: list[list[Any]] = described["lanes"]
        return lanes

    async def set_clocks(self, addresses: Collection[str], pings: int = _PINGS) -> None:
        """Ask workers for their time; those that are gone meanwhile are left out."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def set_clock(address: str) -> None:
            async with at_once:
                for _ in range(pings):
                    sent = time.perf_counter()
                    try:
                        times = await ask(
                            self.client,
                            self.client.run,
                            read_clock,
                            workers=[address],
                            on_error="ignore",
                        )
                    except OSError:  # Dask's for a connection that was lost meanwhile
                        return
                    if address not in times:  # it is gone
                        return
                    there, *host = times[address]
                    self._sample(address, RoundTrip(sent, there, time.perf_counter()))
                    self.hosts[address] = (host[0], host[1])

        await asyncio.gather(*map(set_clock, addresses))

    def guess(self, address: str, there: float, received: float) -> None:
        """Take the time in a message of a worker that was gone before it could be asked."""
        self._sample(address, RoundTrip(received, there, received))

    def _sample(self, address: str, sample: RoundTrip) -> None:
        known = self.clocks.get(address)
        if known is None:
            self.clocks[address] = RemoteClock(sample)
        else:
            known.add(sample)


_connections: WeakKeyDictionary[Client, Connection] = WeakKeyDictionary()


async def _check_versions(client: Client) -> None:
    """Refuse a cluster part of which has no async_dag, or another version of it."""

    # Of no module, so that it is pickled by value and runs where there is no async_dag.
    def version() -> str | None:
        try:
            from async_dag._common.version import __version__ as installed
        except ImportError:
            return None
        return installed

    versions: dict[str, str | None] = {
        "the scheduler": await ask(client, client.run_on_scheduler, version)
    }
    versions.update(await ask(client, client.run, version))
    wrong = {where: version for where, version in versions.items() if version != __version__}
    if wrong:
        examples = ", ".join(
            f"{where} has {version or 'none'}" for where, version in list(wrong.items())[:3]
        )
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise ClusterError(
            f"this cluster can't run nodes: async_dag {__version__} is needed on the scheduler and on "
            f"every worker, but {examples}{more}; install it there: pip install "
            f"async-dag-workbench=={__version__}"
        )
