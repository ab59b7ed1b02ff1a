"""`Dask`: a cluster to run on, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.shortening import short_repr
from async_dag.errors import MissingExtraError, WrongArgumentError, WrongTypeError
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.node import TaskNode
from async_dag.nodes.selection import selected

if TYPE_CHECKING:
    from distributed import Client

Keep = Literal["ends", "all"]


class Dask:
    """A cluster of Dask `distributed`, for `tm.invoke(on=)`.

    Args:
        client: a `distributed.Client`, synchronous or asynchronous.
        keep: which values stay on the workers when the run is over: those of the `"ends"`, which no
            other node takes (of the targets, if there are any), of `"all"` nodes, or of the nodes in
            this list. The others are dropped as soon as no node needs them any more.

    Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`) for what can't be
    used, `MissingExtraError` (an `ImportError`) without `distributed`.

    >>> Dask("tcp://127.0.0.1:8786")
    Traceback (most recent call last):
    async_dag.errors.WrongTypeError: a cluster is given as a distributed.Client; given was \
'tcp://127.0.0.1:8786': Client('tcp://127.0.0.1:8786') connects to that address
    """

    __slots__ = ("client", "keep")

    @explains_wrong_calls("Dask(client)")
    def __init__(
        self, client: Client, keep: Keep | Iterable[TaskNode[Any, Any] | str] = "ends"
    ) -> None:
        if isinstance(client, str):  # an address, which can be told without `distributed`
            raise _not_a_client(client, f": Client({client!r}) connects to that address")
        try:
            from distributed import Client
        except ImportError:
            raise MissingExtraError(
                "a cluster needs distributed: pip install distributed"
            ) from None
        if not isinstance(client, Client):
            raise _not_a_client(client, "")
        self.client: Any = client
        self.keep: Keep | tuple[TaskNode[Any, Any] | str, ...] = _checked_keep(keep)

    def __repr__(self) -> str:
        return f"<Dask cluster of {self.client!r}, keep={short_repr(self.keep)}>"


def kept_nodes(backend: Dask, compiled: CompiledGraph[Any], ends: Iterable[int]) -> list[int]:
    """The indices of the nodes that are kept; `ends` are those that no other node takes.

    Raises `ForeignNodeError` (a `ValueError`) for a node of another manager.
    """
    if isinstance(backend.keep, str):
        return list(ends if backend.keep == "ends" else range(len(compiled.nodes)))
    return [node.index for node in selected(compiled, backend.keep, "Dask(keep=)")]


def _checked_keep(keep: object) -> Any:
    if isinstance(keep, str):
        if keep in ("ends", "all"):
            return keep
        raise WrongArgumentError(
            "Dask(keep=) takes 'ends', 'all', or nodes and names of nodes in a list; given was "
            f"{short_repr(keep)}: keep=[{keep!r}]"
        )
    if isinstance(keep, TaskNode) or not isinstance(keep, Iterable):
        raise WrongTypeError(
            "Dask(keep=) takes 'ends', 'all', or nodes in a list: keep=[node]; given was "
            f"{short_repr(keep)}"
        )
    nodes = tuple(keep)
    for node in nodes:
        if not isinstance(node, (TaskNode, str)):
            raise WrongTypeError(
                "Dask(keep=) takes nodes, such as add_node returns, or their names; among them was "
                f"{short_repr(node)}"
            )
    return nodes


def kept_text(keep: Keep | tuple[TaskNode[Any, Any] | str, ...]) -> str:
    """What is kept, for a message: `only what no other node takes`."""
    if keep == "ends":
        return "only what no other node takes"
    return "everything" if keep == "all" else "only what was asked for"


def _not_a_client(client: object, hint: str) -> WrongTypeError:
    return WrongTypeError(
        f"a cluster is given as a distributed.Client; given was {short_repr(client)}{hint}"
    )
