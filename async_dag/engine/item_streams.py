"""Where the elements go that an item of a map streams: to families within its own element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from async_dag.engine.growth import Growth
from async_dag.engine.items import Items
from async_dag.nodes.spaces import streaming_map


def open_item_stream(growth: Growth, items: Items, index: int) -> list[int]:
    """An item begins to stream; returns the numbers of the spaces of its elements."""
    own = items.elements
    numbers = [
        child
        for child in own.plan.children
        if growth._elements[child].used
        and streaming_map(growth._elements[child].space) == items.node
    ]
    growth.streaming[items.node, index] = []
    for number in numbers:
        growth.open_within(growth._elements[number], own, own.family_of(index), index)
    return numbers


def push_of_item(
    growth: Growth, items: Items, index: int, numbers: Sequence[int], value: Any
) -> None:
    """An item that streams has yielded its next element."""
    so_far = growth.streaming[items.node, index]
    so_far.append(value)
    for number in numbers:
        child = growth._elements[number]
        family = child.by_parent.get(index)  # none if no choice has demanded it yet
        if family is not None and family.born < len(so_far):
            more = so_far[family.born :]
            growth._grow(child, family, len(more), more)


def end_item_stream(growth: Growth, items: Items, index: int, *, complete: bool) -> None:
    """An item streams no more; if it is `complete`, what it has yielded is all there is."""
    growth.streaming.pop((items.node, index), None)
    for number in items.elements.plan.children if complete else ():
        within = growth._elements[number]
        family = within.by_parent.get(index)
        is_streamed = streaming_map(within.space) == items.node
        if family is not None and family.total is None and is_streamed:
            growth._set_total(within, family, family.born)
