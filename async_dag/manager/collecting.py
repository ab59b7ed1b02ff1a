"""What `collect` takes: nodes of the same manager, in a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from async_dag._common.shortening import short_repr
from async_dag.errors import ForeignNodeError, WrongTypeError
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.node import TaskNode


def collected(builder: GraphBuilder[Any], nodes: Any, more: tuple[Any, ...]) -> tuple[int, ...]:
    """The indices of the nodes that `collect` was given.

    Raises `WrongTypeError` for what are no nodes in a collection, or for `more` arguments than one,
    `ForeignNodeError` for the node of another manager.
    """
    if more or isinstance(nodes, TaskNode) or not isinstance(nodes, Iterable):
        raise WrongTypeError(
            "collect takes nodes in a list: tm.collect([a, b, c]); given was "
            f"{', '.join(map(short_repr, (nodes, *more)))}"
        )
    given = list(nodes)
    for node in given:
        if not isinstance(node, TaskNode):
            raise WrongTypeError(
                f"collect takes nodes, such as add_node returns; among them was {short_repr(node)}"
            )
        if not builder.owns(node):
            raise ForeignNodeError(
                f"node {node.name!r}, passed to collect, belongs to another TaskManager"
            )
    return tuple(node.index for node in given)
