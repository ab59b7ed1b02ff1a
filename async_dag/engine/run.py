"""One invoke: starts each node the moment its last dependency is done, and writes the trace.

This is the hot path. Each node runs in an asyncio task of its own. From Python 3.12 on tasks start
eagerly: creating the task runs the node's first step at once, so a node that never waits costs no turn
of the event loop. A node that finishes puts the dependents that it made ready into a queue, which is
worked off by a loop, never by recursion.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from asyncio import CancelledError, Task
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final

from async_dag.engine.failures import add_note, error_text, trim_traceback
from async_dag.engine.progress import TRACE
from async_dag.engine.stepping import (
    DONE,
    Stepper,
    as_coroutine,
    failing,
    hand_on,
    new_stepper,
    pause,
)
from async_dag.errors import InvocationError, NodeCancelled
from async_dag.nodes.plan import Plan
from async_dag.trace.columns import LONG_STEP, OUTSIDE, Step

if TYPE_CHECKING:
    from async_dag.engine.result import ExecutionResult
    from async_dag.trace.trace import Trace

EAGER: Final = sys.version_info >= (3, 12)
"""Whether asyncio tasks can run their first step the moment they are created."""

_EAGER_FACTORY: Final = getattr(asyncio, "eager_task_factory", None)

TURN: Final = 0.005
"""Seconds after which the engine stops starting nodes to give the event loop a turn.

Half of the 10 ms that are promised: the node that is running then still has to end its step.
"""

WINDOW: Final = 8
"""How many nodes start in one turn of the loop where tasks can't start eagerly.

