"""Writes runs to a file from a thread of its own: an invoke only appends its trace to a list.

What can't be written waits, up to a bound; what is beyond that is dropped and counted. Nothing that
happens to the file harms an invoke.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final
from weakref import WeakSet

from async_dag.runs.storage.gathered import Gathered
from async_dag.runs.storage.layout import open_for_writing
from async_dag.runs.storage.session import Session
from async_dag.trace.trace import Trace

_log: Final = logging.getLogger("async_dag.history")

_LOOK_EVERY: Final = 0.02
"""Seconds for which runs gather before they are looked at: few, as they fill the processor's caches."""

_WRITE_EVERY: Final = 0.5
"""Seconds for which packed runs gather before they are written together."""

_MOST_ROWS: Final = 2_000_000
"""Rows of runs that wait to be looked at: more are dropped."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
"""Seconds before writing is tried again, the first time and later."""

_HOURS_EVERY: Final = 10.0
"""Seconds between two times that what was counted is written."""

_TURN: Final = 0.0015
"""After so many seconds of looking at runs the thread lets others go on.

It shares Python's lock with the loop, and to get it back is the dearest part of it all: the thread asks
for up to 5 ms, and meanwhile each turn of the loop wakes it, which costs the loop more than the rest.
"""

_ROWS_AT_ONCE: Final = 600
"""Rows of runs that are looked at together, some 0.2 ms."""


class Writer:
    """Writes the runs of one process to a history file.

    Args:
        path: of the file, which is made if there is none.
        label: what the runs are of, such as a version.
        per_minute: how many runs of a minute are kept at random, of each graph; None for all.

    Raises `HistoryError` (a `ValueError`) if the file can't be written.
    """

    def __init__(self, path: Path, label: str, per_minute: int | None) -> None:
        self.path = path
        self.label = label
        self.per_minute = per_minute
        open_for_writing(path).close()  # now: a path that can't be used is an error at once
        self._closed = False
        self._begin()
        _open_writers.add(self)

    def _begin(self) -> None:
        """All that a process has of its own."""
        self.written: int = 0
        self.error: str | None = None
        self._queue: deque[Trace] = deque()
        self._refused = 0  # by `record`
        self._gathered = Gathered(self.per_minute)
        self._session = Session(self.path, self.label)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._woken = False
        self._hurry = threading.Event()
        # Which rounds of the thread somebody waits for.
        self._flushed = threading.Condition(self._lock)
        self._rounds_asked = 0
        self._rounds_done = 0
        # When to write, by the monotonic clock, and how long to wait if that fails.
        self._write_due = 0.0
        self._hours_due = 0.0
        self._pause = 0.0

    @property
    def closed(self) -> bool:
        """Whether nothing is written any more."""
        return self._closed

    @property
    def seen(self) -> int:
        """How many runs it has looked at."""
        return self._gathered.seen

    @property
    def dropped(self) -> int:
        """How many runs could not be written, and never will be."""
        return self._refused + self._gathered.lost

    # On the event loop

    def record(self, trace: Trace) -> None:
        """Take a run that is over; returns at once and never raises."""
        queue = self._queue
        if len(queue) * (trace.graph.size + 1) > _MOST_ROWS:
            self._refused += 1
            return
        queue.append(trace)
        if not self._woken:
            self._woken = True
            if self._thread is None:
                self._start()
            self._wake.set()

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None or self._closed:
                return
            self._thread = threading.Thread(
                target=self._work, name="async_dag history", daemon=True
            )
            try:
                self._thread.start()
            except RuntimeError:  # the interpreter is shutting down: `close` writes what is there
                self._thread = None

    # Ends

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was recorded so far is written, or was tried; False if time is up."""
        if self._thread is None:
            self._round(last=False)
            return True
        with self._flushed:
            self._rounds_asked = asked = self._rounds_done + 2  # one may be under way
            self._wake.set()
            return self._flushed.wait_for(lambda: self._rounds_done >= asked, timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Write what is left and end the thread; what can't be written by then is dropped."""
        if self._closed:
            return
        self._closed = True
        _open_writers.discard(self)
        thread = self._thread
        if thread is not None:
            self._hurry.set()
            self._wake.set()
            thread.join(timeout)
            if thread.is_alive():  # it waits for somebody who holds the file
                return
        else:
            self._round(last=True)
        self._session.disconnect()

    # In the thread

    def _work(self) -> None:
        came = False
        while not self._closed:
            if not came:
                self._wake.wait(self._timeout())
            # While runs come nobody wakes the thread: it would ask for Python's lock twice each time.
            if not self._closed and self._rounds_asked <= self._rounds_done:
                self._hurry.wait(_LOOK_EVERY)
            self._wake.clear()
            self._woken = False
            came = bool(self._queue)
            if came:
                self._woken = True
            self._round(last=False)
        self._round(last=True)

    def _timeout(self) -> float | None:
        """How long to sleep if nothing comes: until something that waits is due."""
        if self._rounds_asked > self._rounds_done:
            return 0
        due: list[float] = []
        if self._gathered.holds_runs:
            due.append(60 - time.time() % 60)
        if self._gathered.waiting:
            due.append(max(0.0, self._write_due - time.monotonic()))
        if self._gathered.changed_hours:
            due.append(max(0.0, self._hours_due - time.monotonic()))
        return min(due, default=None)

    def _round(self, *, last: bool) -> None:
        """Look at what came, and write what is to be kept."""
        try:
            self._look(last=last)
            self._write_what_is_due(now=last or self._rounds_asked > self._rounds_done)
        except Exception as error:  # noqa: BLE001 - whatever it is, later runs are to be written
            self._failed(error)
        if last:
            self._gathered.drop()
        with self._flushed:
            self._rounds_done += 1
            self._flushed.notify_all()

    def _look(self, *, last: bool) -> None:
        queue, gathered = self._queue, self._gathered
        minute = int(time.time() // 60)
        gathered.end_minutes(minute)
        turn_over = time.perf_counter() + _TURN
        while queue:
            gathered.take(self._some(), minute)
            if time.perf_counter() > turn_over:
                time.sleep(0)
                turn_over = time.perf_counter() + _TURN
        if last:
            gathered.end_minutes()

    def _some(self) -> list[Trace]:
        """The next runs, as many as are looked at together."""
        queue = self._queue
        first = queue.popleft()
        most = _ROWS_AT_ONCE // (first.graph.size + 1)
        return [first, *[queue.popleft() for _ in range(min(len(queue), most))]]

    def _write_what_is_due(self, *, now: bool) -> None:
        gathered, time_now = self._gathered, time.monotonic()
        hours = gathered.changed_hours if now or time_now >= self._hours_due else []
        runs = len(gathered.waiting)
        if not hours and not (runs and (now or time_now >= self._write_due)):
            return
        self._session.write(gathered, hours, self.dropped)
        gathered.written(hours)
        self.written += runs
        self.error = None
        self._pause = 0.0
        self._write_due = time.monotonic() + _WRITE_EVERY
        if hours:
            self._hours_due = time.monotonic() + _HOURS_EVERY

    def _failed(self, error: Exception) -> None:
        """Writing failed: try again later, with a new connection."""
        if self.error is None:
            _log.warning("runs can't be written to %s and wait: %s", self.path, error)
        self.error = str(error)
        self._pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * self._pause))
        self._write_due = time.monotonic() + self._pause
        self._session.disconnect()

    # In a forked child

    def _after_fork(self) -> None:
        # The thread, and what it was about to write, are the parent's.
        self._session.leave_to_parent()
        self._begin()


_open_writers: WeakSet[Writer] = WeakSet()


def flush_all(path: Path) -> None:
    """Write what this process has recorded for that file, before it is read."""
    for writer in list(_open_writers):
        if writer.path == path:
            writer.flush()


def _after_fork() -> None:
    for writer in list(_open_writers):
        writer._after_fork()


def _at_exit() -> None:
    for writer in list(_open_writers):
        writer.close(timeout=5.0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
