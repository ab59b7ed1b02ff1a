"""`ItemFlow`: which items of maps can start, and what follows when one is over.

It decides; the run (`Runner`) starts tasks and records what they do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from async_dag.engine.arguments import Arguments
from async_dag.engine.carrying import Carrying, EarlierItems
from async_dag.engine.demands import Demands
from async_dag.engine.families import Families
from async_dag.engine.first_maps import first_maps
from async_dag.engine.gathering import Gathering
from async_dag.engine.growth import Growth
from async_dag.engine.item_choices import ItemChoices, ItemDemand
from async_dag.engine.item_links import ItemLinks
from async_dag.engine.items import (
    Block,
    Elements,
    Family,
    Gather,
    Items,
    NoValue,
    collection_of,
    is_there,
    value_at,
)
from async_dag.engine.late_items import LateItems
from async_dag.engine.map_ends import check_over
from async_dag.engine.map_windows import set_windows
from async_dag.engine.result import MISSING
from async_dag.engine.runner import Runner
from async_dag.engine.windows import LIMIT_QUEUE, Backlog
from async_dag.graph.births import MapShape
from async_dag.nodes.dynamic_plan import DynamicPlan, GatherPlan, MapPlan
from async_dag.nodes.spaces import At, Gathered, ListOf, Space, items_in
from async_dag.trace.columns import NOT_CHOSEN
from async_dag.trace.trace import Trace


class ItemFlow:
    """The maps of one invoke.

    Args:
        plan: the maps of the DAG.
        runs: the nodes that run in this invoke.
        trace: what is written.
        values: the values of the invoke.
        runner: runs the items.
        demands: by the number of a space in which choices lie the demands of each of its elements.

    Attributes:
        now: seconds since the invoke began, as last set by the runner.
        items: by the index of a map its items.
        elements: of each space.
        families: of elements, as they belong together.
        sources: by their key the items, and what is gathered of them.
        gathering: the lists of items.
        links: what items of different spaces have to do with one another.
        growth: where elements come from.
        choices: the choices that are made for each element.
        handled: the maps whose items may fail, since only their outcomes are taken.
        kept: items of maps that do not run, as their values are those of an earlier run.
        carrying: what is carried over from that run, item by item.
        late: what of that is carried over late.
    """

    __slots__ = (
        "_plan",
        "arguments",
        "carrying",
        "choices",
        "elements",
        "families",
        "gathering",
        "growth",
        "handled",
        "items",
        "kept",
        "late",
        "links",
        "now",
        "runner",
        "sources",
        "trace",
    )

    def __init__(
        self,
        plan: DynamicPlan,
        runs: Collection[int],
        trace: Trace,
        values: list[Any],
        runner: Runner,
        demands: Mapping[int, Demands],
    ) -> None:
        self.now: float = 0.0
        self.trace: Trace = trace
        self.runner: Runner = runner
        self._plan = plan
        self.elements: list[Elements] = []
        for space in plan.spaces:  # each after the one around it
            root = space.number if space.parent < 0 else self.elements[space.parent].root
            self.elements.append(Elements(space, root))
        self.choices: ItemChoices = ItemChoices(self, demands)
        self.items: dict[int, Items] = {}
        self.sources: dict[int, Items | Gather | ItemDemand] = {}
        for node, map_plan in plan.maps.items():
            if node in runs:
                own_plan = map_plan
                for demand in self.choices.demands_of(node):
                    self.sources[demand.node] = demand
                    own_plan = _waiting_for(own_plan, demand)
                items = self.items[node] = Items(own_plan, self.elements[map_plan.space])
                items.elements.maps.append(items)
        self.sources.update(self.items)
        for key, gather_plan in plan.gathers.items():
            if gather_plan.node in self.items:
                self._add_gather(key, gather_plan)
        for items in self.items.values():
            self._use(items.elements)
            for key in items.plan.across:
                self._giving(key).next_across.append(items)
                self._giving(key).plain = False
            for key in items.plan.paired:
                self._giving(key).next_paired.append(items)
                self._giving(key).plain = False
            for key, _ in items.plan.outer:
                if key in plan.gathers or key in self.items:  # else it is a demand
                    self._giving(key).plain = False
            for key in items.plan.side_keys:
                self._giving(key).plain = False
                self._giving(key).is_side = True
            for node in plan.items_of[items.node]:
                if node in self.items:
                    self.items[node].takers.append(items)
        for elements in self.elements:
            if not elements.used:
                continue
            if elements.plan.parent >= 0 and isinstance(elements.space.source, ListOf):
                for leaf in items_in(collection_of(elements)):
                    self.source(leaf).plain = False
        set_windows(self, self._start_waiting)
        for items in self.items.values():
            if items.plan.options is not None and items.plan.options.limit is not None:
                items.backlog = Backlog(LIMIT_QUEUE, self._admit)
        self.arguments: Arguments = Arguments(values, self.elements, self, runner.failure)
        self.families: Families = Families(self.elements, self.arguments)
        self.gathering: Gathering = Gathering(self)
        self.links: ItemLinks = ItemLinks(self)
        self.growth: Growth = Growth(self)
        self.choices.prepare()
        self.handled: frozenset[int] = plan.handled(runs)
        self.kept: dict[int, Items] = {}
        self.carrying: Carrying | None = None
        self.late: LateItems = LateItems(self)

    def _add_gather(self, key: int, plan: GatherPlan) -> None:
        items = self.items[plan.node]
        gather = Gather(plan, self.elements[plan.space], items)
        gather.elements.gathers.append(gather)
        items.gathers.setdefault(plan.space, []).append(gather)
        items.plain = False
        self.sources[key] = gather

    def source(self, leaf: At | Gathered) -> Items | Gather:
        """Where the values of an argument are."""
        return self._giving(self._plan.key(leaf))

    def _giving(self, key: int) -> Items | Gather:
        return cast("Items | Gather", self.sources[key])  # no argument has the key of a demand

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
        return MISSING if items is None else value_at(items.elements.families, items.values, path)

    def lookup(self, node: int) -> Items | None:
        """The items of a map, be they those of an earlier run; None if there are none."""
        return self.items.get(node) or self.kept.get(node)

    def carry_over(
        self, earlier: EarlierItems, shapes: Mapping[int, MapShape], same: Collection[int]
    ) -> None:
        """Let items have the values that they have in an earlier run; see `Carrying`."""
        carrying = self.carrying = Carrying(earlier, shapes, same, self.trace.name_of)
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
            and items.plan.sides is None
        )
        # Of a map that was stopped before it was opened no item starts any more.
        with self.late.held_back():
            for block in items.blocks if items.stopped_by is None else ():
                if items.inputs or self.carrying or block.family.gates.get(node):
                    self.look_at_rows(block, block.rows)
                elif node not in block.family.stopped:
                    self._ready(block, block.rows)
        self.check_over(items)

    def look_at_rows(self, block: Block, rows: Iterable[int]) -> None:
        """Start those of some items of an open map that have everything they take from others."""
        items = block.items
        if items.plan.sides is not None:
            for row in rows:
                if self._lacks_nothing(items, block, row - block.shift):
                    self.choices.look(block, row)
            return
        self._ready(
            block, [row for row in rows if self._lacks_nothing(items, block, row - block.shift)]
        )

    def _lacks_nothing(self, items: Items, block: Block, index: int) -> bool:
        """Whether an item of an open map has everything that it takes from other items."""
        if items.values[index] is not MISSING or block.family.gates.get(items.node):
            return False
        if items.counts is not None:
            return not items.counts[index]
        if all(is_there(self.sources[key].values[index]) for key in items.plan.same):
            return True
        return (
            bool(items.plan.settles)
            and self.sources[items.plan.same[0]].values[index] is not MISSING
        )

    def look_at(self, block: Block) -> None:
        """Start those of some new items that can start; skip those that never will."""
        items, family = block.items, block.family
        cause = items.stopped_by
        if cause is None:
            cause = family.stopped.get(items.node)
        if cause is None and items.is_fold:
            cause = self._failed_before(block)
        if cause is not None:
            for row in block.rows:
                self.skip(block, row, cause)
        elif items.plan.across or items.plan.paired:
            self.links.look_across(block)
        elif items.is_fold:
            self._look_back(block)
        elif not items.inputs and self._may_start(items, family):
            if self.carrying is None:
                self._ready(block, block.rows)
                return
            values = items.values
            self._ready(block, [row for row in block.rows if values[row - block.shift] is MISSING])

    def _failed_before(self, block: Block) -> int | None:
        """The row because of which the new items of a fold can't go on; None if they can."""
        place = block.items.before(block)
        before = None if place is None else block.items.values[place]
        return before.row if type(before) is NoValue else None

    def _look_back(self, block: Block) -> None:
        """New items of a fold: the first of them may go on from the last one before."""
        items, index = block.items, block.first - block.shift
        if (
            block.count
            and items.counts
            and not items.counts[index]
            and items.values[index] is MISSING
            and self._may_start(items, block.family)
        ):
            self._ready(block, range(block.first, block.first + 1))
        if self.carrying is not None:
            self.carrying.folds.look_again(self, items, block.family)

    def _may_start(self, items: Items, family: Family) -> bool:
        """Whether the items of a family wait at most for other items of their own element."""
        return items.is_open and not family.gates.get(items.node)

    def _ready(self, block: Block, rows: Sequence[int], *, first: bool = False) -> None:
        """Items have everything they need: start them, unless their map holds them back.

        They come `first`, or behind those that could start before.
        """
        if block.items.plan.sides is not None:
            for row in rows:
                self.choices.look(block, row)
            return
        if self.carrying is not None:
            # Not what has started already: of carried items some may not be told of yet, though they
            # have their values.
            ready = self.trace.ready
            rows = self.late.left_of(block, [row for row in rows if ready[row] != ready[row]])
        self._start(block, rows, first=first)

    def start_item(self, items: Items, index: int) -> None:
        """Start an item that was held back, unless its map does so, too."""
        row = items.row_of(index)
        self._start(items.block_of(index), range(row, row + 1))

    def note_reused(self, row: int) -> None:
        """Record that an item is carried over."""
        trace = self.trace
        trace.ready[row] = self.now
        trace.outcomes[row] = "reused"
        trace.finished[row] = self.now

    def _start(self, block: Block, rows: Sequence[int], *, first: bool = False) -> None:
        ready, now = self.trace.ready, self.now
        if isinstance(rows, range):  # of many: all in one go
            ready[rows.start : rows.stop] = [now] * len(rows)
        else:
            for row in rows:
                ready[row] = now
        items = block.items
        if items.window is None and items.backlog is None:
            if rows:
                self.runner.start_items(rows, first=first)
            return
        # They start together, as those do that nothing holds back: the lower element goes first.
        count = 0
        for row in rows:
            if items.window is not None and not items.window.enter(row - block.shift, row):
                self.runner.item_waits(row)
            elif items.backlog is None or items.backlog.enter(row):
                count += 1
        if count:  # what is held back comes behind
            self.runner.start_items(rows[:count], first=first)

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
        self.runner.start_items(range(row, row + 1), first=False)

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
            self.links.tell_others(items, block.family, index, value)
        if not items.left:
            self.check_over(items)

    def gathered(self, gather: Gather, family: Family, index: int, value: Any) -> None:
        """All items of a map within an element are over."""
        gather.values[index] = value
        for node in gather.plan.next:
            if node in self.items:
                self.links.tell(self.items[node].block_of(index), index, value, gather.node)
        self.links.tell_others(gather, family, index, value)

    def after(self, block: Block, index: int) -> None:
        """The rest of `done`, for a run that has inlined its common part."""
        items = block.items
        if not items.plain:
            self.links.tell_others(items, block.family, index, items.values[index])
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
            if items.values[index] is not MISSING:  # a choice has skipped it meanwhile
                continue
            items.values[index] = value = NoValue(cause)
            items.left -= 1
            if items.cause is None or items.cause == NOT_CHOSEN:
                items.cause = cause
            if items.plan.sides is not None:
                self.choices.closed(block, index, cause)
            for following in block.next:
                if items.node in following.items.plan.settles:
                    self.one_less(following, index)
                elif following.items.values[index] is MISSING:
                    self.runner.item_skipped(index + following.shift, cause)
                    stack.append((following, index + following.shift))
            if items.is_fold and self.carrying is not None:
                self.carrying.folds.look_again(self, items, block.family)
            after = self.links.after_fold(block, index) if items.is_fold else None
            if after is not None and items.values[after] is MISSING:
                following = items.block_of(after)
                self.runner.item_skipped(after + following.shift, cause)
                stack.append((following, after + following.shift))
            if not items.plain:
                self.links.tell_others(items, block.family, index, value)
            if not items.left:
                self.check_over(items)

    def one_less(self, block: Block, index: int) -> None:
        """An item has one more of its inputs."""
        items = block.items
        if items.counts is not None:
            items.counts[index] -= 1
            if items.counts[index]:
                if self.carrying is not None and items.is_fold:
                    self.carrying.folds.look_again(self, items, block.family)
                return
        if items.values[index] is MISSING and self._may_start(items, block.family):
            row = index + block.shift
            # Before others begin, so that elements get through once begun.
            self._ready(block, range(row, row + 1), first=True)

    def check_over(self, items: Items) -> None:
        """End a map of which all items are over, if no more will come; and those that wait for it."""
        check_over(self, items)

    def outcomes(self, node: int, taker: int) -> Any:
        """What a node has that is the outcomes of a map of which all items are over.

        A `NoValue` if it has none, since some of the collections never came.
        """
        spec = self._plan.outcomes[node][taker]
        of = self._elements_of(spec.elements)
        assert spec.item is not None
        all_values: list[Any] = []
        for family in sorted(of.families, key=_path):
            for index in family.indices():
                value = self.arguments.of(spec.item, of.space, family, index)
                if type(value) is NoValue:
                    return value
                all_values.append(value)
        return all_values

    def _elements_of(self, space: Space) -> Elements:
        return next(elements for elements in self.elements if elements.space is space)

    # What keeps whole maps from running

    def stop(self, node: int, cause: int) -> None:
        """A node that all items of a map need has failed: none of them starts."""
        items = self.items[node]
        items.stopped_by = cause
        while items.window is not None and items.window.on_room:
            items.window.tell_stream()  # nothing holds a stream back any more
        if items.is_open and cause in self._plan.streams:
            return  # what was yielded before goes on
        ready = self.trace.ready
        for block in items.blocks:
            for row in block.rows:
                if ready[row] != ready[row]:  # NaN; else it has all it needs, and goes on
                    self.skip(block, row, cause)

    def refuse(self, elements: Elements, error: Exception) -> None:
        """A collection can't be used: the maps that take its elements fail.

        They fail once, though those of several elements around it may not be usable.
        """
        for items in first_maps(self, elements):
            if self.runner.is_stopping:
                return  # one failure was enough
            if items.stopped_by is not None or items.node in self.trace.outcomes:
                continue
            self.runner.map_failed(items.node, error)
            if not self.runner.is_stopping and not items.is_open:
                # It failed before it was opened, perhaps by a choice that takes it.
                self.stop(items.node, items.node)


def _waiting_for(plan: MapPlan, demand: ItemDemand) -> MapPlan:
    """The plan of a map that has to wait until it is demanded."""
    if demand.elements.plan.number == plan.space:
        return replace(plan, same=(*plan.same, demand.node))
    return replace(plan, outer=(*plan.outer, (demand.node, demand.elements.plan.number)))


def _path(family: Family) -> tuple[int, ...]:
    return family.path
