"""`EagerTask`: an asyncio task that runs its first step the moment it is made, on Python 3.11 too.

From Python 3.12 on asyncio can do so. In 3.11 a task puts its first step at the end of what the event
loop calls in its next turn; there it is taken out again and made at once, in the way of 3.12: in the
task's own context, and as the loop's current task. That reads what is private to asyncio, which does
not change any more in 3.11, and only of loops that keep to asyncio's own.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import BaseEventLoop, Task
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, copy_context
from inspect import CORO_CREATED, getcoroutinestate
from types import CoroutineType
from typing import Any, Final

_HAS_EAGER_START: Final = sys.version_info >= (3, 12)
_EAGER_FACTORY: Final = getattr(asyncio, "eager_task_factory", None)

# Of each loop the task that it is in, on Python 3.11.
_current_tasks: dict[Any, Task[Any]] = getattr(asyncio.tasks, "_current_tasks", {})


def can_start_eagerly(loop: asyncio.AbstractEventLoop, factory: object) -> bool:
    """Whether the tasks of a loop with that task factory can be made as `EagerTask`."""
    if _HAS_EAGER_START:
        return factory is None or factory is _EAGER_FACTORY
    kind: Any = type(loop)  # `_call_soon` is what puts the first step there
    return (
        factory is None
        and isinstance(loop, BaseEventLoop)
        and kind.call_soon is BaseEventLoop.call_soon
        and kind._call_soon is vars(BaseEventLoop)["_call_soon"]
    )


def _make_and_step(
    coroutine: Coroutine[Any, Any, Any],
    *,
    loop: Any,
    context: Context | None = None,
    eager_start: bool = True,  # noqa: ARG001 - as of asyncio's tasks
) -> Task[Any]:
    """A task that has made its first step, on Python 3.11. Raises what that must not keep: Ctrl-C."""
    if context is None:
        context = copy_context()
    around = _current_tasks.get(loop)
    task = Task(coroutine, loop=loop, context=context)
    ready: deque[Any] = loop._ready
    step: Any = None
    try:
        # Nothing but its first step has the context. No Python code runs between the look at the last
        # one and taking it, so no other thread does.
        step = ready.pop() if ready[-1]._context is context else _taken_out(ready, context)
        # Two tasks are never current at once. To call asyncio's functions for it, in one go so that no
        # Ctrl-C comes between, costs a run of five nodes that wait a twentieth.
        if around is not None:
            del _current_tasks[loop]
        context.run(step._callback)
        if around is not None:
            _current_tasks[loop] = around
    except BaseException:
        if around is not None:
            _current_tasks[loop] = around  # also when Ctrl-C comes in between
        # Ctrl-C came before the step: a task whose step never comes would be waited for without end.
        is_unbegun = (
            type(coroutine) is CoroutineType and getcoroutinestate(coroutine) == CORO_CREATED
        )
        if step is not None and is_unbegun:
            ready.append(step)
        raise
    return task


def _taken_out(ready: deque[Any], context: Context) -> Any:
    """The first step of a task, behind which another thread has put something for the loop to call."""
    step = next(one for one in reversed(list(ready)) if one._context is context)
    while step in list(ready):
        with suppress(IndexError):  # that thread has put another one there meanwhile
            ready.remove(step)
    return step


EagerTask: Final[Callable[..., Task[Any]]] = Task if _HAS_EAGER_START else _make_and_step
"""`EagerTask(coroutine, loop=loop, context=context, eager_start=True)`, on loops that can."""
