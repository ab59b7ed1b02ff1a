"""`Families`: which families of one space belong to the elements of another."""

from __future__ import annotations

from collections.abc import Sequence

from async_dag.engine.arguments import Arguments
from async_dag.engine.items import Elements, Family
from async_dag.nodes.spaces import Space


class Families:
    """Finds families.

    Args:
        elements: of each space.
        arguments: finds single elements.
    """

    __slots__ = ("_arguments", "_elements")

    def __init__(self, elements: Sequence[Elements], arguments: Arguments) -> None:
        self._elements = elements
        self._arguments = arguments

    def within(self, elements: Elements, around: Space, index: int) -> list[Family]:
        """The families of a space that belong to an element of a space around it."""
        if elements.plan.parent < 0:
            return [*elements.families]
        parent = self._elements[elements.plan.parent]
        if parent.space is around:
            family = elements.by_parent.get(index)
            return [] if family is None else [family]
        return [
            elements.by_parent[place]
            for family in self.within(parent, around, index)
            for place in family.indices()
            if place in elements.by_parent
        ]

    def pairs(self, product: Elements, part: Elements, family: Family) -> list[Family]:
        """The families of a product that pair elements with those of that family of its part."""
        if part.plan.parent < 0:
            return [*product.families]
        around = self._elements[part.plan.parent].space
        return self.within(product, around, family.parent)

    def of_part(self, of: Elements, family: Family, part: int) -> Family | None:
        """The elements of a part of a zip or product that belong to a family of that; None: not yet."""
        elements = self._elements[part]
        if elements.plan.parent < 0:
            return elements.families[0] if elements.families else None
        return elements.by_parent.get(self._around_part(of, family, elements))

    def lost_part(self, of: Elements, family: Family) -> int | None:
        """The row because of which a zip or product never has all of a family; None if it may."""
        for part in of.plan.made_of:
            elements = self._elements[part]
            if elements.lost:
                cause = elements.lost.get(self._around_part(of, family, elements))
                if cause is not None:
                    return cause
        return None

    def _around_part(self, of: Elements, family: Family, part: Elements) -> int:
        """The index of the element within which a part of that family of a zip or product lies."""
        around = self._elements[part.plan.parent].space
        return self._arguments.index(around, of.space, family, -1)

    def parents(self, of: Elements, part: Elements, index: int) -> list[int]:
        """The elements around a zip or product that have one whose part belongs to that element."""
        common = self._elements[part.plan.parent]
        parent = self._elements[of.plan.parent]
        if parent is common:
            return [index] if index < of.around else []
        return [place for f in self.within(parent, common.space, index) for place in f.indices()]
