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

from async_dag.engine.steps import DONE, FAILED, pause

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

    def start(self, index: int, life: Coroutine[Any, Any, None]) -> None:
        """Make the asyncio task of a node, to run `life`, which begins with a `pause`."""
        run = self._run
        self.unstarted += 1
        # A task that is cancelled before its first step would end without a word to us, and the
        # invoke would wait for it for ever. So the step up to `pause` is made here. A factory of
        # the user's may wrap the coroutine, which must not have begun then: its task is watched.
        if not self._custom_task_factory:
            life.send(None)
        task = self._create_task(life, context=run._context.copy())
        if self._custom_task_factory:
            task.add_done_callback(partial(self._task_over, index, life))
        if not task.done():  # the factory may start it eagerly, to its end
            run._running[index] = task

    def first_step_begins(self, index: int) -> None:
        """The turn has come in which a node is called."""
        run = self._run
        run._started[index] = run.trace.holder_since = run._clock() - run._began
        run.trace.holder = index

    def first_step_ended(self, index: int, yielded: object) -> None:
        """Record a node's first step, and what came of it; then more nodes may start."""
        run = self._run
        since = run._started[index]
        now = run._now if yielded is FAILED else run._step_over(index, since)
        if yielded is DONE:
            run._succeeded(index, run._cell[0], now)
        self.unstarted -= 1
        self.window = 1 if now - since > _LONG else _WINDOW
        if yielded is DONE or yielded is FAILED:
            run._leave(index)
        elif run._queue and not run._starting:
            run._start_ready()

    async def turn_came(self, index: int) -> bool:
        """Wait for the next turn; False if the task was cancelled before that. (For attempts.)"""
        try:
            await pause()
        except BaseException as error:  # noqa: BLE001 - it is all recorded
            self.never_began(index, error)
            return False
        # In the next turn: how long that took tells how long the first steps in this one took.
        run = self._run
        run._loop.call_soon(self._first_attempt_began, run.trace.elapsed)
        return True

    def _first_attempt_began(self, since: float) -> None:
        run = self._run
        self.unstarted -= 1
        run._now = now = run.trace.elapsed
        self.window = 1 if now - since > _LONG else _WINDOW
        if run._queue and not run._starting:
            run._start_ready()

    def never_began(self, index: int, error: BaseException) -> None:
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
            self.never_began(index, error or CancelledError())
