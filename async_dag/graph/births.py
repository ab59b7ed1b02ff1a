"""`Birth`: rows that a run adds behind those of the graph, for the items of a map.

How many items a map has is known only when the DAG runs. The graph says what each item depends on
(`MapShape`); births say which rows of the trace stand for which items.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

_NUMBER: Final = "\ue000number\ue000"
"""Stands where a number will be, in a name that has none like it."""


class Birth(NamedTuple):
    """Items of one map, in consecutive rows."""

    node: int  # the map
    # The item around them, where a map runs within a map; else (). It is shorter yet where already the
    # items around turned out to be none.
    path: tuple[int, ...]
    first: int  # the row of the first of them
    size: int  # may be 0, where only the total has become known
    offset: int  # how many items of the same path came before
    total: int | None  # how many there will be, if that is known by now
    flag: int | None = (
        None  # of items that turned out to be none: the row by which they were chosen
    )


class Taken(NamedTuple):
    """A dependency of each item of a map: the node, and at which part of the item's own path.

    That is the path from `start` to `stop`, and the number at `pair`, if it is one of a pair. Where
    it is shorter than those of the items of the node, it is all items whose paths begin so: what a map
    within a DAG for each element gave for one of these. If it is nothing at all, it is the whole node,
    of a map its list.

    >>> Taken(0, 0, 1).of((5, 2)), Taken(0, 0, 1, pair=2).of((5, 2, 7)), Taken(0, 0, 0).is_whole
    ((5,), (5, 7), True)
    """

    node: int
    start: int
    stop: int
    pair: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the node as a whole."""
        return self.start == self.stop and self.pair is None

    def of(self, path: tuple[int, ...]) -> tuple[int, ...]:
        """Which items of the node it is, for the item of that path."""
        places = path[self.start : self.stop]
        return places if self.pair is None else (*places, path[self.pair])


class ChoiceShape(NamedTuple):
    """What the items of a choice take that is made for each element: as a flag, and of its sides.

    `always` is what they wait for in any case: the flag, and whatever must be done before. `nodes` has
    for the flag and for each side the dependencies of the choice that these come from; none for a plain
    value.
    """

    flag: tuple[Taken, ...]
    then: tuple[Taken, ...]
    other: tuple[Taken, ...]
    always: tuple[Taken, ...]
    nodes: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] = ((), (), ())

    def left(self, taken: bool) -> tuple[Taken, ...]:
        """What it takes of the side alone that a flag leaves.

        >>> cart, mail = Taken(1, 0, 1), Taken(2, 0, 1)
        >>> ChoiceShape((), (cart,), (cart, mail), ()).left(True)
        (Taken(node=2, start=0, stop=1, pair=None),)
        """
        kept = {*self.always, *(self.then if taken else self.other)}
        side = self.other if taken else self.then
        return tuple(source for source in side if source not in kept)


class MapShape(NamedTuple):
    """What the items of one map depend on, and how they are called.

    `label` is a name in parts, each with how many numbers of the path stand behind it:
    `(("shop", 1), ("/fetch", 0))` makes `shop[3]/fetch`.

    What a map without any items waited for is what it has its elements of: `sources` are the nodes that
    gave collections, `source_maps` the maps whose items did. Where only some of the collections are
    empty, `none` has for each length of a path what said so. If it is `chained`, each item depends on
    the one before, too. At most `at_once` elements are begun here and not through the maps
    `in_window`, of which it is one; what streams them, the node or map that it `holds`, is asked for
    the next one only if there is room. A choice that is made for each element has `sides`. An item that
    streams is split at its yields: the paths of its parts have one number more than its own.
    """

    taken: tuple[Taken, ...]
    label: tuple[tuple[str, int], ...]
    sources: tuple[int, ...] = ()
    source_maps: tuple[int, ...] = ()
    chained: bool = False
    at_once: int | None = None
    none: tuple[tuple[Taken, ...], ...] = ()
    sides: ChoiceShape | None = None
    in_window: frozenset[int] = frozenset()
    holds: int | None = None

    @property
    def depth(self) -> int:
        """How many numbers the paths of its items have."""
        return sum(count for _, count in self.label)

    def is_part(self, birth: Birth) -> bool:
        """Whether a birth is of parts of an item that streams."""
        return len(birth.path) >= self.depth

    def name_around(self, path: Sequence[int]) -> tuple[str, str]:
        """What stands in the names of the items within a path before their number, and behind it.

        >>> MapShape((), (("shop", 1), ("/fetch", 0))).name_around(())
        ('shop[', ']/fetch')
        """
        before, _, after = self.name_of((*path, _NUMBER)).partition(_NUMBER)
        return before, after

    def name_of(self, path: Sequence[int | str]) -> str:
        """The name of an item, or of a part of one.

        >>> shape = MapShape((), (("shop", 1), ("/fetch", 0)))
        >>> shape.name_of((3,)), shape.name_of((3, 7))
        ('shop[3]/fetch', 'shop[3]/fetch[7]')
        """
        texts: list[str] = []
        at = 0
        for text, count in self.label:
            texts.append(text)
            if count:
                texts.append(f"[{','.join(map(str, path[at : at + count]))}]")
            at += count
        if at < len(path):
            texts.append(f"[{path[at]}]")
        return "".join(texts)


def rows_of(births: Sequence[Birth], size: int) -> int:
    """How many rows there are behind a graph of `size` nodes: theirs and those of all births.

    >>> rows_of([Birth(0, (), 1, 3, 0, 3)], 1)
    4
    """
    return max([size, *(birth.first + birth.size for birth in births)])
