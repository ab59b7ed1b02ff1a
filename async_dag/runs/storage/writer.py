"""Writes runs to a file from a thread of its own: an invoke only appends its trace to a list.

What can't be written waits, up to a bound; what is beyond that is dropped and counted. Nothing that
happens to the file harms an invoke.
"""

from __future__ import annotations

import atexit
import logging
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from async_dag.graph.graph import Graph
from async_dag.runs.storage import histogram
from async_dag.runs.storage.histogram import Histogram
from async_dag.runs.storage.hour import Hour
from async_dag.runs.storage.layout import open_for_writing
from async_dag.runs.storage.records import (
    OUTCOMES,
    SAMPLES,
    digest_of,
    graph_text,
    makespan_of,
    outcome_of,
)
from async_dag.runs.storage.sampling import Kept, RunSampler
from async_dag.trace.collapsed import collapsed
from async_dag.trace.durations import FINISHED, columns_of
from async_dag.trace.packed import pack
from async_dag.trace.trace import Trace

_log: Final = logging.getLogger("async_dag.history")

_LOOK_EVERY: Final = 0.02
"""Seconds for which runs gather before they are looked at: few, as they fill the processor's caches."""

_WRITE_EVERY: Final = 0.5
"""Seconds for which packed runs gather before they are written together."""

_MOST_ROWS: Final = 2_000_000
"""Rows of runs that wait to be looked at: more are dropped."""

_MOST_WAITING: Final = 16_000_000
"""Bytes of packed runs that wait to be written: more are dropped."""

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

_HOUR: Final = 3600
_INSERT: Final = "INSERT INTO runs (session, graph, began, outcome, sample, packed) VALUES "
_ROW: Final = "(?, ?, ?, ?, ?, ?)"
_AT_ONCE: Final = (1000, 100, 10, 1)
"""So many runs are written by one statement, where SQLite takes as many values."""

_graph_of: Final = attrgetter("graph")

