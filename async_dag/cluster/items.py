"""The items of the maps of a run on a cluster, as its result keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from async_dag.engine.items import Elements, Family, Items, is_there, value_at
from async_dag.engine.result import MISSING
from async_dag.nodes.dynamic_plan import MapPlan, SpacePlan


class ElementsOfRun:
    """The elements of a space."""

    def __init__(self, elements: Elements) -> None:
        self.plan: SpacePlan = elements.plan
        self.families: Sequence[Family] = elements.families
        self.values: Sequence[Any] = elements.values


class ItemsOfMap:
    """The items of one map, by index: values that are here, and a `Remote` for each that is not."""

    def __init__(
        self, plan: MapPlan, elements: ElementsOfRun, values: Sequence[Any], *, is_fold: bool
    ) -> None:
        self.plan: MapPlan = plan
        self.node: int = plan.node
        self.elements: ElementsOfRun = elements
        self.values: Sequence[Any] = values
        self.is_fold: bool = is_fold


class ItemsOfRun:
    """The items of all maps.

    They are no part of the run, which holds its result: values are dropped with the last who has it.

    Args:
        items: by the index of a map.
        value: what an item has for a value, given what is kept of it; `MISSING` if it has none.
    """

    def __init__(self, items: Mapping[int, ItemsOfMap], value: Callable[[Any], Any]) -> None:
        self._items = items
        self._value = value

    @classmethod
    def of(cls, items: Mapping[int, Items], value: Callable[[Any], Any]) -> ItemsOfRun:
        """Those of a run that is over."""
        spaces: dict[int, ElementsOfRun] = {}
        kept: dict[int, ItemsOfMap] = {}
        for node, its_items in items.items():
            number = its_items.elements.plan.number
            elements = spaces.setdefault(number, ElementsOfRun(its_items.elements))
            kept[node] = ItemsOfMap(
                its_items.plan, elements, its_items.values, is_fold=its_items.is_fold
            )
        return cls(kept, value)

    def with_value(self, value: Callable[[Any], Any]) -> ItemsOfRun:
        """The same items, looked at in another way."""
        return ItemsOfRun(self._items, value)

    def lookup(self, node: int) -> Any:
        """The items of a map, with their values; None if there are none."""
        items = self._items.get(node)
        if items is None:
            return None
        values = [self._value(value) if is_there(value) else value for value in items.values]
        return ItemsOfMap(items.plan, items.elements, values, is_fold=items.is_fold)

    def value_of(self, node: int, path: tuple[int, ...]) -> Any:
        """The value of an item; `MISSING` if there is none."""
        items = self._items.get(node)
        if items is None:
            return MISSING
        value = value_at(items.elements.families, items.values, path)
        return MISSING if value is MISSING else self._value(value)
