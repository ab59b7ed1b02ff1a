"""Which windows (`at_once=`) the elements of maps are in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_dag.engine.items import Elements, Family, Items
from async_dag.engine.windows import Window
from async_dag.nodes.spaces import At, ListOf, Whole, Zip, leaves

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


def set_window(flow: ItemFlow, first: Items, window: Window) -> None:
    """Count the elements between a map and the last of those that go on from it."""
    first.window = window
    behind = {first.node: first}
    stack = [first]
    needed = {first.node, *stream_of(flow, first)}
    while stack:
        for node in _behind(flow, stack.pop(), first):
            if node not in flow.items or not needed.isdisjoint(flow.items[node].plan.awaits):
                continue  # it waits for all elements, which would then wait for it
            if node not in behind:
                behind[node] = flow.items[node]
                stack.append(flow.items[node])
    for items in behind.values():
        items.windows.append((window, first.elements.space))
        items.plain = False
        if items.elements is first.elements:
            window.weight += 1


def stream_of(flow: ItemFlow, items: Items) -> list[int]:
    """The streaming node from whose elements these items come, directly or not; None for others."""
    source = items.elements.space.chain[0].source
    if not isinstance(source, ListOf) or not isinstance(source.argument, Whole):
        return []
    slot = source.argument.slot
    return [slot] if slot in flow._plan.streams else []


def _behind(flow: ItemFlow, items: Items, first: Items) -> Iterator[int]:
    """The maps that go on from one for each of its items, or for each element of these."""
    yield from items.plan.next
    for gather in items.all_gathers():
        # What takes the list within an element comes behind that element, not behind each item.
        if _lies_in(gather.elements, first.elements):
            yield from gather.plan.next
    for child in items.elements.plan.children:
        within = flow.elements[child]
        if within.used and any(leaf.node == items.node for leaf in _lists_of(flow, within)):
            yield from (inner.node for inner in within.maps)


def _lists_of(flow: ItemFlow, within: Elements) -> list[At]:
    """The items whose lists are gone through in a space, or zipped there."""
    source = within.space.source
    if isinstance(source, ListOf):
        return [leaf for leaf in leaves(source.argument) if isinstance(leaf, At)]
    if isinstance(source, Zip):
        parts = [flow.elements[part] for part in within.plan.made_of]
        return [leaf for part in parts for leaf in _lists_of(flow, part)]
    return []


def _lies_in(elements: Elements, around: Elements) -> bool:
    return around.space in elements.space.chain


def more_in_windows(flow: ItemFlow, within: Elements, family: Family, count: int) -> None:
    """An element has turned into `count` others, each with the items of its own maps."""
    assert family.around is not None
    for window, at in windows_around(flow, within, family.around, family.parent):
        window.more(at, count)


def windows_around(
    flow: ItemFlow, within: Elements, family: Family, index: int
) -> Iterator[tuple[Window, int]]:
    """The windows that the items of a space are in, each with the index there: once for each map.

    Args:
        flow: the maps.
        within: the space.
        family: that of the element around, which has the index `index`.
        index: see above.
    """
    parent = flow.elements[within.plan.parent].space
    for items in within.maps:
        for window, space in items.windows:
            if space is not within.space:
                yield window, flow.arguments.index(space, parent, family, index)
