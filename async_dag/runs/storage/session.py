"""`Session`: what one process writes into a history file."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from async_dag.runs.storage import histogram
from async_dag.runs.storage.gathered import Gathered, HourKey
from async_dag.runs.storage.layout import open_for_writing

_log: Final = logging.getLogger("async_dag.history")

_INSERT: Final = "INSERT INTO runs (session, graph, began, outcome, sample, packed) VALUES "
_ROW: Final = "(?, ?, ?, ?, ?, ?)"
_AT_ONCE: Final = (1000, 100, 10, 1)
"""So many runs are written by one statement, where SQLite takes as many values."""


class Session:
    """A process that writes runs to a file; it connects when there is something to write.

    Args:
        path: of the file.
        label: what the runs are of, such as a version.
    """

    def __init__(self, path: Path, label: str) -> None:
        self._path = path
        self._label = label
        self._began = time.time()
        self._connection: sqlite3.Connection | None = None
        # What the file has of it by now: its own number, those of graphs by digest, the dropped runs.
        self._id: int | None = None
        self._graph_ids: dict[bytes, int] = {}
        self._dropped = 0

    def write(self, gathered: Gathered, hours: Sequence[HourKey], dropped: int) -> None:
        """Write the runs that wait, what was counted in these hours, and how many runs were dropped.

        Raises what SQLite raises; then nothing of it is in the file.
        """
        connection = self._connection
        if connection is None:
            connection = self._connection = open_for_writing(self._path)
        connection.execute("BEGIN IMMEDIATE")
        session = self._id_in(connection)
        ids: dict[bytes, int] = dict(self._graph_ids)
        digests = {run.digest for run in gathered.waiting} | {key.digest for key in hours}
        for digest in digests - ids.keys():
            ids[digest] = _graph_id(connection, digest, gathered.texts[digest])
        _insert(connection, [(session, ids[run.digest], *run[1:]) for run in gathered.waiting])
        for key in hours:
            hour = gathered.hours[key]
            connection.execute(
                "INSERT OR REPLACE INTO hours VALUES (?, ?, ?, ?, ?, ?)",
                (
                    session,
                    ids[key.digest],
                    key.number,
                    hour.seen,
                    hour.unfinished,
                    histogram.pack(hour.histograms),
                ),
            )
        if dropped != self._dropped:
            connection.execute("UPDATE sessions SET lost = ? WHERE id = ?", (dropped, session))
        connection.execute("COMMIT")
        # Only now is it so.
        self._id, self._graph_ids, self._dropped = session, ids, dropped

    def disconnect(self) -> None:
        """Close the connection; the next write opens one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                _log.debug("a connection to %s could not be closed", self._path, exc_info=True)

    def leave_to_parent(self) -> None:
        """In a forked child: a connection must not be used there, nor closed.

        It would undo the locks of its parent.
        """
        _inherited.append(self._connection)

    def _id_in(self, connection: sqlite3.Connection) -> int:
        if self._id is not None:
            return self._id
        cursor = connection.execute(
            "INSERT INTO sessions (label, began, process) VALUES (?, ?, ?)",
            (self._label, self._began, os.getpid()),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid


_inherited: list[sqlite3.Connection | None] = []


def _graph_id(connection: sqlite3.Connection, digest: bytes, text: str) -> int:
    connection.execute(
        "INSERT OR IGNORE INTO graphs (digest, document) VALUES (?, ?)", (digest, text)
    )
    row = connection.execute("SELECT id FROM graphs WHERE digest = ?", (digest,)).fetchone()
    number: int = row[0]
    return number


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
