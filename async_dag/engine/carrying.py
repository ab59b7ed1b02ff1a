"""`Carrying`: which items of an earlier run are carried over, so that they need not run again.

An item is carried over only if everything that it takes was: by its place if the collection is the
same, else by the key of its element (`options(key=)`). For most that is known with the element; what
takes a list, or what was carried over late itself, is looked at when all is there that it takes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from async_dag._common.shortening import short_repr
from async_dag.engine.item_choices import ItemDemand
from async_dag.engine.items import (
    Block,
    Elements,
    Family,
    Gather,
    Items,
    NoValue,
    collection_of,
    is_there,
)
from async_dag.engine.result import MISSING
from async_dag.graph.births import MapShape
from async_dag.nodes.spaces import At, Gathered, ListOf, leaves

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


@runtime_checkable
class EarlierItems(Protocol):
    """The items of maps of an earlier run."""

    def lookup(self, node: int) -> Items | None:
        """The items of a map; None if there are none."""
        ...

    def value_of(self, node: int, path: tuple[int, ...]) -> Any:
        """The value of an item; `MISSING` if there is none."""
        ...


class Carrying:
    """What is carried over from one earlier run.

    Args:
        earlier: the items of that run.
        shapes: of each map what its items take.
        same: whether the value of a node is the same as in the earlier run.
        name_of: the name of a node.

    Attributes:
        folds: how far folds are carried over.
    """

    __slots__ = (
        "_by_key",
        "_by_place",
        "_earlier",
        "_families",
        "_keys",
        "_lists",
        "_name_of",
        "_same",
        "_shapes",
        "folds",
    )

    def __init__(
        self,
        earlier: EarlierItems,
        shapes: Mapping[int, MapShape],
        same: Container[int],
        name_of: Callable[[int], str],
    ) -> None:
        self._earlier = earlier
        self._shapes = shapes
        self._same = same
        self._name_of = name_of
        self._by_place: set[int] = set()
        self._by_key: set[int] = set()
        # By the index of a map its earlier families.
        self._families: dict[int, dict[tuple[int, ...], Family]] = {}
        self._keys: dict[int, ItemKeys] = {}  # by the index of a map
        self._lists: dict[int, Sequence[Any]] = {}  # all new elements, by the number of a space
        self.folds: CarriedFolds = CarriedFolds(self._steps_of, self._is_same_step)

    def add(self, items: Items) -> None:
        """Find out how items of a map may be carried over; those it takes come first."""
        node = items.node
        before = self._earlier.lookup(node)
        if before is None:
            return
        shape = self._shapes[node]
        whole = {taken.node for taken in shape.taken if taken.is_whole}
        parts = {taken.node for taken in shape.taken if not taken.is_whole}
        parts.update(shape.source_maps)
        parts.difference_update(shape.sources)  # the parts of a streaming node
        if (
            all(source in self._same for source in (*whole, *shape.sources))
            and parts <= self._by_place
        ):
            self._by_place.add(node)
        elif all(source in self._same for source in whole.difference(shape.sources)):
            has_key = items.plan.key is not None and not parts and _is_of_list(items.elements)
            same = {key for key in items.plan.same if key >= 0}
            if same:
                same.update(items.plan.side_keys)
            if has_key or (parts and parts <= self._by_key and parts == same):
                self._by_key.add(node)

    def note_list(self, elements: Elements, values: Sequence[Any]) -> None:
        """The elements of a collection are known, before the first of them is carried over."""
        if self._by_key and _is_of_list(elements):
            self._lists[elements.plan.number] = values

    def carry(self, flow: ItemFlow, block: Block, elements: Sequence[Any]) -> list[int]:
        """Give new items the values that they have in the earlier run; returns their rows."""
        items = block.items
        carried: list[int] = []
        # A choice is made anew, so that its sides are demanded; of a fold one step tells nothing.
        if items.plan.sides is not None or items.is_fold:
            return carried
        # What it takes of other spaces may be another outcome now: that is known once it is there.
        if items.plan.outer or items.plan.across or items.plan.paired:
            return carried
        if self.are_new(flow, items.elements, block.family):
            return carried
        origins = self._origins(items, block.family, block.offset, elements)
        for row, origin in zip(block.rows, origins, strict=False):
            index = row - block.shift
            taken = [flow.sources[key].values[index] for key in items.plan.same]
            if origin is None or any(argument is MISSING for argument in taken):
                continue
            value = self._value(items, origin)
            if value is not MISSING:
                items.values[index] = value
                flow.note_reused(row)
                carried.append(row)
        return carried

    def late_value(self, flow: ItemFlow, block: Block, row: int) -> Any:
        """The value that an item which could start has in the earlier run; `MISSING` for none."""
        place = row - block.first + block.offset
        origin = self._late_origin(flow, block.items, block.family, place)
        return MISSING if origin is None else self._value(block.items, origin)

    def _late_origin(self, flow: ItemFlow, items: Items, family: Family, place: int) -> int | None:
        """The index that an item had in the earlier run if it takes what it took; None if not."""
        if items.node not in self._by_place and items.node not in self._by_key:
            return None
        if self.are_new(flow, items.elements, family):
            return None
        index = family.index_of(place)
        taken = flow.links.inputs(items, family, index)
        if not all(_is_reused(flow, key, at) for key, at in taken):
            return None
        elements = items.elements.values
        known = elements[index : index + 1] if elements else (None,)
        [origin] = self._origins(items, family, place, known) or [None]
        return origin

    def note_choice(
        self, flow: ItemFlow, block: Block, row: int, side: Iterable[tuple[int, int]]
    ) -> None:
        """A choice was made: its value is as in the earlier run if all is that it takes of its side."""
        items, family, index = block.items, block.family, row - block.shift
        if items.node in self._by_place or items.node in self._by_key:
            taken = [*flow.links.inputs(items, family, index), *side]
            is_same = all(_is_reused(flow, key, at) for key, at in taken)
            if is_same and not self.are_new(flow, items.elements, family):
                flow.trace.outcomes[row] = "reused"

    def _origins(
        self, items: Items, family: Family, place: int, elements: Sequence[Any]
    ) -> list[int | None]:
        """The indices that items had in the earlier run; None for one that is not carried over.

        Args:
            items: those of one map so far.
            family: what the new ones belong to.
            place: the place of the first of these in the family.
            elements: the new elements.
        """
        node = items.node
        before = self._earlier.lookup(node)
        if before is None:
            return []
        if node in self._by_place:
            known = self._families_of(node, before).get(family.path)
            if known is not None:
                stop = min(place + len(elements), known.born)
                return [known.index_of(at) for at in range(place, stop)]
        elif node in self._by_key:
            of = items
            while of.plan.key is None:  # it goes on from the one that has the key
                of = self._earlier_same(of)
            return self._keys_of(of).origins(place, elements)  # of one list: a place is an index
        return []

    def _families_of(self, node: int, before: Items) -> dict[tuple[int, ...], Family]:
        known = self._families.get(node)
        if known is None:
            known = {family.path: family for family in before.elements.families}
            self._families[node] = known
        return known

    def _value(self, items: Items, index: int) -> Any:
        """What an item of a map gave in the earlier run; `MISSING` if it has no value."""
        before = self._earlier.lookup(items.node)
        value = MISSING if before is None else before.values[index]
        return MISSING if type(value) is NoValue else value

    def _earlier_same(self, items: Items) -> Items:
        before = self._earlier.lookup(items.plan.same[0])
        assert before is not None
        return before

    def _keys_of(self, items: Items) -> ItemKeys:
        known = self._keys.get(items.node)
        if known is None:
            before, key = self._earlier.lookup(items.node), items.plan.key
            assert before is not None
            assert key is not None
            new = self._lists.get(items.elements.plan.number, ())
            name = self._name_of(items.node)
            known = self._keys[items.node] = ItemKeys(name, key, before.elements.values, new)
        return known

    @staticmethod
    def are_new(flow: ItemFlow, elements: Elements, family: Family) -> bool:
        """Whether an item that runs anew gave elements, or some that these lie in or are made of."""
        stack: list[tuple[Elements, Family]] = [(elements, family)]
        while stack:
            elements, family = stack.pop()
            if family.is_streamed:
                return True
            stack += [
                (flow.elements[part], parts)
                for part in elements.plan.made_of
                if (parts := flow.families.of_part(elements, family, part)) is not None
            ]
            if family.around is not None:
                around = flow.elements[elements.plan.parent]
                if not _is_same_list(flow, elements, around, family):
                    return True
                stack.append((around, family.around))
        return False

    # Folds

    def _steps_of(self, items: Items, family: Family) -> list[object]:
        before = self._earlier.lookup(items.node)
        if before is None:
            return []
        known = self._families_of(items.node, before).get(family.path)
        return [] if known is None else [before.values[index] for index in known.indices()]

    def _is_same_step(self, flow: ItemFlow, items: Items, family: Family, place: int) -> bool:
        """Whether a step of a fold takes what it took, which came at the same place."""
        before = self._earlier.lookup(items.node)
        assert before is not None
        known = self._families_of(items.node, before)[family.path]
        return self._late_origin(flow, items, family, place) == known.index_of(place)


def _is_reused(flow: ItemFlow, key: int, index: int) -> bool:
    """Whether a source of items has the value there that it had in the earlier run."""
    source = flow.sources[key]
    if isinstance(source, ItemDemand):
        return True
    if isinstance(source, Gather):
        return index not in source.renewed and type(source.values[index]) is not NoValue
    return flow.trace.outcomes.get(source.row_of(index)) == "reused"


def _is_same_list(flow: ItemFlow, elements: Elements, around: Elements, family: Family) -> bool:
    """Whether all items have their earlier values that give the list of which a family is."""
    if not isinstance(elements.space.source, ListOf) or family.around is None:
        return True
    return all(
        _is_reused(
            flow,
            flow._plan.key(leaf),
            flow.arguments.index(leaf.space, around.space, family.around, family.parent),
        )
        for leaf in leaves(collection_of(elements))
        if isinstance(leaf, (At, Gathered))
    )


def _is_of_list(elements: Elements) -> bool:
    """Whether elements lie in one list, as they came."""
    return elements.plan.parent < 0 and isinstance(elements.space.source, ListOf)


# `ItemKeys`: which earlier element a new one is, by the keys that `options(key=)` tells.


class ItemKeys:
    """The keys of the elements of one map, earlier and new.

    A key that several elements of either collection have doesn't tell which is which, so it identifies
    none of them. Of a collection that arrives element by element only those so far are known.

    Args:
        name: the name of the map.
        key: the function of an element.
        earlier: the earlier elements.
        new: the new ones, as far as they are known.
    """

    __slots__ = ("_earlier", "_has_warned", "_key", "_keys", "_name", "_new")

    def __init__(
        self,
        name: str,
        key: Callable[[Any], Hashable],
        earlier: Sequence[Any],
        new: Sequence[Any],
    ) -> None:
        self._name = name
        self._key = key
        self._has_warned = False
        self._keys: dict[int, Hashable] = {}  # by the index of a new element
        self._new: dict[Hashable, int | None] = {}
        self._earlier: dict[Hashable, int | None] = {}
        for index, element in enumerate(earlier):
            _note(self._earlier, self._key_of(element), index)
        self._note_new(0, new)

    def origins(self, start: int, elements: Sequence[Any]) -> list[int | None]:
        """The indices that new elements had earlier; None for one that is not known to be there.

        Args:
            start: the index of the first of them.
            elements: they themselves.
        """
        self._note_new(start, elements)
        keys = [self._keys[index] for index in range(start, start + len(elements))]
        return [None if self._new[key] is None else self._earlier.get(key) for key in keys]

    def _note_new(self, start: int, elements: Sequence[Any]) -> None:
        for index, element in enumerate(elements, start):
            if index not in self._keys:
                key = self._keys[index] = self._key_of(element)
                _note(self._new, key, index)

    def _key_of(self, element: Any) -> Hashable:
        try:
            key = self._key(element)
            hash(key)
        except Exception as error:  # noqa: BLE001 - whatever a foreign function does
            self._warn(element, error)
            return _NoKey()
        return key

    def _warn(self, element: Any, error: Exception) -> None:
        if self._has_warned:
            return
        self._has_warned = True
        warnings.warn(
            f"options(key=) of map {self._name!r} takes a function that returns a hashable key of an "
            f"element; for {short_repr(element)} it raised {short_repr(error)}, so such elements are "
            "not reused: their items run again",
            RuntimeWarning,
            stacklevel=2,
        )


class _NoKey:
    """Equal to no other key."""


def _note(indices: dict[Hashable, int | None], key: Hashable, index: int) -> None:
    """Note which element has a key; None if several have it."""
    indices[key] = None if key in indices else index


# `CarriedFolds`: how far the folds of an earlier run are carried over.
#
# A run keeps of a fold only what it has come to, not what it came to on the way. So all of its steps
# are carried over together, or none is: until it is known of each whether all that it took is as it
# was, the first one does not start.


class CarriedFolds:
    """The folds of one invoke, each within one family.

    Args:
        steps: gives the earlier values of a fold within a family, by place; none if it may not be
            carried over.
        is_same: whether a step takes what it took in the earlier run, given all that it takes is there.
    """

    __slots__ = ("_carried", "_is_same", "_reached", "_steps")

    def __init__(
        self,
        steps: Callable[[Items, Family], list[object]],
        is_same: Callable[[ItemFlow, Items, Family, int], bool],
    ) -> None:
        self._steps = steps
        self._is_same = is_same
        # How many steps are known to take what they took, and which have an earlier value, up to the
        # last one that has.
        self._reached: dict[tuple[int, Family], tuple[int, list[bool]]] = {}
        # Once that is decided: how many are carried over.
        self._carried: dict[tuple[int, Family], int] = {}

    def holds(self, flow: ItemFlow, items: Items, family: Family, place: int) -> bool:
        """A step of a fold could start: whether it does not, or not yet."""
        carried = self._carried.get((items.node, family))
        if carried is not None:
            return place < carried
        known = [is_there(value) for value in self._steps(items, family)]
        while known and not known[-1]:
            known.pop()
        if not known:
            self._carried[items.node, family] = 0
            return False
        self._reached[items.node, family] = 0, known
        self.look_again(flow, items, family)
        return True

    def look_again(self, flow: ItemFlow, items: Items, family: Family) -> None:
        """A step has all that it takes beside what the one before gives, or never will."""
        state = self._reached.get((items.node, family))
        if state is None:
            return
        count, known = state
        while count < len(known):
            if count >= family.born:
                if family.complete:
                    break
                self._reached[items.node, family] = count, known
                return
            index = family.index_of(count)
            if items.values[index] is not MISSING:  # it never starts
                break
            assert items.counts is not None
            if items.counts[index] > (count > 0):
                self._reached[items.node, family] = count, known
                return
            if not self._is_same(flow, items, family, count):
                break
            count += 1
        del self._reached[items.node, family]
        while count and not known[count - 1]:
            count -= 1
        self._carried[items.node, family] = count
        self._go_on(flow, items, family, count)

    def _go_on(self, flow: ItemFlow, items: Items, family: Family, count: int) -> None:
        """Carry over that many steps; the next one starts behind them."""
        first = family.index_of(0)
        if items.values[first] is not MISSING:  # none of them starts any more
            return
        if not count:
            flow.start_item(items, first)
            return
        steps = self._steps(items, family)[:count]
        flow.late.carry(items, [*zip(map(family.index_of, range(count)), steps, strict=True)])
