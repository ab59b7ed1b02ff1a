"""`OffLoop`: a callback that a thread tells of runs, so that no request waits for it."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

if TYPE_CHECKING:
    from async_dag.engine.run import Run

_log: Final = logging.getLogger("async_dag.watch")

MOST_WAITING: Final = 10_000
"""Runs that wait to be told of; beyond that they are dropped and counted."""

_GATHER: Final = 0.05
"""Seconds for which runs gather, so that the thread wakes up less often."""

_TURN: Final = 0.0005
"""Seconds after which the thread lets others go on: it shares Python's lock with the loop."""


class OffLoop:
    """Hands runs over to a thread, which calls the callback for each, in their order.

    The callback finds the context variables of the invoke, such as the current span of OpenTelemetry.

    Attributes:
        dropped: how many runs it was not told of, as too many waited.
    """

    def __init__(self, callback: Callable[[Run], object]) -> None:
        self._callback = callback
        self.dropped: int = 0
        self._begin()
        _open.add(self)

    def _begin(self) -> None:
        """All that a process has of its own."""
        self._queue: deque[tuple[Context, Run]] = deque()
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def __call__(self, run: Run) -> None:
        """Take a run; on the event loop, returns at once."""
        queue = self._queue
        if len(queue) >= MOST_WAITING:
            self.dropped += 1
            return
        queue.append((copy_context(), run))
        if self._thread is None:
            self._start()
        elif not self._wake.is_set():
            self._wake.set()

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._closed:
                return
            self._wake.set()
            thread = threading.Thread(target=self._work, name="async_dag watch", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # there are no threads: at exit, or in Pyodide
                self._tell_all()
            else:
                self._thread = thread

    def close(self, timeout: float = 10.0) -> None:
        """Tell of what waits, and end the thread; a second call does nothing."""
        _open.discard(self)
        thread = self._thread
        self._closed = True
        if thread is not None and thread is not threading.current_thread():
            self._hurry.set()
            self._wake.set()
            thread.join(timeout)
        else:
            self._tell_all()

    def _work(self) -> None:
        while not self._closed:
            self._wake.wait()
            self._hurry.wait(_GATHER)
            self._wake.clear()
            self._tell_all()
        self._tell_all()

    def _tell_all(self) -> None:
        queue = self._queue
        began = time.perf_counter()
        while queue:
            context, run = queue.popleft()
            try:
                context.run(self._callback, run)
            except Exception:  # noqa: BLE001 - a watcher must not keep others from being told
                _log.exception("a callback given to async_dag's watch raised")
            del context, run  # they hold the values of the run
            if time.perf_counter() - began > _TURN and not self._closed:
                time.sleep(0)
                began = time.perf_counter()


_open: WeakSet[OffLoop] = WeakSet()


def _after_fork() -> None:
    # The thread, and what it was about to tell, are the parent's.
    for off_loop in list(_open):
        off_loop._begin()


def _at_exit() -> None:
    for off_loop in list(_open):
        off_loop.close(timeout=5.0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
