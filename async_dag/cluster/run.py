"""`ClusterRun`: one invoke on a cluster, as `engine.run.Run` is one here; what all kinds share.

What is handed over when, and what follows from the end of a node, is up to `GraphRun`, which hands over
all nodes beforehand, and to `ItemRun`, for a DAG with maps or choices.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from asyncio import CancelledError
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from distributed import Client, Future

from async_dag.cluster.asking import ask
from async_dag.cluster.calm_collector import MANY, CalmCollector
from async_dag.cluster.connection import Connection
from async_dag.cluster.failure import error_of_future, told_error
from async_dag.cluster.futures import Futures
from async_dag.cluster.intake import Intake
from async_dag.cluster.node_task import NodeTask, submit
from async_dag.cluster.trace_writer import TraceWriter
from async_dag.cluster.turns import TURN, Turns
from async_dag.cluster.worker.names import Key
from async_dag.cluster.worker.plugin import stop_run
from async_dag.engine.ending import Ending
from async_dag.errors import ClusterError
from async_dag.trace.columns import OUTSIDE, Lane

if TYPE_CHECKING:
    from async_dag.cluster.result import ClusterResult
    from async_dag.engine.policy import Policy
    from async_dag.trace.trace import Trace

LOOK: Final = 0.5
"""Seconds after which a run that hears nothing looks whether its cluster is still there."""

MOST_SEEN: Final = 1_000
"""Futures that are looked at each time."""

SILENT: Final = 0.2
"""Seconds that a worker has to tell of a failure of which the scheduler has told already."""

UNTOLD: Final = 2.0
"""Seconds that a worker has to tell of the end of a node whose value the scheduler has already.

That is once a worker was lost.
"""

LATE: Final = 30.0
"""The same while none was: what it tells is only late."""

DRIFTED: Final = 10.0
"""Seconds after which the workers' clocks are looked at again."""


