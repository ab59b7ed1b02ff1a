"""`PolicyRun`: an invoke with slots, limits, timeouts, retries, targets or reused values.

It overrides the hooks of `Run` where these make a difference. An invoke that asks for none of this is
a plain `Run` and pays for nothing here.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Collection, Sequence
from typing import Any

from async_dag.engine.attempts import NodeAttempts
from async_dag.engine.eager_task import EagerTask
from async_dag.engine.failures import is_a
from async_dag.engine.interruption import lost
from async_dag.engine.policy import Policy
from async_dag.engine.recording import WaitRecorder
from async_dag.engine.result import ExecutionResult
from async_dag.engine.run import Run
from async_dag.engine.slots import SlotQueue
from async_dag.nodes.limits import check_loops
from async_dag.nodes.options import NodeOptions
from async_dag.trace.columns import NOT_NEEDED


class PolicyRun(Run):
    """A run in which nodes have attempts, and wait for limits and slots.

    Args:
        policy: what is asked for.
        result: what is written.
        on_done: called with each task that is done, the moment it is.
    """

    __slots__ = ("_attempts", "_continues_on_error", "_on_done", "_options", "_slots", "_waits")

    def __init__(
        self,
        policy: Policy,
        result: ExecutionResult[Any],
        on_done: Callable[[int], object] | None = None,
    ) -> None:
        compiled = policy.compiled
        super().__init__(compiled, result)
        self._has_hooks = True
        trace = self.trace
        self._on_done = on_done
        self._continues_on_error = policy.continues_on_error
        # Only nodes with a timeout, a retry or a limit.
        self._options: dict[int, NodeOptions] = {
            index: compiled.options[index]
            for index in compiled.with_attempts
            if index in policy.runs
        }
        check_loops(
            (compiled.nodes[index].name, options.limit)
            for index, options in self._options.items()
            if options.limit is not None
        )
        self._waits = WaitRecorder(trace)
        self._slots: SlotQueue | None = None
        trace.max_concurrency = policy.slots
        if policy.slots is not None and policy.paths:
            at_once = {
                index for index, options in self._options.items() if options.limit is not None
            }
            at_once.update(index for index in policy.runs if compiled.tasks[index] is None)
            self._slots = self._new_slots(policy.slots, policy.paths, at_once)
            self._queue = self._slots
        self._attempts = NodeAttempts(self, self._slots, self._waits)
        for index in policy.not_needed:
            trace.causes[index] = NOT_NEEDED
            trace.outcomes[index] = "skipped"
        for index in policy.reused:
            assert policy.earlier is not None
            self._values[index] = policy.earlier._values[index]
            trace.outcomes[index] = "reused"
            trace.ready[index] = trace.finished[index] = 0.0

    def _new_slots(self, slots: int, paths: Sequence[float], at_once: Collection[int]) -> SlotQueue:
        return SlotQueue(self._waits, slots, paths, at_once)

    # How nodes start

    def _start_ready(self, is_in_context: bool) -> None:
        if self._slots is not None:
            self._slots.grant()
        super()._start_ready(is_in_context)

    def _start_task(self, index: int) -> None:
        if self._options_of(index) is None:
            super()._start_task(index)
            return
        if self._deferred is not None:
            self._deferred.start(index, self._live_in_attempts(index))
            return
        task = EagerTask(
            self._live_in_attempts(index),
            loop=self._loop,
            context=self._context.copy(),
            eager_start=True,
        )
        if not task.done():
            self._running[index] = task
        elif self._finished[index] != self._finished[index]:  # NaN: nothing is recorded
            lost(self, index, task)

    async def _live_in_attempts(self, index: int) -> None:
        """The life of a node with a timeout, a retry or a limit, as its asyncio task runs it."""
        if self._deferred is not None and not await self._deferred.turn_came(index):
            return
        value: object = None
        failure: BaseException | None = None
        try:
            options = self._options_of(index)
            assert options is not None
            value = await self._attempts.value(index, options)
        except BaseException as error:
            if self._loop_is_gone(error):
                raise
            failure = error
        self._now = now = self.trace.elapsed
        if failure is None:
            self._succeeded(index, value, now)
        else:
            self._failed(index, failure, now)
            failure = None  # its traceback refers to this frame: a cycle
        self._leave(index)

    def _options_of(self, index: int) -> NodeOptions | None:
        """The options of a node that has a timeout, a retry or a limit."""
        return self._options.get(index)

    def _has_limit(self, index: int) -> None:
        """Record that a node which waited for its limit has passed it, in whichever attempt."""

    def _grant_soon(self) -> None:
        """Hand on free slots: in the next turn at the latest, or right when the node ends here."""
        if not self._loop.is_closed():
            self._loop.call_soon(self._grant_now, context=self._context.copy())

    def _grant_now(self) -> None:
        if self._slots is not None:
            self._slots.grant()
        self._now = self.trace.elapsed
        self._go_on()

    # How nodes end

    def _succeeded(self, index: int, value: object, now: float) -> None:
        super()._succeeded(index, value, now)
        self._free_slot(index)
        if self._on_done is not None and self._compiled.tasks[index] is not None:
            self._on_done(index)

    def _failed(self, index: int, error: BaseException, now: float) -> None:
        if self._started[index] != self._started[index]:  # NaN: it waited for its limit or slot
            if self._stopping and is_a(error, CancelledError):
                return  # it never started; `_close` says so
            if not self.trace.over:
                self._started[index] = now
        super()._failed(index, error, now)
        self._free_slot(index)

    def _free_slot(self, index: int) -> None:
        if self._slots is not None:
            self._slots.release(index)
            self._slots.grant()

    def _after_failure(self, index: int) -> None:
        """Let the others go on if that was asked for: only what depends on the node never starts."""
        fatal = self._ending is not None and self._ending.fatal is not None
        if fatal or not self._continues_on_error:
            super()._after_failure(index)
            return
        trace = self.trace
        behind = [*self._dependents[index]]
        while behind:
            dependent = behind.pop()
            if dependent not in trace.outcomes:
                trace.causes[dependent] = index
                trace.outcomes[dependent] = "skipped"
                behind.extend(self._dependents[dependent])

    def _close(self) -> None:
        is_abandoned = bool(self._running)
        try:
            self._waits.close()
            self._attempts.close()
        finally:
            super()._close()
        if not is_abandoned:
            self._on_done = None  # it holds a stream, which holds the run: a cycle
            del self._attempts  # so do these
