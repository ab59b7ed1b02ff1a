"""`Carrying`: which items of an earlier run are carried over, so that they need not run again.

An item is carried over only if everything that it takes was: by its place if the collection is the
same, else by the key of its element (`options(key=)`). For most that is known with the element; what
takes a list, or what was carried over late itself, is looked at when all is there that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from async_dag.engine.carried_folds import CarriedFolds
from async_dag.engine.item_choices import ItemDemand
from async_dag.engine.item_keys import ItemKeys
from async_dag.engine.items import Block, Elements, Family, Gather, Items, NoValue, collection_of
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