Their first steps then all fall into the next turn, which nothing can interrupt; a small window keeps
it short, and costs half a microsecond a node.
"""


FAILED: Final = object()
"""What lies in the cell when the node that just started has failed."""


class Run:
    """One invoke while it goes on, as `watch` hands it to its callbacks.

    Attributes:
        trace: what happens in it, being written; may be read from any thread.
        result: the `ExecutionResult` so far.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> runs = []
    >>> with tm.watch(runs.append):
    ...     result = asyncio.run(tm.invoke())
    >>> runs[0].done, runs[0].trace is result.trace
    (True, True)
    """

    # What the hot path reads at every node lies in slots; `trace` and `result` are for everybody.
    __slots__ = (
        "__weakref__",
        "_at_hand",
        "_began",
        "_by_method",
        "_cause",
        "_clock",
        "_context",
        "_create_task",
        "_dependents",
        "_eager",
        "_failures",
        "_fatal",
        "_finished",
        "_foreign",
        "_held",
        "_idle",
        "_loop",
        "_marked",
        "_missing",
        "_nodes",
        "_now",
        "_plan",
        "_queue",
        "_ready",
        "_cell",
        "_running",
        "_spent",
        "_started",
        "_starting",
        "_stepper",
        "_stopping",
        "_unstarted",
        "_values",
        "_was_cancelled",
        "_window",
        "result",
        "trace",
    )

    def __init__(self, plan: Plan, result: ExecutionResult[Any]) -> None:
        trace = result.trace
        self.trace: Trace = trace
        self.result: ExecutionResult[Any] = result
        self._plan = plan
        self._now = 0.0  # when the latest step ended
        self._queue: deque[int] = deque()  # ready, not started
        self._running: dict[int, Task[None]] = {}  # started, waiting for the event loop
        self._starting = False  # whether somebody is working off the queue, now or in the next turn
        self._spent = 0.0  # seconds of this turn of the loop that went into starting nodes
        self._marked = False  # whether `_new_turn` is due
        self._unstarted = 0  # tasks that wait for their first step (none where they start eagerly)
        self._window = WINDOW
        self._idle: asyncio.Future[None] | None = None  # what `execute` waits for
        self._stopping = False
        # Whether `_succeeded` is called for every node: when stopping, or where it does more than here.
        self._by_method = False
        self._cause = OUTSIDE
        self._was_cancelled: CancelledError | None = None
        self._failures: list[Exception] = []
        self._fatal: BaseException | None = None

        self._loop = loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._context.run(TRACE.set, (trace, loop))  # for `report`
        # A task factory of the user's (a tracer's, a debugger's) is honoured; there is no way to ask it
        # for an eager start.
        factory = loop.get_task_factory()
        self._eager = EAGER and (factory is None or factory is _EAGER_FACTORY)
        self._foreign = factory is not None
        if not self._eager:
            create: Any = partial(Task, loop=loop) if factory is None else loop.create_task
            self._create_task: Callable[..., Task[None]] = create
        self._cell: list[Any] = [None]
        # What runs the next node's steps; None if the last one is kept by a node that waits.
        self._stepper: Stepper | None = None
        # What every node reads, a look-up shorter.
        self._nodes = plan.nodes
        self._dependents = plan.dependents
        self._missing = plan.missing.copy()
        self._values = result._values
        self._ready = trace.ready
        self._started = trace.started
        self._finished = trace.finished
        self._held = trace.held
        self._clock = trace._clock
        self._began = trace._began
        # What `_start_ready` has in local variables, to be had at once: a node that ends after it has
        # waited starts its dependents in a call of its own.
        self._at_hand = (
            plan.calls,
            plan.slots,
            self._values,
            self._ready,
            self._started,
            self._held,
            self._finished,
            self._missing,
            self._dependents,
            self._running,
            trace,
            self._cell,
            self._context,
            loop,
            self._eager,
            self._clock,
            self._began,
        )

    def __repr__(self) -> str:
        return f"<Run of {self.trace!r}>"

    @property
    def done(self) -> bool:
        """Whether the invoke has ended."""
        return self.trace.over

    def cancel(self) -> None:
        """Cancel the invoke, which then raises `asyncio.CancelledError`; callable from any thread.

        Every running node is cancelled and waited for. Does nothing once the invoke is over.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def wait_for_ever() -> None:
        ...     await asyncio.Event().wait()
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(wait_for_ever)
        >>> with tm.watch(lambda run: run.cancel()):
        ...     asyncio.run(tm.invoke())
        Traceback (most recent call last):
        asyncio.exceptions.CancelledError: cancelled by Run.cancel()
        """
        if self.trace.over:
            return
        try:
            self._loop.call_soon_threadsafe(self._cancel_now)
        except RuntimeError:  # the loop was closed meanwhile, so the invoke is over
            return

    def _cancel_now(self) -> None:
        if not self.trace.over:
            self._was_cancelled = CancelledError("cancelled by Run.cancel()")
            self._stop(OUTSIDE)
            self._wake_if_over()

    async def execute(self) -> None:
        """Run all nodes to their end; raises what `TaskManager.invoke` raises."""
        ready = self._ready
        for index in self._plan.given:
            ready[index] = self._started[index] = self._finished[index] = 0.0
        for index in self._plan.roots:
            ready[index] = 0.0
        self._queue.extend(self._plan.roots)
        self._now = self.trace.elapsed
        try:
            self._start_ready()
            while self._running or self._queue:
                self._idle = self._loop.create_future()
                try:
                    await self._idle
                except CancelledError as error:
                    # Asked again while nodes clean up, we ask them again: a node that hangs in its
                    # clean-up can be got out of it by a second Ctrl-C.
                    self._was_cancelled = error
                    self._stop(OUTSIDE)
        finally:
            # Also when this coroutine is closed unfinished, as at the shut-down of a loop.
            self._idle = None
            self._close()
        self._raise_what_happened()

    def _start_ready(self) -> None:
        """Start every node that is ready, until there is none or the event loop needs a turn.

        All that a node costs which ends in its first step is paid in this loop, where everything is a
        local variable: half of the price of a method that looks it up.
        """
        self._starting = True
        queue = self._queue
        (
            calls,
            arguments,
            values,
            ready,
            started,
            held,
            finished,
            missing,
            dependents,
            running,
            trace,
            cell,
            context,
            loop,
            eager,
            clock,
            origin,
        ) = self._at_hand
        began = now = self._now  # its callers have just looked at the clock
        turn_ends = began + TURN - self._spent
        while queue:
            if now > turn_ends:
                # `_starting` stays set: nobody else works off the queue until the next turn.
                self._now = now
                loop.call_soon(self._start_in_new_turn, context=context)
                return
            if not eager and self._unstarted >= self._window:
                break  # the first of those that wait for their first step goes on here
            index = queue.popleft()
            call = calls[index] if eager else None
            if call is None:
                self._now = now
                self._start_otherwise(index)
                now = self._now
                continue
            # Calling an async function runs none of its code, so it may as well be called here.
            # Spelt out for up to three arguments, which saves half of the price of the call.
            needed = arguments[index]
            count = len(needed)
            coroutine: Coroutine[Any, Any, Any]
            try:
                if count == 1:
                    coroutine = call(values[needed[0]])
                elif count == 0:
                    coroutine = call()
                elif count == 2:
                    coroutine = call(values[needed[0]], values[needed[1]])
                elif count == 3:
                    coroutine = call(values[needed[0]], values[needed[1]], values[needed[2]])
                else:
                    coroutine = call(*[values[slot] for slot in needed])
                if type(coroutine) is not CoroutineType:
                    coroutine = as_coroutine(coroutine, self._nodes[index])
            except BaseException as error:  # noqa: BLE001 - the node shall fail of it
                # The code of the function was exchanged after `sort`, as a reloader does: it has other
                # parameters now, or is no async function any more.
                coroutine = failing(error)
            started[index] = trace.holder_since = since = clock() - origin
            trace.holder = index
            task = Task(  # type: ignore[call-arg]  # Python 3.11 has no eager start
                self._live(index, coroutine),
                loop=loop,
                context=context.copy(),
                eager_start=True,  # pyright: ignore[reportCallIssue]
            )
            now = clock() - origin
            step = now - since
            if not task.done():
                trace.holder = -1
                held[index] = step
                running[index] = task
            elif cell[0] is FAILED:
                continue  # it is all recorded
            else:
                held[index] = step
                if self._by_method:
                    self._succeeded(index, cell[0], now)
                else:  # the same, spelt out
                    values[index] = cell[0]
                    finished[index] = now
                    for dependent in dependents[index]:
                        missing[dependent] = left = missing[dependent] - 1
                        if not left:
                            ready[dependent] = now
                            queue.append(dependent)
            if step > LONG_STEP:
                trace.long_steps.append(Step(index, since, step))
        self._now = now
        self._starting = False
        # Many nodes that wake up in the same turn each get here. What they use of the turn adds up;
        # a mark in the next turn clears it, set only when it begins to matter.
        self._spent += now - began
        if self._spent > TURN / 10 and not self._marked:
            self._marked = True
            loop.call_soon(self._new_turn, context=context)
        self._wake_if_over()

    def _new_turn(self) -> None:
        self._spent = 0.0
        self._marked = False

    def _start_in_new_turn(self) -> None:
        self._spent = 0.0
        self._now = self.trace.elapsed
        self._start_ready()

    def _start_otherwise(self, index: int) -> None:
        """Start a node that is no call of a plain async function, or that can't start eagerly."""
        if self._nodes[index]._task is None:
            self._collect(index)
        elif self._eager:
            task = Task(  # type: ignore[call-arg]  # Python 3.11 has no eager start
                self._live(index),
                loop=self._loop,
                context=self._context.copy(),
                eager_start=True,  # pyright: ignore[reportCallIssue]
            )
            if not task.done():
                self._running[index] = task
        else:
            self._unstarted += 1
            coroutine = self._live(index)
            # A task that is cancelled before its first step would end without a word to us, and the
            # invoke would wait for it for ever. So the step up to `pause` is made here. A factory of
            # the user's may wrap the coroutine, which must not have begun then: its task is watched.
            if not self._foreign:
                coroutine.send(None)
            started = self._create_task(coroutine, context=self._context.copy())
            if self._foreign:
                started.add_done_callback(partial(self._task_over, index, coroutine))
            if not started.done():  # a factory of the user's may start it eagerly, to its end
                self._running[index] = started

    def _task_over(
        self, index: int, coroutine: Coroutine[Any, Any, None], task: Task[None]
    ) -> None:
        """A task that a factory of the user's made is over; if our coroutine never began, it failed."""
        if inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED and not self.trace.over:
            coroutine.close()
            error = None if task.cancelled() else task.exception()
            self._not_even_started(index, error or CancelledError())

    async def _live(self, index: int, coroutine: Coroutine[Any, Any, Any] | None = None) -> None:
        """What the asyncio task of a node runs: drives the node step by step, and times each step.

        Given the coroutine, `_start_ready` records the first step, and takes the value of a node that
        ends in it out of the cell. (A method, not a function made for each invoke: Python specialises
        the calls of a method once and for all, which makes a graph of six nodes a third faster.)
        """
        alone = coroutine is None
        if alone:
            if not self._eager:
                try:
                    await pause()
                except BaseException as error:  # noqa: BLE001 - it is all recorded
                    self._not_even_started(index, error)
                    return
            self._started[index] = self.trace.holder_since = self._clock() - self._began
            self.trace.holder = index
        cell = self._cell
        stepper = self._stepper
        try:
            # Called here, not by whoever starts the node: a plain function that returns an awaitable
            # must find itself in the node's own task and context, too.
            if coroutine is None:
                coroutine = self._call(index)
            if stepper is None:
                stepper = new_stepper(cell, coroutine)
                yielded = stepper.send(None)
            else:
                self._stepper = None
                yielded = stepper.send(coroutine)
        except BaseException as error:
            if self._torn_down(error):
                raise
            now = self._step_over(index, self._started[index])
            self._failed(index, error, now)
            cell[0] = FAILED
            if alone:
                self._first_step_over(now - self._started[index])
                self._leave(index)
            return
        if alone:
            now = self._step_over(index, self._started[index])
            if yielded is DONE:
                self._succeeded(index, cell[0], now)
            self._first_step_over(now - self._started[index])
        if yielded is DONE:
            self._stepper = stepper
            if alone:
                self._leave(index)
            return
        # It waits for the event loop, and so keeps its stepper; the next node gets another one.
        trace = self.trace
        clock, began = self._clock, self._began
        thrown: BaseException | None = None
        failed = False
        while True:
            try:
                await hand_on(yielded)
            except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
                thrown = error
            trace.holder_since = since = clock() - began
            trace.holder = index
            try:
                yielded = stepper.send(None) if thrown is None else stepper.throw(thrown)
            except BaseException as error:
                if self._torn_down(error):
                    raise
                self._failed(index, error, self._step_over(index, since))
                failed = True
            finally:
                thrown = None  # its traceback holds this frame: a cycle that would keep both alive
            if failed:
                # Not above: whoever starts there has this exception as the context of its own.
                self._leave(index)
                return
            # `_step_over`, spelt out.
            self._now = now = clock() - began
            step = now - since
            self._held[index] += step
            if step > LONG_STEP:
                trace.long_steps.append(Step(index, since, step))
            if yielded is DONE:
                break
            trace.holder = -1
        self._stepper = stepper
        self._succeeded(index, cell[0], now)
        self._leave(index)

    def _call(self, index: int) -> Coroutine[Any, Any, Any]:
        """Call the task of a node with the values of its arguments."""
        node = self._nodes[index]
        values = self._values
        slots = node._slots
        if node._keyword_slots is not None:
            keywords = {key: values[slot] for key, slot in node._keyword_slots.items()}
            returned = node._task(*[values[slot] for slot in slots], **keywords)
        elif len(slots) == 1:
            returned = node._task(values[slots[0]])
        else:
            returned = node._task(*[values[slot] for slot in slots])
        return returned if type(returned) is CoroutineType else as_coroutine(returned, node)

    def _step_over(self, index: int, since: float) -> float:
        """Record that a step which began at `since` is over; returns the time it is now."""
        self._now = now = self._clock() - self._began
        step = now - since
        self._held[index] += step
        if step > LONG_STEP:
            self.trace.long_steps.append(Step(index, since, step))
        self.trace.holder = -1
        return now

    def _succeeded(self, index: int, value: object, now: float) -> None:
        """Record that a node is done, and queue the dependents that waited only for it."""
        self._values[index] = value
        self._finished[index] = now
        if self._stopping:
            return
        missing = self._missing
        for dependent in self._dependents[index]:
            missing[dependent] = left = missing[dependent] - 1
            if not left:
                self._ready[dependent] = now
                self._queue.append(dependent)

    def _collect(self, index: int) -> None:
        """Give a collect node its value; it is no task and takes no time."""
        now = self._started[index] = self._ready[index]
        values = self._values
        self._succeeded(index, [values[slot] for slot in self._nodes[index]._slots], now)

    def _torn_down(self, error: BaseException) -> bool:
        """Whether Python closes our coroutines because the loop is gone: nobody waits any more."""
        return isinstance(error, GeneratorExit) and not self._loop.is_running()

    def _failed(self, index: int, error: BaseException, now: float) -> None:
        """Record that a node ended in an exception, and stop the others unless they are stopping."""
        trace = self.trace
        if trace.over:  # somebody closed the invoke's coroutine and did not wait for its nodes
            return
        trim_traceback(error)
        if isinstance(error, CancelledError) and self._stopping:
            trace.causes[index] = self._cause
            trace.outcomes[index] = "cancelled"
            trace.finished[index] = now
            return
        name = self._nodes[index].name
        if isinstance(error, CancelledError):
            cancelled = NodeCancelled(
                f"node {name!r} was cancelled, but not by this invoke: its task raised "
                "asyncio.CancelledError, or somebody cancelled its asyncio task"
            )
            cancelled.__cause__ = error
            error = cancelled
        add_note(error, f"in node {name!r}")
        if isinstance(error, Exception):
            self._failures.append(error)
        elif self._fatal is None:
            self._fatal = error
        self.result.errors[index] = error
        trace.errors[index] = error_text(error)
        trace.outcomes[index] = "failed"
        trace.finished[index] = now  # last, for whoever reads from a thread: see Trace.snapshot
        if not self._stopping:
            self._after_failure(index)

    def _after_failure(self, index: int) -> None:
        """What the failure of a node means for the others. (`controlled` may let them go on.)"""
        self._stop(cause=index)

    def _not_even_started(self, index: int, error: BaseException) -> None:
        """A task that could not start eagerly was cancelled, or torn down, before its first step."""
        if self._torn_down(error):
            raise error
        self._unstarted -= 1
        if not self._stopping:  # cancelled by somebody else, so the node has failed
            self._now = now = self.trace.elapsed
            self.trace.started[index] = now
            self._failed(index, error, now)
        self._leave(index)

    def _first_step_over(self, held: float) -> None:
        """Where tasks can't start eagerly: a task had its first step, so the next one may be made."""
        if self._eager:
            return
        self._unstarted -= 1
        self._window = 1 if held > TURN / WINDOW else WINDOW
        if self._queue and not self._starting:
            self._start_ready()

    def _leave(self, index: int) -> None:
        """A node that had to wait for the event loop is over: start what it made ready.

        That happens right here, within the asyncio task of the finished node, and not a turn of the
        loop later; its dependents have tasks and contexts of their own all the same.
        """
        running = self._running
        running.pop(index, None)
        if self._queue:
            if not self._starting:
                self._start_ready()
        elif not running:
            self._wake_if_over()

    def _wake_if_over(self) -> None:
        """Called whenever nothing may be left to do. (`baselines` opens its next step here.)"""
        idle = self._idle
        if idle is not None and not self._running and not self._queue and not idle.done():
            idle.set_result(None)

    def _stop(self, cause: int) -> None:
        """Start nothing more and cancel every node that runs."""
        if not self._stopping:
            self._stopping = self._by_method = True
            self._cause = cause
        self._queue.clear()
        if self._loop.is_closed():  # as at the end of a program that left the invoke behind
            return
        for index, task in self._running.items():
            if index != cause:
                task.cancel()

    def _close(self) -> None:
        """Settle what is left open and end the trace."""
        trace = self.trace
        if self._running or self._queue:  # closed from outside in the middle of it
            self._stop(OUTSIDE)
            for index in self._running:
                if trace.started[index] == trace.started[index]:  # not NaN
                    trace.causes[index] = OUTSIDE
                    trace.outcomes[index] = "cancelled"
                    trace.finished[index] = trace.elapsed
        if self._stopping:
            for index, finished in enumerate(trace.finished):
                if finished != finished and index not in trace.outcomes:  # NaN: it never ran
                    trace.causes[index] = self._cause
                    trace.outcomes[index] = "skipped"
        trace.close()

    def _raise_what_happened(self) -> None:
        if self._fatal is not None:
            raise self._fatal
        if self._was_cancelled is not None:
            raise self._was_cancelled
        if self._failures:
            raise InvocationError(self._failure_message(), self._failures, self.result)

    def _failure_message(self) -> str:
        trace = self.trace
        failed = list(self.result.errors)
        if len(failed) == 1:
            return f"node {trace.graph.names[failed[0]]!r} failed: {trace.errors[failed[0]]}"
        named = ", ".join(repr(trace.graph.names[index]) for index in failed[:5])
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        return f"{len(failed)} nodes failed: {named}{more}"
