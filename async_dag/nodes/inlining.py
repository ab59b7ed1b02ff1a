"""The nodes of one builder, added to another one."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from async_dag.graph import algorithms
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.map_copies import MapCopies
from async_dag.nodes.maps import MapNode
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions

P = TypeVar("P")


class Inlining(Generic[P]):
    """Adds the nodes of `sub` to `builder`, once.

    Args:
        builder: what the nodes are added to.
        sub: what they come from; it stays as it is.
        name: the name of this use, which the names of the nodes begin with.
        parameter: the node that takes the place of the parameter of `sub`, if that has one.
        use: the options of this use: its group goes to all nodes.
    """

    def __init__(
        self,
        builder: GraphBuilder[P],
        sub: GraphBuilder[Any],
        name: str,
        parameter: TaskNode[P, Any] | None,
        use: NodeOptions,
    ) -> None:
        self._builder = builder
        self._sub = sub
        self._name = name
        self._use = use
        self._copies: dict[int, int] = {}  # by the index of the node in `sub`
        if sub.parameter is not None and parameter is not None:
            self._copies[sub.parameter] = parameter.index
        self._maps = MapCopies(builder, sub, self._copies)

    def nodes(self) -> list[TaskNode[P, Any]]:
        """Add the nodes; returns for each node of `sub` the one that stands for it."""
        sub, copies = self._sub, self._copies
        given = set(copies)
        size = len(sub.nodes)
        # In an order in which what a node takes comes before it; most graphs are in one already.
        for index in algorithms.in_order([sub.dependencies_of(index) for index in range(size)]):
            if index not in given:
                self._copy(index)
        own = {index: copy for index, copy in copies.items() if index not in given}
        self._builder.scopes.add_all(sub.scopes, self._name, "dag", own)
        return [self._builder.nodes[copies[index]] for index in range(size)]

    def _copy(self, index: int) -> None:
        sub, builder = self._sub, self._builder
        slots = tuple([self._maps.slot(slot) for slot in sub.slots[index]])
        keyword_slots = sub.keyword_slots.get(index)
        if keyword_slots is not None:
            keyword_slots = {key: self._maps.slot(slot) for key, slot in keyword_slots.items()}
        spec = sub.maps.get(index)
        kind: type[TaskNode[P, Any]] = TaskNode if spec is None or spec.item is None else MapNode
        copy = kind(builder, len(builder.nodes))
        self._copies[index] = copy.index
        builder.append(copy, sub.tasks[index], slots, keyword_slots, self._options(index))
        if spec is not None:
            builder.maps[copy.index] = self._maps.spec(spec)
        if index in sub.prefixes:
            (text, count), *within = sub.prefixes[index]
            builder.prefixes[copy.index] = ((f"{self._name}/{text}", count), *within)
        if index in sub.choices:
            builder.choices[copy.index] = None
        if index in sub.projections:
            builder.set_projection(copy.index, sub.projections[index])
        elif index in sub.computes:
            builder.computes[copy.index] = sub.computes[index]

    def _options(self, index: int) -> NodeOptions:
        options = self._sub.options.get(index) or NodeOptions()
        after = tuple(
            self._builder.nodes[self._copies[node]] for node in self._sub.after.get(index, ())
        )
        if not self._waits_within(index):  # what all of the sub-DAG waits for, its first nodes do
            after = (*self._use.after, *after)
        return options._replace(
            name=f"{self._name}/{self._sub.names[index]}",
            group=options.group or self._use.group,
            after=after,
        )

    def _waits_within(self, index: int) -> bool:
        """Whether a node waits for another one that was copied, and not just for what was given."""
        given = {self._sub.parameter}
        return any(
            needed not in given and self._sub.kind_of(needed) != "immediate"
            for needed in self._sub.dependencies_of(index)
        )
