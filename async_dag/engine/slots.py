"""`SlotQueue`: nodes that are ready, of which a limited number may run at once.

List scheduling: whenever a slot is free, it goes to the waiting node with the longest remaining path,
so that what decides the makespan is not kept waiting by what does not. With any order the makespan is
less than twice the least that is possible (Graham 1969); this one comes close to it on most graphs
(Adam, Chandy and Dickson 1974).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from async_dag.engine.recording import WaitRecorder


class _Entry(NamedTuple):
    """A node that waits for a slot; the smallest entry goes first."""

    path: float  # the remaining path, negative, so that the longest goes first
    number: int  # breaks ties: first come, first served
    node: int
    waiter: asyncio.Future[None] | None  # what its task awaits; None: it has no task yet


class SlotQueue:
    """A `ReadyQueue` that holds nodes back while all slots are taken.

    A node gets its slot when `popleft` returns it. A task that asks for the slot of its node itself
    gets it from `grant`, to be called after slots became free or nodes were added.

    Args:
        waits: where it records who waited for a slot.
        slots: how many nodes may run at once.
        paths: the remaining path of each node.
        at_once: the nodes that start without a slot: those that are no task, and those whose task
            asks for the slot itself because it must pass its limit first.
    """

    __slots__ = (
        "_at_once",
        "_free",
        "_fresh",
        "_heap",
        "_holding",
        "_number",
        "_paths",
        "_startable",
        "_waits",
    )

    def __init__(
        self, waits: WaitRecorder, slots: int, paths: Sequence[float], at_once: Collection[int]
    ) -> None:
        self._waits = waits
        self._free = slots
        self._paths = paths
        self._at_once = at_once
        self._startable: list[tuple[float, int, int]] = []  # need no slot; a heap like the other
        self._heap: list[_Entry] = []
        self._number = 0
        self._holding: set[int] = set()  # nodes that have a slot
        self._fresh: dict[int, float] = {}  # arrived since; whether they must wait is not known yet

    def extend(self, nodes: Iterable[int], /) -> None:
        """Add nodes that are ready to start."""
        for node in nodes:
            self.append(node)

    def append(self, node: int, /) -> None:
        """Add a node that is ready to start."""
        if node in self._at_once:
            # In order as well: whoever reaches a limit first gets it first.
            self._start_at_once(node)
        else:
            self._wait(node, self._waits.trace.ready[node], None)

    def _start_at_once(self, node: int) -> None:
        """Add a node that needs no slot."""
        heappush(self._startable, (*self._order(node), node))

    def _wait(self, node: int, since: float, waiter: asyncio.Future[None] | None) -> None:
        heappush(self._heap, _Entry(*self._order(node), node, waiter))
        self._fresh[node] = since

    def _order(self, node: int) -> tuple[float, int]:
        """The sort key: the longest remaining path first, then the earliest arrival."""
        self._number += 1
        return -self._paths[node], self._number

    def __len__(self) -> int:
        """How many nodes `popleft` can return: those that need no slot, or are next for a free one."""
        first_is_ours = bool(self._heap) and self._heap[0].waiter is None
        return len(self._startable) + (min(self._free, len(self._heap)) if first_is_ours else 0)

    def popleft(self) -> int:
        """The node to start next, with a slot if it needs one. Call it only while `len` is not 0."""
        if self._startable:
            return heappop(self._startable)[2]
        node = heappop(self._heap).node
        self._take(node)
        self.grant()
        return node

    def grant(self) -> None:
        """Give free slots to the tasks that ask for one, while such a task is first in the queue.

        A node that was queued before this call and has no slot after it is recorded as waiting.
        """
        heap = self._heap
        while self._free and heap:
            waiter = heap[0].waiter
            if waiter is None:
                return  # `popleft` hands it out
            node = heappop(heap).node
            if not waiter.done():  # its task was not cancelled meanwhile
                self._take(node)
                waiter.set_result(None)
        for node, since in self._fresh.items():
            self._waits.begin(node, "slot", since)
        self._fresh.clear()

    def clear(self) -> None:
        """Start nothing more; the caller cancels the tasks that wait for a slot."""
        for entry in self._heap:
            self._waits.end(entry.node)
        self._startable.clear()
        self._heap.clear()
        self._fresh.clear()

    def ask(self, node: int, waiter: asyncio.Future[None]) -> None:
        """Ask for the slot of a node: `waiter` is done once the node has it, perhaps at once."""
        self._wait(node, self._waits.now, waiter)
        self.grant()

    def holds(self, node: int) -> bool:
        """Whether a node has a slot."""
        return node in self._holding

    def release(self, node: int) -> None:
        """Free the slot of a node, if it has one, for the next `popleft` or `grant`."""
        if node in self._holding:
            self._holding.remove(node)
            self._free += 1

    def give_up(self, node: int) -> None:
        """Forget a task that asked for a slot and was cancelled."""
        self.release(node)  # it may have got the slot at that very moment
        self._no_longer_waits(node)

    def _take(self, node: int) -> None:
        self._free -= 1
        self._holding.add(node)
        self._no_longer_waits(node)

    def _no_longer_waits(self, node: int) -> None:
        self._fresh.pop(node, None)
        self._waits.end(node)
