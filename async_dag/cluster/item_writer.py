"""`ItemWriter`: a `TraceWriter` for a run whose engine says when nodes and items are ready and over."""

from __future__ import annotations

from typing import Any

from async_dag.cluster.trace_writer import TraceWriter
from async_dag.cluster.visits import Visit
from async_dag.cluster.worker.facts import Facts
from async_dag.trace.trace import Trace


class ItemWriter(TraceWriter):
    """The columns of one run, of which it writes what workers alone know.

    That are starts, lanes, waits, attempts and moves. What has ended, how and when, is in `ends` and
    `ended` for the engine, which writes it, as it does at home.

    Args:
        trace: what is written.

    Attributes:
        ends: of each row in `ended` when and how it ended, and the last that its worker told.
        failed_at: when rows failed, for whoever records their exceptions.
    """

    def __init__(self, trace: Trace) -> None:
        self._rows: set[int] = set()
        nothing: Any = _Nothing()
        super().__init__(trace, self._rows, nothing, nothing)
        self.ends: dict[int, tuple[float, str, Visit | None]] = {}
        self.failed_at: dict[int, float] = {}
        self._over: set[int] = set()

    def handed_over(self, row: int) -> None:
        """A row goes to the scheduler."""
        self._rows.add(row)
        self._missing[row] = 0

    def moves_of(self, row: int) -> None:
        """The end of a row is written: so may be the moves of its value."""
        self._moves_of(row)

    def failed(self, node: int, now: float) -> None:
        """A node failed, and no worker lived to tell of it; why is for others to write."""
        if node in self._rows and node not in self._over:
            super().failed(node, now)

    def ended_untold(self, node: int, now: float, facts: Facts | None = None) -> None:
        """As that of `TraceWriter`; `facts` are those of its value."""
        visits = self._visits.get(node)
        if visits and visits[-1].has_started:
            visits[-1].facts = facts
            super().ended_untold(node, now)
        elif node not in self._over:
            if self.trace.started[node] != self.trace.started[node]:  # NaN
                self.trace.started[node] = now
            self._over.add(node)
            unseen = Visit((-1, now))
            unseen.facts = facts
            self.ends[node] = now, "done", unseen
            self.ended.append(node)

    def _end(self, node: int, visit: Visit) -> None:
        if node in self._over:
            return  # its value was lost, and it ran again: it had ended all the same
        if visit.error:
            self.trace.errors[node] = visit.error
        if visit.raised or visit.outcome == "failed":
            self.raised[node] = visit.raised
        self._write_end(node, visit.outcome, visit.finished)
        self.ended.append(node)

    def _end_unseen(self, node: int, now: float) -> None:
        """Nothing uses a value before its end was told here."""

    def _write_end(self, node: int, outcome: str, now: float) -> None:
        visits = self._visits.get(node)
        self._over.add(node)
        if outcome == "failed":
            self.failed_at[node] = now
        self.ends[node] = now, outcome, visits[-1] if visits else None


class _Nothing:
    """Of every row nobody: what depends on what is for the engine to know."""

    def __getitem__(self, row: int) -> tuple[int, ...]:
        return ()
