"""`ItemLinks`: what items of different spaces have to do with one another.

Items of other spaces are those around an item's own element, within it, or side by side with it in a
zip or a product.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from async_dag.engine.items import (
    DROPPED,
    Block,
    Elements,
    Family,
    Gather,
    Items,
    NoValue,
    collection_of,
)
from async_dag.engine.result import MISSING
from async_dag.nodes.spaces import At, Gathered, ListOf, Space, leaves

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


class ItemLinks:
    """The links between the items of different spaces.

    Args:
        flow: the maps of the invoke.
    """

    __slots__ = ("_flow",)

    def __init__(self, flow: ItemFlow) -> None:
        self._flow = flow

    def tell_others(self, items: Items | Gather, family: Family, index: int, value: Any) -> None:
        """An item is over: tell the windows, and the maps of other spaces that take it."""
        own = items.elements
        # Before anything else, which may bring more of them: these see for themselves what is over.
        beside = self._beside(items, family, index)
        if type(items) is Items:
            if items.is_fold and type(value) is not NoValue:
                self._go_on(items.block_of(index), index)
            if items.gathers:
                cause = value.row if type(value) is NoValue else None
                self._flow.gathering.over(items, own, family, index, cause)
        for other, at in beside:
            self.tell(other.block_of(at), at, value, items.node)
        if items.is_side:
            self._flow.choices.told(items.node, index)
        for other, waiting in items.waiting.pop(index, ()):
            self.tell_family(other, waiting, value, items.node)
        for place in items.opens.pop(index, ()):
            self._flow.growth.open_within(*place)
        for child in own.plan.children:
            within = self._flow.elements[child]
            # If it was carried over, its family is still to come.
            if not within.used or index >= within.around:
                continue
            if isinstance(within.space.source, ListOf) and any(
                isinstance(leaf, (At, Gathered)) and self._flow._plan.key(leaf) == items.node
                for leaf in leaves(collection_of(within))
            ):
                self._flow.growth.open_within(within, own, family, index)
        for window, space in items.windows:
            window.over(self._flow.arguments.index(space, own.space, family, index))

    def _beside(self, items: Items | Gather, family: Family, index: int) -> list[tuple[Items, int]]:
        """The items of zips and products that wait for one; those to come know that it was told of."""
        if not (items.next_across or items.next_paired):
            return []
        items.told += bytes(len(items.values) - len(items.told))
        items.told[index] = True
        own = items.elements
        beside: list[tuple[Items, int]] = []
        for other in items.next_across:
            at = self._zipped_index(other.elements, own, family, index)
            if at is not None:
                beside.append((other, at))
        for other in items.next_paired:
            place = own.place_of(index)
            beside += [
                (other, pairs.index_of(place))
                for pairs in self._flow.families.pairs(other.elements, own, family)
                if place < pairs.born
            ]
        return beside

    def _zipped_index(
        self, zipped: Elements, part: Elements, family: Family, index: int
    ) -> int | None:
        """The index in a zip of an element of one of its parts; None if it is not there yet."""
        if zipped.plan.parent < 0:
            return index if index < zipped.size else None
        place = part.place_of(index)
        within = zipped.by_parent.get(family.parent)
        return None if within is None or place >= within.born else within.index_of(place)

    def _go_on(self, block: Block, index: int) -> None:
        """An item of a fold is done: the next one may start."""
        items = block.items
        place = index + block.shift - block.first + block.offset
        if place and items.drops:
            items.values[block.family.index_of(place - 1)] = DROPPED
        after = self.after_fold(block, index)
        if after is not None:
            self._flow.one_less(items.block_of(after), after)

    def after_fold(self, block: Block, index: int) -> int | None:
        """The index of the item of a fold behind one; None if there is none yet."""
        family = block.family
        place = index + block.shift - block.first + block.offset + 1
        return family.index_of(place) if place < family.born else None

    def tell(self, block: Block, index: int, value: Any, source: int) -> None:
        """An item of another space, one of the map `source`, that an item here takes is over."""
        if type(value) is NoValue and source not in block.items.plan.settles:
            self._flow.skip(block, index + block.shift, value.row)
        else:
            self._flow.one_less(block, index)

    def tell_family(self, items: Items, family: Family, value: Any, source: int) -> None:
        """An item around a family, one of the map `source`, which its items take, is over."""
        if items.node in family.stopped:  # by another one
            return
        if type(value) is NoValue and source not in items.plan.settles:
            family.stopped[items.node] = value.row
            for index in family.indices():
                self._flow.skip(items.block_of(index), items.row_of(index), value.row)
            if items.gathers:
                family.gates.pop(items.node, None)
                self._flow.gathering.look_again(items, items.elements, family)
            return
        family.gates[items.node] -= 1
        if not family.gates[items.node] and items.gathers:
            self._flow.gathering.look_again(items, items.elements, family)
        if self._flow._may_start(items, family):
            with self._flow.late.held_back():
                for block, indices in groupby(family.indices(), items.block_of):
                    self._flow.look_at_rows(block, [index + block.shift for index in indices])

    def set_gates(self, elements: Elements, family: Family) -> None:
        """Make a new family wait for what its maps take from the outer elements."""
        for items in elements.maps:
            missing = 0
            for node, space in items.plan.outer:
                index = self._outer_index(node, space, elements.space, family, -1)
                needed = self._flow.sources[node]
                value = needed.values[index]
                if type(value) is NoValue and node not in items.plan.settles:
                    family.stopped[items.node] = value.row
                elif value is MISSING:
                    missing += 1
                    needed.waiting.setdefault(index, []).append((items, family))
            if missing:
                family.gates[items.node] = missing

    def _outer_index(self, key: int, number: int, own: Space, family: Family, index: int) -> int:
        """The index of what an item takes from around it: see `MapPlan.outer`."""
        around, source = self._flow.elements[number], self._flow.sources[key].elements
        if source is around:
            return self._flow.arguments.index(around.space, own, family, index)
        return self._flow.arguments.paired(around.space, source, own, family, index)

    def look_across(self, block: Block) -> None:
        """Take the values of items of other spaces that are zipped or paired with new ones."""
        items = block.items
        assert items.counts is not None
        can_start: list[int] = []
        for row in block.rows:
            index = row - block.shift
            needed = [
                (node, self._index_across(items, block.family, index, node))
                for node in (*items.plan.across, *items.plan.paired)
            ]
            for node, at in needed:
                source = self._flow._giving(node)
                if at >= len(source.told) or not source.told[at]:
                    continue  # it is still to be told of, also if it is over by now
                value = source.values[at]
                if type(value) is NoValue and node not in items.plan.settles:
                    self._flow.skip(block, row, value.row)
                else:
                    items.counts[index] -= 1
            lacks = items.counts[index] or items.values[index] is not MISSING
            if not lacks and self._flow._may_start(items, block.family):
                can_start.append(row)
        self._flow._ready(block, can_start)
        if items.is_fold and self._flow.carrying is not None:
            self._flow.carrying.folds.look_again(self._flow, items, block.family)

    def _index_across(self, items: Items, family: Family, index: int, source: int) -> int:
        """The index of what an item takes of another space, which its own is a zip or product of."""
        other = self._flow.sources[source].elements
        if source in items.plan.paired:
            own = items.elements.space
            return self._flow.arguments.paired(own, other, own, family, index)
        return self._flow.arguments.index(other.space, items.elements.space, family, index)

    def inputs(self, items: Items, family: Family, index: int) -> Iterator[tuple[int, int]]:
        """The sources of an item, each with the index there."""
        plan, own = items.plan, items.elements.space
        for key in plan.same:
            yield key, index
        for key, number in plan.outer:
            yield key, self._outer_index(key, number, own, family, index)
        for key in (*plan.across, *plan.paired):
            yield key, self._index_across(items, family, index, key)
