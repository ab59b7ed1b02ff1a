"""The nodes of one builder, added to another one as maps: a DAG for each element of a collection."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar, cast

from async_dag.errors import WrongTaskError
from async_dag.graph import algorithms
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.mapping import elements_of
from async_dag.nodes.maps import MapNode, MapSpec
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.spaces import (
    Argument,
    At,
    Awaited,
    Element,
    Listed,
    Picked,
    Whole,
    leaves,
)
from async_dag.nodes.streaming import generator_of

P = TypeVar("P")

_NOT_MAPPED: Final = {
    "map": "is a map, and a DAG that runs for each element can't have maps of its own yet",
    "choice": "is a choice, and a DAG that runs for each element can't choose yet",
}


class DagMapping(Generic[P]):
    """Adds the nodes of `sub` to `builder` as maps over one collection.

    Every node of `sub` becomes a map in the space of the elements, so each starts for an element as
    soon as what it takes of that element is done. All take the element in place of the parameter.

    Args:
        builder: what the nodes are added to.
        sub: what they come from; it stays as it is.
        name: the name of this use, which the names of the nodes begin with.
        source: the collection, or a node that gives it.
        use: the options of this use: its group goes to all nodes.

    Raises what `map` raises for a collection that can't be used, and `WrongTaskError` (a `TypeError`)
    for a node that can't run for each element.
    """

    def __init__(
        self,
        builder: GraphBuilder[P],
        sub: GraphBuilder[Any],
        name: Callable[[], str],
        source: object,
        use: NodeOptions,
    ) -> None:
        for index in range(len(sub.nodes)):
            _check(sub, index)
        self._builder = builder
        self._sub = sub
        self._use = use
        self._source, self._element, self._space = elements_of(
            builder, source, "the collection passed to map"
        )
        self.name: str = name()
        self._arguments: dict[int, Argument] = {}  # by node of `sub`: what it gives for one element
        self._copies: dict[int, int] = {}

    def nodes(self) -> list[MapNode[P, Any]]:
        """Add the nodes; returns for each node of `sub` the map that stands for it."""
        sub = self._sub
        size = len(sub.nodes)
        for index in algorithms.in_order([sub.dependencies_of(index) for index in range(size)]):
            self._copy(index)
        self._builder.scopes.add_all(sub.scopes, self.name, "map", self._copies)
        maps = [self._builder.nodes[self._copies[index]] for index in range(size)]
        return cast("list[MapNode[P, Any]]", maps)

    def _copy(self, index: int) -> None:
        sub, builder = self._sub, self._builder
        node = MapNode[P, Any](builder, len(builder.nodes))
        self._copies[index] = node.index
        options = self._options(index)
        kind = sub.kind_of(index)
        given = [self._argument(slot) for slot in sub.slots[index]]
        keywords = {key: self._argument(s) for key, s in sub.keyword_slots.get(index, {}).items()}
        after = [self._arguments[needed] for needed in sub.after.get(index, ())]
        if kind == "task":
            taken = [*given, *keywords.values(), *after]
            if not any(self._is_of_element(argument) for argument in taken):
                after.append(self._element)  # it runs for each element, although it takes none
            item: Argument = At(node.index, self._space)
            slots = [self._source, *_slots([*taken, *after])]
            builder.append(node, sub.tasks[index], tuple(dict.fromkeys(slots)), None, options)
            arguments = (*given, *map(Awaited, after))
            builder.maps[node.index] = MapSpec(self._space, arguments, keywords, item)
        else:
            item, compute = self._no_task(index, kind, given)
            slots = [self._source, *_slots(given)]
            builder.append(node, None, tuple(slots), None, options)
            builder.computes[node.index] = compute
            builder.maps[node.index] = MapSpec(self._space, (), {}, item)
        self._arguments[index] = item
        builder.prefixes[node.index] = self.name

    def _no_task(
        self, index: int, kind: str, given: list[Argument]
    ) -> tuple[Argument, Callable[..., Any]]:
        """What a node that is no task gives for one element, and how its list is made.

        That is made of the collection and of what the node takes, of which some is the same for each.
        """
        sub = self._sub
        if kind == "parameter":
            return self._element, list
        if kind == "immediate":
            value = sub.constants[~sub.slots[index][0]]
            return given[0], lambda elements, *_: [value] * len(elements)
        if index in sub.projections:
            key = sub.projections[index]
            return Picked(given[0], key), lambda _, values: list(map(itemgetter(key), values))
        return Listed(tuple(given)), lambda elements, *lists: [
            [values[place] for values in lists] for place in range(len(elements))
        ]

    def _options(self, index: int) -> NodeOptions:
        options = self._sub.options.get(index) or NodeOptions()
        return options._replace(
            name=f"{self.name}/{self._sub.names[index]}",
            group=options.group or self._use.group,
            after=self._use.after,
        )

    def _argument(self, slot: int) -> Argument:
        if slot >= 0:
            return self._arguments[slot]
        return Whole(self._builder.constant(self._sub.constants[~slot]))

    def _is_of_element(self, argument: Argument) -> bool:
        """Whether it is something else for each element."""
        return any(isinstance(leaf, (At, Element)) for leaf in leaves(argument))


def _slots(arguments: list[Argument]) -> list[int]:
    """The nodes that arguments come from."""
    found = [leaf for argument in arguments for leaf in leaves(argument)]
    slots = [
        leaf.node if isinstance(leaf, At) else leaf.slot
        for leaf in found
        if isinstance(leaf, (At, Whole))
    ]
    return [slot for slot in dict.fromkeys(slots) if slot >= 0]


def _check(sub: GraphBuilder[Any], index: int) -> None:
    """Refuse a node that can't run for each element."""
    kind = "map" if index in sub.maps else sub.kind_of(index)
    why = _NOT_MAPPED.get(kind)
    if generator_of(sub.tasks[index]) is not None:
        why = "streams, and a DAG that runs for each element takes whole lists"
    if why is not None:
        raise WrongTaskError(
            f"node {sub.names[index]!r} of the sub-DAG {why}: let one task do that part of it, or use "
            "add_dag for each element, if these are known when the DAG is built"
        )
