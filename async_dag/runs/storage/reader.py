"""Reads the runs of a history file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from async_dag.errors import HistoryError
from async_dag.graph.graph import Graph
from async_dag.runs.storage import histogram
from async_dag.runs.storage.histogram import Histogram
from async_dag.runs.storage.layout import open_for_reading
from async_dag.runs.storage.records import OUTCOMES, SAMPLES, Outcome, Sample, graph_of_text
from async_dag.trace.packed import unpack
from async_dag.trace.trace import Trace

MOST_RUNS: Final = 20_000
"""So many runs of a graph are read, the latest ones."""


class StoredGraph(NamedTuple):
    """A graph of the file, and how many runs of it were kept."""

    id: int
    digest: bytes
    graph: Graph
    runs: int


class StoredRun(NamedTuple):
    """One run of the file."""

    trace: Trace
    label: str
    outcome: Outcome
    sample: Sample


class Counts(NamedTuple):
    """What was counted of all runs of a graph, also those that were not kept."""

    seen: int
    unfinished: int
    histograms: dict[int, Histogram]


class HistoryFile:
    """A history file, open for reading. Close it, or use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_for_reading(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def labels(self) -> list[str]:
        """The labels of the file, the earliest first."""
        rows = self._rows("SELECT label FROM sessions GROUP BY label ORDER BY min(began), min(id)")
        return [label for [label] in rows]

    def graphs(
        self, labels: Sequence[str] | None = None, since: float | None = None
    ) -> list[StoredGraph]:
        """The graphs of the file that have such runs, the one with the most of them first."""
        where, values = _where([], labels, "runs.began", since)
        rows = self._rows(
            "SELECT graphs.id, digest, document, count(*) FROM runs"
            " JOIN graphs ON graphs.id = runs.graph JOIN sessions ON sessions.id = runs.session"
            f" WHERE {where} GROUP BY graphs.id ORDER BY count(*) DESC, graphs.id",
            values,
        )
        return [
            StoredGraph(number, bytes(digest), graph_of_text(text), count)
            for number, digest, text, count in rows
        ]

    def lost(self) -> int:
        """How many runs could not be written."""
        [[lost]] = self._rows("SELECT coalesce(sum(lost), 0) FROM sessions")
        return int(lost)

    def runs(
        self,
        graph: StoredGraph,
        labels: Sequence[str] | None = None,
        since: float | None = None,
        most: int = MOST_RUNS,
    ) -> list[StoredRun]:
        """The latest runs of a graph, in the order of time.

        Args:
            graph: the graph.
            labels: only runs with one of these labels.
            since: only runs that began then or later, in seconds since the epoch.
            most: how many at most.
        """
        where, values = _where([graph.id], labels, "runs.began", since)
        rows = self._rows(
            "SELECT packed, runs.began, label, outcome, sample FROM runs"
            f" JOIN sessions ON sessions.id = runs.session WHERE {where}"
            " ORDER BY runs.began DESC, runs.id DESC LIMIT ?",
            [*values, most],
        )
        return [
            StoredRun(unpack(graph.graph, packed, began), label, OUTCOMES[outcome], SAMPLES[sample])
            for packed, began, label, outcome, sample in reversed(rows)
        ]

    def counts(
        self,
        graph: StoredGraph,
        labels: Sequence[str] | None = None,
        since: float | None = None,
    ) -> Counts:
        """What was counted of a graph; of the hour in which `since` lies, all of it."""
        hour = None if since is None else since // 3600
        where, values = _where([graph.id], labels, "hour", hour)
        rows = self._rows(
            "SELECT seen, unfinished, histograms FROM hours"
            f" JOIN sessions ON sessions.id = hours.session WHERE {where}",
            values,
        )
        try:
            whole = histogram.merged(packed for _, _, packed in rows)
        except ValueError as error:
            raise HistoryError(f"the history at {str(self.path)!r} is damaged: {error}") from error
        return Counts(sum(row[0] for row in rows), sum(row[1] for row in rows), whole)

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with closing(self._connection.execute(query, list(values))) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise HistoryError(
                f"the history at {str(self.path)!r} can't be read: {error}"
            ) from error


def _where(
    graphs: Sequence[int], labels: Sequence[str] | None, time: str, since: float | None
) -> tuple[str, list[Any]]:
    conditions = ["graph = ?"] * len(graphs)
    values: list[Any] = list(graphs)
    if labels is not None:
        conditions.append(f"label IN ({', '.join('?' * len(labels))})")
        values += labels
    if since is not None:
        conditions.append(f"{time} >= ?")
        values.append(since)
    return " AND ".join(conditions) or "1", values
