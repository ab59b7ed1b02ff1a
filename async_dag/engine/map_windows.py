"""Which windows (`at_once=`) the elements of maps are in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from async_dag.engine.items import Elements, Family, Items
from async_dag.engine.windows import Window
from async_dag.nodes.spaces import At, ListOf, Whole, Zip, leaves

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


def set_windows(flow: ItemFlow, start: Callable[[int], object]) -> None:
    """Make the windows of all maps that have one; `start` starts an item, given its row."""
    for items in reversed(flow.items.values()):  # those behind first: see `_waits_for_others`
        if items.plan.at_once is not None:
            _set_window(flow, items, Window(items.plan.at_once, start))


def _set_window(flow: ItemFlow, first: Items, window: Window) -> None:
    """Count the elements between a map and the last of those that go on from it."""
    first.window = window
    behind = {first.node: first}
    stack = [first]
    left_out: list[Items] = []
    while stack:
        for node in _behind(flow, stack.pop(), first):
            if node in behind or node not in flow.items:
                continue
            items = flow.items[node]
            if _waits_for_others(flow, items, first):
                left_out.append(items)
            else:
                behind[node] = items
                stack.append(items)
    # Nor does it wait for what takes something of those.
    seen = set(left_out)
    while left_out:
        items = left_out.pop()
        behind.pop(items.node, None)
        left_out += [taker for taker in items.takers if taker not in seen]
        seen.update(items.takers)
    window.awaits = frozenset().union(*(items.plan.awaits for items in behind.values()))
    for items in behind.values():
        items.windows.append((window, first.elements.space))
        items.plain = False
        if items.elements is first.elements:
            window.weight += 1


def _waits_for_others(flow: ItemFlow, items: Items, first: Items) -> bool:
    """Whether items behind a map with a window wait for elements that might not be begun.

    These would wait for room in the window, and so for the items.
    """
    # For all elements: by itself, or for room in a window of its own, where others wait for these.
    awaits = items.plan.awaits if items.window is None else items.plan.awaits | items.window.awaits
    if not awaits.isdisjoint({first.node, *stream_of(flow, first)}):
        return True
    # For the elements before: of a map that takes items of others these may come in any order.
    return items.is_fold and bool(first.inputs) and not first.is_fold


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
