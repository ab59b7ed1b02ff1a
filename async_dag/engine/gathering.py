"""`Gathering`: the lists of maps, of all items or of those within one element around them.

What is a map in a DAG that runs for each element has a list for each of these. It is there as soon as
all items within that element are done, whatever goes on in others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from async_dag.engine.items import Elements, Family, Gather, Items, NoValue
from async_dag.engine.result import MISSING
from async_dag.nodes.spaces import Argument
from async_dag.trace.columns import NOT_CHOSEN

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow

_TOLD: Final = -1
"""In `Family.over`: that all of the family is over for a map was passed on."""


class Gathering:
    """Knows when all items of a map within an element are over.

    Args:
        flow: the maps of the invoke.
    """

    __slots__ = ("_flow", "_through")

    def __init__(self, flow: ItemFlow) -> None:
        self._flow = flow
        # By the number of a space the maps in or within it of which something is gathered further out.
        self._through: dict[int, list[Items]] = {}
        for items in flow.items.values():
            if items.gathers:
                number = items.elements.plan.number
                while number >= 0:
                    self._through.setdefault(number, []).append(items)
                    number = flow.elements[number].plan.parent

    def over(
        self, items: Items, elements: Elements, family: Family, index: int, cause: int | None
    ) -> None:
        """An element is over for a map: its item is, or all items within it are."""
        flow, node = self._flow, items.node
        if flow.carrying is not None and elements is items.elements:
            self._note_renewed(items, family, index)
        while True:
            for gather in items.gathers.get(elements.plan.number, ()):
                if gather.values[index] is MISSING:
                    flow.gathered(
                        gather, family, index, self._value(gather, elements, index, cause)
                    )
            if elements.plan.parent < 0:
                return
            if cause is not None:
                family.causes.setdefault(node, cause)
            count = family.over.get(node, 0)
            if count == _TOLD:
                return
            family.over[node] = count + 1
            if not self._is_told(items, family):
                return
            cause = family.causes.get(node)
            index = family.parent
            assert family.around is not None
            family, elements = family.around, flow.elements[elements.plan.parent]

    def _note_renewed(self, items: Items, family: Family, index: int) -> None:
        flow = self._flow
        if flow.trace.outcomes.get(items.row_of(index)) == "reused":
            return
        for gather in items.all_gathers():
            space = gather.elements.space
            gather.renewed.add(flow.arguments.index(space, items.elements.space, family, index))

    def _note_new_family(self, elements: Elements, family: Family) -> None:
        """What is gathered of new elements is new, even if there are none."""
        for items in self._through.get(elements.plan.number, ()):
            for gather in items.all_gathers():
                space = gather.elements.space
                if space in elements.space.chain[:-1]:
                    at = self._flow.arguments.index(space, elements.space, family, -1)
                    gather.renewed.add(at)

    def _is_told(self, items: Items, family: Family) -> bool:
        """Whether all of a family has just turned out to be over for a map."""
        if not family.complete or family.over.get(items.node, 0) != family.born:
            return False
        family.over[items.node] = _TOLD
        return True

    def complete(self, elements: Elements, family: Family) -> None:
        """No more elements come into a family: there may be nothing left to wait for."""
        carrying = self._flow.carrying
        if carrying is not None and carrying.are_new(self._flow, elements, family):
            self._note_new_family(elements, family)
        for items in self._through.get(elements.plan.number, ()):
            self.look_again(items, elements, family)

    def look_again(self, items: Items, elements: Elements, family: Family) -> None:
        """A family is complete, or a map needs nothing more for it."""
        if elements.plan.parent < 0 or not family.complete:
            return
        if items.is_fold and not family.born:
            if family.gates.get(items.node):
                return  # what it begins with is not there
            if items.node in family.stopped:
                family.causes[items.node] = family.stopped[items.node]
        if not family.born:
            verdict = self._flow.choices.verdict(items, elements, family)
            if verdict is MISSING:
                return  # it is told again once that is known
            if type(verdict) is NoValue:
                family.causes[items.node] = verdict.row
        if self._is_told(items, family):
            assert family.around is not None
            around = self._flow.elements[elements.plan.parent]
            cause = family.causes.get(items.node)
            self.over(items, around, family.around, family.parent, cause)

    def lost(
        self, elements: Elements, around: Elements, family: Family, index: int, cause: int
    ) -> None:
        """The elements of a space that belong to one around it will never be there."""
        for items in self._through.get(elements.plan.number, ()):
            self.over(items, around, family, index, cause)

    def _value(self, gather: Gather, elements: Elements, index: int, cause: int | None) -> Any:
        items = gather.items
        inner = self._chain(items)
        inner = inner[inner.index(elements) + 1 :]
        family = inner[0].by_parent.get(index)
        if (
            family is None
            or index in inner[0].lost
            or (cause is not None and (cause == NOT_CHOSEN or not gather.plan.settled))
        ):
            assert cause is not None
            return NoValue(cause)
        try:
            return self._of_family(items, inner, family, settled=gather.plan.settled)
        except _Lost as lost:
            return NoValue(lost.cause)

    def _chain(self, items: Items) -> list[Elements]:
        """The space of a map and those around it, outermost first."""
        chain = [items.elements]
        while chain[-1].plan.parent >= 0:
            chain.append(self._flow.elements[chain[-1].plan.parent])
        return chain[::-1]

    def whole(self, items: Items) -> Any:
        """What a map gave in all: a list, or one for each element for which its DAG runs."""
        chain = self._chain(items)
        if len(chain) == 1 and not items.is_fold:
            return items.values
        return self._of_family(items, chain, chain[0].families[0], settled=False)

    def _of_family(
        self, items: Items, chain: Sequence[Elements], family: Family, *, settled: bool
    ) -> Any:
        """What a map gave for a family of the first of these spaces; the last one is its own."""
        if len(chain) > 1:
            child = chain[1]
            values: list[Any] = []
            for index in family.indices():
                within = child.by_parent.get(index)
                if within is None or index in child.lost:
                    raise _Lost(child.lost[index])
                value = self._of_family(items, chain[1:], within, settled=settled)
                if child.space.flat:
                    values += value
                else:
                    values.append(value)
            return values
        if items.is_fold:
            return self._folded(items, family)
        values = [items.values[index] for index in family.indices()]
        if settled:
            if any(type(value) is NoValue and value.row == NOT_CHOSEN for value in values):
                raise _Lost(NOT_CHOSEN)
            failure = self._flow.runner.failure
            return [failure(value.row) if type(value) is NoValue else value for value in values]
        return values

    def _folded(self, items: Items, family: Family) -> Any:
        """What a fold came to."""
        if family.born:
            return items.values[family.index_of(family.born - 1)]
        first: Argument | None = items.plan.first
        assert first is not None
        return self._flow.arguments.of(first, items.elements.space, family, -1)


class _Lost(Exception):
    """Some of the lists will never be there, because of that row."""

    def __init__(self, cause: int) -> None:
        super().__init__()
        self.cause: int = cause
