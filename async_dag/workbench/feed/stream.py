"""`Stream`: tells a page of the runs of one manager, without knowing what carries the messages.

Messages are those of `frontend/src/protocol.ts`. A stream is filled by the threads in which runs begin
(`begin`), emptied by the sampler's (`pump`) and asked by the one that hears the page (`handle`).
"""

from __future__ import annotations

import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.engine.run import Run
from async_dag.trace.trace import OUTSIDE, Trace
from async_dag.workbench.feed import analysis, history
from async_dag.workbench.feed.changes import Changes, Frame
from async_dag.workbench.feed.texts import traceback_text, value_text

MOST_RUNS: Final = 20
"""Runs of a manager that are kept, the latest ones."""

UNANSWERED: Final = 2
"""Frames that may be on their way to the page at once."""

# When answers fail to come, the page lags, or nobody looks at it, or the event loop that would hear
# the answers is held by a node, which is just what should be seen. So we go on, but slower.
SLOW: Final = 0.25
"""Seconds between frames that nobody answers."""
SLOWER: Final = 1.0
"""The same after a dozen of them."""

EXPECTED_EVERY: Final = 1.0
EXPECTED_SHARE: Final = 0.005
"""Of the time that may go into what is expected."""

QUIET: Final = 1.0
"""Seconds after which the time is told although nothing has changed."""

RunState = Literal["running", "done", "failed", "cancelled"]
Message = dict[str, Any]


class Page(Protocol):
    """What carries messages to the page."""

    def send(self, message: Message, buffers: Sequence[bytes]) -> None:
        """One message with its binary columns."""
        ...

    def show_runs(self, runs: list[Message]) -> None:
        """The summaries of all runs, oldest first."""
        ...


class Record:
    """One run as the page is told of it. Values of tasks are not kept alive by it."""

    def __init__(
        self,
        trace: Trace,
        number: int,
        *,
        run: Run | None = None,
        result: ExecutionResult[Any] | None = None,
        title: str | None = None,
    ) -> None:
        self.key = uuid.uuid4().hex
        self.number = number
        self.title = title
        self.trace = trace
        self.run = None if run is None else weakref.ref(run)
        self.result = None if result is None else weakref.ref(result)
        self.settled = False  # its last frame has been sent
        self.analysis: tuple[Message, list[bytes]] | None = None
        self.frame = 0
        self.acknowledged = 0
        self.sent = float("-inf")  # when the last frame was
        self.expected_next = float("-inf")
        self._holding: tuple[int, float] | None = None
        self._changes = Changes(trace)
        self._full = False

    def start_over(self) -> None:
        """A page has nothing of it: it is sent from the beginning."""
        self._changes = Changes(self.trace)
        self._full = True
        self.settled = False
        self.acknowledged = self.frame
        self.sent = float("-inf")

    def due(self, now: float) -> float:
        """When the next frame may be sent, by the clock of `now`."""
        unanswered = self.frame - self.acknowledged
        if unanswered < UNANSWERED:
            return now
        return self.sent + (SLOW if unanswered < UNANSWERED + 12 else SLOWER)

    def next_frame(self, now: float) -> tuple[Message, list[bytes]] | None:
        """The next frame, None if there is nothing to tell."""
        frame = self._changes.look()
        # A node that holds the loop while we look twice is worth a frame; so is that it let go.
        holds = frame.holding is not None and frame.holding == self._holding
        let_go = self._holding is not None and frame.holding != self._holding
        self._holding = frame.holding
        if not (frame.is_news or self._full or holds or let_go or now - self.sent >= QUIET):
            return None
        self.frame += 1
        self.sent = now
        self.settled = frame.over
        full, self._full = self._full, False
        return self._message(frame, full), [
            analysis.little_endian(column)
            for column in (
                frame.rows,
                frame.ready,
                frame.started,
                frame.finished,
                frame.held,
                frame.states,
            )
        ]

    def _message(self, frame: Frame, full: bool) -> Message:
        message: Message = {
            "kind": "columns",
            "run": self.key,
            "frame": self.frame,
            "elapsed": frame.elapsed,
            "full": full,
            "over": frame.over,
            "holding": None
            if frame.holding is None
            else {"node": frame.holding[0], "since": frame.holding[1]},
        }
        if frame.events:
            message["events"] = frame.events
        return message

    def summary(self) -> Message:
        """As the list of runs has it."""
        return {
            "key": self.key,
            "number": self.number,
            "title": self.title,
            "state": run_state(self.trace),
            "wall_start": self.trace.wall_start,
            "elapsed": self.trace.elapsed,
            "max_concurrency": self.trace.max_concurrency,
        }

    def details(self, node: int) -> Message:
        """What only a live session knows of a node: its value and its traceback, as far as kept."""
        result = None if self.result is None else self.result()
        value = traceback = None
        if result is not None:
            found = result._values[node]
            if found is not MISSING and self.trace.graph.kinds[node] != "immediate":
                value = value_text(found)
            error = result.errors.get(node)
            traceback = None if error is None else traceback_text(error)
        return {
            "kind": "details",
            "run": self.key,
            "node": node,
            "value": value,
            "traceback": traceback,
        }

    def cancel(self) -> None:
        """Cancel the run if it still goes on; from any thread."""
        run = None if self.run is None else self.run()
        if run is not None:
            run.cancel()


