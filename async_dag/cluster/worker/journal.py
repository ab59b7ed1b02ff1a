"""`Journal`: what a worker has to tell about the nodes on it, sent in batches.

A record of a node is sent whenever something about it has changed since the last batch, so a short node
costs one record and no more. Times are those of `time.perf_counter` on the worker; the client maps them
to its own clock.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from async_dag.cluster.worker.sendable import sendable

DELAY: Final = 0.01
"""Seconds after which what has changed is sent."""

MOST: Final = 25
"""Records in one batch, so that whoever receives it is held up for a millisecond at most."""

NOT_YET: Final = math.nan


class NodeRecord:
    """What is known of a node's stay on a worker; seconds on the worker's clock, NaN for 'not yet'.

    Attributes:
        came: when its key came to the worker.
        able: when all values that it takes had come.
        started: when its task was called.
        finished: when it ended.
        left: when the worker was told to drop it unfinished, as another one took it over.
        held: seconds in which it held the worker's loop for nodes.
        outcome: `done`, `failed` or `cancelled`; empty before that.
        error: the text of its exception; empty without one.
        raised: the exception itself, pickled; empty if it can't travel.
        facts: what was asked of its value (see `facts`), or None.
    """

    __slots__ = (
        "able",
        "came",
        "error",
        "facts",
        "finished",
        "held",
        "left",
        "node",
        "outcome",
        "raised",
        "run",
        "started",
    )

    def __init__(self, run: str, node: int, came: float = NOT_YET) -> None:
        self.run: str = run
        self.node: int = node
        self.came: float = came
        self.able: float = NOT_YET
        self.started: float = NOT_YET
        self.finished: float = NOT_YET
        self.left: float = NOT_YET
        self.held: float = 0.0
        self.outcome: str = ""
        self.error: str = ""
        self.raised: bytes = b""
        self.facts: tuple[Any, ...] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return bool(self.outcome) or self.left == self.left

    def as_list(self) -> list[Any]:
        """The record as it travels; `columns` reads it."""
        return [
            self.node,
            self.came,
            self.able,
            self.started,
            self.finished,
            self.left,
            self.held,
            self.outcome,
            self.error,
            self.raised,
            self.facts,
        ]


class Journal:
    """The records of one worker.

    Args:
        schedule: calls `flush` some `DELAY` later, on the thread that sends; called from any thread.
        send: sends one batch: the name of the run, and what is to be told of it.
    """

    def __init__(
        self, schedule: Callable[[], object], send: Callable[[str, dict[str, Any]], object]
    ) -> None:
        self._schedule = schedule
        self._send = send
        self._lock = Lock()
        self._records: dict[tuple[str, int], NodeRecord] = {}
        self._changed: dict[str, dict[int, NodeRecord]] = {}  # by run, and by the record's id
        self._others: dict[str, list[tuple[str, list[Any]]]] = {}  # by run: a kind, and its fields
        self._scheduled = False
        self._stopping: Counter[str] = Counter()  # runs of which `flush` sends nothing
        # How many nodes could run, but were not called yet; read without the lock.
        self.waiting: int = 0

    def came(self, run: str, node: int, now: float) -> None:
        """The key of a node came to the worker."""
        with self._lock:
            record = self._records.get((run, node))
            if record is not None and not record.over and record.started != record.started:
                return  # it waits again, as a value that it takes was lost
            record = self._records[run, node] = NodeRecord(run, node, now)
            self._note(record)

    def able(self, run: str, node: int, now: float) -> None:
        """All that a node takes is on the worker."""
        with self._lock:
            record = self._records.get((run, node))
            if record is not None and record.able != record.able:
                record.able = now
                self.waiting += 1
                self._note(record)

    def left(self, run: str, node: int, now: float) -> None:
        """The worker drops a node; if it has not started, another one will take it, or none."""
        with self._lock:
            record = self._records.get((run, node))
            if record is not None and not record.over and record.started != record.started:
                record.left = now
                self.waiting -= record.able == record.able
                self._note(record)

    def started(self, run: str, node: int, now: float) -> NodeRecord:
        """The task of a node is called; returns the record, for `ended`."""
        with self._lock:
            record = self._records.get((run, node))
            if record is None or record.over:  # its coming was missed
                record = self._records[run, node] = NodeRecord(run, node)
            if record.able == record.able:  # not NaN
                self.waiting -= 1
            record.started = now
            self._note(record)
            return record

    def ended(
        self, record: NodeRecord, now: float, outcome: str, error: str = "", raised: bytes = b""
    ) -> None:
        """The task of a node has ended."""
        with self._lock:
            record.finished = now
            record.error = sendable(error)
            record.raised = raised
            record.outcome = outcome
            self._note(record)

    def tell(self, run: str, kind: str, *fields: Any) -> None:
        """Something happened that is no state of a node: a move, a long step, an attempt, a report."""
        told = [sendable(field) if isinstance(field, str) else field for field in fields]
        with self._lock:
            self._others.setdefault(run, []).append((kind, told))
            self._soon()

    def _note(self, record: NodeRecord) -> None:
        self._changed.setdefault(record.run, {})[id(record)] = record
        self._soon()

    def _soon(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._schedule()

    @contextmanager
    def kept_back(self, run: str) -> Iterator[None]:
        """Within it nothing of a run is sent: whoever stops it takes all, and hears nothing later."""
        self._stopping[run] += 1
        try:
            yield
        finally:
            with self._lock:
                self._stopping[run] -= 1
                if not self._stopping[run]:
                    del self._stopping[run]
                if run in self._changed or run in self._others:
                    self._soon()

    def flush(self) -> None:
        """Send all that has changed."""
        with self._lock:
            self._scheduled = False
            runs = [run for run in {**self._changed, **self._others} if run not in self._stopping]
        for run in runs:
            for batch in self.take(run):
                self._send(run, batch)

    def take(self, run: str) -> list[dict[str, Any]]:
        """What has changed in a run and was not sent yet, as batches; it counts as sent now."""
        with self._lock:
            changed = list(self._changed.pop(run, {}).values())
            others = self._others.pop(run, [])
            for record in changed:
                if record.over and self._records.get((run, record.node)) is record:
                    del self._records[run, record.node]
            rows = [record.as_list() for record in changed]
        batches: list[dict[str, Any]] = [
            {"nodes": rows[start : start + MOST]} for start in range(0, len(rows), MOST)
        ]
        # Before the ends of their nodes: they decide what goes next.
        sizes = [fields for kind, fields in others if kind == "sizes"]
        if sizes:
            others = [other for other in others if other[0] != "sizes"]
            batches[:0] = [
                {"sizes": sizes[start : start + MOST]} for start in range(0, len(sizes), MOST)
            ]
        for start in range(0, len(others), MOST):
            batch: dict[str, Any] = {}
            for kind, fields in others[start : start + MOST]:
                batch.setdefault(kind, []).append(fields)
            batches.append(batch)
        return batches
