"""One invoke: starts each node the moment its last dependency is done, and writes the trace.

This is the hot path. Each node runs in an asyncio task of its own. Tasks start eagerly: creating one
runs the node's first step at once, so a node that never waits costs no turn of the event loop. A node
that finishes puts the dependents that it made ready into a queue, which is worked off by a loop, never
by recursion.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Task
from collections import deque
from collections.abc import Coroutine, Generator, Iterable
from contextvars import copy_context
from functools import partial
from itertools import chain
from types import CoroutineType
from typing import Any, Final

from async_dag.engine.deferred_start import DeferredStart
from async_dag.engine.eager_task import EagerTask, can_start_eagerly
from async_dag.engine.elsewhere import (
    LEAST,
    SHORTEST,
    WORTH_NOTING,
    processor_clocks,
)
from async_dag.engine.ending import Ending
from async_dag.engine.failures import clear_frames, is_a
from async_dag.engine.interruption import bury_dead_tasks, interrupted, lost
from async_dag.engine.lateness import BREAK, Lateness, record_lateness
from async_dag.engine.ready_queue import ReadyQueue
from async_dag.engine.report import TRACE, traces_around
from async_dag.engine.result import ExecutionResult
from async_dag.engine.steps import (
    as_coroutine,
    call_task,
    failing,
    new_stepper,
    yields_straight,
)
from async_dag.nodes.compiled import CompiledGraph
from async_dag.trace.columns import LONG_STEP, OUTSIDE
from async_dag.trace.trace import Trace

UNCALLED: Final = object()
"""In place of the coroutine of a node: its function is called in the node's own task and context.

So it is where that is not an async function, but a plain one that returns an awaitable.
"""

TURN: Final = 0.005
"""Seconds after which the engine stops starting nodes to give the event loop a turn.

