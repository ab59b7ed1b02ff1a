"""Names that clients, the scheduler and workers agree on: of runs, keys and topics."""

from __future__ import annotations

from typing import Any, Final

PLUGIN: Final = "async_dag"
"""The name of our plugin on the scheduler and on each worker."""

EVERYBODY: Final = "async_dag"
"""The topic of what concerns every run: workers that join and leave."""

_MARK: Final = "async_dag0"
"""What the names of runs begin with. The digit keeps Dask from taking it for a part of the function's
name, by which it groups tasks and learns how long they take."""

Key = tuple[str, "int | str"]


def run_name(client: str, number: int) -> str:
    """The name of a run: unique in the cluster, if `client` is unique.

    >>> run_name("3fa1", 7)
    'async_dag0_3fa1_7'
    """
    return f"{_MARK}_{client}_{number}"


def topic_of(run: str) -> str:
    """The topic on which the client that owns a run listens.

    >>> topic_of("async_dag0_3fa1_7")
    'async_dag0_3fa1'
    """
    return run.rpartition("_")[0]


def node_key(function: str, run: str, node: int) -> Key:
    """The key of a node's task.

    Tasks of one function share the first part, which is their group at the scheduler: with a group for
    each node it would not hold back root tasks while all workers are busy.

    >>> node_key("fetch", "async_dag0_3fa1_7", 3)
    ('fetch-async_dag0_3fa1_7', 3)
    """
    return (f"{function}-{run}", node)


def shared_key(run: str, number: int) -> Key:
    """The key of a function or a value that several nodes of a run take and that is no node."""
    return (f"shared-{run}", f"shared {number}")


def node_of(key: Any) -> tuple[str, int] | None:
    """The run and the node of a key; None if it is no node of ours.

    >>> node_of(node_key("fetch", "async_dag0_3fa1_7", 3)), node_of("inc-5b2c"), node_of(("x", 1))
    (('async_dag0_3fa1_7', 3), None, None)
    """
    if type(key) is not tuple or len(key) != 2:
        return None
    group, node = key
    if type(node) is not int or type(group) is not str:
        return None
    run = group.rpartition("-")[2]
    return (run, node) if run.startswith(_MARK) else None
