"""`MapSpec`: what a builder keeps of a map."""

from __future__ import annotations

from typing import NamedTuple

from async_dag.nodes.spaces import Argument, Previous, Space, Whole, leaves


class MapSpec(NamedTuple):
    """What a builder keeps of a map, beside what it keeps of every node.

    Attributes:
        space: the elements that the task runs for.
        arguments: what the task takes for one element, by position.
        keywords: the same by keyword.
        item: what a map that goes on from here takes of this one for one element; None for a fold,
            from which none can.
        around: the space whose elements it goes on with, if not the same: of a map within a DAG that
            runs for each element that of these elements.
        sides: of a choice, which has no task, what it gives for one element if its flag, the first of
            the arguments, is true there, and what if not.
    """

    space: Space
    arguments: tuple[Argument, ...]
    keywords: dict[str, Argument]
    item: Argument | None
    around: Space | None = None
    sides: tuple[Argument, Argument] | None = None

    @property
    def elements(self) -> Space:
        """The space whose elements a map that goes on from here runs for."""
        return self.space if self.around is None else self.around

    @property
    def is_fold(self) -> bool:
        """Whether the task takes what it returned for the element before."""
        return any(isinstance(argument, Previous) for argument in self.arguments)

    @property
    def gates(self) -> list[int]:
        """The nodes whose value every element takes, so that none can start before they are done."""
        taken = [*self.arguments, *self.keywords.values()]
        slots = {
            leaf.slot: None
            for argument in taken
            for leaf in leaves(argument)
            if isinstance(leaf, Whole) and leaf.slot >= 0
        }
        return list(slots)