Half of the 10 ms that are promised: the node that is running then still has to end its step.
"""

MUCH_OF_TURN: Final = TURN / 10
"""Seconds of starting nodes from which on the engine asks to be told of the next turn."""


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
        "_alert",
        "_began",
        "_cell",
        "_clock",
        "_compiled",
        "_context",
        "_deferred",
        "_dependents",
        "_elsewhere",
        "_ending",
        "_finished",
        "_has_hooks",
        "_held",
        "_hot",
        "_idle",
        "_late",
        "_lateness",
        "_loop",
        "_long_end",
        "_marks",
        "_missing",
        "_new_turn_is_due",
        "_now",
        "_processor",
        "_queue",
        "_ready",
        "_running",
        "_spent",
        "_started",
        "_starting",
        "_stopping",
        "_timing",
        "_values",
        "result",
        "trace",
    )

    def __init__(self, compiled: CompiledGraph[Any], result: ExecutionResult[Any]) -> None:
        trace = result.trace
        self.trace: Trace = trace
        self.result: ExecutionResult[Any] = result
        self._compiled = compiled
        self._now = 0.0  # when the latest step ended
        # A step that begins later than this, right behind another, has waited for a busy loop.
        self._alert = LONG_STEP
        self._long_end = 0.0  # when the last step that held the loop for long did end
        self._marks = 0  # callbacks that are still to come; while there is one the loop is not idle
        self._lateness: Lateness | None = None  # made when a step is long, or begins late
        self._processor, self._elsewhere = processor_clocks(trace.wall_start)
        self._queue: ReadyQueue = deque()  # ready, not started
        running: dict[int, Task[None]] = {}
        self._running = running  # started, waiting for the event loop
        self._starting = False  # whether somebody is working off the queue, now or in the next turn
        self._spent = 0.0  # seconds of this turn of the loop that went into starting nodes
        self._new_turn_is_due = False  # whether the loop will call `_new_turn`
        self._idle: asyncio.Future[None] | None = None  # what `execute` waits for
        self._stopping = False  # whether nodes are being cancelled, so that no more may start
        self._has_hooks = False  # whether `_succeeded` and `_leave` must be called for every node
        self._ending: Ending | None = None  # once a node has failed, or the invoke was cancelled

        self._loop = loop = asyncio.get_running_loop()
        self._context = context = copy_context()
        around = () if TRACE.get(None) is None else traces_around()
        context.run(TRACE.set, (trace, loop, around))
        factory = loop.get_task_factory()
        eager = can_start_eagerly(loop, factory)
        self._deferred = deferred = None if eager else DeferredStart(self, factory)
        self._cell: list[Any] = [None]  # the value of the node that has just ended
        # What every node reads, a look-up shorter.
        self._dependents = dependents = compiled.dependents
        self._missing = missing = compiled.missing.copy()
        self._values = values = result._values
        self._ready = ready = trace.ready
        self._started = started = trace.started
        self._finished = finished = trace.finished
        self._held = held = trace.held
        self._late = trace.late
        trace.knows_lateness = True
        self._clock = clock = compiled.clock
        self._began = began = trace.began
        # What `_start_ready` keeps in local variables, to be unpacked in one go: a node that ends after
        # it has waited starts its dependents in a call of its own.
        self._hot: tuple[Any, ...] = (
            compiled.calls if eager else [None] * len(compiled.calls),
            compiled.slots,
            values,
            ready,
            started,
            held,
            finished,
            missing,
            dependents,
            trace,
            running,
            compiled.never_wait,
            context,
            loop,
            deferred,
            clock,
            began,
        )
        # What `_live` reads of it.
        self._timing: tuple[Any, ...] = (trace, held, clock, began)

    def __repr__(self) -> str:
        return f"<Run of {self.trace!r}>"

    @property
    def done(self) -> bool:
        """Whether the invoke has ended."""
        return self.trace.over

    def cancel(self) -> None:
        """Cancel the invoke, which then raises `asyncio.CancelledError`; callable from any thread.

        Every running node is cancelled and waited for. Does nothing once the invoke is over.
        """
        if self.trace.over:
            return
        try:
            self._loop.call_soon_threadsafe(self._cancel_now)
        except RuntimeError:  # the loop was closed meanwhile, so the invoke is over
            return

    def _cancel_now(self) -> None:
        if not self.trace.over:
            self._cancelled(CancelledError("cancelled by Run.cancel()"))
            self._nothing_left()

    def _cancelled(self, error: CancelledError) -> None:
        self._stop(OUTSIDE).cancelled = error
        bury_dead_tasks(self)

    def start_clock(self) -> None:
        """Let the run begin now: the time that `watch` callbacks took is not the run's."""
        self.trace.start_clock()
        self._began = self.trace.began
        self._hot = (*self._hot[:-1], self._began)
        self._timing = (*self._timing[:-1], self._began)

    async def execute(self) -> None:
        """Run all nodes to their end; raises what `TaskManager.invoke` raises."""
        try:
            ready, roots = self._ready, self._compiled.roots
            for index in self._compiled.given:
                ready[index] = self._started[index] = self._finished[index] = 0.0
            for index in roots:
                ready[index] = 0.0
            self._queue.extend(roots)
            self._now = self._clock() - self._began
            try:
                self._context.run(self._start_ready, True)
            except BaseException as error:  # noqa: BLE001 - raised below
                interrupted(self, error)
            while self._running or self._queue:
                self._idle = self._loop.create_future()
                try:
                    await self._idle
                except CancelledError as error:
                    # Cancelled again while nodes clean up, we cancel them again: a second Ctrl-C gets
                    # a node out of a clean-up that hangs.
                    self._cancelled(error)
        finally:
            # Also when this coroutine is closed unfinished, as when a loop shuts down.
            self._idle = None
            self._close()
        if self._ending is not None and (raised := self._ending.take_error()) is not None:
            del self  # this frame is in the traceback, and the run holds what nodes have raised
            try:
                raise raised
            finally:
                del raised

    def _start_ready(self, is_in_context: bool) -> None:
        """Start every node that is ready, until there is none or the event loop needs a turn.

        A node that ends in its first step is handled in this loop alone, where everything is a local
        variable: half the cost of a method that looks attributes up.

        `is_in_context` says that the caller has entered the run's context, or a copy of it: asyncio
        tasks then copy it by themselves, which saves a twentieth of a node that never awaits. To enter
        it costs more than that, so who mostly starts one node doesn't.
        """
        # Python 3.13 reads two local variables at once if both are among the first sixteen to be set.
        # So what the loop reads in pairs comes first: a hundredth of a node that never awaits.
        index = dependent = -1
        now = self._now
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
            trace,
            running,
            never_wait,
            context,
            loop,
            deferred,
            clock,
            origin,
        ) = self._hot
        queue = self._queue
        self._starting = True
        # Its callers have just looked at the clock. Where nothing but this loop's own work lies
        # between, a node starts when the last step ended: one look at the clock less, a fiftieth of a
        # node that never awaits. So the time of a node includes some 0.3 us of ours.
        began = looked = now  # `looked`: when the clock was last looked at without a step's end
        turn_ends = began + TURN - self._spent
        while queue:
            if now > turn_ends:
                self._give_way(now)
                return
            if deferred is not None and len(deferred.unstarted) >= deferred.window:
                break  # the first of those that wait for their first step goes on here
            index = queue.popleft()
            call = calls[index]
            if call is None:
                if now != looked:  # a step has ended since: what is collected now is so later
                    self._now = now
                self._start_slow_path(index)
                now = looked = clock() - origin
                continue
            # Calling an async function runs none of its code, so it may as well be called here.
            # Written out for up to three arguments, which halves the cost of the call.
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
            except BaseException as error:  # noqa: BLE001 - the node shall fail of it
                # The code of the function was replaced after `sort`, as a reloader does: it has other
                # parameters now, or is no async function any more.
                coroutine = failing(error)
            started[index] = trace.holder_since = now
            trace.holder = index
            if call in never_wait:
                # Its coroutine can be the whole of an asyncio task, which ends at once.
                since = now
                task: Task[Any] | None = None
                try:
                    if is_in_context:
                        task = EagerTask(
                            coroutine,
                            loop=loop,
                            eager_start=True,
                        )
                    else:
                        task = EagerTask(
                            coroutine,
                            loop=loop,
                            context=context.copy(),
                            eager_start=True,
                        )
                    value = task.result()
                except BaseException as error:  # noqa: BLE001 - it is recorded, or raised again
                    # Its code was replaced (see above), and asyncio makes no task of what it gives:
                    # `_live` does below. To look at its type only there and here saves a sixtieth of
                    # a node that never awaits.
                    is_strange = task is None and type(coroutine) is not CoroutineType
                    if not is_strange or not is_a(error, TypeError):
                        self._did_not_return(index, task, error, since)
                        now = self._now
                        continue
                else:
                    now = clock() - origin
                    held[index] = step = now - since
                    if step > LONG_STEP:
                        self._held_long(index, since, now)
                    if self._has_hooks:
                        self._succeeded(index, value, now)
                    else:  # the same, inlined
                        values[index] = value
                        finished[index] = now
                        for dependent in dependents[index]:
                            missing[dependent] = left = missing[dependent] - 1
                            if not left:
                                ready[dependent] = now
                                queue.append(dependent)
                    continue
            waiting = EagerTask(
                self._live(index, coroutine, now, None),
                loop=loop,
                context=context.copy(),
                eager_start=True,
            )
            if not waiting.done():
                running[index] = waiting
            elif finished[index] != finished[index]:  # NaN: nothing is recorded
                lost(self, index, waiting)
            now = self._now
        self._now = now
        self._starting = False
        # Many nodes that wake up in the same turn each get here. What they use of the turn adds up;
        # the next turn clears it, but is asked for only when it begins to matter.
        self._spent = spent = self._spent + now - began
        if spent > MUCH_OF_TURN and not self._new_turn_is_due:
            self._new_turn_is_due = True
            loop.call_soon(self._new_turn, context=context.copy())
        if not running:
            self._nothing_left()

    def _new_turn(self) -> None:
        self._spent = 0.0
        self._new_turn_is_due = False

    def _give_way(self, now: float) -> None:
        """Leave the rest of the queue to the next turn of the loop.

        `_starting` stays set: nobody else works off the queue until then.
        """
        self._now = now
        self._loop.call_soon(self._start_in_new_turn, context=self._context.copy())

    def _start_in_new_turn(self) -> None:
        # In a copy of the run's context, which is not entered itself: a nested event loop may call this
        # while somebody is in it.
        self._spent = 0.0
        self._now = self.trace.elapsed
        try:
            self._start_ready(True)
        except BaseException as error:  # noqa: BLE001 - the invoke raises it
            interrupted(self, error)

    def _start_guarded(self) -> None:
        """As `_start_ready`, for callers that nobody awaits: whatever it raises ends the invoke."""
        try:
            self._start_ready(False)
        except BaseException as error:  # noqa: BLE001 - the invoke raises it
            interrupted(self, error)

    def _go_on(self) -> None:
        """Start what is ready, unless somebody is at it."""
        if self._queue and not self._starting:
            self._start_guarded()

    @yields_straight
    def _live(
        self,
        index: int,
        coroutine: object,
        since: float,
        deferred: DeferredStart | None,
    ) -> Generator[Any, None, None]:
        """What the asyncio task of a node runs: drives the node step by step, and times each step.

        (A method, not a function made for each invoke: Python specialises the calls of a method once
        and for all, which makes a graph of six nodes a third faster. It has no defaults, which would
        keep Python 3.13 from that: see `yields_straight`.)
        """
        if deferred is not None:
            try:
                yield
            except BaseException as error:  # noqa: BLE001 - it is all recorded
                deferred.never_began(index, error)
                return
            since = deferred.first_step_begins(index)
        trace, held, clock, began = self._timing
        now = -1.0  # when its latest step ended
        awaited = False  # whether it awaited anything but its turn
        try:
            if type(coroutine) is not CoroutineType:
                if coroutine is UNCALLED:
                    coroutine = self._call(index)
                else:  # its code was replaced after `sort`
                    coroutine = as_coroutine(coroutine, self._compiled.nodes[index])
            stepper = new_stepper(self._cell, coroutine)
            steps: Iterable[Any] = stepper
            while True:
                for yielded in steps:
                    self._now = now = clock() - began  # `_step_over`, inlined
                    step = now - since
                    held[index] += step
                    if step > LONG_STEP:
                        self._held_long(index, since, now)
                    trace.holder = -1
                    if deferred is not None:
                        deferred.first_step_over(step)
                        deferred = None
                        self._go_on()
                    try:
                        yield yielded
                    except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
                        trace.holder_since = since = clock() - began
                        trace.holder = index
                        if not trace.over:
                            record_lateness(self, index, since, now, yielded, stepper)
                        awaited = awaited or yielded is not None
                        thrown = error
                        break
                    trace.holder_since = since = clock() - began
                    trace.holder = index
                    if yielded is not None:  # `record_lateness`, inlined
                        if not awaited:
                            awaited = True
                            # Until here it had only given way to others, if anything.
                            self._late[index] = now - self._started[index] - held[index]
                        if since > self._alert or self._long_end > now:
                            if since - self._now > BREAK and not self._marks:
                                self._alert = since + LONG_STEP
                                if self._long_end > now:
                                    self._called_late(index, since, now, stepper)
                            else:
                                self._called_late(index, since, now, stepper)
                    elif awaited:
                        self._late[index] += since - now  # a bare yield is due at once
                else:
                    break
                try:
                    steps = chain((stepper.throw(thrown),), stepper)
                except StopIteration:  # the stepper's: the node has returned
                    break
                finally:
                    del thrown  # its traceback holds this frame: a cycle
        except BaseException as error:
            if self._loop_is_gone(error):
                raise
            over = self._step_over(index, since)
            if deferred is not None:
                deferred.first_step_over(over - since)
            self._failed(index, error, over)
        else:
            # `_step_over`, inlined, but for the holder: a node that is over holds nothing.
            self._now = over = clock() - began
            step = over - since
            held[index] += step
            if step > LONG_STEP:
                self._held_long(index, since, over)
            if deferred is not None:
                deferred.first_step_over(step)
            if self._has_hooks:
                self._succeeded(index, self._cell[0], over)
            else:  # the same, inlined
                self._values[index] = self._cell[0]
                self._finished[index] = over
                if dependents := self._dependents[index]:
                    missing, queue = self._missing, self._queue
                    for dependent in dependents:
                        missing[dependent] = left = missing[dependent] - 1
                        if not left:
                            self._ready[dependent] = over
                            queue.append(dependent)
        # Not above: what starts there would get this node's exception as the context of its own.
        if now >= 0.0 or deferred is not None:  # else whoever started it goes on with the queue
            if self._has_hooks:
                self._leave(index)
                return
            running = self._running  # `_leave`, inlined: a hundredth of a node that waits
            running.pop(index, None)
            if self._queue:
                if not self._starting:
                    try:
                        self._start_ready(False)
                    except BaseException as error:  # noqa: BLE001 - the invoke raises it
                        interrupted(self, error)
            elif not running:
                self._nothing_left()

    def _call(self, index: int) -> Coroutine[Any, Any, Any]:
        return call_task(self._compiled, index, self._values)

    def _step_over(self, index: int, since: float) -> float:
        """Record that a step which began at `since` is over; returns the time it is now."""
        self._now = now = self._clock() - self._began
        step = now - since
        self._held[index] += step
        if step > LONG_STEP:
            self._held_long(index, since, now)
        self.trace.holder = -1
        return now

    def _held_long(self, index: int, since: float, now: float) -> None:
        """Record a step that held the loop for over a millisecond, and mark the turn of the loop."""
        if not self.trace.over:  # else the invoke was closed, and this node went on
            self._find_lateness().held_long(index, since, now)

    def _called_late(
        self, index: int, since: float, awaiting_since: float, awaited: object
    ) -> None:
        """Record by how much a step is late that begins behind a busy loop, or awaited through one."""
        self._find_lateness().began(index, since, awaiting_since, awaited)

    def _pause_is_over(self, index: int, awaited: object) -> None:
        """Record by how much a pause between two attempts was over too late."""
        self._find_lateness().pause_is_over(index, awaited)

    def _find_lateness(self) -> Lateness:
        lateness = self._lateness
        if lateness is None:
            lateness = self._lateness = Lateness(self, self._processor)
        return lateness

    def _collect(self, index: int) -> None:
        """Give a node that is no task its value: a list of its arguments, or what it makes of them."""
        # Later than it was ready if others have ended since: what takes it may wait for them, too.
        now = self._started[index] = max(self._ready[index], self._now)
        taken = [self._values[slot] for slot in self._compiled.slots[index]]
        compute = self._compiled.computes.get(index)
        if compute is None:
            self._succeeded(index, taken, now)
            return
        try:
            value = compute(*taken)
        except Exception as error:  # noqa: BLE001 - whatever a value does when it is asked for an item
            self._failed(index, error, now)
        else:
            self._succeeded(index, value, now)

    def _loop_is_gone(self, error: BaseException) -> bool:
        """Whether Python closes our coroutines because the loop has ended: nobody waits any more."""
        return is_a(error, GeneratorExit) and not self._loop.is_running()

    def _leave(self, index: int) -> None:
        """A node that had to wait for the event loop is over: start what it made ready.

        That happens right here, within the asyncio task of the finished node, and not a turn of the
        loop later; its dependents have tasks and contexts of their own all the same.
        """
        running = self._running
        running.pop(index, None)
        if self._queue:
            if not self._starting:
                try:  # `_start_guarded`, inlined
                    self._start_ready(False)
                except BaseException as error:  # noqa: BLE001 - the invoke raises it
                    interrupted(self, error)
        elif not running:
            self._nothing_left()

    def _stop(self, cause: int) -> Ending:
        """Start nothing more and cancel every node that runs."""
        ending = self._ending
        if ending is None:
            ending = self._ending = Ending(self.result)
        if not self._stopping:
            self._stopping = self._has_hooks = True
            ending.cause = cause
        self._queue.clear()
        if not self._loop.is_closed():  # it is at the end of a program that left the invoke behind
            for index, task in self._running.items():
                if index != cause:
                    task.cancel()
        return ending

    # The hooks: what runs of other kinds extend. Off the hot path: a plain run that succeeds calls
    # only the first two and the last two, and `_succeeded` only where `_has_hooks` asks for it.

    def _start_slow_path(self, index: int) -> None:
        """Start a node that is not the call of a plain async function, or can't start eagerly."""
        if self._compiled.tasks[index] is None:
            self._collect(index)
        else:
            self._start_task(index)

    def _start_task(self, index: int) -> None:
        """Start the asyncio task of a node, off the hot path."""
        if self._deferred is not None:
            self._deferred.start(index, self._live(index, UNCALLED, 0.0, self._deferred))
            return
        trace = self.trace
        self._started[index] = trace.holder_since = since = self._clock() - self._began
        trace.holder = index
        task = EagerTask(
            self._live(index, UNCALLED, since, None),
            loop=self._loop,
            context=self._context.copy(),
            eager_start=True,
        )
        if not task.done():
            self._running[index] = task
        elif self._finished[index] != self._finished[index]:  # NaN: nothing is recorded
            lost(self, index, task)

    def _did_not_return(
        self, index: int, task: Task[Any] | None, error: BaseException, since: float
    ) -> None:
        """A function that can't wait has raised, or its asyncio task could not be made."""
        if task is not None and not task.done():
            # Its code was exchanged after `sort`, and now it waits: its first step alone is timed.
            self._step_over(index, since)
            self._running[index] = task
            task.add_done_callback(partial(self._untimed_over, index))
            return
        traceback = error.__traceback__
        if task is None and traceback is not None and traceback.tb_next is None:
            raise error  # from here, as by Ctrl-C, and not from within the function
        self._failed(index, error, self._step_over(index, since))

    def _untimed_over(self, index: int, task: Task[Any]) -> None:
        self._now = now = self.trace.elapsed
        try:
            self._succeeded(index, task.result(), now)
        except BaseException as error:  # noqa: BLE001 - it is all recorded
            self._failed(index, error, now)
        self._leave(index)

    def _succeeded(self, index: int, value: object, now: float) -> None:
        """Record that a node is done, and queue the dependents that waited only for it."""
        if self._stopping and self.trace.over:  # the invoke was closed, and this node went on
            return
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

    def _failed(self, index: int, error: BaseException, now: float) -> None:
        """Record that a node ended in an exception, and stop the others unless they are stopping."""
        if self.trace.over or self._finished[index] == self._finished[index]:  # not NaN
            return  # somebody closed the invoke's coroutine and did not wait for its nodes
        ending = self._ending
        if ending is None:
            ending = self._ending = Ending(self.result)
        try:
            ending.record(index, error, now, stopping=self._stopping)
        except BaseException as trouble:  # noqa: BLE001 - at the recursion limit, or Ctrl-C came
            if not is_a(trouble, Exception) and ending.fatal is None:
                ending.fatal = trouble
            ending.record_plainly(index, error, now, "an exception that could not be recorded")
        if not self._stopping:
            self._after_failure(index)

    def _after_failure(self, index: int) -> None:
        """What the failure of a node means for the others: they are cancelled."""
        self._stop(cause=index)

    def _nothing_left(self) -> None:
        """Let `execute` go on if nothing is left to do."""
        idle = self._idle
        if idle is None or self._running or self._queue or self._starting or idle.done():
            return
        idle.set_result(None)

    def _close(self) -> None:
        """End what is still open, and close the trace."""
        is_abandoned = True
        try:
            # If anything is left, the invoke was closed from outside midway.
            is_abandoned = bool(self._running or self._queue)
            if is_abandoned:
                self._stop(OUTSIDE)
            if self._stopping and self._ending is not None:
                self._ending.settle()
        finally:
            trace = self.trace
            elapsed = self._clock() - self._began
            if elapsed > SHORTEST:
                computed = processor_clocks(trace.wall_start + elapsed)[1] - self._elsewhere
                if computed > max(LEAST, WORTH_NOTING * elapsed):
                    trace.computed_elsewhere = computed
            trace.close(elapsed, copies=is_abandoned)  # nodes that go on write into the lists
        if is_abandoned:
            return
        self._lateness = None  # it holds the run: a cycle
        if self._deferred is not None:
            self._deferred = None
            self._hot = ()
        if self._ending is not None:
            for error in self.result.errors.values():
                clear_frames(error, Run.execute.__code__)
