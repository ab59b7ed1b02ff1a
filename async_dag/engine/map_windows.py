"""Which windows (`at_once=`) the elements of maps are in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from async_dag.engine.items import Elements, Family, Items
from async_dag.engine.windows import Window
from async_dag.graph.algorithms import reachable
from async_dag.nodes.spaces import (
    At,
    Every,
    Gathered,
    ListOf,
    Space,
    Whole,
    leaves,
    streaming_map,
)

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


def set_windows(flow: ItemFlow, start: Callable[[int], object]) -> None:
    """Make the windows of all maps that have one; `start` starts an item, given its row."""
    firsts = [items for items in flow.items.values() if items.plan.at_once is not None]
    if not firsts:
        return
    takers = _takers(flow)
    for first in reversed(firsts):  # those behind first: see `_waits_for_others`
        assert first.plan.at_once is not None
        _set_window(flow, first, Window(first.plan.at_once, start), takers)


def _takers(flow: ItemFlow) -> Mapping[int, list[Items]]:
    """By the key of a source of items the maps that go on from it for the same element.

    They take its item, or run for the elements of a list that comes from it, however far within.
    """
    takers: dict[int, list[Items]] = {}
    for items in flow.items.values():
        keys = [*items.plan.same, *(key for key, _ in items.plan.outer)]
        elements = items.elements
        while elements.plan.parent >= 0:
            keys += [flow._plan.key(leaf) for leaf in _lists_of(flow, elements)]
            elements = flow.elements[elements.plan.parent]
        for key in dict.fromkeys(keys):
            takers.setdefault(key, []).append(items)
    return takers


def _lists_of(flow: ItemFlow, elements: Elements) -> Iterator[At | Gathered]:
    """The items whose lists are gone through in a space, or are zipped or paired there."""
    source = elements.space.source
    if isinstance(source, ListOf):
        for leaf in leaves(source.argument):
            if isinstance(leaf, (At, Gathered)):
                yield leaf
        return
    for part in elements.plan.made_of:
        if flow.elements[part].plan.parent >= 0:
            yield from _lists_of(flow, flow.elements[part])


def _set_window(
    flow: ItemFlow, first: Items, window: Window, takers: Mapping[int, list[Items]]
) -> None:
    """Count the elements between a map and the last of those that go on from it."""
    first.window = window
    behind = {first.node: first}
    stack = [first]
    left_out: list[Items] = []
    while stack:
        for items in _behind(stack.pop(), first, takers):
            if items.node in behind:
                continue
            if _waits_for_others(flow, items, first):
                left_out.append(items)
            else:
                behind[items.node] = items
                stack.append(items)
    # Nor does it wait for what takes something of those.
    seen = set(left_out)
    while left_out:
        items = left_out.pop()
        behind.pop(items.node, None)
        left_out += [taker for taker in items.takers if taker not in seen]
        seen.update(items.takers)
    space = first.elements.space
    window.holds_streams = not _waits_for_its_stream(
        flow, first, first, _awaited(flow, first, space)
    )
    window.awaits = frozenset().union(*(_awaited(flow, items, space) for items in behind.values()))
    for items in behind.values():
        items.windows.append((window, space))
        items.plain = False
        if items.elements is first.elements:
            window.weight += 1
        elements = items.elements
        while elements is not first.elements:
            if (window, space) not in elements.windows:
                elements.windows.append((window, space))
            elements = flow.elements[elements.plan.parent]


def _behind(items: Items, first: Items, takers: Mapping[int, list[Items]]) -> Iterator[Items]:
    """The maps that go on from one for each of its items, or for each element of these."""
    yield from takers.get(items.node, ())
    for gather in items.all_gathers():
        # What takes the list within an element comes behind that element, not behind each item.
        if first.elements.space in gather.elements.space.chain:
            yield from takers.get(gather.node, ())


def _waits_for_others(flow: ItemFlow, items: Items, first: Items) -> bool:
    """Whether items behind a map with a window wait for elements that might not be begun.

    These would wait for room in the window, and so for the items.
    """
    awaited = _awaited(flow, items, first.elements.space)
    if first.node in awaited or _waits_for_its_stream(flow, items, first, awaited):
        return True
    # For the elements before: of a map that takes items of others these may come in any order.
    return items.is_fold and bool(first.inputs) and not first.is_fold


def _waits_for_its_stream(
    flow: ItemFlow, items: Items, first: Items, awaited: Collection[int]
) -> bool:
    """Whether items behind a map wait for the end of what streams the elements of that.

    All of `awaited` must be over before the items can be.
    """
    for current in first.elements.space.chain:
        source = current.source
        if not isinstance(source, ListOf):
            continue
        if isinstance(source.argument, Whole):
            node: int | None = source.argument.slot
            if node not in flow._plan.streams:
                continue
            if node in awaited:
                return True
        else:
            node = streaming_map(current)
            if node not in flow._plan.item_streams:
                continue
            # Of the same stream by what lies beside it, in the DAG that runs for each element.
            around = [
                flow._plan.node(key)
                for key, number in items.plan.outer
                if flow.elements[number].space in current.chain[:-1] and key >= 0
            ]
            if node in awaited or node in reachable(flow.trace.graph.dependencies, around):
                return True
    return False


def _awaited(flow: ItemFlow, items: Items, space: Space) -> set[int]:
    """All that must be over before the items of a map within an element of that space can be.

    With what the windows wait for that hold back items of maps among it.
    """
    stack = [*items.plan.awaits]
    if items.window is not None:
        stack += items.window.awaits
    elements = items.elements
    while elements.space is not space:
        # Each element is paired with all those of the other list, unless that lies within it.
        if isinstance(elements.space.source, Every):
            other = flow.elements[elements.plan.made_of[0]]
            if space not in other.space.chain[:-1]:
                nodes = [*_givers(flow, other), *map(flow._plan.node, items.plan.paired)]
                stack += reachable(flow.trace.graph.dependencies, nodes)
        elements = flow.elements[elements.plan.parent]
    awaited: set[int] = set()
    while stack:
        node = stack.pop()
        if node not in awaited:
            awaited.add(node)
            held_back = flow.items.get(node)
            if held_back is not None and held_back.window is not None:
                stack += held_back.window.awaits
    return awaited


def _givers(flow: ItemFlow, elements: Elements) -> Iterator[int]:
    """The nodes that give the collections of a space, or of those that it is a zip of."""
    source = elements.space.source
    if isinstance(source, ListOf):
        for leaf in leaves(source.argument):
            if isinstance(leaf, (At, Gathered)):
                yield leaf.node
            elif isinstance(leaf, Whole) and leaf.slot >= 0:
                yield leaf.slot
    for part in elements.plan.made_of:
        yield from _givers(flow, flow.elements[part])


def hold_in_windows(within: Elements, flow: ItemFlow, family: Family, index: int) -> None:
    """The element of that index has, or will have, elements of the space within it.

    It stays in its windows until these are all there, or never will be: see `let_go`.
    """
    parent = flow.elements[within.plan.parent].space
    for window, space in within.windows:
        window.more(flow.arguments.index(space, parent, family, index), 1)
        within.held.add(index)


def let_go(within: Elements, flow: ItemFlow, family: Family, index: int) -> None:
    """The elements within the one of that index are all there, or never will be."""
    if index in within.held:
        within.held.remove(index)
        parent = flow.elements[within.plan.parent].space
        for window, space in within.windows:
            window.over(flow.arguments.index(space, parent, family, index))


def more_in_windows(flow: ItemFlow, within: Elements, family: Family, count: int) -> None:
    """A family has so many more elements, each with the items of its own maps."""
    for items in within.maps if within.windows else ():
        for window, space in items.windows:
            if space is not within.space:
                window.more(flow.arguments.index(space, within.space, family, -1), count)


def let_one_in(flow: ItemFlow) -> bool:
    """Let one more element into a window, though it is full; returns whether one waits for room.

    For a run in which nothing else can go on: where elements come into windows in different orders,
    those begun may wait for others that are not.
    """
    windows = [items.window for items in flow.items.values() if items.window is not None]
    return any(window.let_in() for window in windows)