_OUTCOME_PLACES: Final = {outcome: place for place, outcome in enumerate(OUTCOMES)}
_COMPLETE: Final = _OUTCOME_PLACES["complete"]
_SAMPLE_PLACES: Final = {sample: place for place, sample in enumerate(SAMPLES)}


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
        self.seen: int = 0
        self.written: int = 0
        self.error: str | None = None
        open_for_writing(
            path
        ).close()  # here, so that a path that can't be used is an error at once
        self._closed = False
        self._begin()
        _open_writers.add(self)

    def _begin(self) -> None:
        """All that a process has of its own."""
        self._queue: deque[Trace] = deque()
        self._refused = 0  # by `record`
        self._lost = 0  # in the thread
        self._wake = threading.Event()
        self._woken = False
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None
        self._session: int | None = None
        self._began = time.time()
        # What is packed and still to be written: of each run the digest of its graph, when it began,
        # its outcome and sample, and the run itself.
        self._waiting: deque[tuple[bytes, float, int, int, bytes]] = deque()
        self._waiting_bytes = 0
        self._samplers: dict[bytes, RunSampler[Trace]] = {}
        self._hours: dict[tuple[bytes, int], Hour] = {}
        self._digests: WeakKeyDictionary[Graph, bytes] = WeakKeyDictionary()
        self._last_graph: Graph | None = None
        self._last_digest = b""
        self._texts: dict[bytes, str] = {}
        self._hours_due = 0.0
        self._write_due = 0.0
        self._ids: dict[bytes, int] = {}
        self._pause = 0.0
        self._flushed = threading.Condition(self._lock)
        self._rounds_asked = 0
        self._rounds_done = 0
        self._dropped_written = 0

    @property
    def closed(self) -> bool:
        """Whether nothing is written any more."""
        return self._closed

    @property
    def dropped(self) -> int:
        """How many runs could not be written, and never will be."""
        return self._refused + self._lost

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
        self._disconnect()

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
        if any(sampler.holds for sampler in self._samplers.values()):
            due.append(60 - time.time() % 60)
        if self._waiting:
            due.append(max(0.0, self._write_due - time.monotonic()))
        if any(hour.changed for hour in self._hours.values()):
            due.append(max(0.0, self._hours_due - time.monotonic()))
        return min(due, default=None)

    def _round(self, *, last: bool) -> None:
        """Look at what came, and write what is to be kept."""
        try:
            self._look(last=last)
            now = time.monotonic()
            asked = last or self._rounds_asked > self._rounds_done
            hours = [key for key, hour in self._hours.items() if hour.changed]
            if not asked and now < self._hours_due:
                hours = []
            if hours or (self._waiting and (asked or now >= self._write_due)):
                self._write(hours)
        except Exception as error:  # noqa: BLE001 - whatever it is, later runs are to be written
            self._failed(error)
        if last:
            self._lost += len(self._waiting)
            self._waiting.clear()
        with self._flushed:
            self._rounds_done += 1
            self._flushed.notify_all()

    def _look(self, *, last: bool) -> None:
        queue = self._queue
        minute = int(time.time() // 60)
        for digest, sampler in self._samplers.items():
            if sampler.minute not in (None, minute):
                self._keep_all(digest, sampler.end_minute())
        turn_over = time.perf_counter() + _TURN
        while queue:
            some = [collapsed(trace) for trace in self._some()]
            for graph, traces in groupby(some, key=_graph_of):
                self._take(graph, list(traces), minute)
            if time.perf_counter() > turn_over:
                time.sleep(0)
                turn_over = time.perf_counter() + _TURN
        if last:
            for digest, sampler in self._samplers.items():
                self._keep_all(digest, sampler.end_minute())

    def _some(self) -> list[Trace]:
        """The next runs, as many as are looked at together."""
        queue = self._queue
        first = queue.popleft()
        most = _ROWS_AT_ONCE // (first.graph.size + 1)
        return [first, *[queue.popleft() for _ in range(min(len(queue), most))]]

    def _take(self, graph: Graph, traces: Sequence[Trace], minute: int) -> None:
        """Count runs of one graph, and keep what is to be kept by now."""
        self.seen += len(traces)
        digest = self._digest(graph)
        sampler = self._samplers.get(digest)
        if sampler is None:
            sampler = self._samplers[digest] = RunSampler(self.per_minute)
        complete = [trace for trace in traces if not trace.outcomes]
        if len(complete) < len(traces):
            for trace in traces:
                if trace.outcomes:
                    self._take_irregular(digest, trace, minute, sampler)
        if not complete:
            return
        makespans = [max(columns_of(trace)[FINISHED], default=0.0) for trace in complete]
        counted = Histogram.of(makespans)
        starts = [trace.wall_start for trace in complete]
        if min(starts) // _HOUR == max(starts) // _HOUR:
            self._hour(digest, starts[0]).count(complete, counted)
        else:
            for trace, makespan in zip(complete, makespans, strict=True):
                self._hour(digest, trace.wall_start).count([trace], Histogram.of([makespan]))
        kept = sampler.offer_complete(minute, makespans, complete, counted)
        if kept:
            self._keep_all(digest, kept)

    def _take_irregular(
        self, digest: bytes, trace: Trace, minute: int, sampler: RunSampler[Trace]
    ) -> None:
        """Count and keep a run in which not all nodes succeeded; it may be complete all the same."""
        outcome, makespan = outcome_of(trace), makespan_of(trace)
        hour = self._hour(digest, trace.wall_start)
        if outcome == "complete":
            hour.count([trace], Histogram.of([makespan]))
        else:
            hour.count_unfinished()
        self._keep_all(digest, sampler.offer(minute, outcome, makespan, trace))

    def _hour(self, digest: bytes, began: float) -> Hour:
        number = int(began // _HOUR)
        hour = self._hours.get((digest, number))
        if hour is None:
            hour = self._hours[digest, number] = Hour()
        return hour

    def _digest(self, graph: Graph) -> bytes:
        if graph is self._last_graph:
            return self._last_digest
        digest = self._digests.get(graph)
        if digest is None:
            digest = self._digests[graph] = digest_of(graph)
            if digest not in self._texts:
                self._texts[digest] = graph_text(graph)
        self._last_graph, self._last_digest = graph, digest
        return digest

    def _keep_all(self, digest: bytes, chosen: Iterable[Kept[Trace]]) -> None:
        for trace, sample in chosen:
            packed = pack(trace)
            if self._waiting_bytes + len(packed) > _MOST_WAITING:
                self._lost += 1
                continue
            outcome = _OUTCOME_PLACES[outcome_of(trace)] if trace.outcomes else _COMPLETE
            place = _SAMPLE_PLACES[sample]
            self._waiting.append((digest, trace.wall_start, outcome, place, packed))
            self._waiting_bytes += len(packed)

    def _write(self, hours: Sequence[tuple[bytes, int]]) -> None:
        connection = self._connection
        if connection is None:
            connection = self._connection = open_for_writing(self.path)
        connection.execute("BEGIN IMMEDIATE")
        session = self._session_id(connection)
        ids: dict[bytes, int] = dict(self._ids)
        for digest in {run[0] for run in self._waiting}:
            self._graph_id(connection, ids, digest)
        rows = [(session, ids[digest], *run) for digest, *run in self._waiting]
        _insert(connection, rows)
        for digest, number in hours:
            graph = self._graph_id(connection, ids, digest)
            hour = self._hours[digest, number]
            connection.execute(
                "INSERT OR REPLACE INTO hours VALUES (?, ?, ?, ?, ?, ?)",
                (
                    session,
                    graph,
                    number,
                    hour.seen,
                    hour.unfinished,
                    histogram.pack(hour.histograms),
                ),
            )
        if self.dropped != self._dropped_written:
            connection.execute("UPDATE sessions SET lost = ? WHERE id = ?", (self.dropped, session))
        connection.execute("COMMIT")
        # Only now is it so.
        self._session, self._ids = session, ids
        self._dropped_written = self.dropped
        self.written += len(rows)
        self._waiting.clear()
        self._waiting_bytes = 0
        self._pause = 0.0
        self._write_due = time.monotonic() + _WRITE_EVERY
        self.error = None
        if hours:
            self._hours_due = time.monotonic() + _HOURS_EVERY
        for key in hours:
            self._hours[key].changed = False
        oldest = int(time.time() // _HOUR) - 1
        for key, hour in list(self._hours.items()):
            if key[1] < oldest and not hour.changed:
                del self._hours[key]

    def _session_id(self, connection: sqlite3.Connection) -> int:
        if self._session is not None:
            return self._session
        cursor = connection.execute(
            "INSERT INTO sessions (label, began, process) VALUES (?, ?, ?)",
            (self.label, self._began, os.getpid()),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _graph_id(
        self, connection: sqlite3.Connection, ids: dict[bytes, int], digest: bytes
    ) -> int:
        if digest not in ids:
            connection.execute(
                "INSERT OR IGNORE INTO graphs (digest, document) VALUES (?, ?)",
                (digest, self._texts[digest]),
            )
            [ids[digest]] = connection.execute(
                "SELECT id FROM graphs WHERE digest = ?", (digest,)
            ).fetchone()
        return ids[digest]

    def _failed(self, error: Exception) -> None:
        """Writing failed: try again later, with a new connection."""
        if self.error is None:
            _log.warning("runs can't be written to %s and wait: %s", self.path, error)
        self.error = str(error)
        self._pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * self._pause))
        self._write_due = time.monotonic() + self._pause
        self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                _log.debug("a connection to %s could not be closed", self.path, exc_info=True)

    # In a forked child

    def _after_fork(self) -> None:
        # SQLite's connections must not be used, nor closed, in a child: it would undo its parent's
        # locks. The thread, and what it was about to write, are the parent's.
        _inherited.append(self._connection)
        self.seen = self.written = 0
        self.error = None
        self._begin()


def _insert(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write runs, many with one statement.

    Each statement lets Python's lock go, and waits for the loop to give it back: one a run would make
    the loop stop as often.
    """
    most = connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // _ROW.count("?")
    place = 0
    for size in _AT_ONCE:
        statement = f"{_INSERT}{', '.join([_ROW] * size)}"
        while size <= most and len(rows) - place >= size:
            connection.execute(statement, [*chain(*rows[place : place + size])])
            place += size


_open_writers: WeakSet[Writer] = WeakSet()
_inherited: list[sqlite3.Connection | None] = []


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
