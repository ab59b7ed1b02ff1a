"""`history`: keeps what every invoke of a process took, in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

from async_dag._common.arguments import text_or_none, whole_number
from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.engine.run import Run
from async_dag.engine.watch import watch
from async_dag.errors import LifecycleError, WrongTypeError
from async_dag.runs.storage.writer import Writer

PER_MINUTE = 60
"""Runs of a busy minute that are kept at random, of each graph."""


class History:
    """Writes what the runs of this process took to a file, until it is closed.

    `async_dag.history(path)` makes one; close it, or use it in a `with` statement, which raises
    `LifecycleError` (a `ValueError`) if it is closed.

    Attributes:
        path: the file.
        label: what the runs are of.

    >>> import asyncio, pathlib, tempfile
    >>> import async_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with async_dag.history(pathlib.Path(folder) / "runs.db", label="v1") as history:
    ...         _ = asyncio.run(tm.invoke())
    ...     history.written, history.dropped
    (1, 0)
    """

    def __init__(self, path: Path, label: str, per_minute: int | None) -> None:
        self.path: Path = path
        self.label: str = label
        self._writer = Writer(path, label, per_minute)
        self._watching = watch(over=self._record)

    def _record(self, run: Run) -> None:
        self._writer.record(run.trace)

    @property
    def seen(self) -> int:
        """How many runs it has looked at; those of the last half second may be missing."""
        return self._writer.seen

    @property
    def written(self) -> int:
        """How many runs are in the file. Of a busy minute only a sample is kept."""
        return self._writer.written

    @property
    def dropped(self) -> int:
        """How many runs were lost, as the file could not be written for too long."""
        return self._writer.dropped

    @property
    def error(self) -> str | None:
        """Why the file can't be written at the moment; None if it can."""
        return self._writer.error

    def flush(self, timeout: float = 10.0) -> bool:
        """Write what was recorded so far; False if that takes longer than `timeout` seconds.

        Runs of a busy minute wait for its end to be chosen from.
        """
        return self._writer.flush(timeout)

    def close(self) -> None:
        """Record no further runs, and write what is left. A second call does nothing."""
        self._watching()
        self._writer.close()

    def __enter__(self) -> Self:
        if self._writer.closed:
            raise LifecycleError(
                f"the history at {os.fspath(self.path)!r} is closed, and would record nothing: "
                "async_dag.history(path) opens it again"
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        label = f" of {self.label!r}" if self.label else ""
        written = plural(self.written, "run") if self.written else "no run"
        dropped = f", {self.dropped:,} lost" if self.dropped else ""
        error = f", which can't be written now: {self.error}" if self.error else ""
        closed = ", closed" if self._writer.closed else ""
        return f"<History {self.path.name!r}{label}{closed}: {written} written{dropped}{error}>"


@explains_wrong_calls("history('runs.db')")
def history(
    path: str | os.PathLike[str], label: str | None = None, *, per_minute: int | None = PER_MINUTE
) -> History:
    """Keep what every invoke of this process takes in a file, from now on.

    A notebook calls it once, at its top; a server in its lifespan, in a `with` statement. Several
    processes, and forked ones, may write to the same file.

    The file is a SQLite database. It holds times, the names of nodes and functions, and the texts of
    errors; never a value. A thread writes it, so an invoke waits for nothing. If the file can't be
    written for a while, runs wait, and beyond some megabytes they are dropped and counted.

    Args:
        path: the file, made if there is none.
        label: what these runs are of, such as a version, to compare them with others.
        per_minute: how many runs a minute of each graph are kept at random, beside the slowest and the
            failed ones. Up to 1,000 runs are kept before that sets in, and again after quiet minutes;
            a histogram counts them all. None keeps every run.

    Raises:
        HistoryError: the file can't be written, is no history, or is one of a newer version (a
            `ValueError`).
        WrongTypeError, WrongArgumentError: an argument can't be used (a `TypeError`, a `ValueError`).

    >>> import asyncio, pathlib, tempfile
    >>> import async_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "runs.db"
    ...     with async_dag.history(path, label="v1") as history:
    ...         for _ in range(3):
    ...             _ = asyncio.run(tm.invoke())
    ...     history
    <History 'runs.db' of 'v1', closed: 3 runs written>
    """
    if not isinstance(path, (str, os.PathLike)):
        raise WrongTypeError(
            f"history takes the path of a file, such as 'runs.db'; given was {short_repr(path)}"
        )
    text_or_none("history(label=)", label)
    if per_minute is not None:
        whole_number(
            "history(per_minute=)",
            per_minute,
            at_least=1,
            meaning="how many runs a minute are kept",
            or_none=True,
        )
    return History(absolute(path), label or "", per_minute)


def absolute(path: Any) -> Path:
    """The path as one that stays the same if the working directory changes."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - it keeps links as they are
