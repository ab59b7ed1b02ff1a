"""`Record`: one run as a page is told of it, frame by frame."""

from __future__ import annotations

import uuid
import weakref
from typing import Any, Final, Literal

from async_dag.engine.result import MISSING, ExecutionResult, value_at
from async_dag.engine.run import Run
from async_dag.trace.columns import OUTSIDE
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.analysis import Message, Outgoing, little_endian
from async_dag.workbench.feed.texts import traceback_text, value_text
from async_dag.workbench.feed.updates import MOST_ROWS, Update, UpdateSource

UNANSWERED: Final = 2
"""Frames that may be on their way to the page at once."""

# When answers fail to come, the page lags, or nobody looks at it, or the event loop that would hear
# the answers is held by a node, which is just what should be seen. So we go on, but slower.
SLOW: Final = 0.25
"""Seconds between frames that nobody answers."""
SLOWER: Final = 1.0
"""The same after a dozen of them."""

QUIET: Final = 1.0
"""Seconds after which the time is told although nothing has changed."""

RunState = Literal["running", "done", "failed", "cancelled"]


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
        self.key: str = uuid.uuid4().hex
        self.number = number
        self.title = title
        self.trace = trace
        self.run: weakref.ref[Run] | None = None if run is None else weakref.ref(run)
        self.result: weakref.ref[ExecutionResult[Any]] | None = (
            None if result is None else weakref.ref(result)
        )
        self.settled: bool = False  # its last frame has been sent
        self.analysis: Outgoing | None = None
        self.frame: int = 0
        self.acknowledged: int = 0
        self.heard: bool = False  # a page has said something of it
        self.sent: float = float("-inf")  # when the last frame was
        self.expected_next: float = float("-inf")
        self._holding: tuple[int, float] | None = None
        self._updates = UpdateSource(trace)
        self._full = False

    def start_over(self) -> None:
        """A page has nothing of it: it is sent from the beginning."""
        self._updates = UpdateSource(self.trace)
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

    def next_frame(self, now: float) -> Outgoing | None:
        """The next frame, None if there is nothing to tell."""
        update = self._updates.look()
        # A node that holds the loop while we look twice is worth a frame; so is that it let go.
        holds = update.holding is not None and update.holding == self._holding
        let_go = self._holding is not None and update.holding != self._holding
        self._holding = update.holding
        if not (update.is_news or self._full or holds or let_go or now - self.sent >= QUIET):
            return None
        full, self._full = self._full, False
        if not self.heard and not full:
            update, full = self._whole_update(update)
        self.frame += 1
        self.sent = now
        self.settled = update.over
        return self._message(update, full), [
            little_endian(column)
            for column in (
                update.rows,
                update.ready,
                update.started,
                update.finished,
                update.held,
                update.states,
                update.late,
            )
        ]

    def _whole_update(self, changes: Update) -> tuple[Update, bool]:
        """All that there is in one frame, if it fits, and whether it does; else the changes.

        Until a page has said something nobody knows what has reached it: some kernels show a page what
        it is sent while a cell runs, but hear it only afterwards, and the first frames may come before
        there is a page.
        """
        if len(self.trace) > MOST_ROWS:
            return changes, False
        updates = UpdateSource(self.trace)
        whole = updates.look()
        if updates.has_more:
            return changes, False
        self._updates = updates
        return whole, True

    def _message(self, update: Update, full: bool) -> Message:
        message: Message = {
            "kind": "columns",
            "run": self.key,
            "frame": self.frame,
            "elapsed": update.elapsed,
            "full": full,
            "over": update.over,
            "holding": None
            if update.holding is None
            else {"node": update.holding[0], "since": update.holding[1]},
            "heard": self.heard,
        }
        if update.events:
            message["events"] = update.events
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
            found = value_at(result, node)
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
