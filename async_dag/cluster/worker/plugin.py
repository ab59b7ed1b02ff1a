"""`NodePlugin`: what each worker of a cluster has of ours, from the first run on it.

A coroutine runs on a loop of our own. The thread that Dask gave to its task waits for it, and leaves
the worker's slots (`secede`) if that takes longer than `GRACE`: so coroutines that wait occupy nothing,
and short ones cost no message to the scheduler.
"""

from __future__ import annotations

import asyncio
import math
import socket
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from concurrent.futures import Future
from contextvars import Context, copy_context
from functools import partial
from types import coroutine as generator_coroutine
from typing import Any, Final

from distributed import Worker, WorkerPlugin, secede

from async_dag.cluster.worker.asked import facts_of, size_at_once
from async_dag.cluster.worker.attempts import with_retry, within
from async_dag.cluster.worker.facts import SIZE
from async_dag.cluster.worker.journal import DELAY, Journal, NodeRecord
from async_dag.cluster.worker.names import PLUGIN, node_of, topic_of
from async_dag.cluster.worker.node_call import Bound, NodeCall
from async_dag.cluster.worker.node_loop import NodeLoop
from async_dag.cluster.worker.raised import NodeEnded, for_dask, pickled_error
from async_dag.engine.failures import error_text
from async_dag.engine.report import report_as
from async_dag.engine.steps import as_coroutine
from async_dag.trace.columns import LARGE, LONG_STEP, Progress
from async_dag.trace.trace import PROCESSORS

GRACE: Final = 0.005
"""Seconds for which a coroutine occupies a slot of its worker before it leaves it."""

AT_LEAST: Final = 0.001
"""The same where another node waits for the slot: enough for one that never awaits."""

_REMEMBERED: Final = 1000
"""How many stopped runs a worker remembers, so that a task of theirs that comes late never starts."""


