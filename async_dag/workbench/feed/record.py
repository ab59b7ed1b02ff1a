"""`Record`: one run as it is sent to a page, in frames."""

from __future__ import annotations

import uuid
import weakref
from functools import cached_property
from typing import Any, Final

from async_dag.engine.result import MISSING, ExecutionResult, value_at
from async_dag.engine.run import Run
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.analysis import Message, Outgoing
from async_dag.workbench.feed.binary import little_endian
from async_dag.workbench.feed.earlier import EarlierRuns
from async_dag.workbench.feed.nested_rows import NestedRows
from async_dag.workbench.feed.run_state import run_state
from async_dag.workbench.feed.texts import traceback_text, value_text
from async_dag.workbench.feed.updates import MOST_ROWS, Update, UpdateSource

UNANSWERED: Final = 2
"""Frames that may be sent before the page has acknowledged any of them."""

# If acknowledgements fail to come, the page is slow, or hidden, or a node holds the event loop that
# would receive them, which is just what the page should show. So frames are still sent, but less
# often.
SLOW: Final = 0.25
"""Seconds between frames that are not acknowledged."""
SLOWER: Final = 1.0
"""Seconds between frames after a dozen of those."""

QUIET: Final = 1.0
"""Seconds after which a frame is sent although nothing has changed, for the clock."""


class Record:
    """One run as it is sent to a page. It does not keep values of tasks alive."""

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
        self.heard: bool = False  # a page has acknowledged something
        self.sent: float = float("-inf")  # when the last frame was
        self.expected_next: float = float("-inf")
        self.told_earlier: bool = False  # what earlier runs took has been sent
        self._holding: tuple[int, float] | None = None
        self._updates = UpdateSource(trace)
        self._nested = NestedRows(trace)
        self._full = False

    def start_over(self) -> None:
        """Send everything again, to a page that has nothing."""
        self._updates = UpdateSource(self.trace)
        self._nested = NestedRows(self.trace)
        self._full = True
        self.settled = False
        self.acknowledged = self.frame
        self.sent = self.expected_next = float("-inf")
        self.told_earlier = False

    @cached_property
    def earlier(self) -> EarlierRuns | None:
        """The runs of the same manager before this one; None if there are none, or it is over."""
        run = None if self.run is None else self.run()
        if run is None:
            return None
        earlier = EarlierRuns(run.result.manager.history)
        return earlier if earlier.rows else None

    def due(self, now: float) -> float:
        """When the next frame may be sent, on the clock of `now`."""
        unanswered = self.frame - self.acknowledged
        if unanswered < UNANSWERED:
            return now
        return self.sent + (SLOW if unanswered < UNANSWERED + 12 else SLOWER)

    def next_frame(self, now: float) -> Outgoing | None:
        """The next frame; None if there is nothing to send."""
        update = self._look()
        if update.over and self._updates.is_outdated:
            self.start_over()
            update = self._look()
        # Send a frame if a node has held the loop for two looks, and when it no longer does.
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

    def _look(self) -> Update:
        """What is new in the run, and in those within its nodes."""
        update = self._updates.look()
        update.events |= self._nested.take()
        update.over = update.over and not self._nested.are_left
        return update

    def _whole_update(self, changes: Update) -> tuple[Update, bool]:
        """The whole trace as one update, if it fits, and whether it does; else the changes.

        Until a page has answered it is unknown what it has received: some kernels deliver messages to a
        page while a cell runs, but read those of the page only afterwards, and the first frames may be
        sent before there is a page.
        """
        if len(self.trace) > MOST_ROWS:
            return changes, False
        updates = UpdateSource(self.trace)
        whole = updates.look()
        if updates.has_more:
            return changes, False
        self._updates = updates
        self._nested = NestedRows(self.trace)
        whole.events |= self._nested.take()
        whole.over = whole.over and not self._nested.are_left
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
        """The entry in the list of runs."""
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
        """The value and the traceback of a node, if they are still alive."""
        result = None if self.result is None else self.result()
        value = traceback = None
        if result is not None:
            stored = value_at(result, node)
            if stored is not MISSING and self.trace.graph.kinds[node] != "immediate":
                value = value_text(stored)
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
