"""Nodes as users name them: the nodes themselves, or their names, one or several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import ForeignNodeError, WrongTypeError
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.node import TaskNode

P = TypeVar("P")

Selection: TypeAlias = TaskNode[P, Any] | str | Iterable[TaskNode[P, Any] | str]
"""A node, its name, or several of both."""


def selected(compiled: CompiledGraph[P], given: object, where: str) -> list[TaskNode[P, Any]]:
    """The nodes that `given`, a `Selection`, names.

    Args:
        compiled: the graph that they belong to.
        given: what was passed.
        where: the argument as the user writes it, such as `invoke(targets=)`.

    Raises `WrongTypeError` (a `TypeError`), `ForeignNodeError` (a `ValueError`) for a node of another
    manager, `UnknownNodeError` (a `KeyError`) for a name that no node has.
    """
    if isinstance(given, (TaskNode, str)):
        return [selected_node(compiled, given, where)]
    if not isinstance(given, Iterable):
        raise WrongTypeError(
            f"{where} takes nodes or their names, one or a list of them; given was {short_repr(given)}"
        )
    return [selected_node(compiled, node_or_name, where) for node_or_name in given]


def selected_node(compiled: CompiledGraph[P], given: object, where: str) -> TaskNode[P, Any]:
    """The node that is given, or has that name; raises what `selected` raises."""
    if isinstance(given, str):
        return compiled.manager[given]
    if not isinstance(given, TaskNode):
        raise WrongTypeError(
            f"{where} takes nodes, such as add_node returns, or their names; among them was "
            f"{short_repr(given)}"
        )
    if not compiled.owns(given):
        raise ForeignNodeError(
            f"node {given.name!r}, given to {where}, belongs to another TaskManager; it takes nodes "
            "of its own manager"
        )
    return given