class ClusterRun(ABC):
    """One invoke on a cluster while it goes on, as `watch` hands it to its callbacks.

    Attributes:
        trace: what happens in it, being written; may be read from any thread.
        result: the result so far.

    It may be made in any thread; `loop` is the event loop on which it is executed.
    """

    def __init__(
        self,
        name: str,
        policy: Policy,
        result: ClusterResult[Any],
        connection: Connection,
        lanes: Mapping[str, Lane],
        columns: TraceWriter,
        tasks: dict[int, list[NodeTask]],
        loop: asyncio.AbstractEventLoop,
        *,
        as_graph: bool = True,
    ) -> None:
        self.name: str = name
        self.trace: Trace = result.trace
        self.result: ClusterResult[Any] = result
        self._policy = policy
        self._connection = connection
        self._client: Client = connection.client
        self._tasks = tasks
        self._keys: dict[int, Key] = {}  # of what was handed over
        self._as_graph = as_graph
        self._loop = loop
        self._messages: deque[dict[str, Any]] = deque()
        self._seen: list[int] = []  # nodes whose futures are still to be looked at
        # Since when nodes have a value, of whose end nobody has told.
        self._untold: dict[int, float] = {}
        # Once all is done, the nodes whose values may have been lost meanwhile.
        self._unsure: list[int] | None = None
        self._taken = 0  # records of nodes that were taken in, for the collector
        self._news: asyncio.Future[None] | None = None
        self._futures = result._futures  # by node
        # All that was handed over and is still held, and what is reused.
        self._known: dict[Key, Future[Any]] = {  # pyright: ignore[reportAttributeAccessIssue]
            future.key: future  # type: ignore[misc]  # the keys are ours
            for future in self._futures.values()
        }
        self._ending = Ending(result)
        self._stopping = False
        self._lost: ClusterError | None = None
        self._asked_again: list[asyncio.Task[None]] = []  # to stop; nobody waits for the answers
        self._fetching: list[asyncio.Task[None]] = []  # exceptions of nodes
        self._columns = columns
        self._intake = Intake(columns, connection, lanes, self._wake)
        self._gated: set[int] = set()  # nodes that must wait here, for a limit or a slot

    def __repr__(self) -> str:
        return f"<ClusterRun of {self.trace!r}>"

    @property
    def done(self) -> bool:
        """Whether the invoke has ended."""
        return self.trace.over

    def cancel(self) -> None:
        """Cancel the invoke, which then raises `asyncio.CancelledError`; callable from any thread.

        Every running coroutine is cancelled, on the workers, and waited for. Does nothing once the
        invoke is over.
        """
        if not self.trace.over:
            self._call(self._cancel_now)

    def receive(self, message: dict[str, Any]) -> None:
        """Take a message of the cluster; called from any thread."""
        message["received"] = time.perf_counter()
        self._messages.append(message)
        self._call(self._wake)

    def _call(self, function: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # the loop was closed meanwhile, so the invoke is over
            return

    def _cancel_now(self) -> None:
        if not self.trace.over:
            self._ending.cancelled = CancelledError("cancelled by Run.cancel()")
            self._stop_soon(OUTSIDE)

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # The course of the run

    def start_clock(self) -> None:
        """Let the run begin now: the time that those took who were told of it is not the run's."""
        self.trace.start_clock()

    async def execute(self) -> None:
        """Run all nodes to their end; raises what `TaskManager.invoke` raises."""
        try:
            self._connection.listen(self.name, self)
            self._begin()
            try:
                with CalmCollector(len(self._policy.runs)) as collector:
                    await self._work(collector)
            except CancelledError as error:
                self._ending.cancelled = error
                self._stopping = True
            if self._stopping:
                await self._stop()
            if self._fetching:
                await asyncio.wait(self._fetching)
            if len(self._policy.runs) >= MANY:
                await self._wind_up()
        finally:
            self._close()
        if len(self._policy.runs) >= MANY:
            # What the manager learns of a large run takes a turn, too.
            await self._give_way(Turns())
        raised = self._lost or self._ending.take_error()
        if raised is not None:
            raise raised

    async def _wind_up(self) -> None:
        """End the columns, and drop what was kept of each node, in turns.

        For ten thousand nodes that takes some dozen milliseconds.
        """
        self._intake.close()  # else it could write columns meanwhile
        turns = Turns()
        for _ in chain(self._columns.closing(), _emptied(self._tables())):
            if turns.over:
                await self._give_way(turns)

    async def _give_way(self, turns: Turns) -> None:
        """Let others have a turn; who cancels the invoke meanwhile is heard at its end."""
        try:
            await turns.give_way()
        except CancelledError as error:
            self._ending.cancelled = error

    async def _work(self, collector: CalmCollector) -> None:
        """Hand over nodes and take in what comes, until all has ended or the run must stop."""
        chunk = 16
        if len(self._policy.runs) >= MANY:
            await asyncio.sleep(0)  # to begin took some milliseconds
        looked = clocks_set = time.perf_counter()
        turns = Turns()
        while not self._stopping and not self._is_over():
            busy = self._take_messages(turns.ends)
            collector.made(self._taken)
            self._taken = 0
            if turns.over:
                await turns.give_way()
            if not self._stopping and (nodes := self._next(chunk)):
                begun = time.thread_time()  # not what others took the processor for
                self._hand_over(nodes)
                collector.made(len(nodes))
                took = time.thread_time() - begun
                # As many nodes as fit into a turn.
                chunk = max(1, min(512, int(chunk * min(2.0, TURN / max(took, 1e-6)))))
                busy = True
            now = time.perf_counter()
            if now - looked > LOOK or self._intake.erred:
                looked = now
                self._look(now)
            if now - clocks_set > DRIFTED:
                clocks_set = now
                self._intake.set_clocks_again()
            if busy:
                await turns.give_way()
            elif not self._stopping and not self._is_over():
                await self._wait_for_news(self._patience())
                turns = Turns()
        if len(self._policy.runs) >= MANY:
            await asyncio.sleep(0)  # to end takes some milliseconds, too

    def _patience(self) -> float:
        """Seconds to wait for news."""
        if self._intake.erred:
            return SILENT / 4
        return 0.002 if self._is_done() else LOOK

    async def _wait_for_news(self, most: float) -> None:
        self._news = self._loop.create_future()
        if not self._messages:
            timer = self._loop.call_later(most, self._wake)
            try:
                await self._news
            finally:
                timer.cancel()
        self._news = None

    def _is_over(self) -> bool:
        """Whether every node has ended, and all values that are kept are on workers.

        It looks at so many each time that of thousands it is true after some calls.
        """
        if not self._is_done() or self._intake.erred or self._messages:
            self._unsure = None
            return False
        if self._unsure is None:
            self._unsure = list(filter(self._keeps, self._futures))
        for _ in range(MOST_SEEN):
            if not self._unsure:
                return True
            future = self._futures.get(self._unsure[-1])
            if future is not None and future.status in ("pending", "lost"):
                return False
            self._unsure.pop()
        return not self._unsure

    def _hand_over(self, nodes: list[int]) -> None:
        tasks: list[NodeTask] = []
        for node in nodes:
            if node in self._tasks:
                tasks += self._tasks[node]
                self._keys[node] = tasks[-1].key
        if not tasks:
            return
        futures = submit(self._client, tasks, self._known, as_graph=self._as_graph)
        self._known.update(futures)
        now = self.trace.elapsed
        for node in nodes:
            if node in self._keys:
                self._futures[node] = futures[self._keys[node]]
                if node in self._gated:  # it waited here
                    self._columns.submitted(node, now)

    # What the cluster tells

    def _take_messages(self, until: float) -> bool:
        """Take in messages, for a turn at most; returns whether there are more."""
        while self._messages:
            message = self._messages.popleft()
            self._taken += len(message.get("nodes", ()))
            self._intake.take(message)
            self._work_off_ended()
            if time.perf_counter() > until:
                return bool(self._messages)
        self._work_off_ended()
        return False

    def _work_off_ended(self) -> None:
        """What follows from the end of nodes."""
        while self._columns.ended:
            node = self._columns.ended.popleft()
            self._intake.erred.pop(node, None)
            self._over(node)

    def _release(self, node: int) -> None:
        """Nobody needs the value of a node any more."""
        future = self._futures.pop(node, None)
        if future is not None:
            del self._known[self._keys[node]]

    def _failed(self, node: int) -> None:
        """A node failed: the exception is recorded as soon as it is known."""
        if node in self._columns.raised:
            data = self._columns.raised.pop(node)
            text = self.trace.errors.get(node, "")
            self._record(node, told_error(self._name_of(node), data, text))
        else:
            self._fetching.append(asyncio.ensure_future(self._fetch_error(node)))

    # What kinds of runs differ in

    @abstractmethod
    def _begin(self) -> None:
        """The run begins."""

    @abstractmethod
    def _next(self, most: int) -> list[int]:
        """The nodes to hand over next, at most so many."""

    @abstractmethod
    def _tables(self) -> list[dict[Any, Any]]:
        """What is kept of each node, and is not needed any more once all have ended."""

    @abstractmethod
    def _is_done(self) -> bool:
        """Whether every node has ended, or never starts."""

    @abstractmethod
    def _keeps(self, node: int) -> bool:
        """Whether the value of a node is to stay on a worker."""

    @abstractmethod
    def _over(self, node: int) -> None:
        """A node has ended, as the columns say: what follows from that."""

    @abstractmethod
    def _record(self, node: int, error: BaseException) -> None:
        """Record the exception of a node that failed."""

    @abstractmethod
    async def _let_go(self) -> None:
        """The run stops: nothing waits here any more."""

    @abstractmethod
    async def _gone(self) -> None:
        """The run has stopped, and all was told that the workers have to tell."""

    @abstractmethod
    def _settle(self) -> None:
        """The run is over: give every node its state, and leave nothing that holds values."""

    # Failures

    async def _fetch_error(self, node: int) -> None:
        """Fetch the exception of a node that failed."""
        self._record(node, await error_of_future(self._name_of(node), self._futures.get(node)))

    def _name_of(self, node: int) -> str:
        return self.trace.name_of(node)

    def _look(self, now: float) -> None:
        """See what nobody tells: nodes that failed without a word, a client that was closed."""
        for node, since in list(self._intake.erred.items()):
            if now - since > SILENT:
                del self._intake.erred[node]
                self._columns.failed(node, self.trace.elapsed)
        self._work_off_ended()
        if self._client.status != "running":
            status = self._client.status
            how = "closed" if status == "closing" else status
            self._lose(f"the client was {how} during the invoke")
            return
        # A part of them each time: if the cluster is restarted, all are cancelled.
        self._seen = self._seen or list(self._futures)
        seen, self._seen = self._seen[-MOST_SEEN:], self._seen[:-MOST_SEEN]
        for node in seen:
            future = self._futures.get(node)
            if future is None or node in self.trace.outcomes:
                continue
            if future.status == "cancelled":
                self._lose(
                    f"the future of node {self._name_of(node)!r} was cancelled, by others or as the "
                    "cluster was restarted"
                )
                return
            if future.status == "finished" and self._is_untold(node):
                self._untold.setdefault(node, now)
        self._end_untold(now)

    def _is_untold(self, node: int) -> bool:
        """Whether it has not ended as far as was told, and no worker that is there has begun it."""
        finished = self.trace.finished[node]
        return finished != finished and not self._columns.is_told_of(node)  # NaN

    def _end_untold(self, now: float) -> None:
        """Let nodes end whose worker was lost before it told of their end.

        Others have their values, so they will never run again.
        """
        is_one_lost = any(lane.end == lane.end for lane in self.trace.lanes)  # not NaN
        patience = UNTOLD if is_one_lost else LATE
        for node, since in list(self._untold.items()):
            future = self._futures.get(node)
            if future is None or future.status != "finished" or not self._is_untold(node):
                del self._untold[node]
            elif now - since > patience and self._is_ready(node):
                del self._untold[node]
                self._has_ended_untold(node)
                self._work_off_ended()

    def _is_ready(self, node: int) -> bool:
        """Whether all that it needs has ended."""
        return self.trace.ready[node] == self.trace.ready[node]  # not NaN

    def _has_ended_untold(self, node: int) -> None:
        """Let a node end of whose end nobody can tell."""
        self._columns.ended_untold(node, self.trace.elapsed)

    def _lose(self, why: str) -> None:
        """The cluster is lost to this run."""
        self._lost = ClusterError(f"{why}; what had been done by then is in tm.last_unfinished")
        self._stop_soon(OUTSIDE)

    # Stopping

    def _stop_soon(self, cause: int) -> None:
        if not self._stopping:
            self._stopping = True
            self._ending.cause = cause
        self._wake()

    async def _stop(self) -> None:
        """Cancel everything on the cluster, and wait for the clean-up there, however often asked to."""
        stopping = asyncio.ensure_future(self._stop_once())
        while not stopping.done():
            try:
                await asyncio.wait([stopping])
            except CancelledError as error:
                # Asked again while nodes clean up: they are asked again, too.
                self._ending.cancelled = error
                again = asyncio.ensure_future(self._stop_workers())
                self._asked_again.append(again)
        stopping.result()

    async def _stop_once(self) -> None:
        await self._let_go()
        unfinished = [
            future
            for node, future in self._futures.items()
            if self.trace.finished[node] != self.trace.finished[node]
        ]
        if self._client.status == "running":
            await asyncio.gather(
                ask(self._client, self._client.cancel, unfinished),
                self._stop_workers(),
                return_exceptions=True,
            )
        turns = Turns()
        while self._take_messages(turns.ends):
            await turns.give_way()
        await self._gone()

    async def _stop_workers(self) -> None:
        answers = await ask(self._client, self._client.run, stop_run, self.name, on_error="ignore")
        for address, batches in answers.items():
            now = time.perf_counter()
            about = {"run": self.name, "worker": address, "sent": now, "received": now}
            self._messages.extend(about | batch for batch in batches)

    def _close(self) -> None:
        """Settle what is left open and end the trace."""
        trace = self.trace
        self._intake.close()
        for task in self._asked_again:
            task.cancel()
        self._columns.close()
        self._settle()
        finished, outcomes = trace.finished, trace.outcomes
        for node in list(self._futures):
            failed = node in outcomes and outcomes[node] != "reused"
            if failed or finished[node] != finished[node]:
                del self._futures[node]
        # Nothing may hold the values once the result is dropped, not even until the next collection
        # of cyclic garbage.
        self._known.clear()
        self._futures = Futures()
        latest = max((end for end in finished if end == end), default=0.0)
        trace.close(max(trace.elapsed, latest))


def _emptied(tables: Iterable[dict[Any, Any]]) -> Iterator[None]:
    """Drop what is in the tables, one by one."""
    for table in tables:
        while table:
            table.popitem()
            yield