class NodePlugin(WorkerPlugin):
    """Runs nodes on a worker, and tells what happens there."""

    name = PLUGIN
    idempotent = True  # a second client leaves the first one's as it is

    def setup(self, worker: Worker) -> None:
        """Dask calls it when the worker gets the plugin."""
        self._worker = worker
        self._address = worker.address
        self._journal = Journal(self._schedule_flush, self._send)
        self._loop = NodeLoop("async_dag nodes")
        self._stopped: OrderedDict[str, None] = OrderedDict()
        self._flights: dict[Any, tuple[str, float]] = {}  # of keys on their way: from where, since

    def teardown(self, worker: Worker) -> None:
        """Dask calls it when the worker closes."""
        self._loop.close()
        self._journal.flush()  # what has ended in these last moments

    # What it tells

    def _schedule_flush(self) -> None:
        self._worker.loop.add_callback(self._worker.loop.call_later, DELAY, self._journal.flush)

    def _send(self, run: str, batch: dict[str, Any]) -> None:
        message = {"run": run, "worker": self._address, "sent": time.perf_counter(), **batch}
        self._worker.log_event(topic_of(run), message)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Dask calls it whenever a key changes its state on the worker, on the worker's own loop."""
        of = node_of(key)
        if of is None:
            return
        now = time.perf_counter()
        if finish == "waiting":
            self._journal.came(*of, now)
        elif finish in ("ready", "constrained"):
            self._flights.pop(key, None)  # it did not come, so it is made here
            self._journal.able(*of, now)
        elif finish == "flight":
            state = self._worker.state.tasks.get(key)
            source = None if state is None else state.coming_from
            self._flights[key] = (source or "", now)
        elif finish == "memory":
            self._in_memory(key, *of, now)
        elif finish in ("fetch", "missing"):  # whoever was to send it has it no more
            self._flights.pop(key, None)
        elif finish in ("released", "forgotten"):
            self._flights.pop(key, None)
            self._journal.left(*of, now)

    def _in_memory(self, key: Any, run: str, node: int, now: float) -> None:
        """A value is there: made here, or moved."""
        source, since = self._flights.pop(key, ("", now))
        state = self._worker.state.tasks.get(key)
        size = 0 if state is None else int(state.get_nbytes())
        if source and state is not None:
            self._journal.tell(run, "moves", node, source, since, now, size)
        elif size >= LARGE:
            self._journal.tell(run, "sizes", node, size)
        # It was to run here, and is brought by a move that was under way: it never starts.
        self._journal.left(run, node, now)

    # Running nodes

    def run(self, call: NodeCall, values: Sequence[Any]) -> Any:
        """The value of a node; called in a thread that Dask gave to its task."""
        if call.run in self._stopped:
            raise NodeEnded(f"the run of node {call.name!r} was stopped")
        value, error = self._in_slot(call, values) if call.in_slot else self._on_loop(call, values)
        if error is None:
            return value
        try:
            raise for_dask(error)
        finally:
            error = None  # its traceback holds this frame: a cycle that would keep both alive

    def _in_slot(self, call: NodeCall, values: Sequence[Any]) -> tuple[Any, BaseException | None]:
        """A plain function, in this very thread."""
        context = reporting(self._journal, call.run, call.node, None)
        record = self._journal.started(call.run, call.node, time.perf_counter())
        outcome = _Outcome(self._journal, record, call.asks, lambda: False)
        with outcome:
            function, args, kwargs = call.bind(values)
            outcome.value = context.run(function, *args, **kwargs)
        return outcome.value, outcome.error

    def _on_loop(self, call: NodeCall, values: Sequence[Any]) -> tuple[Any, BaseException | None]:
        """A coroutine, on the loop for nodes, while this thread waits for it."""
        context = reporting(self._journal, call.run, call.node, self._loop.loop)
        try:
            # Here, and not on the loop: the first time it imports what the function needs.
            bound = call.bind(values)
        except BaseException as error:  # noqa: BLE001 - the node fails of it
            now = time.perf_counter()
            record = self._journal.started(call.run, call.node, now)
            self._journal.ended(record, now, "failed", error_text(error), pickled_error(error))
            return None, error
        ended = self._loop.start(call.run, partial(self._live, call, bound), context)
        if not _is_done(ended, AT_LEAST) and (
            self._journal.waiting or not _is_done(ended, GRACE - AT_LEAST)
        ):
            secede()  # type: ignore[no-untyped-call]
        return ended.result()  # type: ignore[no-any-return]

    async def _live(self, call: NodeCall, bound: Bound) -> tuple[Any, BaseException | None]:
        """The life of a node on the loop; it raises nothing."""
        run, node = call.run, call.node
        journal = self._journal
        record = journal.started(run, node, time.perf_counter())
        outcome = _Outcome(journal, record, call.asks, lambda: run in self._stopped)

        def stepped(start: float, end: float) -> None:
            record.held += end - start
            if end - start > LONG_STEP:
                journal.tell(run, "steps", node, start, end)

        async def called() -> Any:
            # In the node's own task, as its user expects; a plain function that returns an awaitable
            # is called here, too.
            function, args, kwargs = bound
            who: Any = call  # it has a name, which is all that is asked of it
            return await as_coroutine(function(*args, **kwargs), who)

        async def attempt() -> Any:
            return await within(call.timeout, call.name, lambda: in_steps(called(), stepped))

        with outcome:
            if run in self._stopped:  # it came while the others were being cancelled
                raise asyncio.CancelledError
            if call.retry is None:
                outcome.value = await attempt()
            else:
                outcome.value = await with_retry(
                    call.retry.load(),
                    call.name,
                    _Attempts(journal, run, node, attempt),
                    lambda: run in self._stopped,
                )
        return outcome.value, outcome.error

    # Stopping

    async def stop(self, run: str) -> list[dict[str, Any]]:
        """Cancel the nodes of a run and wait for their clean-up; returns what was not told yet."""
        self._stopped[run] = None
        while len(self._stopped) > _REMEMBERED:
            self._stopped.popitem(last=False)
        with self._journal.kept_back(run):
            await self._loop.cancel(run)
            return self._journal.take(run)


def _is_done(ended: Future[Any], seconds: float) -> bool:
    """Whether it is done, or will be within so many seconds."""
    # Not `wait` of concurrent.futures, which takes longer than the rest of what a short node costs.
    try:
        ended.exception(seconds)
    except TimeoutError:
        return False
    return True


