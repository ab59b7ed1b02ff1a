"""The maps of a sub-DAG, as maps of the DAG that it is added to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.maps import MapSpec
from async_dag.nodes.spaces import (
    Argument,
    At,
    Awaited,
    Element,
    Every,
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
)


class MapCopies:
    """Says what the maps of `sub` run for once their nodes are nodes of `builder`.

    Where a map of the sub-DAG goes through its parameter, and a map takes the place of that, it goes on
    from this one element by element.

    Args:
        builder: what the nodes are added to.
        sub: what they come from.
        copies: by the index of a node in `sub` that of the node that stands for it; it fills up while
            nodes are added.
    """

    def __init__(
        self, builder: GraphBuilder[Any], sub: GraphBuilder[Any], copies: Mapping[int, int]
    ) -> None:
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
            self._space(spec.space),
            tuple(self._argument(argument) for argument in spec.arguments),
            {key: self._argument(argument) for key, argument in spec.keywords.items()},
            None if spec.item is None else self._argument(spec.item),
        )

    def _space(self, space: Space) -> Space:
        return self._of(space)[0]

    def _of(self, space: Space) -> tuple[Space, Argument]:
        known = self._spaces.get(space)
        if known is None:
            known = self._spaces[space] = self._made(space)
        return known

    def _made(self, space: Space) -> tuple[Space, Argument]:
        if space.parent is None and isinstance(space.source, ListOf):
            argument = self._argument(space.source.argument)
            if isinstance(argument, Whole) and argument.slot >= 0:
                return self._elements_of(argument.slot)
        parent = None if space.parent is None else self._space(space.parent)
        copy = Space(self._source(space.source), parent, flat=space.flat)
        return copy, Element(copy)

    def _elements_of(self, slot: int) -> tuple[Space, Argument]:
        """The elements of the value of a node: those that other maps go through, if there are some."""
        spec = self._builder.maps.get(slot)
        # (The elements of products and flattened lists come in any order: see `nodes.mapping`.)
        if spec is not None and spec.item is not None and spec.space.parent is None:
            return spec.space, spec.item
        known = self._builder.spaces.setdefault(slot, Space(ListOf(Whole(slot))))
        return known, Element(known)

    def _source(self, source: Source) -> Source:
        if isinstance(source, ListOf):
            return ListOf(self._argument(source.argument))
        if isinstance(source, Zip):
            return Zip(tuple(self._argument(part) for part in source.parts))
        return Every(self._space(source.space))

    def _argument(self, argument: Argument) -> Argument:
        if isinstance(argument, Whole):
            return Whole(self.slot(argument.slot))
        if isinstance(argument, Element):
            return self._of(argument.space)[1]
        if isinstance(argument, At):
            return At(self._copies[argument.node], self._space(argument.space))
        if isinstance(argument, Together):
            return Together(tuple(self._argument(part) for part in argument.parts))
        if isinstance(argument, Listed):
            return Listed(tuple(self._argument(part) for part in argument.parts))
        if isinstance(argument, Paired):
            return Paired(self._argument(argument.argument))
        if isinstance(argument, Settled):
            return Settled(self._argument(argument.argument))
        if isinstance(argument, Previous):
            return Previous(self._copies[argument.node], self._argument(argument.first))
        if isinstance(argument, Picked):
            return Picked(self._argument(argument.argument), argument.key)
        if isinstance(argument, Awaited):
            return Awaited(self._argument(argument.argument))
        return Spread(self._argument(argument.argument))
