"""The exception of a node on its way from a worker to the client."""

from __future__ import annotations

import pickle
from contextlib import suppress
from types import TracebackType

import cloudpickle

from async_dag.engine.failures import error_text
from async_dag.errors import AsyncDagError

MOST = 256 * 1024
"""Bytes beyond which an exception stays where it is, and only its text travels."""

_OURS = ("async_dag.cluster.worker.", "async_dag.engine.")


class NodeEnded(AsyncDagError):
    """What Dask gets to see where a node raised something that would end a worker, or was stopped."""


def for_dask(error: BaseException) -> Exception:
    """What Dask gets to see of what a node raised: the exception itself, unless that does harm there.

    What is no `Exception` would end the thread, or make Dask run the node elsewhere; a `repr` with what
    UTF-8 can't encode would break the worker's connection to its scheduler (see `sendable`).

    >>> for_dask(OSError("no route")), for_dask(SystemExit(1))
    (OSError('no route'), NodeEnded('SystemExit: 1'))
    """
    if isinstance(error, Exception):
        with suppress(Exception):  # whatever a foreign __repr__ raises
            repr(error).encode()
            return error
    return NodeEnded(error_text(error))


def pickled_error(error: BaseException) -> bytes:
    """An exception with its traceback, which begins at the node's own code; empty if it can't travel.

    (`distributed` teaches pickle to take tracebacks along.)
    """
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None and _is_ours(traceback):
        traceback = traceback.tb_next
    BaseException.with_traceback(error, traceback)  # a frozen dataclass refuses an assignment
    try:
        data: bytes = cloudpickle.dumps(error)
        pickle.loads(data)  # many exceptions can be pickled, and not be unpickled
    except BaseException:  # noqa: BLE001 - whatever a foreign __reduce__ raises
        return b""
    return data if len(data) <= MOST else b""


def _is_ours(traceback: TracebackType) -> bool:
    return str(traceback.tb_frame.f_globals.get("__name__")).startswith(_OURS)