class _Outcome:
    """`with` around what a node does: takes what it raises, and tells how it ended."""

    def __init__(
        self, journal: Journal, record: NodeRecord, asks: int, is_stopping: Callable[[], bool]
    ) -> None:
        self._journal = journal
        self._record = record
        self._asks = asks
        self._is_stopping = is_stopping
        self.value: Any = None
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> bool:
        now = time.perf_counter()
        self.error = error
        if error is None:
            if self._asks & ~SIZE:
                self._record.facts = tuple(facts_of(self.value, self._asks))
            if self._asks & SIZE and (size := size_at_once(self.value)) >= LARGE:
                # Once more when the value is in the worker's memory; that may be told after the end.
                self._journal.tell(self._record.run, "sizes", self._record.node, size)
            self._journal.ended(self._record, now, "done")
        elif isinstance(error, asyncio.CancelledError) and self._is_stopping():
            self._journal.ended(self._record, now, "cancelled")
        else:
            pickled = pickled_error(error)
            self._journal.ended(self._record, now, "failed", error_text(error), pickled)
        return True


class _Attempts:
    """Calls one attempt after the other, and tells of each."""

    def __init__(
        self, journal: Journal, run: str, node: int, attempt: Callable[[], Awaitable[Any]]
    ) -> None:
        self._tell = partial(journal.tell, run, "attempts", node)
        self._attempt = attempt
        self._number = 0

    async def __call__(self, most: int | None) -> Any:
        number = self._number
        self._number += 1
        start = time.perf_counter()
        self._tell(number, start, math.nan, None, most)
        text: str | None = None
        try:
            return await self._attempt()
        except BaseException as error:
            text = error_text(error)
            raise
        finally:
            self._tell(number, start, time.perf_counter(), text, most)


async def stop_run(run: str, dask_worker: Worker) -> list[dict[str, Any]]:
    """What `client.run` calls on every worker to stop a run."""
    plugin = dask_worker.plugins.get(PLUGIN)
    return await plugin.stop(run) if isinstance(plugin, NodePlugin) else []


def read_clock() -> tuple[float, str, int | None]:
    """What `client.run` calls on a worker: the time on its clock, its host, and its processors."""
    return time.perf_counter(), socket.gethostname(), PROCESSORS


# Lets `async_dag.report` work on a worker: what a task tells goes into the journal.


class _Told:
    """Stands where `report` has the trace: as much of it as it asks for."""

    over = False

    def __init__(self, journal: Journal, run: str, node: int) -> None:
        self._journal = journal
        self._run = run
        self._node = node
        self.finished = {node: math.nan}
        self.progress = self
        # What a coroutine calls in threads of its own is part of its own time: nobody asks, and nobody
        # knows what holds the worker's loop.
        self.knows_lateness = False
        self.holder = -1
        self.calls: deque[object] = deque(maxlen=0)
        self.waits: deque[object] = deque(maxlen=0)

    @property
    def elapsed(self) -> float:
        """Seconds, on the worker's clock."""
        return time.perf_counter()

    def __setitem__(self, node: int, progress: Progress) -> None:
        self._journal.tell(self._run, "reports", self._node, time.perf_counter(), *progress)

    def holding(self) -> None:
        """No other node can be meant."""


def reporting(
    journal: Journal, run: str, node: int, loop: asyncio.AbstractEventLoop | None
) -> Context:
    """A context in which `report` is about this node."""
    reports: Any = _Told(journal, run, node)
    context = copy_context()
    context.run(report_as, reports, node, loop)
    return context


# Drives a node's coroutine step by step, so that it is known when it holds the loop.


@generator_coroutine
def in_steps(
    coroutine: Coroutine[Any, Any, Any], stepped: Callable[[float, float], object]
) -> Generator[Any, Any, Any]:
    """Await `coroutine`; after each of its steps call `stepped(start, end)`.

    Both are seconds of `time.perf_counter`.
    """
    thrown: BaseException | None = None
    while True:
        start = time.perf_counter()
        try:
            yielded = coroutine.send(None) if thrown is None else coroutine.throw(thrown)
        except StopIteration as stop:
            return stop.value
        finally:
            thrown = None  # its traceback holds this frame: a cycle that would keep both alive
            stepped(start, time.perf_counter())
        try:
            yield yielded
        except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
            thrown = error
