"""The nodes of one builder, added to another one as maps: a DAG for each element of a collection."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

from async_dag.graph import algorithms
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.map_copies import ForEach, MapCopies, first_of
from async_dag.nodes.map_spec import MapSpec
from async_dag.nodes.mapping import elements_of
from async_dag.nodes.maps import MapNode
from async_dag.nodes.options import NodeOptions
from async_dag.nodes.spaces import (
    Argument,
    At,
    Awaited,
    Computed,
    Element,
    Gathered,
    Listed,
    Picked,
    Whole,
    is_outcome,
    leaves,
)

P = TypeVar("P")


class DagMapping(Generic[P]):
    """Adds the nodes of `sub` to `builder` as maps over one collection.

    Every node of `sub` becomes a map in the space of the elements, so each starts for an element as
    soon as what it takes of that element is done. All take the element in place of the parameter. What
    is a map in `sub` lies in a space within that of the elements.

    Args:
        builder: what the nodes are added to.
        sub: what they come from; it stays as it is.
        name: the name of this use, which the names of the nodes begin with.
        source: the collection, or a node that gives it.
        use: the options of this use: its group goes to all nodes.

    Raises what `map` raises for a collection that can't be used.
    """

    def __init__(
        self,
        builder: GraphBuilder[P],
        sub: GraphBuilder[Any],
        name: Callable[[], str],
        source: object,
        use: NodeOptions,
    ) -> None:
        self._builder = builder
        self._sub = sub
        self._use = use
        self._source, self._element, self._space = elements_of(
            builder, source, "the collection passed to map"
        )
        self.name: str = name()
        self._arguments: dict[int, Argument] = {}  # by node of `sub`: what it gives for one element
        self._copies: dict[int, int] = {}
        self._maps = MapCopies(
            builder, sub, self._copies, ForEach(self._space, self._element, self._arguments)
        )

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
        given = [self._maps.argument(Whole(slot)) for slot in sub.slots[index]]
        slots = {key: Whole(slot) for key, slot in sub.keyword_slots.get(index, {}).items()}
        keywords = {key: self._maps.argument(slot) for key, slot in slots.items()}
        after = [self._arguments[needed] for needed in sub.after.get(index, ())]
        taken = [*given, *keywords.values(), *after]
        needs = (
            self._source,
            *self._needed([*sub.slots[index], *sub.keyword_slots.get(index, {}).values()]),
            *_slots(after),
        )
        if sub.has_items(index):
            spec = self._maps.spec(sub.maps[index])
            item: Argument = Gathered(node.index, self._space, spec.space)
            builder.append(node, sub.tasks[index], needs, None, options)
            builder.maps[node.index] = spec._replace(
                arguments=(*spec.arguments, *map(Awaited, after)), item=item, around=self._space
            )
        elif sub.tasks[index] is not None or index in sub.choices:
            item = At(node.index, self._space)
            sides: tuple[Argument, Argument] | None = None
            if index in sub.choices:
                flag, then, other = given
                given, sides = [flag], (then, other)
                taken = [flag, *after]
            if not any(self._is_of_element(argument) for argument in taken):
                after.append(self._element)  # it runs for each element, although it takes none
                needs = (*needs, *_slots(after))
            builder.append(node, sub.tasks[index], needs, None, options)
            arguments = (*given, *map(Awaited, after))
            builder.maps[node.index] = MapSpec(self._space, arguments, keywords, item, sides=sides)
        else:
            item, needs, compute = self._no_task(index, given)
            builder.append(node, None, needs, None, options)
            builder.computes[node.index] = compute
            # Whoever goes on from a plain value goes on from the elements for which it is there.
            of_element = self._is_of_element(item)
            outside = item if of_element else Computed(first_of, (item, self._element))
            builder.maps[node.index] = MapSpec(self._space, (), {}, outside)
        self._arguments[index] = item
        self._set_prefix(index, node.index)

    def _needed(self, slots: list[int]) -> list[int]:
        """The nodes that values come from which a node of `sub` takes, past those that are no task."""
        needed: list[int] = []
        for slot in slots:
            if slot >= 0 and _is_outcomes(self._sub, slot):  # (not the map, which may fail)
                needed.append(self._copies[slot])
            elif slot >= 0 and self._sub.kind_of(slot) == "collect":
                needed += self._needed([*self._sub.slots[slot]])
            else:
                needed += _slots([self._maps.argument(Whole(slot))])
        return needed

    def _set_prefix(self, index: int, copy: int) -> None:
        """Note how the name of a node begins, with a number behind the name of each mapped DAG."""
        inner = self._sub.prefixes.get(index, ())
        own = (self.name, len(self._space.chain))
        within = tuple(
            (f"{'' if place else '/'}{text}", n) for place, (text, n) in enumerate(inner)
        )
        self._builder.prefixes[copy] = (own, *within)

    def _no_task(
        self, index: int, given: list[Argument]
    ) -> tuple[Argument, tuple[int, ...], Callable[..., Any]]:
        """What a node that is no task gives for one element, the slots of its list, how that is made.

        That is made of the collection and of the lists of what the node takes.
        """
        sub, kind = self._sub, self._sub.kind_of(index)
        if kind == "parameter":
            return self._element, (self._source,), list
        if kind == "immediate":
            value = sub.constants[~sub.slots[index][0]]
            return given[0], (self._source,), lambda elements: [value] * len(elements)
        copies = [self._maps.slot(slot) for slot in sub.slots[index]]
        if index in sub.projections:
            key = sub.projections[index]
            return (
                Picked(given[0], key),
                (*copies,),
                lambda values: list(map(itemgetter(key), values)),
            )
        if _is_outcomes(sub, index):
            of = given[0]
            assert isinstance(of, Gathered)
            return of._replace(settled=True), (*copies,), list
        compute = sub.computes.get(index)
        of_each = _for_each(compute or _listed, [slot >= 0 for slot in copies])
        item = Listed(tuple(given)) if compute is None else Computed(compute, tuple(given))
        return item, (self._source, *copies), of_each

    def _options(self, index: int) -> NodeOptions:
        options = self._sub.options.get(index) or NodeOptions()
        return options._replace(
            name=f"{self.name}/{self._sub.names[index]}",
            group=options.group or self._use.group,
            after=self._use.after,
        )

    def _is_of_element(self, argument: Argument) -> bool:
        """Whether it is something else for each element."""
        return any(isinstance(leaf, (At, Gathered, Element)) for leaf in leaves(argument))


def _is_outcomes(sub: GraphBuilder[Any], index: int) -> bool:
    spec = sub.maps.get(index)
    return (
        spec is not None
        and sub.tasks[index] is None
        and spec.item is not None
        and is_outcome(spec.item)
    )


def _listed(*values: Any) -> list[Any]:
    return list(values)


def _for_each(compute: Callable[..., Any], is_list: list[bool]) -> Callable[..., list[Any]]:
    """What makes the list of what a node that is no task gives, out of lists and of plain values."""

    def of_each(elements: Any, *given: Any) -> list[Any]:
        return [
            compute(
                *(
                    list_or_value[place] if has_places else list_or_value
                    for list_or_value, has_places in zip(given, is_list, strict=True)
                )
            )
            for place in range(len(elements))
        ]

    return of_each


def _slots(arguments: list[Argument]) -> list[int]:
    """The nodes that arguments come from."""
    parts = [leaf for argument in arguments for leaf in leaves(argument)]
    slots = [
        leaf.slot if isinstance(leaf, Whole) else leaf.node
        for leaf in parts
        if isinstance(leaf, (At, Gathered, Whole))
    ]
    return [slot for slot in dict.fromkeys(slots) if slot >= 0]
