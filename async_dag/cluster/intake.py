"""`Intake`: makes columns of the messages of a cluster: whose they are, and what its clock says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from async_dag.cluster.connection import Connection
from async_dag.cluster.trace_writer import TraceWriter
from async_dag.cluster.worker.scheduler_plugin import SCHEDULER
from async_dag.trace.columns import NOT_YET, Lane

WorkerMessage = dict[str, Any]


def _nothing() -> None:
    pass


class Intake:
    """What is known of the workers of one run.

    Args:
        columns: of the run.
        connection: to its cluster.
        lanes: the workers that are there, by address.
        wake: called when something has been taken in that nobody waited for.

    Attributes:
        erred: nodes that failed as the scheduler tells, but no worker, and when that was told, in
            seconds of `time.perf_counter`.
    """

    def __init__(
        self,
        columns: TraceWriter,
        connection: Connection,
        lanes: Mapping[str, Lane],
        wake: Callable[[], object],
    ) -> None:
        self._columns = columns
        self._trace = columns.trace
        self._connection = connection
        self._wake = wake
        self._lanes = {address: columns.joined(lane) for address, lane in lanes.items()}
        self._unheard: dict[
            str, list[WorkerMessage]
        ] = {}  # of workers whose clock is not known yet
        self._aside: set[asyncio.Task[None]] = set()  # nobody waits for these
        self.erred: dict[int, float] = {}

    def take(self, message: WorkerMessage) -> None:
        """Take in one message."""
        if "joined" in message:
            self._joined(*message["joined"])
        elif "lost" in message:
            self._lost(message["lost"], message["time"])
        else:
            self._take_batch(message)

    def set_clocks_again(self) -> None:
        """Ask the workers for their time once more, as clocks drift."""
        lanes = self._trace.lanes
        there = [
            address for address, lane in self._lanes.items() if lanes[lane].end != lanes[lane].end
        ]
        self._begin(self._connection.set_clocks(there, pings=1))

    def close(self) -> None:
        """The run is over: ask nobody any more, and wake nobody."""
        for task in self._aside:
            task.cancel()
        self._wake = _nothing  # else the run would be in a circle, and hold its result's values

    def _joined(self, address: str, name: str, threads: int) -> None:
        if address not in self._lanes:
            host = self._connection.hosts.get(address, (None, None))
            lane = Lane(self._unique(name), threads, self._trace.elapsed, NOT_YET, *host)
            self._lanes[address] = self._columns.joined(lane)

    def _lost(self, address: str, there: float) -> None:
        self._hear_out(address)
        lane = self._lanes.get(address)
        if lane is not None:
            scheduler = self._connection.clocks[SCHEDULER]
            self._columns.lost(lane, scheduler.here(there) - self._trace.began)

    def _take_batch(self, message: WorkerMessage) -> None:
        address = message["worker"]
        clock = self._connection.clocks.get(address)
        if clock is None:
            if address not in self._unheard:
                self._begin(self._meet(address))
            self._unheard.setdefault(address, []).append(message)
            return
        if address == SCHEDULER:
            self._take_from_scheduler(message, clock.here(0.0) - self._trace.began)
            return
        if "moves" in message:
            moves = [(node, self._lane(source), *rest) for node, source, *rest in message["moves"]]
            message = message | {"moves": moves}
        self._columns.told(self._lane(address), message, clock)

    def _take_from_scheduler(self, message: WorkerMessage, offset: float) -> None:
        for (node,) in message.get("erred", ()):
            if self._trace.finished[node] != self._trace.finished[node]:  # NaN
                self.erred.setdefault(node, message["received"])
        for node, start in message.get("queued", ()):
            self._columns.queued(node, start + offset)
        for node, end in message.get("unqueued", ()):
            self._columns.unqueued(node, end + offset)

    def _lane(self, address: str) -> int:
        """The lane of a worker, also of one that joined so late that nobody has told of it yet."""
        if address not in self._lanes:
            self._joined(address, address, 1)
        return self._lanes[address]

    def _unique(self, name: str) -> str:
        """A worker that is started anew has the name of the one whose place it takes."""
        taken = {lane.name for lane in self._trace.lanes}
        unique, number = name, 2
        while unique in taken:
            unique = f"{name} ({number})"
            number += 1
        return unique

    # Workers whose clock is not known

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _meet(self, address: str) -> None:
        """Learn the clock and the host of a worker that has joined, then take in what it has told."""
        await self._connection.set_clocks([address])
        lane = self._lanes.get(address)
        if lane is not None and address in self._connection.hosts:
            host, processors = self._connection.hosts[address]
            lanes = self._trace.lanes
            lanes[lane] = lanes[lane]._replace(host=host, processors=processors)
        self._hear_out(address)
        self._wake()

    def _hear_out(self, address: str) -> None:
        """Take in what a worker told while its clock was not known; it may be gone already."""
        messages = self._unheard.pop(address, [])
        if messages and address not in self._connection.clocks:
            self._connection.guess(address, messages[0]["sent"], messages[0]["received"])
        for message in messages:
            self.take(message)
