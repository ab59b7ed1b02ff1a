"""`Feed`: sends the runs of one manager to a page, over any transport.

Messages are those of `frontend/src/state/protocol.ts`. A feed is filled by the threads in which runs
begin (`begin`), emptied by the sampler's (`pump`) and asked by the one that hears the page (`handle`).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, Protocol

from async_dag.engine.result import ExecutionResult
from async_dag.engine.run import Run
from async_dag.trace.trace import Trace
from async_dag.workbench.feed import history
from async_dag.workbench.feed.analysis import Message, analysis
from async_dag.workbench.feed.expected import expected
from async_dag.workbench.feed.nested import NESTING
from async_dag.workbench.feed.own_time import own_time
from async_dag.workbench.feed.record import Record

MOST_RUNS: Final = 20
"""The number of latest runs of a manager that are kept."""

EXPECTED_EVERY: Final = 1.0
EXPECTED_SHARE: Final = 0.005
"""The share of the time that may go into computing the expected rest of runs."""


class Transport(Protocol):
    """Carries messages to the page."""

    def send(self, message: Message, buffers: Sequence[bytes]) -> None:
        """Send one message with its binary columns."""
        ...

    def show_runs(self, runs: list[Message]) -> None:
        """Show the summaries of all runs, oldest first."""
        ...


class Feed:
    """The last runs of one manager, on their way to a page."""

    def __init__(self, page: Transport | None = None, *, values: bool = True) -> None:
        self._page = page
        self._values = values
        self._lock = threading.RLock()
        self._new: deque[tuple[Run, int]] = deque(maxlen=MOST_RUNS)
        self._list_changed = False
        self._is_closed = False
        self.reloaded: bool = False
        """Whether a page asked again for a run that had been acknowledged: it was reloaded."""
        self.records: deque[Record] = deque(maxlen=MOST_RUNS)

    def connect(self, page: Transport) -> None:
        """Send to this page from now on."""
        self._page = page
        self._is_closed = False

    def disconnect(self) -> None:
        """Send nothing more, as the page is closed; from any thread."""
        self._page = None
        self._is_closed = True

    def begin(self, run: Run, number: int | None = None) -> None:
        """Add a run that begins; by default its number is that of the manager.

        This is cheap; runs of a loop of quick invokes are sent together.
        """
        NESTING.follow(run)
        self._new.append((run, history.number_of(run) if number is None else number))

    def add(
        self,
        trace: Trace,
        *,
        result: ExecutionResult[Any] | None = None,
        title: str | None = None,
    ) -> Record:
        """Add an existing run."""
        with self._lock:
            record = Record(trace, len(self.records) + 1, result=result, title=title)
            self.records.append(record)
            self._list_changed = True
            return record

    @property
    def busy(self) -> bool:
        """Whether there is anything left to send, and a page for it, now or later."""
        if self._is_closed:
            return False
        return bool(self._new) or any(not record.settled for record in list(self.records))

    @property
    def received(self) -> bool:
        """Whether the page has answered the last frame of every run."""
        return not self.busy and all(
            record.acknowledged == record.frame for record in list(self.records)
        )

    @property
    def over(self) -> bool:
        """Whether every run that has begun has ended."""
        return all(record.trace.over for record in list(self.records)) and all(
            run.done for run, _ in list(self._new)
        )

    def pump(self, now: float) -> None:
        """Send what is new and due."""
        if self._page is None:
            return
        with self._lock:
            self._take_new()
            if self._list_changed:
                self._show_runs()
            for record in list(self.records):
                if not record.settled and record.due(now) <= now:
                    self._send_frame(record, now)
                    self._send_expected(record, now)
            if self._list_changed:
                self._show_runs()

    def flush(self, now: float) -> None:
        """Send now all that is left of runs that are over."""
        with self._lock:
            self._take_new()
            if self._list_changed:
                self._show_runs()
            for record in self.records:
                while record.trace.over and not record.settled:
                    self._send_frame(record, now)
            if self._list_changed:
                self._show_runs()

    def handle(self, request: object) -> None:
        """Handle a request of the page; ignore invalid ones."""
        if not isinstance(request, dict):
            return
        record = self._record(request.get("run"))
        if record is None:
            return
        record.heard = True
        kind = request.get("kind")
        if kind == "ack":
            frame = request.get("frame")
            if isinstance(frame, int):
                record.acknowledged = max(record.acknowledged, min(frame, record.frame))
        elif kind == "open":
            with self._lock:
                self.reloaded = self.reloaded or record.acknowledged > 0
                record.start_over()
        elif kind == "cancel":
            record.cancel()
        elif kind == "details":
            node = request.get("node")
            if isinstance(node, int) and 0 <= node < len(record.trace) and self._values:
                self._send(record.details(node), [])

    def _record(self, key: object) -> Record | None:
        return next((record for record in list(self.records) if record.key == key), None)

    def _take_new(self) -> None:
        while self._new:
            run, number = self._new.popleft()
            self.records.append(Record(run.trace, number, run=run, result=run.result))
            self._list_changed = True

    def _send_frame(self, record: Record, now: float) -> None:
        made = record.next_frame(now)
        if made is None:
            return
        self._send(*made)
        if record.settled:
            if record.analysis is None:
                record.analysis = analysis(record.trace, record.key)
                self._list_changed = True
            if record.analysis is not None:
                self._send(*record.analysis)

    def _send_expected(self, record: Record, now: float) -> None:
        """Send the expected rest of a run, if earlier runs are known; not often, as it is costly."""
        if record.trace.over or now < record.expected_next:
            return
        began = own_time()
        earlier = record.earlier
        made = [] if earlier is None else [expected(record.trace, record.key, earlier)]
        if earlier is not None and not record.told_earlier and made != [None]:
            record.told_earlier = True
            made.append(earlier.message(record.key))
        spent = own_time() - began
        record.expected_next = now + max(EXPECTED_EVERY, spent / EXPECTED_SHARE)
        for outgoing in made:
            if outgoing is not None:
                self._send(*outgoing)

    def _show_runs(self) -> None:
        self._list_changed = False
        if self._page is not None:
            self._page.show_runs([record.summary() for record in self.records])

    def _send(self, message: Message, buffers: Sequence[bytes]) -> None:
        if self._page is not None:
            self._page.send(message, buffers)
