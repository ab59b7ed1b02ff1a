"""`SlotQueue`: nodes that are ready, of which no more than so many may run at once.

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
    """A node that waits for a slot; the least goes first."""

    path: float  # the remaining path, negative, so that the longest goes first
    number: int  # of two with the same path, who came first
    node: int
    waiter: asyncio.Future[None] | None  # what its task waits for; None: it has no task yet


class SlotQueue:
    """A `ReadyQueue` that holds nodes back while all slots are taken.

    A node gets its slot when `popleft` hands it out. A task that asks for the slot of its node itself
    gets it from `grant`, which is to be called after slots got free or nodes were added.

    Args:
        waits: where it records who waited for a slot.
        slots: how many nodes may run at once.
        paths: the remaining path of each node.
        at_once: the nodes that are started without a slot: those that are no task, and those whose task
            asks for the slot itself since it must have its limit first.
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
        self._startable: list[tuple[float, int, int]] = []  # need no slot; a heap as the other
        self._heap: list[_Entry] = []
        self._number = 0
        self._holding: set[int] = set()  # nodes that have a slot
        self._fresh: dict[int, float] = {}  # came then; whether they must wait is not yet known

    def extend(self, nodes: Iterable[int], /) -> None:
        """Nodes that are ready to start."""
        for node in nodes:
            self.append(node)

    def append(self, node: int, /) -> None:
        """A node that is ready to start."""
        if node in self._at_once:
            # In order, too: who comes to a limit first gets it first.
            self._start_at_once(node)
        else:
            self._wait(node, self._waits.trace.ready[node], None)

    def _start_at_once(self, node: int) -> None:
        """A node that needs no slot."""
        heappush(self._startable, (*self._order(node), node))

    def _wait(self, node: int, since: float, waiter: asyncio.Future[None] | None) -> None:
        heappush(self._heap, _Entry(*self._order(node), node, waiter))
        self._fresh[node] = since

    def _order(self, node: int) -> tuple[float, int]:
        """The least goes first: the longest remaining path, and of equal ones who came first."""
        self._number += 1
        return -self._paths[node], self._number

    def __len__(self) -> int:
        """How many nodes `popleft` has: those that need no slot, or come next for a free one."""
        first_is_ours = bool(self._heap) and self._heap[0].waiter is None
        return len(self._startable) + (min(self._free, len(self._heap)) if first_is_ours else 0)

    def popleft(self) -> int:
        """The node to start next, with a slot if it needs one. Only while there is one."""
        if self._startable:
            return heappop(self._startable)[2]
        node = heappop(self._heap).node
        self._take(node)
        self.grant()
        return node

    def grant(self) -> None:
        """Give free slots to the tasks that ask for one, while one of these is the first in the queue.

        Whoever came before this and has no slot after it has to wait, and is recorded so.
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
        """Nothing more will start; tasks that wait for a slot are cancelled by who calls this."""
        for entry in self._heap:
            self._waits.end(entry.node)
        self._startable.clear()
        self._heap.clear()
        self._fresh.clear()

    def ask(self, node: int, waiter: asyncio.Future[None]) -> None:
        """A task asks for the slot of its node: `waiter` is done once it has it, perhaps at once."""
        self._wait(node, self._waits.now, waiter)
        self.grant()

    def holds(self, node: int) -> bool:
        """Whether a node has a slot."""
        return node in self._holding

    def release(self, node: int) -> None:
        """The slot of a node, if it has one, is free, for the next `popleft` or `grant`."""
        if node in self._holding:
            self._holding.remove(node)
            self._free += 1

    def give_up(self, node: int) -> None:
        """A task that asked for a slot was cancelled."""
        self.release(node)  # perhaps it got it in that very moment
        self._no_longer_waits(node)

    def _take(self, node: int) -> None:
        self._free -= 1
        self._holding.add(node)
        self._no_longer_waits(node)

    def _no_longer_waits(self, node: int) -> None:
        self._fresh.pop(node, None)
        self._waits.end(node)
