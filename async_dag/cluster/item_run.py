"""`ItemRun`: an invoke on a cluster of a DAG with maps, choices, or items of values.

What runs is known only as values come, so the engine decides here, as at home (`RemoteRun`), and nodes
and items are handed over as they become ready. Values stay on the workers.
"""

from __future__ import annotations

import asyncio
import pickle
from asyncio import CancelledError
from collections import deque
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from async_dag.cluster.asking import ask
from async_dag.cluster.asks import asks_of
from async_dag.cluster.calls import Calls
from async_dag.cluster.connection import Connection
from async_dag.cluster.exact_times import write_exact_times
from async_dag.cluster.item_keeping import ItemKeeping
from async_dag.cluster.item_writer import ItemWriter
from async_dag.cluster.items import ItemsOfRun
from async_dag.cluster.remote import Remote
from async_dag.cluster.run import ClusterRun
from async_dag.cluster.worker.asked import facts_of
from async_dag.cluster.worker.facts import Facts
from async_dag.engine.remote_run import RemoteCall, RemoteRun
from async_dag.nodes.options import NodeOptions
from async_dag.trace.columns import OUTSIDE, Lane

if TYPE_CHECKING:
    from async_dag.cluster.result import ClusterResult
    from async_dag.engine.policy import Policy


class ItemRun(ClusterRun):
    """The run of such a DAG.

    Args:
        calls: makes tasks of calls.
        kept: the nodes whose values stay on the workers.
    """

    def __init__(
        self,
        name: str,
        policy: Policy,
        result: ClusterResult[Any],
        connection: Connection,
        lanes: Mapping[str, Lane],
        calls: Calls,
        kept: Collection[int],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._writer = ItemWriter(result.trace)
        super().__init__(name, policy, result, connection, lanes, self._writer, {}, loop)
        here = result._copied_values()
        self._director = RemoteRun(policy, result, self, self._ending)
        result._take_values(here)  # the engine has its own, in which there are `Remote`s
        self._calls = calls
        self._outbox: deque[int] = deque()
        self._asks = asks_of(policy.compiled)
        plan = policy.compiled.dynamic
        self._streams = () if plan is None else tuple(plan.streams)  # they run here
        self._keeping = ItemKeeping(policy.compiled, policy.runs, kept, self._director)

    # What the engine asks for

    def hand_over(
        self, row: int, call: RemoteCall, options: NodeOptions | None, *, waited: bool
    ) -> None:
        """Let a worker make a call for a row; raises what can't be pickled."""
        name, node = self._name_of(row), self._director.node_of(row)
        function, arguments, keywords = call
        asks = self._asks.get(node, 0)
        tasks = self._calls.task_of(row, name, function, arguments, keywords, options, asks)
        self._tasks[row] = tasks
        self._keys[row] = tasks[-1].key
        self._outbox.append(row)
        self._writer.handed_over(row)
        if waited:
            self._gated.add(row)
        self._wake()

    def stop(self, cause: int) -> None:
        """Stop what runs on the workers."""
        super()._stop_soon(cause)

    def node_over_here(self) -> None:
        """A node that ran here has ended: perhaps nothing is left to do."""
        self._wake()

    def node_over(self, node: int) -> None:
        """A node of the graph is done, be it a map."""
        self._release_all(self._keeping.node_over(node))

    # What the cluster tells

    def _begin(self) -> None:
        self._director.begin()

    def _next(self, most: int) -> list[int]:
        return [self._outbox.popleft() for _ in range(min(most, len(self._outbox)))]

    def _tables(self) -> list[dict[Any, Any]]:
        return [self._tasks, self._keys, *self._columns.tables()]

    def _is_done(self) -> bool:
        return self._director.is_idle and not self._outbox

    def _keeps(self, node: int) -> bool:
        return self._keeping.keeps(node)

    def _over(self, node: int) -> None:
        self._tasks.pop(node, None)
        now, outcome, visit = self._writer.ends.pop(node)
        if outcome == "failed":
            self._failed(node)
        elif outcome == "cancelled":
            self._director.failed(node, CancelledError(), now)
        else:
            facts = None if visit is None or visit.facts is None else Facts(*visit.facts)
            self._succeeded(node, facts, now)
            self._writer.moves_of(node)
            self._release_all(self._keeping.row_over(node))

    def _succeeded(self, node: int, facts: Facts | None, now: float) -> None:
        """A node or item is done; what was asked of its value is here."""
        value: Any = Remote(node, self._keys[node], self._name_of(node), facts)
        if facts is not None and facts.value:
            try:
                value = pickle.loads(facts.value)
            except Exception as error:  # noqa: BLE001 - a class that only the worker has, or anything else
                self._director.failed(node, error, now)
                return
        self._director.succeeded(node, value, now)

    def _has_ended_untold(self, node: int) -> None:
        asks = self._asks.get(self._director.node_of(node), 0)
        self._fetching.append(asyncio.ensure_future(self._ask_again(node, asks)))

    async def _ask_again(self, node: int, asks: int) -> None:
        """Let a node end once what is asked of its value is known from a worker that has it."""
        client = self._client
        try:
            told = client.submit(facts_of, self._futures[node], asks, pure=False)
            facts = Facts(*await ask(client, client.gather, told))
        except Exception as error:  # noqa: BLE001 - whatever the cluster raises
            self._lose(
                f"the worker that had run {self._name_of(node)!r} was lost before it told of that, and "
                f"no other could be asked: {error!r}"
            )
            return
        self._writer.ended_untold(node, self.trace.elapsed, facts)
        self._work_off_ended()
        self._wake()

    def _record(self, node: int, error: BaseException) -> None:
        now = self.trace.elapsed if (end := self._writer.failed_at.pop(node, None)) is None else end
        self._director.failed(node, error, now)
        self._wake()

    def _release_all(self, rows: Collection[int]) -> None:
        for row in rows:
            self._release(row)
            for key in self._calls.parts.pop(row, ()):
                self._known.pop(key, None)

    # The end

    def _stop_soon(self, cause: int) -> None:
        super()._stop_soon(cause)
        self._director.stop(cause)

    async def _let_go(self) -> None:
        self._director.stop(OUTSIDE)  # if nobody has yet: the invoke was cancelled

    async def _gone(self) -> None:
        await self._director.settle()

    def _settle(self) -> None:
        self._director.close()
        # Else somebody may go on from what there is.
        if self._ending.is_good and self._lost is None:
            self._release_all([row for row in self._futures if not self._keeps(row)])
        write_exact_times(self.trace)
        items = ItemsOfRun.of(self._director.items(), lambda value: value)
        values = self._director.values()
        for node in self._streams:
            if node in values:
                self.result._take_over(node, values[node])
        self.result._take_remote(values)
        self.result.item_values = self.result._only_here(items)
        self._director.forget()
