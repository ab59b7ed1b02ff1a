"""`DeferredStart`: starts nodes whose asyncio tasks can't run their first step at once.

So it is where the event loop has a task factory of its user's (a tracer's, a debugger's), which is
honoured and can't be asked for an eager start; and on Python 3.11 where the loop is not asyncio's own,
such as uvloop's. The first step of such a task comes with the next turn of the loop.
"""

from __future__ import annotations

import inspect
from asyncio import CancelledError, Task
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from async_dag.engine.failures import is_a
from async_dag.engine.steps import pause

if TYPE_CHECKING:
    from async_dag.engine.run import Run

_WINDOW: Final = 8
"""How many nodes start in one turn of the loop.

Their first steps then all fall into the next turn, which nothing can interrupt; a small window keeps
it short, and costs half a microsecond a node.
"""

_LONG: Final = 0.005 / _WINDOW
"""Seconds of a first step from which on nodes start one by one, so that turns stay short."""


class DeferredStart:
    """Makes the asyncio tasks of one run, a few for each turn of the loop.

    Attributes:
        unstarted: the nodes whose tasks wait for their first step.
        window: how many may.
    """

    __slots__ = ("_custom_task_factory", "_run", "unstarted", "window")

    def __init__(self, run: Run, factory: object) -> None:
        self._run = run
        self._custom_task_factory = factory is not None
        self.unstarted: set[int] = set()
        self.window: int = _WINDOW

    def start(self, index: int, life: Coroutine[Any, Any, None]) -> None:
        """Make the asyncio task of a node, to run `life`, which begins with a `pause`."""
        run = self._run
        self.unstarted.add(index)
        if self._custom_task_factory:
            self._start_by_factory(index, life)
            return
        # A task that is cancelled before its first step would end without a word to us, and the
        # invoke would wait for it for ever. So the step up to `pause` is made here.
        life.send(None)
        run._running[index] = Task(life, loop=run._loop, context=run._context.copy())

    def _start_by_factory(self, index: int, life: Coroutine[Any, Any, None]) -> None:
        # The factory may wrap the coroutine, which must not have begun then; it may call nothing of
        # it, end before it does, or raise. So its task is watched.
        run = self._run
        try:
            # Not every factory takes a context; each task copies the one that it is made in.
            task = run._context.copy().run(run._loop.create_task, life)
            task.add_done_callback(partial(self._task_over, index, life))
        except BaseException as error:  # noqa: BLE001 - it is all recorded
            self._never_runs(index, life, error)
            return
        if index in self.unstarted or not task.done():  # it may be eager, and over by now
            run._running[index] = task

    def first_step_begins(self, index: int) -> float:
        """The turn has come in which a node is called; returns the time it is now."""
        run = self._run
        self.unstarted.discard(index)
        now: float = run._clock() - run._began
        run._started[index] = run.trace.holder_since = now
        run.trace.holder = index
        return now

    def first_step_over(self, seconds: float) -> None:
        """A node's first step took so long: how many may start in the next turn depends on it."""
        self.window = 1 if seconds > _LONG else _WINDOW

    async def turn_came(self, index: int) -> bool:
        """Wait for the next turn; False if the task was cancelled before that. (For attempts.)"""
        try:
            await pause()
        except BaseException as error:  # noqa: BLE001 - it is all recorded
            self.never_began(index, error)
            return False
        self.unstarted.discard(index)
        # In the next turn: how long that took tells how long the first steps in this one took.
        run = self._run
        run._loop.call_soon(self._first_attempt_began, run.trace.elapsed)
        return True

    def _first_attempt_began(self, since: float) -> None:
        run = self._run
        run._now = now = run.trace.elapsed
        self.window = 1 if now - since > _LONG else _WINDOW
        run._go_on()

    def never_began(self, index: int, error: BaseException) -> None:
        """A task was cancelled, or torn down, before its first step."""
        run = self._run
        if run._loop_is_gone(error):
            raise error
        self.unstarted.discard(index)
        # Cancelled by us it has never started; cancelled by somebody else the node has failed.
        if not run._stopping or not is_a(error, CancelledError):
            self._fail(index, error)
        run._leave(index)

    def _task_over(self, index: int, life: Coroutine[Any, Any, None], task: Task[None]) -> None:
        """A task that a factory of the user's made is over, perhaps without the node's coroutine."""
        run = self._run
        if run.trace.over or run._running.get(index) is not task:  # the run knows already
            if inspect.getcoroutinestate(life) == inspect.CORO_CREATED:
                life.close()  # nobody will ever await it
            return
        error = CancelledError() if task.cancelled() else task.exception()
        if error is None:
            error = RuntimeError(
                "the task that the event loop's task factory made has ended, but not the coroutine "
                "that it was made for"
            )
        self._never_runs(index, life, error)

    def _never_runs(
        self, index: int, life: Coroutine[Any, Any, None], error: BaseException
    ) -> None:
        """Nobody runs the coroutine of a node, or not to its end."""
        began = index not in self.unstarted
        if began:
            self._fail(index, error)
        with suppress(BaseException):  # its clean-up may fail, or refuse to end
            life.close()
        if began:
            self._run._leave(index)
        else:
            self.never_began(index, error)

    def _fail(self, index: int, error: BaseException) -> None:
        run = self._run
        run._now = now = run.trace.elapsed
        if run._started[index] != run._started[index]:  # NaN
            run._started[index] = now
        run._failed(index, error, now)
