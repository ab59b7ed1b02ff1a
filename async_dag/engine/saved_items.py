"""The items of maps in a saved result: so many as carrying them over needs to know.

Only of a map over one collection, whose items are counted by their place in it; the items of maps
within maps run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from async_dag.engine.items import Items, is_there
from async_dag.engine.result import MISSING
from async_dag.nodes.dynamic_plan import MapPlan


class SavedFamily:
    """All elements of a collection, in their order."""

    path: tuple[int, ...] = ()

    def __init__(self, born: int) -> None:
        self.born: int = born

    def index_of(self, place: int) -> int:
        """The index of the element at that place: the same."""
        return place


class SavedElements:
    """The elements of a collection; their values only where a key tells them apart."""

    def __init__(self, born: int, values: Sequence[Any]) -> None:
        self.families: list[SavedFamily] = [SavedFamily(born)]
        self.values: Sequence[Any] = values


class SavedItems:
    """The items of one map, by index; `MISSING` for one that has no value."""

    def __init__(
        self, plan: MapPlan, born: int, known: Mapping[int, Any], elements: Sequence[Any]
    ) -> None:
        self.plan: MapPlan = plan
        self.node: int = plan.node
        self.elements: SavedElements = SavedElements(born, elements)
        self.values: list[Any] = [known.get(index, MISSING) for index in range(born)]


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


def items_to_save(items: Items | None) -> tuple[int, dict[int, Any]] | None:
    """How many items of a map there were, and the values of those that have one, by index.

    None for a map whose items can't be told apart by their place alone.
    """
    if items is None or items.is_fold or len(items.elements.families) != 1:
        return None
    [family] = items.elements.families
    if family.path or items.elements.plan.parent >= 0:
        return None
    places = range(family.born)
    if [family.index_of(place) for place in places] != list(places):
        return None
    known = {index: items.values[index] for index in places if is_there(items.values[index])}
    return family.born, known
