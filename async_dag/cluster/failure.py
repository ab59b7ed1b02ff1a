"""What a node raised on a worker, as it is raised here."""

from __future__ import annotations

import pickle
from asyncio import CancelledError
from typing import TYPE_CHECKING, Any

from async_dag.cluster.asking import ask
from async_dag.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Future


def told_error(node: str, data: bytes, text: str) -> BaseException:
    """The exception that a worker told of; where it could not travel, a `ClusterError` with its text.

    >>> told_error("load", pickle.dumps(OSError("no route")), "OSError: no route")
    OSError('no route')
    >>> told_error("load", b"", "Odd: it holds a lock")
    ClusterError("node 'load' failed on its worker: Odd: it holds a lock (...)")
    """
    why = "the exception itself can't be pickled"
    if data:
        try:
            error = pickle.loads(data)
        except Exception as failure:  # noqa: BLE001 - a class that only the worker has, or anything else
            why = f"the exception itself can't be unpickled here: {failure!r}"
        else:
            if isinstance(error, BaseException):
                return error
    return ClusterError(f"node {node!r} failed on its worker: {text} ({why})")


async def error_of_future(node: str, future: Future[Any] | None) -> BaseException:
    """The exception of a node of which no worker told: mostly Dask's `KilledWorker`."""
    try:
        error = None
        if future is not None and future.client is not None:
            error = await ask(future.client, future.exception)
    except (Exception, CancelledError) as lost:  # noqa: BLE001 - the cluster is gone meanwhile
        error = lost
    if isinstance(error, Exception):
        return error
    return ClusterError(f"node {node!r} failed on the cluster, which tells no reason: {error!r}")
