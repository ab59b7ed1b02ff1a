"""`Growth`: the elements of all maps of one invoke as they become known, and the rows of their items.

Rows are added in blocks, since adding a million at once would hold the event loop too long.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from async_dag.engine.first_maps import first_maps
from async_dag.engine.items import Block, Elements, Family, Items, NoValue, collection_of
from async_dag.engine.map_windows import hold_in_windows, let_go, more_in_windows
from async_dag.engine.result import MISSING
from async_dag.engine.windows import Window
from async_dag.errors import WrongTypeError
from async_dag.graph.births import Birth
from async_dag.nodes.collections import check_collection, unequal_lengths
from async_dag.nodes.spaces import (
    At,
    Every,
    Settled,
    Zip,
    streaming_map,
)
from async_dag.trace.columns import NOT_YET

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow

BLOCK: Final = 4096
"""How many elements get their rows at once: that takes a millisecond or so."""

MANY: Final = 16 * BLOCK
"""From how many elements of one collection on the garbage collector is called first: see `_fill`."""


class Growth:
    """Where the elements of spaces come from.

    Args:
        flow: receives the items of new elements.
    """

    __slots__ = (
        "_elements",
        "_flow",
        "_growing",
        "_products",
        "_trace",
        "_zips",
        "owner",
        "streaming",
    )

    def __init__(self, flow: ItemFlow) -> None:
        self._flow = flow
        self._trace = flow.trace
        self._elements = flow.elements
        # For each row the block it belongs to; None for the nodes of the graph.
        self.owner: list[Block | None] = [None] * len(flow.trace.graph)
        # By the map and the index of an item that streams what it has yielded so far.
        self.streaming: dict[tuple[int, int], list[Any]] = {}
        # Families whose collection is there, and of which not all elements have their rows yet.
        self._growing: deque[tuple[Elements, Family, Sequence[Any]]] = deque()
        self._zips: dict[int, list[Elements]] = {}  # by the number of a space those it is a part of
        self._products: dict[int, list[Elements]] = {}
        for elements in self._elements:
            if not elements.used:
                continue
            kind = type(elements.space.source)
            if kind is Zip and elements.plan.parent < 0:
                elements.families.append(Family())
            for part in elements.plan.made_of:
                (self._zips if kind is Zip else self._products).setdefault(part, []).append(
                    elements
                )

    # A space that lies in no other one

    def open(self, number: int, collection: Any) -> None:
        """The collection of a space is there."""
        elements = self._elements[number]
        if not elements.used:
            return
        try:
            values = checked_elements(collection)
        except WrongTypeError as error:
            self._flow.refuse(elements, error)
            return
        family = Family()
        elements.families.append(family)
        self._fill(elements, family, values)

    def open_stream(self, number: int) -> None:
        """The collection of a space begins to arrive, element by element."""
        if self._elements[number].used:
            self._elements[number].families.append(Family())

    def push(self, number: int, value: Any) -> None:
        """Add the next element of a collection that arrives element by element."""
        elements = self._elements[number]
        if elements.used:
            self._grow(elements, elements.families[0], 1, [value])

    def end_stream(self, number: int) -> None:
        """A collection that arrived element by element is complete."""
        elements = self._elements[number]
        if elements.used:
            self._set_total(elements, elements.families[0], elements.size)

    def born(self, number: int) -> int:
        """How many elements of a space there are."""
        return self._elements[number].size

    def windows_of(self, number: int) -> list[Window]:
        """The windows that hold back what streams the elements of a space."""
        return [
            items.window
            for items in self._elements[number].maps
            if items.window is not None and items.stopped_by is None and items.window.holds_streams
        ]

    # Blocks

    def _fill(self, elements: Elements, family: Family, values: Sequence[Any]) -> None:
        """Add the elements of a family: one block now, the rest later."""
        family.total = len(values)
        if family.total >= MANY and gc.isenabled():
            # The lists that fill up now are still short. The collector goes through what it has not
            # seen yet, and would do so once they have a million entries each: 50 to 150 ms. What it has
            # seen it leaves alone until it goes through everything.
            gc.collect(1)
        if self._flow.carrying is not None:
            self._flow.carrying.note_list(elements, values)
        self._grow(elements, family, min(len(values), BLOCK), values[:BLOCK])
        if not family.complete:
            self._growing.append((elements, family, values))
            self._flow.runner.more_later()

    def go_on(self) -> None:
        """Add the next block of elements to one of the families that are incomplete."""
        elements, family, values = self._growing.popleft()
        block = values[family.born : family.born + BLOCK]
        self._grow(elements, family, len(block), block)
        if not family.complete:
            self._growing.append((elements, family, values))
            self._flow.runner.more_later()

    def _grow(self, elements: Elements, family: Family, count: int, values: Sequence[Any]) -> None:
        """Add `count` elements to a family."""
        start, offset = elements.size, family.born
        more_in_windows(self._flow, elements, family, count)
        elements.values += values
        elements.grow(family, count)
        for gather in elements.gathers:
            gather.values += repeat(MISSING, count)
        choices = self._flow.choices
        choices.add_elements(elements, count)
        blocks = {
            items.node: self._new_rows(items, family, start, offset, count)
            for items in elements.maps
        }
        for block in blocks.values():
            if block.items.plan.next:
                block.next = [blocks[node] for node in block.items.plan.next if node in blocks]
        carried: list[tuple[Block, list[int]]] = []
        carrying = self._flow.carrying
        if carrying is not None:
            known = values or range(count)  # of zips and products the elements are not needed
            carried = [
                (block, carrying.carry(self._flow, block, known)) for block in blocks.values()
            ]
        with self._flow.late.held_back():
            for block in blocks.values():
                choices.note_flags(block)
                self._flow.look_at(block)
            choices.grown(elements, range(start, start + count))
            for block, rows in carried:
                for row in rows:
                    self._flow.done(block, row, block.items.values[row - block.shift])
        for zipped in self._zips.get(elements.plan.number, ()):
            self._grow_zip(zipped, family)
        for product in self._products.get(elements.plan.number, ()):
            for pairs in self._flow.families.pairs(product, elements, family):
                pairs.total = family.total
                # A zip above may have opened some just now, with the new elements already.
                self._grow(product, pairs, family.born - pairs.born, ())
        for child in elements.plan.children:
            if self._elements[child].used:
                indices = range(start, start + count)
                self._grow_around(self._elements[child], elements, family, indices)
        self._settle(elements, family)

    def _new_rows(self, items: Items, family: Family, start: int, offset: int, count: int) -> Block:
        """Add rows for new items of a map."""
        trace = self._trace
        first = len(self.owner)
        block = Block(items, family, first, count, first - start, offset)
        # In this order, for readers in other threads: `finished` tells how many rows there are, so it
        # comes last.
        flag = None if count else self._flow.choices.flag_of_none(items, items.elements, family)
        trace.births.append(
            Birth(items.node, family.path, first, count, offset, family.total, flag)
        )
        not_yet = [NOT_YET] * count
        self.owner += [block] * count
        trace.ready.extend(not_yet)
        trace.held.extend([0.0] * count)
        trace.late.extend(not_yet)
        trace.started.extend(not_yet)
        trace.finished.extend(not_yet)
        items.add_rows(block)
        return block

    # Zips

    def _grow_zip(self, zipped: Elements, part_family: Family) -> None:
        """A part of a zip has grown or is complete; the zip may be, too."""
        if zipped.plan.parent < 0:
            [family] = zipped.families
        elif part_family.parent in zipped.by_parent:
            family = zipped.by_parent[part_family.parent]
        else:  # it is still to be opened
            return
        parts = [self._flow.families.of_part(zipped, family, part) for part in zipped.plan.made_of]
        totals = [None if part is None else part.total for part in parts]
        if None not in totals and family.total is None:
            if len(set(totals)) > 1:
                self._refuse(zipped, family, unequal_lengths(totals))
                return
            family.total = totals[0]
        count = min(0 if part is None else part.born for part in parts) - family.born
        if count:
            self._grow(zipped, family, count, ())
        elif family.total is not None and not family.is_settled:
            self._set_total(zipped, family, family.total)

    def _refuse(self, elements: Elements, family: Family, error: Exception) -> None:
        """A family will never be complete: it is lost, but the elements that it has go on."""
        self._flow.refuse(elements, error)
        if family.around is not None:
            parent = self._elements[elements.plan.parent]
            self._lose(elements, parent, family.around, family.parent)

    def _lose(self, child: Elements, parent: Elements, family: Family, index: int) -> None:
        """The maps that take the elements within an outer one have failed because of these."""
        maps = [items.node for items in first_maps(self._flow, child)]
        self.no_family(child, parent, family, index, min(maps, default=0))

    def _set_total(self, elements: Elements, family: Family, total: int) -> None:
        """Record how many elements a family will have."""
        family.total = total
        for items in elements.maps:
            first = len(self.owner)
            birth = Birth(items.node, family.path, first, 0, family.born, total)
            if not total:
                flag = self._flow.choices.flag_of_none(items, elements, family)
                birth = birth._replace(flag=flag)
            self._trace.births.append(birth)
        for zipped in self._zips.get(elements.plan.number, ()):
            self._grow_zip(zipped, family)
        for product in self._products.get(elements.plan.number, ()):
            for pairs in self._flow.families.pairs(product, elements, family):
                self._set_total(product, pairs, total)
        self._settle(elements, family)

    # Spaces around others

    def _grow_around(
        self, child: Elements, parent: Elements, family: Family, indices: range
    ) -> None:
        """An outer space has grown: each new element has a family in the inner one, now or later."""
        child.unresolved += len(indices)
        child.around = indices.stop
        for index in indices:
            hold_in_windows(child, self._flow, family, index)
            self.open_within(child, parent, family, index)

    def open_within(self, child: Elements, parent: Elements, family: Family, index: int) -> None:
        """Open the family of one element, if all is there that says what lies in it."""
        if index in child.by_parent:
            self._look_at_cut_off(child, parent, family, index)
            return
        if self._flow.choices.holds_back(child, parent, family, index):
            return
        if isinstance(child.space.source, Every):
            self._open_pairs(child, parent, family, index)
        elif isinstance(child.space.source, Zip):
            self._open_zip(child, parent, family, index)
        else:
            self._try_open_family(child, parent, family, index)

    def _look_at_cut_off(
        self, child: Elements, parent: Elements, family: Family, index: int
    ) -> None:
        """If an item failed that streamed these elements, no more will come."""
        opened = child.by_parent[index]
        if opened.is_streamed and opened.total is None:
            argument = collection_of(child)
            assert isinstance(argument, At)
            value = self._flow.source(argument).values[index]
            if type(value) is NoValue:
                self.no_family(child, parent, family, index, value.row)

    def _open_streamed(self, child: Elements, parent: Elements, family: Family, index: int) -> None:
        """Open the family of one element with what was yielded so far, if anything streams it."""
        node = streaming_map(child.space)
        so_far = None if node is None else self.streaming.get((node, index))
        if so_far is not None:
            opened = self._new_family(child, parent, family, index)
            opened.is_streamed = True
            if so_far:
                self._grow(child, opened, len(so_far), [*so_far])

    def _open_pairs(self, product: Elements, parent: Elements, family: Family, index: int) -> None:
        """Open the pairs of one element with all those of another space."""
        [part] = product.plan.made_of
        pairs = self._new_family(product, parent, family, index)
        lost = self._flow.families.lost_part(product, pairs)
        if lost is not None:
            self.no_family(product, parent, family, index, lost)
            return
        paired = self._flow.families.of_part(product, pairs, part)
        if paired is not None:
            pairs.total = paired.total
        self._grow(product, pairs, 0 if paired is None else paired.born, ())

    def _open_zip(self, zipped: Elements, parent: Elements, family: Family, index: int) -> None:
        """Open the zip of the lists within one element."""
        opened = self._new_family(zipped, parent, family, index)
        lost = self._flow.families.lost_part(zipped, opened)
        if lost is not None:
            self.no_family(zipped, parent, family, index, lost)
        else:
            self._grow_zip(zipped, opened)

    def _try_open_family(
        self, child: Elements, parent: Elements, family: Family, index: int
    ) -> None:
        """Open the family of one element, if the collection that it comes from is there."""
        argument = collection_of(child)
        arguments = self._flow.arguments
        for leaf, at in arguments.items(argument, parent.space, family, index):
            source = self._flow.source(leaf)
            value = source.values[at]
            if value is MISSING:
                if source.elements is not parent:  # else it is known who waits for its items
                    source.opens.setdefault(at, []).append((child, parent, family, index))
                self._open_streamed(child, parent, family, index)
                return
            if type(value) is NoValue and not isinstance(argument, Settled):
                self.no_family(child, parent, family, index, value.row)
                return
        try:
            values = checked_elements(arguments.of(argument, parent.space, family, index))
        except Exception as error:  # noqa: BLE001 - whatever a value does when it is gone through
            self._flow.refuse(child, error)
            self._lose(child, parent, family, index)
            return
        opened = self._new_family(child, parent, family, index)
        self._fill(child, opened, values)

    def _new_family(
        self, elements: Elements, parent: Elements, family: Family, index: int
    ) -> Family:
        """The family of one element of the space around."""
        opened = Family((*family.path, parent.place_of(index)), family, index)
        opened.flag = self._flow.choices.flag_of(elements, parent, family, index)
        elements.families.append(opened)
        elements.by_parent[index] = opened
        self._flow.links.set_gates(elements, opened)
        return opened

    def no_family(
        self, child: Elements, parent: Elements, family: Family, index: int, cause: int
    ) -> None:
        """The collection of one outer element will never be there, because of that row."""
        if index in child.lost:
            return
        child.lost[index] = cause
        child.unresolved -= 1
        self._flow.gathering.lost(child, parent, family, index, cause)
        let_go(child, self._flow, family, index)
        for other in self._elements:
            if other.used and child.plan.number in other.plan.made_of:
                around = self._elements[other.plan.parent]
                for place in self._flow.families.parents(other, child, index):
                    self.no_family(other, around, around.family_of(place), place, cause)
        self._check_closed(child)

    # Ends

    def _settle(self, elements: Elements, family: Family) -> None:
        """Settle a family that is complete."""
        if family.complete and not family.is_settled:
            family.is_settled = True
            if family.parent >= 0:
                elements.unresolved -= 1
            if not family.born:
                self._tell_of_none(elements, family)
            self._flow.gathering.complete(elements, family)
            if self._flow.carrying is not None:
                for items in elements.maps:
                    self._flow.carrying.folds.look_again(self._flow, items, family)
            if family.around is not None:
                let_go(elements, self._flow, family.around, family.parent)
        self._check_closed(elements)

    def _tell_of_none(
        self, elements: Elements, family: Family, around: Elements | None = None
    ) -> None:
        """A family of `elements` turned out to be empty, and so is what lies within, or in `around`."""
        for child in (around or elements).plan.children:
            within = self._elements[child]
            for items in within.maps:
                self.note_none(items, elements, family)
            self._tell_of_none(elements, family, within)

    def note_none(self, items: Items, elements: Elements, family: Family) -> None:
        """Record that a map has no items within a family, which turned out to be empty."""
        flag = self._flow.choices.flag_of_none(items, elements, family)
        birth = Birth(items.node, family.path, len(self.owner), 0, 0, 0, flag)
        self._trace.births.append(birth)

    def _check_closed(self, elements: Elements) -> None:
        """Close a space if no more elements will come."""
        if elements.closed:
            return
        if elements.plan.parent < 0:
            elements.closed = bool(elements.families) and elements.families[0].complete
        else:
            parts = (elements.plan.parent, *elements.plan.made_of)
            all_closed = all(self._elements[part].closed for part in parts)
            elements.closed = all_closed and not elements.unresolved
        if elements.closed:
            for items in elements.maps:
                self._flow.check_over(items)
            for child in elements.plan.children:
                if self._elements[child].used:
                    self._check_closed(self._elements[child])
            number = elements.plan.number
            for made_of_it in (*self._zips.get(number, ()), *self._products.get(number, ())):
                self._check_closed(made_of_it)


def checked_elements(collection: Any) -> Sequence[Any]:
    """The elements of a collection; raises `WrongTypeError` for anything else."""
    check_collection(collection)
    if type(collection) in (tuple, range):
        elements: Sequence[Any] = collection
        return elements
    # A copy, since the task that made the list may go on changing it.
    return list(collection)
