"""What `collect` takes: nodes of the same manager, in a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from async_dag._common.shortening import short_repr
from async_dag.errors import ForeignNodeError, WrongTypeError
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.node import TaskNode


def collected(builder: GraphBuilder[Any], nodes: Any) -> tuple[int, ...]:
    """The indices of the nodes that `collect` was given.

    Raises `WrongTypeError` for what are no nodes in a collection,
    `ForeignNodeError` for the node of another manager.
    """
    if isinstance(nodes, TaskNode) or not isinstance(nodes, Iterable):
        raise WrongTypeError(
            f"collect takes nodes in a list: tm.collect([a, b, c]); given was {short_repr(nodes)}"
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
