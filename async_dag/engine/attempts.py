"""`NodeAttempts`: how a node with a timeout, a retry or a limit gets its value."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from types import coroutine as generator_coroutine
from typing import TYPE_CHECKING, Any

from async_dag._common.shortening import short_repr
from async_dag.engine.failures import error_text
from async_dag.engine.recording import AttemptRecorder, WaitRecorder
from async_dag.engine.slots import SlotQueue
from async_dag.engine.steps import timed_steps
from async_dag.errors import NodeTimeoutError, WrongTypeError
from async_dag.nodes.limits import Limit, is_about_loops, wrong_loop
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.retries import most_attempts

if TYPE_CHECKING:
    from async_dag.engine.policy_run import PolicyRun


class NodeAttempts:
    """The attempts of the nodes of one run, each recorded in its trace.

    Args:
        run: that run.
        slots: the slots that nodes ask for, if the run has too few.
        waits: where the waits for limits are recorded.
    """

    __slots__ = ("_deadlines", "_limits", "_recorder", "_run", "_slots", "_waits")

    def __init__(self, run: PolicyRun, slots: SlotQueue | None, waits: WaitRecorder) -> None:
        self._run = run
        self._slots = slots
        self._waits = waits
        self._recorder = AttemptRecorder(run.trace)
        self._limits: dict[int, _InLimit] = {}  # of nodes that run, or wait for theirs
        self._deadlines: dict[int, asyncio.Timeout] = {}

    def close(self) -> None:
        """The invoke is over."""
        self._recorder.close()

    async def value(self, index: int, options: NodeOptions) -> Any:
        """Make attempts until one succeeds or the retry policy gives up."""
        if options.retry is None:
            return await self._attempt(index, options, None)
        succeeded = False
        value: Any = None
        error: BaseException | None = None
        attempts: Any = options.retry()
        if not hasattr(type(attempts), "__aiter__"):
            raise WrongTypeError(
                f"the retry= of node {self._name(index)!r} returned {short_repr(attempts)}; it "
                "must return an async iterator of attempts, as stamina.retry_context and "
                "tenacity.AsyncRetrying are"
            )
        most = most_attempts(attempts)
        try:
            async for attempt in _Pauses(self._run, index, attempts):
                succeeded = False
                with attempt:
                    try:
                        value = await self._attempt(index, options, most)
                    except BaseException as raised:
                        error = raised
                        raise
                    succeeded = True
                if succeeded:
                    if not _takes_value(attempt, value):
                        break  # by hand one would return here: nothing is left to decide
                elif error is not None and self._run._stopping:
                    raise error  # no attempt begins once nodes are cancelled
            if not succeeded:
                raise error or RuntimeError(
                    f"the retry= of node {self._name(index)!r} allowed no attempt"
                )
            return value
        finally:
            error = None  # its traceback holds this frame: a cycle that would keep both alive
            if (close := getattr(attempts, "aclose", None)) is not None:  # a generator, left early
                await close()

    async def _attempt(self, index: int, options: NodeOptions, most: int | None) -> Any:
        """Make one attempt of `most`: first the limit, then a slot, then the call."""
        if options.limit is None:
            return await self._in_slot(index, options, most)
        limit = self._limits[index] = _InLimit(self._name(index), self._waits, index, options.limit)
        try:
            async with limit:
                self._run._has_limit(index)
                return await self._in_slot(index, options, most)
        finally:
            del self._limits[index]

    async def _in_slot(self, index: int, options: NodeOptions, most: int | None) -> Any:
        slots = self._slots
        if slots is None:
            return await self._recorded_call(index, options, most)
        # A node without a limit gets the slot of its first attempt before it has a task.
        if not slots.holds(index):
            waiter = self._run._loop.create_future()
            slots.ask(index, waiter)
            if not waiter.done():
                try:
                    await waiter
                except BaseException:
                    slots.give_up(index)
                    self._run._grant_soon()
                    raise
        try:
            return await self._recorded_call(index, options, most)
        finally:
            slots.release(index)
            self._run._grant_soon()

    async def _recorded_call(self, index: int, options: NodeOptions, most: int | None) -> Any:
        """Call the task within its timeout; `started` is when the first attempt began."""
        run = self._run
        if run._started[index] != run._started[index]:  # NaN
            run._started[index] = run.trace.elapsed
        if options.retry is None:
            return await self._call_in_time(index, options.timeout)
        number = self._recorder.begin(index, most)
        failure: str | None = None
        try:
            return await self._call_in_time(index, options.timeout)
        except BaseException as error:
            failure = error_text(error)
            raise
        finally:
            self._recorder.end(number, failure)

    async def _call_in_time(self, index: int, timeout: float | None) -> Any:
        if timeout is None:
            return await timed_steps(self._run, index)
        deadline = self._deadlines[index] = asyncio.timeout(timeout)
        try:
            async with deadline:
                return await timed_steps(self._run, index)
        except TimeoutError as error:
            if not deadline.expired():  # the task's own
                raise
            raise NodeTimeoutError(
                f"node {self._name(index)!r} took longer than its timeout of {timeout:g} s"
            ) from error.with_traceback(None)  # its frames tell the user nothing
        finally:
            del self._deadlines[index]

    # A node that streams may be held back by a window, which opens when others have gone on: these may
    # need its limit. And that time is none of the node's own.

    async def leave_limit(self, index: int) -> None:
        """Let others into the limit of a running node, if it has one."""
        if (limit := self._limits.get(index)) is not None:
            await limit.leave()

    async def enter_limit(self, index: int, row: int) -> None:
        """Wait until the node is in its limit again; the wait is recorded for `row`."""
        if (limit := self._limits.get(index)) is not None:
            await limit.enter(row)

    def stop_timeout(self, index: int) -> float | None:
        """Let the timeout of a running node stand still; returns the seconds that are left."""
        deadline = self._deadlines.get(index)
        if deadline is None or deadline.expired() or (when := deadline.when()) is None:
            return None
        deadline.reschedule(None)
        return when - self._run._loop.time()

    def restart_timeout(self, index: int, left: float | None) -> None:
        """Let it go on, with so many seconds left."""
        if left is not None:
            self._deadlines[index].reschedule(self._run._loop.time() + left)

    def _name(self, index: int) -> str:
        return self._run.trace.name_of(index)


def _nothing() -> None:
    """What is called by default."""


class _Pauses:
    """`async for` over attempts: records by how much each pause between them was over too late.

    A pause ends when the loop calls the node, which is later than due while others hold the loop.
    """

    __slots__ = ("_attempts", "_index", "_run")

    def __init__(self, run: PolicyRun, index: int, attempts: Any) -> None:
        self._run = run
        self._index = index
        self._attempts = type(attempts).__aiter__(attempts)

    def __aiter__(self) -> _Pauses:
        return self

    def __anext__(self) -> Awaitable[Any]:
        attempts = self._attempts
        pausing = type(attempts).__anext__(attempts)
        return _driven(pausing, goes_on=partial(self._run._pause_is_over, self._index, pausing))


class _InLimit:
    """`async with` a limit: records the time until it lets the node in, and explains its errors.

    What the limit's `__aexit__` returns is ignored: it can't turn a failure into a value. Within the
    block one may `leave` the limit, and `enter` it again.
    """

    __slots__ = ("_index", "_is_inside", "_limit", "_name", "_waits")

    def __init__(self, name: str, waits: WaitRecorder, index: int, limit: Limit) -> None:
        self._name = name
        self._waits = waits
        self._index = index
        self._limit = limit
        self._is_inside = False

    async def __aenter__(self) -> None:
        await self.enter(self._index)

    async def __aexit__(self, *error: Any) -> None:  # noqa: PYI036 - passed on as they are
        await self.leave(*error)

    async def enter(self, row: int) -> None:
        """Wait until the limit lets the node in; that is a wait of that row of the trace."""
        limit = self._limit
        try:
            await self._wait(row, type(limit).__aenter__(limit))
        except RuntimeError as error:
            if is_about_loops(error):
                raise wrong_loop(self._name, limit) from error
            raise
        self._is_inside = True

    async def leave(self, *error: Any) -> None:
        """Let another one in, unless the limit was left already."""
        if self._is_inside:
            self._is_inside = False
            limit = self._limit
            await type(limit).__aexit__(limit, *(error or (None, None, None)))

    async def _wait(self, row: int, entering: Any) -> None:
        """Await something, and record a wait unless it is there at once."""
        since = self._waits.now
        waiting = False

        def begin() -> None:
            nonlocal waiting
            waiting = True
            self._waits.begin(row, "limit", since)

        try:
            await _driven(entering, begins=begin)
        finally:
            if waiting:
                self._waits.end(row)


@generator_coroutine
def _driven(
    awaitable: Any,
    *,
    begins: Callable[[], None] = _nothing,
    goes_on: Callable[[], None] = _nothing,
) -> Generator[Any, Any, Any]:
    """Await something; call `begins` before it first waits, and `goes_on` after each wait."""
    steps = awaitable.__await__()
    try:
        yielded = next(steps)
    except StopIteration as end:
        return end.value
    begins()
    while True:
        sent: Any = None
        thrown: BaseException | None = None
        try:
            sent = yield yielded
        except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
            thrown = error
        else:
            goes_on()
        try:
            yielded = steps.send(sent) if thrown is None else steps.throw(thrown)
        except StopIteration as end:
            return end.value
        finally:
            thrown = None  # its traceback holds this frame


def _takes_value(attempt: Any, value: object) -> bool:
    """Tell an attempt of tenacity its value, by which it may retry; False for all other attempts."""
    state = getattr(attempt, "retry_state", None)
    if state is None:
        return False
    state.set_result(value)
    return True
