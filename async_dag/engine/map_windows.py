"""The windows (`at_once=`) that the elements of maps are in, in one invoke."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from async_dag.engine.items import Elements, Family
from async_dag.engine.windows import Window

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


def set_windows(flow: ItemFlow, start: Callable[[int], object]) -> None:
    """Make the windows of all maps that have one; `start` starts an item, given its row."""
    for node, plan in flow._plan.windows.items():
        if node not in flow.items:
            continue
        first = flow.items[node]
        window = first.window = Window(plan.size, start)
        window.holds_streams = plan.holds is not None
        space = first.elements.space
        for items in flow.items.values():
            if items.node not in plan.maps:
                continue
            items.windows.append((window, space))
            items.plain = False
            if items.elements is first.elements:
                window.weight += 1
            elements = items.elements
            while elements is not first.elements:
                if (window, space) not in elements.windows:
                    elements.windows.append((window, space))
                elements = flow.elements[elements.plan.parent]


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
