"""The items of maps in a saved result: so many as carrying them over needs to know.

Whatever their order in the run was, here they are counted family by family, as their list has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from async_dag.engine.items import Items, is_there
from async_dag.engine.result import MISSING
from async_dag.nodes.dynamic_plan import DynamicPlan, MapPlan, SpacePlan
from async_dag.nodes.spaces import ListOf


class SavedFamily(NamedTuple):
    """The elements of one collection, in their order."""

    path: tuple[int, ...]
    first: int  # the index of the first of them
    born: int

    def index_of(self, place: int) -> int:
        """The index of the element at that place."""
        return self.first + place

    def indices(self) -> range:
        """The indices of its elements."""
        return range(self.first, self.first + self.born)


class SavedElements:
    """The elements of a space; their values only where a key tells them apart."""

    def __init__(
        self, plan: SpacePlan, families: Sequence[SavedFamily], values: Sequence[Any]
    ) -> None:
        self.plan: SpacePlan = plan
        self.families: Sequence[SavedFamily] = families
        self.values: Sequence[Any] = values


class SavedItems:
    """The items of one map, by index; `MISSING` for one that has no value.

    Args:
        plan: all maps.
        node: this one.
        families: the path of each collection, and how many elements of it there were.
        known: the values that there are, by index.
        elements: the elements, if a key tells them apart.
    """

    def __init__(
        self,
        plan: DynamicPlan,
        node: int,
        families: Sequence[tuple[Sequence[int], int]],
        known: Mapping[int, Any],
        elements: Sequence[Any],
    ) -> None:
        self.plan: MapPlan = plan.maps[node]
        self.node: int = node
        placed: list[SavedFamily] = []
        size = 0
        for path, born in families:
            placed.append(SavedFamily(tuple(path), size, born))
            size += born
        self.elements: SavedElements = SavedElements(plan.spaces[self.plan.space], placed, elements)
        self.values: list[Any] = [known.get(index, MISSING) for index in range(size)]

    @property
    def is_fold(self) -> bool:
        """Whether each item takes what the one before returned."""
        return self.plan.first is not None


class ItemsOfFile:
    """The items of all maps of a saved result."""

    def __init__(self, items: Mapping[int, SavedItems]) -> None:
        self._items = items

    def lookup(self, node: int) -> Any:
        """The items of a map; None if there are none."""
        return self._items.get(node)

    def value_of(self, node: int, path: tuple[int, ...]) -> Any:  # noqa: ARG002 - as of results
        """Nobody asks for the values of a result that is only reused."""
        return MISSING


class ItemsToSave(NamedTuple):
    """What carrying over the items of a map needs to know; see `SavedItems`."""

    families: list[tuple[Sequence[int], int]]
    known: dict[int, Any]
    elements: list[Any]


def items_to_save(items: Items) -> ItemsToSave:
    """What there is to save of the items of a map, which may come from a saved result themselves."""
    families = sorted(items.elements.families, key=lambda family: family.path)
    order = list(chain.from_iterable(family.indices() for family in families))
    values, elements = items.values, items.elements.values
    has_key = items.plan.key is not None and _lie_in_one_list(items.elements.plan)
    # A saved result has none of elements that could not be written.
    has_elements = has_key and len(elements) >= len(order)
    return ItemsToSave(
        [(family.path, family.born) for family in families],
        {place: values[index] for place, index in enumerate(order) if is_there(values[index])},
        [elements[index] for index in order] if has_elements else [],
    )


def _lie_in_one_list(plan: SpacePlan) -> bool:
    return plan.parent < 0 and isinstance(plan.space.source, ListOf)


def items_of_list(plan: DynamicPlan, node: int, whole: Any) -> list[Any]:
    """The items of a map in one list, given what it gave in all: a list, or lists of lists."""
    space = plan.spaces[plan.maps[node].space].space
    for within in space.chain[1:]:
        if not within.flat:
            whole = chain.from_iterable(whole)
    return list(whole)
