"""`ControlledRun`: an invoke with slots, limits, timeouts, retries, targets or reused values.

It is the engine's run with other parts where these make a difference. An invoke that asks for none of
this is a plain `Run` and pays for nothing here.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Callable, Generator, Sequence
from types import coroutine as generator_coroutine
from typing import Any

from async_dag._common.shortening import short_repr
from async_dag.engine.failures import error_text
from async_dag.engine.policy import Control
from async_dag.engine.recording import Attempts, Waits
from async_dag.engine.result import ExecutionResult
from async_dag.engine.run import Run
from async_dag.engine.slots import SlotQueue
from async_dag.engine.stepping import pause
from async_dag.errors import NodeTimeoutError, WrongTypeError
from async_dag.nodes.limits import Limit, check_loops, is_about_loops, wrong_loop
from async_dag.nodes.options import NodeOptions
from async_dag.trace.columns import LONG_STEP, NOT_NEEDED, Step


class ControlledRun(Run):
    """A run in which nodes have attempts, and wait for limits and slots.

    Args:
        control: what is asked for.
        result: what is written.
        with_attempts: the nodes with a timeout, a retry or a limit.
        deliver: called with each node that is done, the moment it is, if somebody wants to know.
    """

    __slots__ = ("_attempts", "_deliver", "_go_on", "_options", "_slots", "_waits")

    def __init__(
        self,
        control: Control,
        result: ExecutionResult[Any],
        with_attempts: Sequence[int],
        deliver: Callable[[int], object] | None = None,
    ) -> None:
        plan = control.plan
        super().__init__(plan, result)
        self._by_method = True  # `_succeeded` does more here
        trace = self.trace
        self._deliver = deliver
        self._go_on = control.go_on
        self._options: dict[int, NodeOptions] = {}
        for index in with_attempts:
            options = plan.nodes[index]._options
            assert options is not None
            if index in control.runs:
                self._options[index] = options
        check_loops(
            (plan.nodes[index].name, options.limit)
            for index, options in self._options.items()
            if options.limit is not None
        )
        self._waits = Waits(trace)
        self._attempts = Attempts(trace)
        self._slots: SlotQueue | None = None
        trace.max_concurrency = control.slots
        if control.slots is not None and control.paths:
            at_once = {
                index for index, options in self._options.items() if options.limit is not None
            }
            at_once.update(index for index in control.runs if plan.nodes[index]._task is None)
            self._slots = SlotQueue(self._waits, control.slots, control.paths, at_once)
            self._queue = self._slots  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
        for index in control.not_needed:
            trace.causes[index] = NOT_NEEDED
            trace.outcomes[index] = "skipped"
        for index in control.reused:
            assert control.earlier is not None
            self._values[index] = control.earlier._values[index]
            trace.outcomes[index] = "reused"
            trace.ready[index] = trace.finished[index] = 0.0

    # The life of a node

    def _live(self, index: int, coroutine: Any = None) -> Any:  # a coroutine
        options = self._options.get(index)
        return (
            super()._live(index, coroutine)
            if options is None
            else self._live_in_attempts(index, options)
        )

    async def _live_in_attempts(self, index: int, options: NodeOptions) -> None:
        """What the asyncio task of a node with a timeout, a retry or a limit runs."""
        if not self._eager:
            try:
                await pause()
            except BaseException as error:  # noqa: BLE001 - it is all recorded
                self._not_even_started(index, error)
                return
            # In the next turn: how long that took tells how long the first steps in this one took.
            since = self.trace.elapsed
            self._loop.call_soon(lambda: self._first_step_over(self.trace.elapsed - since))
        value: object = None
        failure: BaseException | None = None
        try:
            value = await self._try(index, options)
        except BaseException as error:
            if self._torn_down(error):
                raise
            failure = error
        self._now = now = self.trace.elapsed
        if failure is None:
            self._succeeded(index, value, now)
        else:
            self._failed(index, failure, now)
        self._leave(index)

    async def _try(self, index: int, options: NodeOptions) -> Any:
        """Attempts until one succeeds or the retrying gives up."""
        if options.retry is None:
            return await self._attempt(index, options)
        succeeded = False
        value: Any = None
        error: BaseException | None = None
        attempts: Any = options.retry()
        if not hasattr(type(attempts), "__aiter__"):
            raise WrongTypeError(
                f"the retry= of node {self._nodes[index].name!r} returned {short_repr(attempts)}; it "
                "must return an async iterator of attempts, as stamina.retry_context and "
                "tenacity.AsyncRetrying are"
            )
        try:
            async for attempt in attempts:
                succeeded = False
                with attempt:
                    try:
                        value = await self._attempt(index, options)
                    except BaseException as raised:
                        error = raised
                        raise
                    succeeded = True
                if succeeded:
                    _tell_value(attempt, value)
                elif isinstance(error, CancelledError) and self._stopping:
                    raise error  # a retrying that takes a cancellation for a failure must not win
            if not succeeded:
                raise error or RuntimeError(
                    f"the retry= of node {self._nodes[index].name!r} allowed no attempt"
                )
            return value
        finally:
            error = None  # its traceback holds this frame: a cycle that would keep both alive
            if (close := getattr(attempts, "aclose", None)) is not None:  # a generator, left early
                await close()

    async def _attempt(self, index: int, options: NodeOptions) -> Any:
        """One attempt: first the limit, then a slot, then the call."""
        if options.limit is None:
            return await self._in_slot(index, options)
        async with _InLimit(self, index, options.limit):
            return await self._in_slot(index, options)

    async def _in_slot(self, index: int, options: NodeOptions) -> Any:
        slots = self._slots
        if slots is None:
            return await self._recorded_call(index, options)
        # A node without a limit gets the slot of its first attempt before it has a task.
        if not slots.holds(index):
            waiter = self._loop.create_future()
            slots.ask(index, waiter)
            if not waiter.done():
                try:
                    await waiter
                except BaseException:
                    slots.give_up(index)
                    self._hand_on_slots()
                    raise
        try:
            return await self._recorded_call(index, options)
        finally:
            slots.release(index)
            self._hand_on_slots()

    def _hand_on_slots(self) -> None:
        """Free slots go on in the next turn at the latest; if the node ends here, right then."""
        if not self._loop.is_closed():
            self._loop.call_soon(self._start_if_any, context=self._context)

    def _start_if_any(self) -> None:
        if self._queue and not self._starting:
            self._now = self.trace.elapsed
            self._start_ready()

    async def _recorded_call(self, index: int, options: NodeOptions) -> Any:
        """The call of the task within its timeout; `started` is the start of the first."""
        started = self._started
        if started[index] != started[index]:  # NaN
            started[index] = self.trace.elapsed
        if options.retry is None:
            return await self._call_in_time(index, options.timeout)
        number = self._attempts.begin(index)
        failure: str | None = None
        try:
            return await self._call_in_time(index, options.timeout)
        except BaseException as error:
            failure = error_text(error)
            raise
        finally:
            self._attempts.end(number, failure)

    async def _call_in_time(self, index: int, timeout: float | None) -> Any:
        if timeout is None:
            return await self._timed(index)
        deadline = asyncio.timeout(timeout)
        try:
            async with deadline:
                return await self._timed(index)
        except TimeoutError as error:
            if not deadline.expired():  # the task's own
                raise
            raise NodeTimeoutError(
                f"node {self._nodes[index].name!r} took longer than its timeout of {timeout:g} s"
            ) from error

    @generator_coroutine
    def _timed(self, index: int) -> Generator[Any, Any, Any]:
        """Call the task and drive what it returns step by step, writing down who holds the loop."""
        trace = self.trace
        coroutine: Any = None
        sent = thrown = None
        while True:
            trace.holder_since = since = trace.elapsed
            trace.holder = index
            try:
                if coroutine is None:
                    coroutine = self._call(index)
                if thrown is None:
                    yielded = coroutine.send(sent)
                else:
                    yielded = coroutine.throw(thrown)
            except StopIteration as stop:
                return stop.value
            finally:
                thrown = None  # its traceback holds this frame: a cycle that would keep both alive
                trace.holder = -1
                step = trace.elapsed - since
                if not trace.over:
                    self._held[index] += step
                    if step > LONG_STEP:
                        trace.long_steps.append(Step(index, since, step))
            sent = None
            try:
                sent = yield yielded
            except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
                thrown = error

    # How nodes end

    def _succeeded(self, index: int, value: object, now: float) -> None:
        super()._succeeded(index, value, now)
        if self._slots is not None:
            self._slots.release(index)
        if self._deliver is not None and self._nodes[index]._task is not None:
            self._deliver(index)

    def _failed(self, index: int, error: BaseException, now: float) -> None:
        if self._started[index] != self._started[index]:  # NaN: it waited for its limit or slot
            if self._stopping and isinstance(error, CancelledError):
                return  # it never started; `_close` says so
            if not self.trace.over:
                self._started[index] = now
        super()._failed(index, error, now)
        if self._slots is not None:
            self._slots.release(index)

    def _after_failure(self, index: int) -> None:
        """Let the others go on, if that was asked for; only what depends on the node never starts."""
        if not self._go_on or self._fatal is not None:
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
        self._waits.close()
        self._attempts.close()
        super()._close()


class _InLimit:
    """`async with` a limit: records the time until it let us in, and names what goes wrong there.

    What its exit returns is ignored: a limit can't turn the failure of a node into a value.
    """

    __slots__ = ("_index", "_limit", "_run")

    def __init__(self, run: ControlledRun, index: int, limit: Limit) -> None:
        self._run = run
        self._index = index
        self._limit = limit

    async def __aenter__(self) -> None:
        limit = self._limit
        try:
            await self._wait(type(limit).__aenter__(limit))
        except RuntimeError as error:
            if is_about_loops(error):
                raise wrong_loop(self._run._nodes[self._index].name, limit) from error
            raise

    async def __aexit__(self, *error: Any) -> None:
        limit = self._limit
        await type(limit).__aexit__(limit, *error)

    @generator_coroutine
    def _wait(self, entering: Any) -> Generator[Any, Any, None]:
        """Await, and record a wait if that does not go through at once."""
        waits = self._run._waits
        steps = entering.__await__()
        since = waits.now
        try:
            yielded = next(steps)
        except StopIteration:
            return
        waits.begin(self._index, "limit", since)
        try:
            while True:
                sent = thrown = None
                try:
                    sent = yield yielded
                except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
                    thrown = error
                try:
                    yielded = steps.send(sent) if thrown is None else steps.throw(thrown)
                except StopIteration:
                    return
                finally:
                    thrown = None  # its traceback holds this frame
        finally:
            waits.end(self._index)


def _tell_value(attempt: Any, value: object) -> None:
    """What one does by hand with an attempt of tenacity's, which may retry by the value."""
    state = getattr(attempt, "retry_state", None)
    if state is not None:
        state.set_result(value)
