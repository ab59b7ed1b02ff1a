"""`Choice`: a node whose value is that of one of two others, as a third one says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Choice(NamedTuple):
    """What a node that `tm.choose` made takes; None stands for a plain value, which is no node.

    In the graph of a run `taken` says which side the flag chose: True for `then`. It is None where the
    choice was not made, or not yet. A side of a choice that is made for one element may consist of
    several items: what a map gave there, or what is collected. Then it is None, and `several` has the
    nodes of all three parts.

    >>> Choice(0, 1, None).side(True), Choice(0, 1, None).sides
    (1, (1,))
    """

    flag: int | None
    then: int | None
    other: int | None
    taken: bool | None = None
    several: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] | None = None

    def side(self, taken: bool) -> int | None:
        """The node of one side."""
        return self.then if taken else self.other

    @property
    def sides(self) -> tuple[int, ...]:
        """The nodes of both sides, each once."""
        both = dict.fromkeys((self.then, self.other))
        return tuple(node for node in both if node is not None)

    @property
    def parts(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """The nodes that it takes as a flag, and as either side; none of a plain value.

        >>> Choice(0, 1, None).parts
        ((0,), (1,), ())
        """
        if self.several is not None:
            return self.several
        flag, then, other = (() if part is None else (part,) for part in self[:3])
        return flag, then, other

    @property
    def left(self) -> tuple[int, ...]:
        """The nodes of the side that was not taken which are not taken as well.

        >>> Choice(0, 1, 2, taken=True).left, Choice(0, 1, 2).left
        ((2,), ())
        """
        if self.taken is None:
            return ()
        flag, then, other = self.parts
        side, left = (then, other) if self.taken else (other, then)
        return tuple(node for node in left if node not in flag and node not in side)


def taken_only(needed: Iterable[int], choice: Choice) -> tuple[int, ...]:
    """What a choice waited for once it was made: not the side that was not taken.

    >>> taken_only((0, 1, 2), Choice(0, 1, 2, taken=False))
    (0, 2)
    """
    return tuple(node for node in needed if node not in choice.left)


def with_left_sides(
    dependencies: Sequence[Sequence[int]],
    choices: Mapping[int, Choice],
    part_of: Sequence[int] | None = None,
) -> list[tuple[int, ...]]:
    """The dependencies as pictures draw them: also on the sides that choices did not take.

    `part_of` says in which part each node is, where the dependencies are those of parts of a graph.

    >>> with_left_sides([(), (), (0,)], {2: Choice(None, 0, 1, taken=True)})
    [(), (), (0, 1)]
    """
    drawn = [tuple(needed) for needed in dependencies]
    for node, choice in choices.items():
        for left in choice.left:
            own, part = (node, left) if part_of is None else (part_of[node], part_of[left])
            if part != own and part not in drawn[own]:
                drawn[own] = (*drawn[own], part)
    return drawn


def with_flags(
    dependencies: Sequence[Sequence[int]], chosen_by: Mapping[int, int]
) -> list[tuple[int, ...]]:
    """The dependencies, and for nodes that waited to be chosen the flag by which they were.

    One whose dependencies waited for the same flag is left as it is.

    >>> with_flags([(), (), (1,)], {1: 0, 2: 0})
    [(), (0,), (1,)]
    """
    with_flag = [tuple(needed) for needed in dependencies]
    for node, flag in chosen_by.items():
        needed = dependencies[node]
        if flag not in needed and all(chosen_by.get(dependency) != flag for dependency in needed):
            with_flag[node] = (*needed, flag)
    return with_flag
