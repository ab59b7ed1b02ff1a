"""`ItemFlow`: which items of maps can start, and what follows when one is over.

It decides; the run (`Runner`) starts tasks and records what they do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from async_dag.engine.arguments import Arguments
from async_dag.engine.carrying import Carrying, EarlierItems
from async_dag.engine.first_maps import first_maps
from async_dag.engine.growth import Growth
from async_dag.engine.items import (
    DROPPED,
    Block,
    Elements,
    Family,
    Items,
    NoValue,
    collection_of,
    is_there,
)
from async_dag.engine.map_windows import set_window
from async_dag.engine.result import MISSING
from async_dag.engine.runner import Runner
from async_dag.engine.windows import LIMIT_QUEUE, Backlog, Window
from async_dag.graph.births import MapShape
from async_dag.nodes.dynamic_plan import DynamicPlan
from async_dag.nodes.spaces import At, Every, leaves
from async_dag.trace.trace import Trace


class ItemFlow:
    """The maps of one invoke.

    Args:
        plan: the maps of the DAG.
        runs: the nodes that run in this invoke.
        trace: what is written.
        values: the values of the invoke.
        runner: runs the items.

    Attributes:
        now: seconds since the invoke began, as last set by the runner.
        items: by the index of a map its items.
        elements: of each space.
        growth: where elements come from.
        handled: the maps whose items may fail, since only their outcomes are taken.
        kept: items of maps that do not run, as their values are those of an earlier run.
        carrying: what is carried over from that run, item by item.
    """

    __slots__ = (
        "_plan",
        "arguments",
        "carrying",
        "elements",
        "growth",
        "handled",
        "items",
        "kept",
        "now",
        "runner",
        "trace",
    )

    def __init__(
        self,
        plan: DynamicPlan,
        runs: Collection[int],
        trace: Trace,
        values: list[Any],
        runner: Runner,
    ) -> None:
        self.now: float = 0.0
        self.trace: Trace = trace
        self.runner: Runner = runner
        self._plan = plan
        self.elements: list[Elements] = []
        for space in plan.spaces:  # each after the one around it
            root = space.number if space.parent < 0 else self.elements[space.parent].root
            self.elements.append(Elements(space, root))
        self.items: dict[int, Items] = {}
        for node, map_plan in plan.maps.items():
            if node in runs:
                items = self.items[node] = Items(map_plan, self.elements[map_plan.space])
                items.elements.maps.append(items)
        for items in self.items.values():
            self._use(items.elements)
            for node in items.plan.across:
                self.items[node].next_across.append(items)
                self.items[node].plain = False
            for node in items.plan.paired:
                self.items[node].next_paired.append(items)
                self.items[node].plain = False
            for node, _ in items.plan.outer:
                self.items[node].plain = False
            for node in plan.items_of[items.node]:
                if node in self.items:
                    self.items[node].takers.append(items)
        for elements in self.elements:
            if not elements.used:
                continue
            if elements.plan.parent >= 0 and not isinstance(elements.space.source, Every):
                for leaf in leaves(collection_of(elements)):
                    if isinstance(leaf, At):
                        self.items[leaf.node].plain = False
        for items in self.items.values():
            if items.plan.at_once is not None:
                set_window(self, items, Window(items.plan.at_once, self._start_waiting))
            if items.plan.options is not None and items.plan.options.limit is not None:
                items.backlog = Backlog(LIMIT_QUEUE, self._admit)
        self.arguments: Arguments = Arguments(values, self.elements, self.items, runner.failure)
        self.growth: Growth = Growth(self)
        self.handled: frozenset[int] = plan.handled(runs)
        self.kept: dict[int, Items] = {}
        self.carrying: Carrying | None = None

    def _use(self, elements: Elements) -> None:
        """Maps that run need the elements of a space, and so those of what it is made of."""
        stack = [elements]
        while stack:
            current = stack.pop()
            if current.used:
                continue
            current.used = True
            plan = current.plan
            parts = plan.made_of if plan.parent < 0 else (*plan.made_of, plan.parent)
            stack += [self.elements[part] for part in parts]

    def value_of(self, node: int, path: tuple[int, ...]) -> Any:
        """The value of an item; `MISSING` if there is none."""
        items = self.lookup(node)
        if items is None:
            return MISSING
        for family in items.elements.families:
            if family.path == path[:-1] and path[-1] < family.born:
                value = items.values[family.index_of(path[-1])]
                return value if is_there(value) else MISSING
        return MISSING

    def lookup(self, node: int) -> Items | None:
        """The items of a map, be they those of an earlier run; None if there are none."""
        return self.items.get(node) or self.kept.get(node)

    def carry_over(
        self, earlier: EarlierItems, shapes: Mapping[int, MapShape], same: Collection[int]
    ) -> None:
        """Let items have the values that they have in an earlier run; see `Carrying`."""
        carrying = self.carrying = Carrying(earlier, shapes, same)
        for node in self._plan.maps:
            if node in self.items:
                carrying.add(self.items[node])
            elif (items := earlier.lookup(node)) is not None:
                self.kept[node] = items

    # Starting

    def open(self, node: int) -> None:
        """Open a map: everything is there that all of its items need."""
        items = self.items[node]
        items.is_open = True
        self.arguments.prepare(items)
        items.is_simple = (
            items.counts is None
            and not items.plan.outer
            and items.window is None
            and items.backlog is None
        )
        for block in items.blocks:
            if items.inputs or self.carrying or block.family.gates.get(node):
                for row in block.rows:
                    if self._lacks_nothing(items, block, row - block.shift):
                        self._ready(block, range(row, row + 1))
            elif node not in block.family.stopped:
                self._ready(block, block.rows)
        self.check_over(items)

    def _lacks_nothing(self, items: Items, block: Block, index: int) -> bool:
        """Whether an item of an open map has everything that it takes from other items."""
        if items.values[index] is not MISSING or block.family.gates.get(items.node):
            return False
        if items.counts is not None:
            return not items.counts[index]
        if all(is_there(self.items[node].values[index]) for node in items.plan.same):
            return True
        return (
            bool(items.plan.settles) and self.items[items.plan.same[0]].values[index] is not MISSING
        )

    def look_at(self, block: Block) -> None:
        """Start those of some new items that can start; skip those that never will."""
        items, family = block.items, block.family
        cause = items.stopped_by
        if cause is None:
            cause = family.stopped.get(items.node)
        if cause is not None:
            for row in block.rows:
                self.skip(block, row, cause)
        elif items.plan.across or items.plan.paired:
            self._look_across(block)
        elif items.is_fold:
            self._look_back(block)
        elif not items.inputs and self._may_start(items, family):
            if self.carrying is None:
                self._ready(block, block.rows)
                return
            for row in block.rows:
                if items.values[row - block.shift] is MISSING:
                    self._ready(block, range(row, row + 1))

    def _look_back(self, block: Block) -> None:
        """New items of a fold: the first of them may go on from the last one before."""
        items, index = block.items, block.first - block.shift
        before = items.values[index - 1] if index else None
        if type(before) is NoValue:
            self.skip(block, block.first, before.row)
        elif (
            items.counts
            and not items.counts[index]
            and items.values[index] is MISSING
            and self._may_start(items, block.family)
        ):
            self._ready(block, range(block.first, block.first + 1))

    def _look_across(self, block: Block) -> None:
        """Take the values of items of other spaces that are zipped or paired with new ones."""
        items = block.items
        assert items.counts is not None
        for row in block.rows:
            index = row - block.shift
            place = items.elements.place_of(index) if items.plan.paired else 0
            needed = [(node, index) for node in items.plan.across]
            for node, at in needed + [(node, place) for node in items.plan.paired]:
                value = self.items[node].values[at]
                if type(value) is NoValue and node not in items.plan.settles:
                    self.skip(block, row, value.row)
                elif value is not MISSING:
                    items.counts[index] -= 1
            lacks = items.counts[index] or items.values[index] is not MISSING
            if not lacks and self._may_start(items, block.family):
                self._ready(block, range(row, row + 1))

    def _may_start(self, items: Items, family: Family) -> bool:
        """Whether the items of a family wait at most for other items of their own element."""
        return items.is_open and not family.gates.get(items.node)

    def set_gates(self, elements: Elements, family: Family) -> None:
        """Make a new family wait for what its maps take from the outer elements."""
        for items in elements.maps:
            missing = 0
            for node, space in items.plan.outer:
                wanted = self.elements[space].space
                index = self.arguments.index(wanted, elements.space, family, -1)
                needed = self.items[node]
                value = needed.values[index]
                if type(value) is NoValue and node not in items.plan.settles:
                    family.stopped[items.node] = value.row
                elif value is MISSING:
                    missing += 1
                    needed.waiting.setdefault(index, []).append((items, family))
            if missing:
                family.gates[items.node] = missing

    def _ready(self, block: Block, rows: range) -> None:
        """Items have everything they need: start them, unless their map holds them back."""
        ready, now = self.trace.ready, self.now
        for row in rows:
            ready[row] = now
        items = block.items
        if items.window is None and items.backlog is None:
            self.runner.start_items(rows)
            return
        for row in rows:
            if items.window is None or items.window.enter(row - block.shift, row):
                self._enter(row)
            else:
                self.runner.item_waits(row)

    def _start_waiting(self, row: int) -> None:
        """The window of a map lets in an item that waited for it."""
        self.runner.item_waits_no_more(row)
        self._enter(row)

    def _enter(self, row: int) -> None:
        """An item has passed the window of its map: it starts, unless too many are at its limit."""
        block = self.growth.owner[row]
        assert block is not None
        backlog = block.items.backlog
        if backlog is None or backlog.enter(row):
            self._admit(row)

    def _admit(self, row: int) -> None:
        self.runner.start_items(range(row, row + 1))

    # Ending

    def done(self, block: Block, row: int, value: Any) -> None:
        """An item is done."""
        items = block.items
        index = row - block.shift
        items.values[index] = value
        items.left -= 1
        for following in block.next:
            self.one_less(following, index)
        if not items.plain:
            self._tell_others(block, index, value)
        if not items.left:
            self.check_over(items)

    def after(self, block: Block, index: int) -> None:
        """The rest of `done`, for a run that has inlined its common part."""
        items = block.items
        if not items.plain:
            self._tell_others(block, index, items.values[index])
        if not items.left:
            self.check_over(items)

    def failed(self, block: Block, row: int) -> None:
        """The item of a row has failed; whatever needs it never starts."""
        self._no_value(block, row, row)

    def skip(self, block: Block, row: int, cause: int) -> None:
        """An item never starts, because of the row `cause`; nor does whatever needs it."""
        if block.items.values[row - block.shift] is MISSING:
            self.runner.item_skipped(row, cause)
            self._no_value(block, row, cause)

    def _no_value(self, block: Block, row: int, cause: int) -> None:
        """An item is over and has no value."""
        stack = [(block, row)]
        while stack:
            block, row = stack.pop()
            items = block.items
            index = row - block.shift
            items.values[index] = value = NoValue(cause)
            items.left -= 1
            if items.cause is None:
                items.cause = cause
            for following in block.next:
                if items.node in following.items.plan.settles:
                    self.one_less(following, index)
                elif following.items.values[index] is MISSING:
                    self.runner.item_skipped(index + following.shift, cause)
                    stack.append((following, index + following.shift))
            if items.is_fold and index + 1 < len(items.values):
                following = items.block_of(index + 1)
                if items.values[index + 1] is MISSING:
                    self.runner.item_skipped(index + 1 + following.shift, cause)
                    stack.append((following, index + 1 + following.shift))
            if not items.plain:
                self._tell_others(block, index, value)
            if not items.left:
                self.check_over(items)

    def one_less(self, block: Block, index: int) -> None:
        """An item has one more of its inputs."""
        items = block.items
        if items.counts is not None:
            items.counts[index] -= 1
            if items.counts[index]:
                return
        if items.values[index] is MISSING and self._may_start(items, block.family):
            row = index + block.shift
            self._ready(block, range(row, row + 1))

    def _tell_others(self, block: Block, index: int, value: Any) -> None:
        """An item is over: tell the windows, and the maps of other spaces that take it."""
        items = block.items
        if items.is_fold and is_there(value):
            self._go_on(block, index)
        for other in items.next_across:
            if index < len(other.values):
                self._tell(other.block_of(index), index, value, items.node)
        for other in items.next_paired:
            for family in other.elements.families:
                if index >= family.born:  # it was carried over, and its pairs are still to come
                    continue
                at = family.index_of(index)
                self._tell(other.block_of(at), at, value, items.node)
        for other, family in items.waiting.pop(index, ()):
            self._tell_family(other, family, value, items.node)
        for child in items.elements.plan.children:
            within = self.elements[child]
            if (
                not within.used or index >= within.around
            ):  # it was carried over, and its family is still to come
                continue
            if not isinstance(within.space.source, Every) and any(
                isinstance(leaf, At) and leaf.node == items.node
                for leaf in leaves(collection_of(within))
            ):
                self.growth.try_open_family(within, items.elements, block.family, index)
        for window, space in items.windows:
            window.over(self.arguments.index(space, items.elements.space, block.family, index))

    def _go_on(self, block: Block, index: int) -> None:
        """An item of a fold is done: the next one may start."""
        items = block.items
        if index and items.drops:
            items.values[index - 1] = DROPPED
        if index + 1 < len(items.values):
            self.one_less(items.block_of(index + 1), index + 1)

    def _tell(self, block: Block, index: int, value: Any, source: int) -> None:
        """An item of another space, one of the map `source`, that an item here takes is over."""
        if type(value) is NoValue and source not in block.items.plan.settles:
            self.skip(block, index + block.shift, value.row)
        else:
            self.one_less(block, index)

    def _tell_family(self, items: Items, family: Family, value: Any, source: int) -> None:
        """An item around a family, one of the map `source`, which its items take, is over."""
        if type(value) is NoValue and source not in items.plan.settles:
            family.stopped[items.node] = value.row
            for index in family.indices():
                self.skip(items.block_of(index), items.row_of(index), value.row)
            return
        family.gates[items.node] -= 1
        if self._may_start(items, family):
            for index in family.indices():
                block = items.block_of(index)
                if self._lacks_nothing(items, block, index):
                    row = index + block.shift
                    self._ready(block, range(row, row + 1))

    def check_over(self, items: Items) -> None:
        """End a map of which all items are over, if no more will come; and those that wait for it."""
        behind = [items]
        while behind:
            items = behind.pop()
            if not self._is_ending(items):
                continue
            items.is_over = True
            if items.cause is not None:
                self.runner.map_skipped(items.node, items.cause)
            elif items.stopped_by is None:
                self.runner.map_done(items.node, self._value(items))
            behind += items.takers

    def _is_ending(self, items: Items) -> bool:
        """Whether a map has nothing left to do, and what it depends on is over."""
        if items.left or items.is_over or not items.elements.closed:
            return False
        if not items.is_open and items.stopped_by is None:
            return False
        # A map without elements has no item that would have waited for these.
        sources = self._plan.items_of[items.node]
        known = [self.items[source] for source in sources if source in self.items]
        return all(source.is_over or source.stopped_by is not None for source in known)

    def _value(self, items: Items) -> Any:
        """The value of a map of which all items are done."""
        if not items.is_fold:
            return items.ordered()
        if items.values:
            return items.values[-1]
        assert items.plan.first is not None
        return self.arguments.of(items.plan.first, items.elements.space, Family(), 0)

    def outcomes(self, node: int) -> list[Any]:
        """The values of a map of which all items are over, with a `Failure` where there is none."""
        return [
            self.runner.failure(value.row) if type(value) is NoValue else value
            for value in self.items[node].ordered()
        ]

    # What keeps whole maps from running

    def stop(self, node: int, cause: int) -> None:
        """A node that all items of a map need has failed: none of them starts."""
        items = self.items[node]
        items.stopped_by = cause
        if items.window is not None and items.window.on_room is not None:
            items.window.on_room()  # nothing holds a streaming node back any more
        if items.is_open and cause in self._plan.streams:
            return  # what was yielded before goes on
        ready = self.trace.ready
        for block in items.blocks:
            for row in block.rows:
                if ready[row] != ready[row]:  # NaN; else it has all it needs, and goes on
                    self.skip(block, row, cause)

    def refuse(self, elements: Elements, error: Exception) -> None:
        """A collection can't be used: the maps that take its elements fail."""
        for items in first_maps(self, elements):
            if items.stopped_by is None:
                self.runner.map_failed(items.node, error)
