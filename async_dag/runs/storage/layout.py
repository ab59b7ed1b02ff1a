"""The tables of a history file, and how one is opened.

A run is one blob (`trace.packed`): a row for each node would take sixteen times the processor time.
Its graph stands in the file once, by its digest. `PRAGMA user_version` is the version of the layout: a
program reads every older one, and refuses a newer one.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from async_dag.errors import HistoryError

VERSION: Final = 1

_APPLICATION: Final = 0x61646167  # "adag", so that `file` and we can tell it from other databases

_TABLES: Final = """
    CREATE TABLE graphs (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        document TEXT NOT NULL  -- JSON
    );
    CREATE TABLE sessions (  -- one for each process that writes
        id INTEGER PRIMARY KEY,
        label TEXT NOT NULL,
        began REAL NOT NULL,  -- seconds since the epoch
        process INTEGER NOT NULL,
        lost INTEGER NOT NULL DEFAULT 0  -- runs that could not be written
    );
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL,
        graph INTEGER NOT NULL,
        began REAL NOT NULL,  -- seconds since the epoch
        outcome INTEGER NOT NULL,  -- a place in OUTCOMES
        sample INTEGER NOT NULL,  -- a place in SAMPLES
        packed BLOB NOT NULL
    );
    CREATE TABLE hours (  -- of all runs, also those that were not kept
        session INTEGER NOT NULL,
        graph INTEGER NOT NULL,
        hour INTEGER NOT NULL,  -- hours since the epoch
        seen INTEGER NOT NULL,  -- complete runs
        unfinished INTEGER NOT NULL,  -- runs that failed, were cancelled, or ran a part of the graph
        histograms BLOB NOT NULL,
        PRIMARY KEY (session, graph, hour)
    ) WITHOUT ROWID;
"""

_SAFE_WAL: Final = (3, 51, 3)
"""Before this version of SQLite a write-ahead log could lose a commit in a race of two processes."""

_PATIENCE: Final = 5.0
"""Seconds to wait for another process that holds the file."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection to the history at `path`, which is made if there is none.

    Raises `HistoryError` (a `ValueError`) if it can't be used, and says why.
    """
    try:
        connection = sqlite3.connect(
            path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise HistoryError(_cannot(path, "opened for writing", error)) from error
    try:
        if sqlite3.sqlite_version_info >= _SAFE_WAL:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        if not _check(connection, path):
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        # Also where it stands there already: a file that can't be written is found out here.
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        raise HistoryError(_cannot(path, "written", error)) from error
    except HistoryError:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection to the history at `path` that changes nothing.

    Raises `HistoryError` (a `ValueError`) if there is none, or it can't be read.
    """
    if not path.exists():
        raise HistoryError(
            f"there is no history at {os.fspath(path)!r}: async_dag.history(path) makes one, and runs "
            "are written while it is open"
        )
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE, isolation_level=None
        )
    except sqlite3.Error as error:
        raise HistoryError(_cannot(path, "opened", error)) from error
    try:
        if not _check(connection, path):
            raise HistoryError(f"{os.fspath(path)!r} is empty: no run was ever written to it")
    except sqlite3.Error as error:
        connection.close()
        raise HistoryError(_cannot(path, "read", error)) from error
    except HistoryError:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file has our tables; an error if they are of a newer version, or others."""
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version")
    )
    if application == _APPLICATION:
        if version > VERSION:
            raise HistoryError(
                f"{os.fspath(path)!r} was written by a newer version of async_dag (layout {version}; "
                f"this one reads layouts up to {VERSION}): update async-dag-workbench, or use another "
                "file"
            )
        return True
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise HistoryError(
            f"{os.fspath(path)!r} is a database, but no history of async_dag: use another file"
        )
    return False


def _cannot(path: Path, what: str, error: sqlite3.Error) -> str:
    text = f"the history at {os.fspath(path)!r} can't be {what}: {error}"
    if not path.parent.exists():
        return f"{text}; there is no folder {os.fspath(path.parent)!r}"
    if "readonly" in str(error) or "read-only" in str(error):
        return f"{text}; make the file and its folder writable, or use another path"
    return text