class Stream:
    """The last runs of one manager, on their way to a page."""

    def __init__(self, page: Page | None = None, *, values: bool = True) -> None:
        self._page = page
        self._values = values
        self._lock = threading.RLock()
        self._new: deque[tuple[Run, int]] = deque(maxlen=MOST_RUNS)
        self._list_changed = False
        self.reloaded = False
        """Whether a page asked for a run that a page had answered for: it was loaded anew."""
        self.records: deque[Record] = deque(maxlen=MOST_RUNS)

    def connect(self, page: Page) -> None:
        """From now on there is a page to tell."""
        self._page = page

    def begin(self, run: Run) -> None:
        """A run begins. It costs next to nothing: a loop of quick invokes is told of in one go."""
        self._new.append((run, history.number_of(run)))

    def add(
        self,
        trace: Trace,
        *,
        result: ExecutionResult[Any] | None = None,
        title: str | None = None,
    ) -> Record:
        """A run that is there already."""
        with self._lock:
            record = Record(trace, len(self.records) + 1, result=result, title=title)
            self.records.append(record)
            self._list_changed = True
            return record

    @property
    def busy(self) -> bool:
        """Whether there is anything left to tell."""
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
        """Send all that is left of runs that are over, now."""
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
        """Do what the page asks for; what makes no sense is passed over."""
        if not isinstance(request, dict):
            return
        record = self._record(request.get("run"))
        if record is None:
            return
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
                record.analysis = analysis.analysis(record.trace, record.key)
                if run_state(record.trace) == "done":
                    history.remember(record.trace)
                self._list_changed = True
            if record.analysis is not None:
                self._send(*record.analysis)

    def _send_expected(self, record: Record, now: float) -> None:
        """Where an earlier run tells how long nodes take: now and then, as it is some work."""
        if record.trace.over or now < record.expected_next:
            return
        earlier = history.earlier(record.trace)
        if earlier is None:
            record.expected_next = now + EXPECTED_EVERY
            return
        began = time.thread_time()
        expected = analysis.expected(record.trace, record.key, earlier)
        spent = time.thread_time() - began
        record.expected_next = now + max(EXPECTED_EVERY, spent / EXPECTED_SHARE)
        if expected is not None:
            self._send(*expected)

    def _show_runs(self) -> None:
        self._list_changed = False
        if self._page is not None:
            self._page.show_runs([record.summary() for record in self.records])

    def _send(self, message: Message, buffers: Sequence[bytes]) -> None:
        if self._page is not None:
            self._page.send(message, buffers)


def run_state(trace: Trace) -> RunState:
    """How a run as a whole goes, or went."""
    if not trace.over:
        return "running"
    outcomes = set(trace.outcomes.copy().values())
    if "failed" in outcomes:
        return "failed"
    return "cancelled" if "cancelled" in outcomes or _cut_short(trace) else "done"


def _cut_short(trace: Trace) -> bool:
    """Whether it was cancelled when no node ran."""
    return OUTSIDE in trace.causes.values()
