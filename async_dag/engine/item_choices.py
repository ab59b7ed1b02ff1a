"""`ItemChoices`: the choices of DAGs that run for each element: which side is taken, for each of these.

Whether a map is demanded is known element by element. To the map that is a source of items, as another
map is (`ItemDemand`): an item waits for it, or never starts as there will be no demand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from async_dag.engine.demands import Demands
from async_dag.engine.items import Block, Elements, Family, Items, NoValue
from async_dag.engine.result import MISSING
from async_dag.nodes.spaces import needed
from async_dag.trace.columns import NOT_CHOSEN

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


class ItemDemand:
    """Whether a map is demanded, for each element of the space in which its choices lie.

    Attributes:
        node: its key, which stands for it among the sources of items.
        map: the map.
        elements: of the space of the choices.
        values: by index True if it is demanded there, `MISSING` until that is known, and a `NoValue` if
            it never will be.
        flags: by index the row of the flag for which it was demanded, if it waited for one.
        waiting: by index the families that wait for it, each with the map: see `Items`.
        undecided: of how many elements it is not known yet.
    """

    __slots__ = ("elements", "flags", "map", "node", "undecided", "values", "waiting")

    def __init__(self, key: int, of: int, elements: Elements) -> None:
        self.node: int = key
        self.map: int = of
        self.elements: Elements = elements
        self.values: list[Any] = []
        self.flags: dict[int, int] = {}
        self.waiting: dict[int, list[tuple[Items, Family]]] = {}
        self.undecided: int = 0


class _Held(NamedTuple):
    """A family that is not opened before a map of it is demanded."""

    child: Elements
    parent: Elements
    family: Family
    element: int


class _Within:
    """The demands of the elements of one space.

    Attributes:
        elements: of that space.
        template: the demands before anything was chosen for an element.
        resolved: what is known of maps for all elements to come, as a choice was made for all of them.
        states: by index the demands there once something was chosen.
        demands: by the maps that may have to wait.
        held: by index the families that wait for one of their maps to be demanded.
    """

    __slots__ = ("demands", "elements", "held", "resolved", "states", "template")

    def __init__(self, elements: Elements, template: Demands) -> None:
        self.elements: Elements = elements
        self.template: Demands = template
        self.resolved: dict[int, Any] = {}
        self.states: dict[int, Demands] = {}
        self.demands: dict[int, ItemDemand] = {}
        self.held: dict[int, list[_Held]] = {}

    def state(self, index: int) -> Demands:
        """The demands of one element."""
        known = self.states.get(index)
        if known is None:
            known = self.states[index] = self.template.copy()
        return known


class ItemChoices:
    """The choices within the maps of one invoke.

    Args:
        flow: the maps.
        templates: by the number of a space in which choices lie the demands of each of its elements.
    """

    __slots__ = ("_flow", "_gated", "_to_look", "_waiting", "_within")

    def __init__(self, flow: ItemFlow, templates: Mapping[int, Demands]) -> None:
        self._flow = flow
        self._within: dict[int, _Within] = {}
        # By the number of a space: in which spaces of choices it lies, with the maps there that need
        # it, all of which may have to wait.
        self._gated: dict[int, list[tuple[_Within, list[ItemDemand]]]] = {}
        # By the key of a source of items, and an index there: the choices that took it.
        self._waiting: dict[tuple[int, int], list[tuple[Block, int]]] = {}
        self._to_look: deque[tuple[Block, int]] | None = None
        key = -1  # nothing else has a negative key
        for number, template in templates.items():
            elements = flow.elements[number]
            within = self._within[number] = _Within(elements, template)
            for node in sorted(template.waiting):
                plan = flow._plan.maps.get(node)
                if plan is not None and elements.space in flow._plan.spaces[plan.space].space.chain:
                    within.demands[node] = ItemDemand(key, node, elements)
                    key -= 1

    def demands_of(self, node: int) -> list[ItemDemand]:
        """What a map has to wait for until it is demanded, outermost space first."""
        return [within.demands[node] for within in self._within.values() if node in within.demands]

    def prepare(self) -> None:
        """Find out which spaces are opened only for maps that may have to wait."""
        users = users_of_spaces(self._flow)
        for elements in self._flow.elements:
            of = users[elements.plan.number]
            for within in self._within.values():
                is_within = within.elements.space in elements.space.chain[:-1]
                if is_within and of and of <= within.demands.keys():
                    gates = [within.demands[node] for node in sorted(of)]
                    self._gated.setdefault(elements.plan.number, []).append((within, gates))

    # Elements

    def add_elements(self, elements: Elements, count: int) -> None:
        """So many elements more have come."""
        within = self._within.get(elements.plan.number)
        if within is not None:
            for demand in within.demands.values():
                demand.values += [MISSING] * count
                demand.undecided += count

    def grown(self, elements: Elements, indices: range) -> None:
        """New elements have their items: tell those of what is known of all elements."""
        within = self._within.get(elements.plan.number)
        if within is None:
            return
        undemanded = within.template.undemanded
        for index in indices:
            for node, value in within.resolved.items():
                self._resolve(within, node, index, value)
            if undemanded:
                self._never(
                    within, index, within.state(index).without_demand(undemanded), NOT_CHOSEN
                )

    def holds_back(self, child: Elements, parent: Elements, family: Family, index: int) -> bool:
        """Whether a family is not opened now, as none of its maps is demanded, or not yet."""
        for within, gates in self._gated.get(child.plan.number, ()):
            at = self._flow.arguments.index(within.elements.space, parent.space, family, index)
            known = [gate.values[at] for gate in gates]
            if any(value is True for value in known):
                continue
            if any(value is MISSING for value in known):
                within.held.setdefault(at, []).append(_Held(child, parent, family, index))
            else:
                self._flow.growth.no_family(child, parent, family, index, known[0].row)
            return True
        return False

    def flag_of(self, child: Elements, parent: Elements, family: Family, index: int) -> int | None:
        """The row of the flag before which a family was not to be opened, if there is one."""
        if not self._gated:
            return None
        finished = self._flow.trace.finished
        flags: list[int] = []
        for within, gates in self._gated.get(child.plan.number, ()):
            at = self._flow.arguments.index(within.elements.space, parent.space, family, index)
            of = [gate.flags.get(at) for gate in gates if gate.values[at] is True]
            known = [flag for flag in of if flag is not None]
            if known and len(known) == len(of):  # the first of them let it be opened
                flags.append(min(known, key=lambda flag: finished[flag]))
        return self._last(flags)

    def _last(self, flags: Iterable[int]) -> int | None:
        finished = self._flow.trace.finished
        return max(flags, key=lambda flag: finished[flag], default=None)

    def flag_of_none(self, items: Items, elements: Elements, family: Family) -> int | None:
        """The row of the last flag that a map waited for of which a family has no items."""
        if not self._within:
            return None
        flags = [] if family.flag is None else [family.flag]
        for demand, at in self._demands_around(items, elements, family):
            if at in demand.flags:
                flags.append(demand.flags[at])
        return self._last(flags)

    def verdict(self, items: Items, elements: Elements, family: Family) -> Any:
        """Whether a map is demanded for the element around a family: as the values of its demand."""
        verdict: Any = True
        for demand, at in self._demands_around(items, elements, family):
            value = demand.values[at]
            if type(value) is NoValue:
                return value
            if value is MISSING:
                verdict = value
        return verdict

    def _demands_around(
        self, items: Items, elements: Elements, family: Family
    ) -> Iterator[tuple[ItemDemand, int]]:
        """The demands of a map in a space that lies around a family, each with the index there."""
        for demand in self.demands_of(items.node) if self._within else ():
            if demand.elements.space in elements.space.chain[:-1]:
                space = demand.elements.space
                yield demand, self._flow.arguments.index(space, elements.space, family, -1)

    def is_undecided(self, items: Items) -> bool:
        """Whether it is not known for some element around whether a map is demanded there.

        (In its own space each element has an item, which is over only once that is known.)
        """
        return any(
            demand.undecided
            for demand in self.demands_of(items.node)
            if demand.elements is not items.elements
        )

    def note_flags(self, block: Block) -> None:
        """Items of a space within that of the choices have rows: note what they waited for."""
        if not self._within:
            return
        items, family = block.items, block.family
        for demand in self.demands_of(items.node):
            if demand.flags and demand.elements is not items.elements:
                own, space = items.elements.space, demand.elements.space
                flag = demand.flags.get(self._flow.arguments.index(space, own, family, -1))
                if flag is not None:
                    self._flow.trace.chosen_by.update(dict.fromkeys(block.rows, flag))

    # Choices

    def look(self, block: Block, row: int) -> None:
        """A choice has its flag and is demanded, or the side that it took is over: go on with it."""
        if self._to_look is not None:  # not by recursion, as choices may lie in one another
            self._to_look.append((block, row))
            return
        self._to_look = deque([(block, row)])
        try:
            while self._to_look:
                self._look(*self._to_look.popleft())
        finally:
            self._to_look = None

    def _look(self, block: Block, row: int) -> None:
        flow, items, index = self._flow, block.items, row - block.shift
        sides = items.plan.sides
        assert sides is not None
        if items.values[index] is not MISSING or flow.runner.is_stopping:
            return
        taken = flow.trace.taken.get(row)
        if taken is None:
            flag = items.plan.arguments[0]
            try:
                taken = bool(flow.arguments.of(flag, items.elements.space, block.family, index))
            except Exception as error:  # noqa: BLE001 - of a foreign value, such as an array
                flow.runner.item_failed(row, error)
                return
            flow.trace.taken[row] = taken
            self._make(block, index, taken)
            if items.values[index] is not MISSING:
                return
        side = sides[0 if taken else 1]
        own = items.elements.space
        sources = [*flow.arguments.items(side, own, block.family, index)]
        required = needed(side)
        for leaf, at in sources:
            value = flow.source(leaf).values[at]
            if value is MISSING:
                key = flow.source(leaf).node
                self._waiting.setdefault((key, at), []).append((block, row))
                return
            if type(value) is NoValue and leaf in required:
                flow.skip(block, row, value.row)
                return
        try:
            value = flow.arguments.of(side, own, block.family, index)
        except Exception as error:  # noqa: BLE001 - whatever a value does when it is asked for an item
            flow.runner.item_failed(row, error)
            return
        flow.runner.item_chosen(row)
        if flow.carrying is not None:
            taken_of = [(flow.source(leaf).node, at) for leaf, at in sources]
            flow.carrying.note_choice(flow, block, row, taken_of)
        flow.done(block, row, value)

    def _make(self, block: Block, index: int, taken: bool) -> None:
        """A choice was made for an element: demand the side that it took, not the other one."""
        choice = block.items.plan.choice
        within = self._within.get(block.items.elements.plan.number)
        if within is None or choice is None:
            return
        state = within.state(index)
        freed = [node for side in choice.side(taken) for node in state.demand(side)]
        flag = self._flag_row(block, index)
        for node in freed:
            self._demand(within, node, index, flag)
        self._never(within, index, state.withdraw(choice.side(not taken)), NOT_CHOSEN)
        self._open_held(within, index)

    def told(self, key: int, index: int) -> None:
        """An item that a choice took is over."""
        for block, row in self._waiting.pop((key, index), ()):
            self.look(block, row)

    def closed(self, block: Block, index: int, cause: int) -> None:
        """The item of a choice never has a value: nor is its side demanded, if it was not taken."""
        plan = block.items.plan
        within = self._within.get(block.items.elements.plan.number)
        if within is not None and index + block.shift not in self._flow.trace.taken:
            self._never(within, index, within.state(index).close(plan.node), cause)
            self._open_held(within, index)

    # Choices that are made once

    def made_for_all(self, choice: int, taken: bool, flag: int) -> None:
        """A choice outside was made: for all elements it demands a side, and not the other one.

        `flag` is the node that said so; it is negative if that was a plain value.
        """
        for within, state, index in self._all_states():
            sides = state.sides_of(choice)
            for node in [node for side in sides.side(taken) for node in state.demand(side)]:
                if index is None:  # elements to come wait for no flag that there is
                    self._known(within, node, index, True)
                else:
                    self._demand(within, node, index, flag if flag >= 0 else None)
            for node in state.withdraw(sides.side(not taken)):
                self._known(within, node, index, NoValue(NOT_CHOSEN))
        self._open_all_held()

    def closed_for_all(self, choice: int, cause: int) -> None:
        """A choice outside will never be made."""
        for within, state, index in self._all_states():
            for node in state.close(choice):
                self._known(within, node, index, NoValue(cause))
        self._open_all_held()

    def _all_states(self) -> Iterator[tuple[_Within, Demands, int | None]]:
        """The demands of each element, and those of elements to come, which have no index."""
        for within in self._within.values():
            for index in range(within.elements.size):
                yield within, within.state(index), index
            yield within, within.template, None

    def _known(self, within: _Within, node: int, index: int | None, value: Any) -> None:
        if index is not None:
            self._resolve(within, node, index, value)
        elif node in within.demands:
            within.resolved[node] = value

    def _open_all_held(self) -> None:
        for within in self._within.values():
            for index in [*within.held]:
                self._open_held(within, index)

    # What follows

    def _demand(self, within: _Within, node: int, index: int, flag: int | None) -> None:
        """A map is demanded for an element, as that flag said."""
        demand = within.demands.get(node)
        if demand is None:
            return
        if flag is not None:
            demand.flags[index] = flag
            rows = self._rows_of(demand, index)
            self._flow.trace.chosen_by.update(dict.fromkeys(rows, flag))
        self._resolve(within, node, index, True)

    def _never(self, within: _Within, index: int, nodes: Iterable[int], cause: int) -> None:
        """Nothing demands these maps for an element any more."""
        for node in nodes:
            self._resolve(within, node, index, NoValue(cause))

    def _resolve(self, within: _Within, node: int, index: int, value: Any) -> None:
        """It is known whether a map is demanded for an element."""
        demand = within.demands.get(node)
        if demand is None or demand.values[index] is not MISSING:
            return
        demand.values[index] = value
        demand.undecided -= 1
        flow = self._flow
        items = flow.items.get(node)
        if items is None:
            return
        if items.elements is demand.elements:
            flow.links.tell(items.block_of(index), index, value, demand.node)
            return
        for other, family in demand.waiting.pop(index, ()):
            flow.links.tell_family(other, family, value, demand.node)
        if type(value) is NoValue and (items.cause is None or items.cause == NOT_CHOSEN):
            items.cause = value.row
        self._tell_none(items, demand, index)
        if not demand.undecided:
            flow.check_over(items)

    def _tell_none(self, items: Items, demand: ItemDemand, index: int) -> None:
        """It is known whether a map is demanded where it turned out to have no items, or may have."""
        flow = self._flow
        elements = items.elements
        while elements is not demand.elements:
            for family in flow.families.within(elements, demand.elements.space, index):
                if family.complete and not family.born:
                    flow.growth.note_none(items, elements, family)
                    if items.gathers:
                        flow.gathering.look_again(items, elements, family)
            elements = flow.elements[elements.plan.parent]

    def _open_held(self, within: _Within, index: int) -> None:
        for held in within.held.pop(index, ()):
            self._flow.growth.open_within(*held)

    def _flag_row(self, block: Block, index: int) -> int | None:
        """The row that a choice was made after: of its flag, or of the one by which it was chosen."""
        flow, trace = self._flow, self._flow.trace
        flag, own = block.items.plan.arguments[0], block.items.elements.space
        rows = [
            row
            for leaf, at in flow.arguments.items(flag, own, block.family, index)
            for row in self._rows_of(flow.source(leaf), at)
        ]
        chosen_by = trace.chosen_by.get(index + block.shift)
        rows += [] if chosen_by is None else [chosen_by]
        return max(rows, key=lambda row: trace.finished[row], default=None)

    def _rows_of(self, source: Any, index: int) -> Sequence[int]:
        """The rows of the items that a source has for an element."""
        items = source if isinstance(source, Items) else self._flow.items.get(_map_of(source))
        if items is None:
            return ()
        if items.elements is source.elements:
            return (items.row_of(index),)
        families = self._flow.families.within(items.elements, source.elements.space, index)
        return [items.row_of(at) for family in families for at in family.indices()]


def _map_of(source: Any) -> int:
    return source.map if isinstance(source, ItemDemand) else source.items.node


def users_of_spaces(flow: ItemFlow) -> dict[int, set[int]]:
    """By the number of a space the maps whose items come from its elements, however far off."""
    users: dict[int, set[int]] = {}
    for elements in reversed(flow.elements):  # each comes after those that it is made of
        own = users.setdefault(elements.plan.number, set())
        own.update(items.node for items in elements.maps)
        for part in (elements.plan.parent, *elements.plan.made_of):
            users.setdefault(part, set()).update(own)
    return users
