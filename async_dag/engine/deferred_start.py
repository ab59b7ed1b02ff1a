"""`DeferredStart`: starts nodes whose asyncio tasks can't run their first step at once.

So it is on Python 3.11, and where the event loop has a task factory of its user's (a tracer's, a
debugger's), which is honoured and can't be asked for an eager start. The first step of such a task
comes with the next turn of the loop.
"""

from __future__ import annotations

import asyncio
import inspect
from asyncio import CancelledError, Task
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final

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
        unstarted: how many tasks wait for their first step.
        window: how many may.
    """

    __slots__ = ("_create_task", "_custom_task_factory", "_run", "unstarted", "window")

    def __init__(self, run: Run, loop: asyncio.AbstractEventLoop, factory: object) -> None:
        self._run = run
        self._custom_task_factory = factory is not None
        create: Any = partial(Task, loop=loop) if factory is None else loop.create_task
        self._create_task: Callable[..., Task[None]] = create
        self.unstarted: int = 0
        self.window: int = _WINDOW

    def start(self, index: int) -> None:
        """Make the asyncio task of a node."""
        run = self._run
        self.unstarted += 1
        coroutine = self._live(index)
        # A task that is cancelled before its first step would end without a word to us, and the
        # invoke would wait for it for ever. So the step up to `pause` is made here. A factory of
        # the user's may wrap the coroutine, which must not have begun then: its task is watched.
        if not self._custom_task_factory:
            coroutine.send(None)
        task = self._create_task(coroutine, context=run._context.copy())
        if self._custom_task_factory:
            task.add_done_callback(partial(self._task_over, index, coroutine))
        if not task.done():  # the factory may start it eagerly, to its end
            run._running[index] = task

    async def _live(self, index: int) -> None:
        """What the asyncio task of a node runs."""
        run = self._run
        try:
            await pause()
        except BaseException as error:  # noqa: BLE001 - it is all recorded
            self._never_began(index, error)
            return
        value: object = None
        failure: BaseException | None = None
        try:
            value = await run._value_of(index, self._first_step_over)
        except BaseException as error:
            if run._loop_is_gone(error):
                raise
            failure = error
        run._settle(index, value, failure)

    def _first_step_over(self, seconds: float) -> None:
        """A task had its first step, so the next one may be made."""
        run = self._run
        self.unstarted -= 1
        self.window = 1 if seconds > _LONG else _WINDOW
        if run._queue and not run._starting:
            run._now = run.trace.elapsed
            run._start_ready()

    def _task_over(
        self, index: int, coroutine: Coroutine[Any, Any, None], task: Task[None]
    ) -> None:
        """A task that a factory of the user's made is over; if our coroutine never began, it failed."""
        if (
            inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED
            and not self._run.trace.over
        ):
            coroutine.close()
            error = None if task.cancelled() else task.exception()
            self._never_began(index, error or CancelledError())

    def _never_began(self, index: int, error: BaseException) -> None:
        """A task was cancelled, or torn down, before its first step."""
        run = self._run
        if run._loop_is_gone(error):
            raise error
        self.unstarted -= 1
        if not run._stopping:  # cancelled by somebody else, so the node has failed
            run._now = now = run.trace.elapsed
            run.trace.started[index] = now
            run._failed(index, error, now)
        run._leave(index)
