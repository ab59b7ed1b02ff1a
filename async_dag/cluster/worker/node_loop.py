"""`NodeLoop`: the event loop on which a worker runs the coroutines of nodes.

Dask runs an `async def` on the loop by which the worker answers its scheduler, so a task that holds the
loop makes the whole worker fall silent (distributed#7339). This one has a thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import Context
from typing import Any


class NodeLoop:
    """An event loop in a thread, made when it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}  # by run; touched on the loop only

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, which runs from the first time that it is asked for."""
        with self._lock:
            if self._loop is None:
                self._loop = loop = asyncio.new_event_loop()
                threading.Thread(
                    target=_run_for_ever, args=(loop,), name=self._name, daemon=True
                ).start()
            return self._loop

    def start(
        self,
        run: str,
        call: Callable[[], Coroutine[Any, Any, Any]],
        context: Context | None = None,
    ) -> Future[Any]:
        """Run `await call()` as a task of a run; callable from any thread.

        The future has what it returned. It must catch what the coroutine raises, all of it: a
        KeyboardInterrupt that reaches the loop would end its thread.
        """
        ended: Future[Any] = Future()
        loop = self.loop

        async def live() -> None:
            try:
                ended.set_result(await call())
            except BaseException as error:  # noqa: BLE001 - whoever waits for it shall know
                ended.set_exception(error)

        def begin() -> None:
            task = loop.create_task(live(), context=context)
            tasks = self._tasks.setdefault(run, set())
            tasks.add(task)
            task.add_done_callback(over)

        def over(task: asyncio.Task[None]) -> None:
            tasks = self._tasks.get(run, set())
            tasks.discard(task)
            if not tasks:
                self._tasks.pop(run, None)
            if not ended.done():  # cancelled before its first step
                ended.set_exception(asyncio.CancelledError())

        loop.call_soon_threadsafe(begin)
        return ended

    async def cancel(self, run: str) -> None:
        """Cancel all tasks of a run and wait until they have cleaned up; on any event loop."""
        loop = self._loop
        if loop is not None:
            ended = asyncio.run_coroutine_threadsafe(self._cancel(run), loop)
            await asyncio.wrap_future(ended)

    async def _cancel(self, run: str) -> None:
        tasks = list(self._tasks.get(run, ()))
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def close(self) -> None:
        """Cancel everything and end the thread; what does not let itself be cancelled is left."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)


def _run_for_ever(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            # A second for their clean-up: the worker is closing, or changes its plugin.
            loop.run_until_complete(asyncio.wait(tasks, timeout=1.0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
