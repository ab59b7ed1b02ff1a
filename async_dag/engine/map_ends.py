"""When a map is over: of all of its items each is, and no more will come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_dag.engine.items import Elements, Items
from async_dag.trace.columns import NOT_CHOSEN

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


def check_over(flow: ItemFlow, items: Items) -> None:
    """End a map of which all items are over, if no more will come; and those that wait for it."""
    behind = [items]
    while behind:
        items = behind.pop()
        if not _is_ending(flow, items):
            continue
        items.is_over = True
        if items.cause is None:
            items.cause = _lost(flow, items.elements)
        if items.cause is None and not items.values:
            items.cause = _failed_source(flow, items)
        if items.cause is not None:
            flow.runner.map_skipped(items.node, items.cause)
        elif items.stopped_by is None:
            flow.runner.map_done(items.node, flow.gathering.whole(items))
        behind += items.takers


def _lost(flow: ItemFlow, elements: Elements) -> int | None:
    """The row because of which some elements never came; None if all did."""
    number = elements.plan.number
    while number >= 0:
        if flow.elements[number].lost:
            causes = flow.elements[number].lost.values()
            return next((cause for cause in causes if cause != NOT_CHOSEN), NOT_CHOSEN)
        number = flow.elements[number].plan.parent
    return None


def _failed_source(flow: ItemFlow, items: Items) -> int | None:
    """The row because of which items would have failed, had a map any; None if there is none."""
    may_fail = {flow._plan.node(key) for key in items.plan.settles}
    for node in flow._plan.items_of[items.node]:
        source = flow.items.get(node)
        if source is not None and node not in may_fail:
            cause = source.cause if source.stopped_by is None else source.stopped_by
            if cause is not None:
                return cause
    return None


def _is_ending(flow: ItemFlow, items: Items) -> bool:
    """Whether a map has nothing left to do, and what it depends on is over."""
    if items.left or items.is_over or not items.elements.closed:
        return False
    if not items.is_open and items.stopped_by is None:
        return False
    if items.stopped_by is None and flow.choices.is_undecided(items):
        return False
    if items.values:
        return True
    # A map without elements has no item that would have waited for these.
    sources = flow._plan.items_of[items.node]
    known = [flow.items[source] for source in sources if source in flow.items]
    return all(source.is_over or source.stopped_by is not None for source in known)
