"""Which maps go through a collection themselves, and not through the items of another map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_dag.engine.items import Elements, Items

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


def first_maps(flow: ItemFlow, elements: Elements) -> list[Items]:
    """The maps that take the elements of a space, and no other map's items."""
    number = elements.plan.number
    made_of_it = [
        other for other in flow.elements if number in (*other.plan.made_of, other.plan.parent)
    ]
    # Of lists that are zipped within an element those may be the items of maps.
    own = [
        items
        for items in elements.maps
        if items.plan.takes_lists_alone
        or (elements.plan.parent >= 0 and items.plan.takes_none_of_its_own)
    ]
    return own + [items for other in made_of_it for items in first_maps(flow, other)]


def maps_through(flow: ItemFlow, node: int) -> list[int]:
    """The maps that go through the list which that node gives."""
    numbers = flow._plan.opened_by.get(node, ())
    return [items.node for number in numbers for items in first_maps(flow, flow.elements[number])]
