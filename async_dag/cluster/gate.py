"""`Gate`: lets nodes go to the cluster as `max_concurrency` and `limit=` allow, from here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from heapq import heappop, heappush

from async_dag.nodes.limits import Limit, is_about_loops, wrong_loop
from async_dag.trace.columns import WaitKind

Waited = Callable[[int, WaitKind, float, float], object]


class Gate:
    """Slots and limits of one run.

    A node first gets its limit, then its slot, and keeps both until it has ended, pauses between its
    attempts included. Of those that wait for a slot the one with the longest remaining path goes first,
    but behind all that take large values: else all first nodes of sixty chains would run before the
    second one of any, and all of their values lie in memory at once.

    Args:
        slots: how many nodes may be on the cluster at once; None for no bound.
        paths: the remaining path of each node; empty for first come, first served.
        limits: the limit of each node that has one.
        names: of the nodes, for messages.
        after: nodes that wait for others without taking their values, which only we see to.
        clock: seconds since the run began.
        passed: called with a node that may go.
        waited: called with what a node waited for, from and to.
        failed: called with a node whose limit raised, and what it raised.
    """

    def __init__(
        self,
        slots: int | None,
        paths: Sequence[float],
        limits: Mapping[int, Limit],
        names: Sequence[str],
        after: Collection[int],
        clock: Callable[[], float],
        passed: Callable[[int], object],
        waited: Waited,
        failed: Callable[[int, BaseException], object],
    ) -> None:
        self._free = slots
        self._paths = paths
        self._limits = limits
        self._names = names
        self._after = after
        self._clock = clock
        self._passed = passed
        self._waited = waited
        self._failed = failed
        # What waits for a slot, and since when; in the heap a node may stand twice.
        self._since: dict[int, float] = {}
        self._heap: list[tuple[bool, float, int, int]] = []  # whether last, path, number, node
        self._takes_large: set[int] = set()
        self._number = 0
        self._over: dict[int, asyncio.Event] = {}  # of nodes that hold their limit
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def holds(self, node: int) -> bool:
        """Whether a node must pass here."""
        return self._free is not None or node in self._limits or node in self._after

    def ready(self, node: int) -> None:
        """The dependencies of a node have ended."""
        limit = self._limits.get(node)
        if limit is None:
            self._ask_slot(node)
        else:
            self._tasks[node] = asyncio.ensure_future(self._in_limit(node, limit))

    def takes_large(self, node: int) -> None:
        """A node takes a large value, which lies in memory until it has ended."""
        self._takes_large.add(node)
        if node in self._since:
            self._push(node)

    def ended(self, node: int) -> None:
        """A node that passed has ended: whoever waits may go."""
        over = self._over.pop(node, None)
        if over is not None:
            over.set()
        if self._free is not None:
            self._free += 1
            self._grant()

    async def close(self) -> None:
        """The run is over, or stopped: leave all limits."""
        self._since.clear()
        self._heap.clear()
        tasks = [task for task in self._tasks.values() if not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _in_limit(self, node: int, limit: Limit) -> None:
        since = self._clock()
        over = asyncio.Event()
        try:
            async with limit:
                now = self._clock()
                self._waited(node, "limit", since, now)
                self._over[node] = over
                self._ask_slot(node)
                await over.wait()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - the node fails of it
            if is_about_loops(error):
                error = wrong_loop(self._names[node], limit)
            self._failed(node, error)

    def _ask_slot(self, node: int) -> None:
        if self._free is None:
            self._passed(node)
            return
        if self._free and not self._since:
            self._free -= 1
            self._passed(node)
            return
        self._since[node] = self._clock()
        self._push(node)
        self._grant()

    def _push(self, node: int) -> None:
        self._number += 1
        path = -self._paths[node] if self._paths else 0.0
        heappush(self._heap, (node not in self._takes_large, path, self._number, node))

    def _grant(self) -> None:
        while self._free and self._since:
            node = heappop(self._heap)[-1]
            since = self._since.pop(node, None)
            if since is None:  # it stood there twice
                continue
            self._free -= 1
            self._waited(node, "slot", since, self._clock())
            self._passed(node)
