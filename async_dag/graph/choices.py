"""`Choice`: a node whose value is that of one of two others, as a third one says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Choice(NamedTuple):
    """What a node that `tm.choose` made takes; None stands for a plain value, which is no node.

    In the graph of a run `taken` says which side the flag chose: True for `then`. It is None where the
    choice was not made, or not yet.

    >>> Choice(0, 1, None).side(True), Choice(0, 1, None).sides
    (1, (1,))
    """

    flag: int | None
    then: int | None
    other: int | None
    taken: bool | None = None

    def side(self, taken: bool) -> int | None:
        """The node of one side."""
        return self.then if taken else self.other

    @property
    def sides(self) -> tuple[int, ...]:
        """The nodes of both sides, each once."""
        both = dict.fromkeys((self.then, self.other))
        return tuple(node for node in both if node is not None)

    @property
    def left(self) -> int | None:
        """The node of the side that was not taken, if there is one and it is not taken as well."""
        if self.taken is None:
            return None
        left = self.side(not self.taken)
        return None if left in (self.flag, self.side(self.taken)) else left


def taken_only(needed: Iterable[int], choice: Choice) -> tuple[int, ...]:
    """What a choice waited for once it was made: not the side that was not taken.

    >>> taken_only((0, 1, 2), Choice(0, 1, 2, taken=False))
    (0, 2)
    """
    return tuple(node for node in needed if node != choice.left)


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
        if choice.left is None:
            continue
        own, left = (
            (node, choice.left) if part_of is None else (part_of[node], part_of[choice.left])
        )
        if left != own and left not in drawn[own]:
            drawn[own] = (*drawn[own], left)
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
