"""Adding choices to a builder."""

from __future__ import annotations

import inspect
from typing import Any, Final, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.functions import task_name
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions

P = TypeVar("P")

_FOR_TASKS: Final = ("timeout", "retry", "limit", "at_once", "key")


def add_choice(
    builder: GraphBuilder[P], flag: Any, then: Any, other: Any, options: NodeOptions | None
) -> TaskNode[P, Any]:
    """Add a choice; raises what `choose` raises."""
    builder.refuse_if_compiled("choose")
    if not isinstance(flag, (TaskNode, bool)):
        raise WrongTypeError(
            "choose takes a node for its flag, whose value says which side is taken, as in "
            f"choose(is_new, send, None); given was {short_repr(flag)}"
        )
    for side in (then, other):
        if inspect.iscoroutinefunction(side):
            raise WrongTypeError(
                f"choose takes a node for each side, and was given the function {task_name(side)}: "
                f"tm.add_node({task_name(side)}, ...) makes a node of it"
            )
    for key in _FOR_TASKS:
        if options is not None and getattr(options, key) is not None:
            raise WrongArgumentError(
                f"options({key}=) says how a task is called, and choose calls none: give it to the "
                "nodes that are the sides"
            )
    # Checked before anything is added: an error leaves the builder as it was.
    slots = tuple([builder.slot(argument, "choose") for argument in (flag, then, other)])
    node: TaskNode[P, Any] = TaskNode(builder, len(builder.nodes))
    builder.append(node, None, slots, None, options)
    builder.choices[node.index] = None
    return node
