"""Keeps an invoke from hanging when the engine itself is interrupted.

Ctrl-C can come between any two of its instructions, and near the recursion limit any call may fail. So
a task may end without telling the run, or go on without the run knowing of it.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Task
from typing import TYPE_CHECKING, Any

from async_dag.engine.failures import is_a
from async_dag.trace.columns import OUTSIDE

if TYPE_CHECKING:
    from async_dag.engine.run import Run


def interrupted(run: Run, error: BaseException) -> None:
    """The engine's own code raised: cancel every node, wait for them, and let the invoke raise it."""
    run._starting = False
    _find_stray_tasks(run)
    ending = run._stop(OUTSIDE)
    if ending.fatal is None:
        ending.fatal = error
    bury_dead_tasks(run)
    run._nothing_left()


def bury_dead_tasks(run: Run) -> None:
    """Stop waiting for tasks that ended without telling the run."""
    for index, task in list(run._running.items()):
        if task.done():
            del run._running[index]
            lost(run, index, task)


def lost(run: Run, index: int, task: Task[Any]) -> None:
    """The asyncio task of a node ended without saying how: the node has failed."""
    error: BaseException | None = None if task.cancelled() else task.exception()
    if error is None or not is_a(error, Exception):
        # asyncio has already raised the KeyboardInterrupt; whoever catches it cancels the rest.
        error = CancelledError()
    if run._deferred is not None and index in run._deferred.unstarted:
        run._deferred.unstarted.discard(index)
        if run._stopping and is_a(error, CancelledError):
            return  # it never started; `Ending.settle` says so
    run._failed(index, error, run.trace.elapsed)


def _find_stray_tasks(run: Run) -> None:
    """Tasks of nodes that were created but not stored: the interruption came between the two."""
    known = set(run._running.values())
    for task in asyncio.all_tasks(run._loop):
        frame = getattr(task.get_coro(), "cr_frame", None)
        if task in known or frame is None or frame.f_locals.get("self") is not run:
            continue
        index = frame.f_locals.get("index")
        if isinstance(index, int):  # the life of a node, not `execute`
            run._running[index] = task
