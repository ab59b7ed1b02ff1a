"""The maps of a sub-DAG, as maps of the DAG that it is added to, once or for each element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.map_spec import MapSpec
from async_dag.nodes.spaces import (
    Argument,
    At,
    Awaited,
    Computed,
    Element,
    Every,
    Gathered,
    Listed,
    ListOf,
    Paired,
    Picked,
    Previous,
    Settled,
    Source,
    Space,
    Spread,
    Together,
    Whole,
    Zip,
    leaves,
)


def first_of(value: Any, *_: object) -> Any:
    """The value, whatever else is there."""
    return value


class ForEach(NamedTuple):
    """The elements for each of which a sub-DAG runs.

    Attributes:
        space: theirs.
        element: one of them, as an argument.
        arguments: by the index of a node of the sub-DAG what it gives for one of them; it fills up
            while nodes are added.
    """

    space: Space
    element: Argument
    arguments: Mapping[int, Argument]


class MapCopies:
    """Says what the maps of `sub` run for once their nodes are nodes of `builder`.

    Where a map of the sub-DAG goes through its parameter, and a map takes the place of that, it goes on
    from this one element by element.

    Args:
        builder: what the nodes are added to.
        sub: what they come from.
        copies: by the index of a node in `sub` that of the node that stands for it; it fills up while
            nodes are added.
        each: the elements for each of which `sub` runs; None if it runs once.
    """

    def __init__(
        self,
        builder: GraphBuilder[Any],
        sub: GraphBuilder[Any],
        copies: Mapping[int, int],
        each: ForEach | None = None,
    ) -> None:
        self._each = each
        self._builder = builder
        self._sub = sub
        self._copies = copies
        # By the space in `sub`: the space that stands for it, and the argument for its element.
        self._spaces: dict[Space, tuple[Space, Argument]] = {}
        self._constants: dict[int, int] = {}

    def slot(self, slot: int) -> int:
        """Where the value of a slot of `sub` lies in `builder`."""
        if slot >= 0:
            return self._copies[slot]
        known = self._constants.get(slot)
        if known is None:
            known = self._builder.constant(self._sub.constants[~slot])
            self._constants[slot] = known
        return known

    def spec(self, spec: MapSpec) -> MapSpec:
        """What is kept of a map."""
        return MapSpec(
            self.space(spec.space),
            tuple(self.argument(argument) for argument in spec.arguments),
            {key: self.argument(argument) for key, argument in spec.keywords.items()},
            None if spec.item is None else self.argument(spec.item),
            None if spec.around is None else self.space(spec.around),
            None
            if spec.sides is None
            else (self.argument(spec.sides[0]), self.argument(spec.sides[1])),
        )

    def space(self, space: Space) -> Space:
        """The space that stands for a space of `sub`."""
        return self._of(space)[0]

    def _of(self, space: Space) -> tuple[Space, Argument]:
        known = self._spaces.get(space)
        if known is None:
            known = self._spaces[space] = self._made(space)
        return known

    def _made(self, space: Space) -> tuple[Space, Argument]:
        parent = None if self._each is None else self._each.space
        if space.parent is not None:
            parent = self.space(space.parent)
        elif isinstance(space.source, ListOf):
            argument = self.argument(space.source.argument)
            if isinstance(argument, Whole) and argument.slot >= 0:
                return self._elements_of(argument.slot)
            if isinstance(argument, Gathered) and self._goes_on(argument):
                return argument.of, At(argument.node, argument.of)
            is_constant = all(isinstance(leaf, Whole) for leaf in leaves(argument))
            if self._each is not None and is_constant:
                # The same for each element, none of which has it before it is there itself.
                argument = Computed(first_of, (argument, self._each.element))
                copy = Space(ListOf(argument), parent, flat=space.flat)
                return copy, Element(copy)
        copy = Space(self._source(space.source), parent, flat=space.flat)
        return copy, Element(copy)

    def _goes_on(self, argument: Gathered) -> bool:
        """Whether a map over that list goes on with its items one by one: see `nodes.mapping`."""
        assert self._each is not None
        spec = self._builder.maps[argument.node]
        return argument.of.parent is self._each.space and not spec.is_fold

    def _elements_of(self, slot: int) -> tuple[Space, Argument]:
        """The elements of the value of a node: those that other maps go through, if there are some."""
        spec = self._builder.maps.get(slot)
        # (The elements of products and flattened lists come in any order: see `nodes.mapping`.)
        if spec is not None and spec.item is not None and spec.elements.parent is None:
            return spec.elements, spec.item
        known = self._builder.spaces.setdefault(slot, Space(ListOf(Whole(slot))))
        return known, Element(known)

    def _source(self, source: Source) -> Source:
        if isinstance(source, ListOf):
            return ListOf(self.argument(source.argument))
        if isinstance(source, Zip):
            parts = tuple(self.argument(part) for part in source.parts)
            return Zip(parts, tuple(self.space(space) for space in source.spaces))
        return Every(self.space(source.space))

    def argument(self, argument: Argument) -> Argument:
        """What stands for an argument of a map of `sub`."""
        if isinstance(argument, Whole):
            if self._each is not None and argument.slot >= 0:
                return self._each.arguments[argument.slot]
            return Whole(self.slot(argument.slot))
        if isinstance(argument, Element):
            return self._of(argument.space)[1]
        if isinstance(argument, At):
            return At(self._copies[argument.node], self.space(argument.space))
        if isinstance(argument, Gathered):
            around, of = self.space(argument.space), self.space(argument.of)
            return Gathered(self._copies[argument.node], around, of, argument.settled)
        if isinstance(argument, Computed):
            parts = tuple(self.argument(part) for part in argument.parts)
            return Computed(argument.function, parts)
        if isinstance(argument, Together):
            return Together(tuple(self.argument(part) for part in argument.parts))
        if isinstance(argument, Listed):
            return Listed(tuple(self.argument(part) for part in argument.parts))
        if isinstance(argument, Paired):
            return Paired(self.argument(argument.argument), self.space(argument.product))
        if isinstance(argument, Settled):
            return Settled(self.argument(argument.argument))
        if isinstance(argument, Previous):
            return Previous(self._copies[argument.node], self.argument(argument.first))
        if isinstance(argument, Picked):
            return Picked(self.argument(argument.argument), argument.key)
        if isinstance(argument, Awaited):
            return Awaited(self.argument(argument.argument))
        return Spread(self.argument(argument.argument))
