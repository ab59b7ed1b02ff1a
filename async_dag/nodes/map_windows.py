"""Which maps the elements in a window (`at_once=`) go through, from the map that has it on.

A run and a simulated one both go by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

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
    from async_dag.nodes.dynamic_plan import DynamicPlan, MapPlan, Sides, SpacePlan


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """The window of one map.

    Attributes:
        size: how many elements may be in progress at once.
        maps: the map, and those that go on from it: an element is in the window until it is through
            these.
        holds: the node that streams the elements, or the map each item of which does: it is asked for
            the next one only if there is room. None if none does, or if that could not end.
        awaits: the nodes that must be over before an element is through.
    """

    size: int
    maps: frozenset[int]
    holds: int | None
    awaits: frozenset[int]


def window_plans(plan: DynamicPlan, dependencies: Sequence[Sequence[int]]) -> dict[int, WindowPlan]:
    """The windows by their maps; `dependencies` are those of all nodes of the DAG."""
    firsts = [map_plan for map_plan in plan.maps.values() if map_plan.at_once is not None]
    if not firsts:
        return {}
    windows = _Windows(plan, dependencies)
    for first in reversed(firsts):  # those behind first: see `_waits_for_others`
        windows.add(first)
    for first in firsts:
        windows.let_go_of_stream(first)
    return windows.plans


class _Windows:
    def __init__(self, plan: DynamicPlan, dependencies: Sequence[Sequence[int]]) -> None:
        self.plans: dict[int, WindowPlan] = {}
        self._plan = plan
        self._dependencies = dependencies
        self._going_on = _going_on(plan)
        self._taking: dict[int, list[int]] = {}  # by a map those that take some of its items
        for node, taken in plan.items_of.items():
            for other in taken:
                self._taking.setdefault(other, []).append(node)
        self._keys: dict[int, list[int]] = {}  # by a map what is gathered of it
        for key, gather in plan.gathers.items():
            self._keys.setdefault(gather.node, []).append(key)

    def add(self, first: MapPlan) -> None:
        """Find what goes on from a map that has a window."""
        assert first.at_once is not None
        behind = {first.node}
        stack = [first.node]
        left_out: list[int] = []
        while stack:
            for node in self._behind(stack.pop(), first):
                if node in behind:
                    continue
                if self._waits_for_others(self._plan.maps[node], first):
                    left_out.append(node)
                else:
                    behind.add(node)
                    stack.append(node)
        # Nor does it wait for what takes something of those.
        seen = set(left_out)
        while left_out:
            node = left_out.pop()
            behind.discard(node)
            new = [taker for taker in self._taking.get(node, ()) if taker not in seen]
            left_out += new
            seen.update(new)
        space = self._space_of(first)
        awaited = [self._awaited(self._plan.maps[node], space) for node in behind]
        self.plans[first.node] = WindowPlan(
            first.at_once,
            frozenset(behind),
            self._held(first),
            frozenset[int]().union(*awaited),
        )

    def let_go_of_stream(self, first: MapPlan) -> None:
        """Hold no stream back for whose end an element of it waits, be it for one in another window.

        To be called once all windows are known.
        """
        window = self.plans[first.node]
        awaited = self._awaited(first, self._space_of(first))
        stack = [*awaited]
        while stack:
            other = self.plans.get(stack.pop())
            new = () if other is None else (other.maps | other.awaits) - awaited
            awaited.update(new)
            stack += new
        if window.holds is not None and self._waits_for_its_stream(first, first, awaited):
            self.plans[first.node] = replace(window, holds=None)

    def _held(self, first: MapPlan) -> int | None:
        """What streams the elements of a map; see `let_go_of_stream`."""
        if first.is_fold or not first.takes_lists_alone:
            return None
        plan, space = self._plan, self._space_of(first)
        if isinstance(space.source, ListOf) and isinstance(space.source.argument, Whole):
            node = space.source.argument.slot
            return node if node in plan.streams else None
        within = streaming_map(space)
        return within if within in plan.item_streams else None

    def _behind(self, node: int, first: MapPlan) -> Iterator[int]:
        """The maps that go on from one for each of its items, or for each element of these."""
        yield from self._going_on.get(node, ())
        for key in self._keys.get(node, ()):
            # What takes the list within an element comes behind that element, not behind each item.
            space = self._plan.spaces[self._plan.gathers[key].space].space
            if self._space_of(first) in space.chain:
                yield from self._going_on.get(key, ())

    def _waits_for_others(self, map_plan: MapPlan, first: MapPlan) -> bool:
        """Whether items behind a map with a window wait for elements that might not be begun.

        These would wait for room in the window, and so for the items.
        """
        awaited = self._awaited(map_plan, self._space_of(first))
        if first.node in awaited or self._waits_for_its_stream(map_plan, first, awaited):
            return True
        # For the elements before: of a map that takes items of others these may come in any order.
        return map_plan.is_fold and not first.is_fold and self._comes_in_any_order(first)

    def _comes_in_any_order(self, map_plan: MapPlan) -> bool:
        """Whether items wait for others, or for what chooses them, each for its own."""
        if map_plan.same or map_plan.across or map_plan.paired:
            return True
        spaces = [self._space_of(map_plan)]
        return any(True for _ in self._choices_of(map_plan, spaces))

    def _waits_for_its_stream(
        self, map_plan: MapPlan, first: MapPlan, awaited: Collection[int]
    ) -> bool:
        """Whether items behind a map wait for the end of what streams the elements of that.

        All of `awaited` must be over before the items can be.
        """
        plan = self._plan
        for current in self._space_of(first).chain:
            source = current.source
            if not isinstance(source, ListOf):
                continue
            if isinstance(source.argument, Whole):
                node: int | None = source.argument.slot
                if node not in plan.streams:
                    continue
                if node in awaited:
                    return True
            else:
                node = streaming_map(current)
                if node not in plan.item_streams:
                    continue
                # Of the same stream by what lies beside it, in the DAG that runs for each element.
                around: list[int] = []
                for taken in self._with_sources(map_plan):
                    around += [
                        plan.node(key)
                        for key, number in taken.outer
                        if plan.spaces[number].space in current.chain[:-1]
                    ]
                    for choice in self._choices_of(taken, current.chain[:-1]):
                        around += choice.gates
                if node in awaited or node in reachable(self._dependencies, around):
                    return True
        return False

    def _with_sources(self, map_plan: MapPlan) -> Iterator[MapPlan]:
        """A map, and those of whose items it takes some, directly or not."""
        stack, seen = [map_plan.node], {map_plan.node}
        while stack:
            node = stack.pop()
            yield self._plan.maps[node]
            new = [source for source in self._plan.items_of[node] if source not in seen]
            stack += [source for source in new if source in self._plan.maps]
            seen.update(new)

    def _choices_of(self, map_plan: MapPlan, spaces: Sequence[Space]) -> Iterator[Sides]:
        """The choices for each element of these spaces, on a side of which a map may be needed."""
        for other in self._plan.maps.values():
            if (choice := other.choice) is None or self._space_of(other) not in spaces:
                continue
            if map_plan.node in reachable(self._dependencies, [*choice.then, *choice.other]):
                yield choice

    def _awaited(self, map_plan: MapPlan, space: Space) -> set[int]:
        """All that must be over before the items of a map within an element of that space can be.

        With what the windows wait for that hold back items of maps among it.
        """
        plan = self._plan
        stack = [*map_plan.awaits, *self._awaited_by_window(map_plan.node)]
        current = plan.spaces[map_plan.space]
        while current.space is not space:
            # Each element is paired with all those of the other list, unless that lies within it.
            if isinstance(current.space.source, Every):
                other = plan.spaces[current.made_of[0]]
                if space not in other.space.chain[:-1]:
                    pairs = [key for key, number in map_plan.outer if number == current.number]
                    nodes = [*self._givers(other), *map(plan.node, [*map_plan.paired, *pairs])]
                    stack += reachable(self._dependencies, nodes)
            current = plan.spaces[current.parent]
        awaited: set[int] = set()
        while stack:
            node = stack.pop()
            if node not in awaited:
                awaited.add(node)
                stack += self._awaited_by_window(node)
        return awaited

    def _awaited_by_window(self, node: int) -> Collection[int]:
        window = self.plans.get(node)
        return () if window is None else window.awaits

    def _givers(self, space: SpacePlan) -> Iterator[int]:
        """The nodes that give the collections of a space, or of those that it is a zip of."""
        source = space.space.source
        if isinstance(source, ListOf):
            for leaf in leaves(source.argument):
                if isinstance(leaf, (At, Gathered)):
                    yield leaf.node
                elif isinstance(leaf, Whole) and leaf.slot >= 0:
                    yield leaf.slot
        for part in space.made_of:
            yield from self._givers(self._plan.spaces[part])

    def _space_of(self, map_plan: MapPlan) -> Space:
        return self._plan.spaces[map_plan.space].space


def _going_on(plan: DynamicPlan) -> Mapping[int, list[int]]:
    """By the key of a source of items the maps that go on from it for the same element.

    They take its item, or run for the elements of a list that comes from it, however far within.
    """
    going_on: dict[int, list[int]] = {}
    for node, map_plan in plan.maps.items():
        around = [key for key, number in map_plan.outer if plan.space_of(key) == number]
        keys = [*map_plan.same, *around]
        space = plan.spaces[map_plan.space]
        while space.parent >= 0:
            keys += [plan.key(leaf) for leaf in _lists_of(plan, space)]
            space = plan.spaces[space.parent]
        for key in dict.fromkeys(keys):
            going_on.setdefault(key, []).append(node)
    return going_on


def _lists_of(plan: DynamicPlan, space: SpacePlan) -> Iterator[At | Gathered]:
    """The items whose lists are gone through in a space, or are zipped or paired there."""
    source = space.space.source
    if isinstance(source, ListOf):
        for leaf in leaves(source.argument):
            if isinstance(leaf, (At, Gathered)):
                yield leaf
        return
    for part in space.made_of:
        if plan.spaces[part].parent >= 0:
            yield from _lists_of(plan, plan.spaces[part])
