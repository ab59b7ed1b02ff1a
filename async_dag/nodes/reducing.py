"""Adding what takes the items of a map together: `outcomes` and `fold`."""

from __future__ import annotations

from typing import Any, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.functions import call_error
from async_dag.nodes.map_spec import MapSpec
from async_dag.nodes.mapping import ELEMENT, ordered_elements
from async_dag.nodes.maps import MapNode
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.spaces import Previous, Settled, Whole

P = TypeVar("P")


def add_outcomes(builder: GraphBuilder[P], source: Any) -> MapNode[P, Any]:
    """Add a node for the outcomes of a map; raises what `outcomes` raises."""
    builder.refuse_if_compiled("outcomes")
    if not isinstance(source, MapNode):
        raise WrongTypeError(
            f"outcomes takes a map, such as tm.map returns; given was {short_repr(source)}"
        )
    slot = builder.slot(source, "outcomes")
    spec = builder.maps[slot]
    if not builder.has_items(slot) or spec.item is None:
        raise WrongTypeError(
            f"outcomes takes a map that calls a task, such as tm.map returns; {source.name!r} calls "
            "none: pass the map whose items may fail"
        )
    node = MapNode[P, Any](builder, len(builder.nodes))
    builder.append(node, None, (slot,), {}, NodeOptions(name=f"{source.name}/outcomes"))
    builder.computes[node.index] = list
    builder.maps[node.index] = MapSpec(spec.elements, (), {}, Settled(spec.item))
    return node


def add_fold(
    builder: GraphBuilder[P],
    task: Any,
    initial: Any,
    source: Any,
    options: NodeOptions | None,
) -> TaskNode[P, Any]:
    """Add a fold; raises what `fold` raises."""
    builder.refuse_if_compiled("fold")
    error = call_error(task, (ELEMENT, ELEMENT), {}, "fold")
    if error is not None:
        raise error
    first = builder.slot(initial, task)
    slot, element, space = ordered_elements(builder, source, "fold")
    node: TaskNode[P, Any] = TaskNode(builder, len(builder.nodes))
    builder.append(node, task, (first, slot), {}, options)
    builder.maps[node.index] = MapSpec(
        space, (Previous(node.index, Whole(first)), element), {}, None
    )
    return node
