"""A node as Dask knows tasks: `Task` and `TaskRef` of a graph, or without these a call of `submit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import dask
from distributed import Client, Future

from async_dag.cluster.worker.names import Key

try:
    from async_dag.cluster.worker.named_task import NamedTask, TaskRef
except ImportError:  # dask._task_spec is not public, and may move
    HAS_TASKS = False
else:
    HAS_TASKS = True

_LARGE_GRAPH = "distributed.admin.large-graph-warning-threshold"


class NodeTask(NamedTuple):
    """A task for Dask: `function(argument, *values of the tasks that it needs)`."""

    key: Key
    function: Any
    argument: Any
    needs: Sequence[Key]


def submit(
    client: Client, tasks: Sequence[NodeTask], known: Mapping[Key, Future[Any]], *, as_graph: bool
) -> dict[Key, Future[Any]]:
    """Hand tasks to the scheduler; returns the future of each.

    Args:
        client: in whose loop, or thread, this is called.
        tasks: what they need stands before them, or is in `known`.
        known: the futures of tasks that were handed over before.
        as_graph: all in one message, at half the price, if this Dask has `Task`; else one by one.
    """
    if as_graph and HAS_TASKS:
        graph: dict[Any, Any] = {
            task.key: NamedTask(  # pyright: ignore[reportPossiblyUnboundVariable]
                task.key,
                task.function,
                task.argument,
                *[TaskRef(key) for key in task.needs],  # pyright: ignore[reportPossiblyUnboundVariable]
            )
            for task in tasks
        }
        keys = list(graph)
        # The warning says to load data on the workers; here a user has passed a value to a node.
        with dask.config.set({_LARGE_GRAPH: "1 TiB"}):  # pyright: ignore[reportPrivateImportUsage]
            futures: list[Future[Any]] = client.get(graph, keys, sync=False)  # type: ignore[no-untyped-call]
        return dict(zip(keys, futures, strict=True))
    made: dict[Key, Future[Any]] = {}
    with dask.config.set({_LARGE_GRAPH: "1 TiB"}):  # pyright: ignore[reportPrivateImportUsage]
        for task in tasks:
            values = [made.get(key) or known[key] for key in task.needs]
            made[task.key] = client.submit(
                task.function, task.argument, *values, key=task.key, pure=False
            )
    return made
