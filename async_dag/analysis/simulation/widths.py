"""`Widened`: the graph of a run with maps as it would be if these had other numbers of items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from async_dag._common.arguments import whole_number
from async_dag._common.names import nearest
from async_dag._common.shortening import short_repr
from async_dag.errors import UnknownNodeError, WrongArgumentError, WrongTypeError
from async_dag.graph.births import Birth
from async_dag.graph.graph import Graph
from async_dag.graph.unrolled import Items, unrolled
from async_dag.trace.trace import Trace

_Dimension = tuple[int, int]  # a map, and which number of the paths of its items
_Path = tuple[int, ...]


class Widened:
    """The graph with other widths, and for each row of it the one of the run that it is like.

    Items are taken in turn: the item of number 7 does what that of number 2 did, if there were five. So
    does what goes on from it, element by element.

    Args:
        trace: of a run that is over.
        widths: by the name of a map how many items it has; of one that runs within others, in each.

    Attributes:
        graph: the graph with these widths.
        source: by row that of the run.
        births: which rows stand for which items.

    Raises `UnknownNodeError` (a `KeyError`), `WrongTypeError` (a `TypeError`) or `WrongArgumentError`
    (a `ValueError`) for widths that can't be used.
    """

    def __init__(self, trace: Trace, widths: Mapping[str, int]) -> None:
        template = trace.template
        self._template = template
        self._items = Items(trace.births)
        self._extent = _extents(trace)
        self._like: dict[_Dimension, _Dimension] = {}
        self._join_dimensions()
        self._widths: dict[_Dimension, int] = {}
        for node, width in _checked(template, widths).items():
            dimension = self._root((node, self._depth(node) - 1))
            known = self._widths.setdefault(dimension, width)
            if known != width:
                raise WrongArgumentError(
                    f"simulate(widths=) gives {template.names[node]!r} {width} items, and {known} to a "
                    "map that goes on with the same elements"
                )
        split = {birth.node for birth in trace.births if template.maps[birth.node].is_part(birth)}
        births: list[Birth] = []
        source = list(range(len(template)))
        for node in template.maps:
            for path, old in self._families(node):
                size = self._width(node, path, old)
                births.append(Birth(node, path, len(source), size, 0, size))
                source += [self._old_row(node, old, place, size) for place in range(size)]
            for path, old in self._families(node, parts=True) if node in split else ():
                there = self._extent.get((node, old))
                if there is None:
                    continue  # it did not stream: its list was there
                size = self._width(node, path, old, is_stream=True)
                births.append(Birth(node, path, len(source), size, 0, size))
                source += [self._part(node, old, place, size, there) for place in range(size)]
        self.births: list[Birth] = births
        self.source: list[int] = source
        taken = {row: trace.taken[old] for row, old in enumerate(source) if old in trace.taken}
        self.graph: Graph = unrolled(
            template, births, len(source), taken, self._chosen_by(trace.chosen_by)
        )

    def _chosen_by(self, chosen_by: Mapping[int, int]) -> dict[int, int]:
        """The flags by which rows were chosen: of an item that of its own element."""
        size = len(self._template)
        chosen = {row: flag for row, flag in chosen_by.items() if row < size}
        now = Items(self.births)
        of_items = (row for row in range(size, len(self.source)) if self.source[row] in chosen_by)
        for row in of_items:
            flag = chosen_by[self.source[row]]
            if flag >= size:
                birth = self._items.of(flag)
                depth = len(self._items.path(flag))
                assert birth is not None
                beside = now.row(birth.node, now.path(row)[:depth])
                if beside is None:  # its flag lies further in, and has gone with its element
                    continue
                flag = beside
            chosen[row] = flag
        return chosen

    def _depth(self, node: int) -> int:
        return self._template.maps[node].depth

    # Which numbers of paths count the same elements

    def _root(self, dimension: _Dimension) -> _Dimension:
        while (like := self._like.get(dimension)) is not None:
            dimension = like
        return dimension

    def _join(self, first: _Dimension, other: _Dimension) -> None:
        first, other = self._root(first), self._root(other)
        if first != other:
            self._like[first] = other

    def _join_dimensions(self) -> None:
        of_source: dict[_Path, _Dimension] = {}
        maps = self._template.maps
        for node, shape in maps.items():
            for taken in shape.taken:
                if taken.node not in maps:
                    continue
                own = taken.of(tuple(range(shape.depth)))  # which numbers of its paths they are
                for place, at in enumerate(own):
                    self._join((node, at), (taken.node, place))
            if shape.sources and self._depth(node) == 1:  # maps over one list
                first = of_source.setdefault(shape.sources, (node, 0))
                self._join((node, 0), first)

    # Items

    def _families(self, node: int, *, parts: bool = False) -> Iterator[tuple[_Path, _Path]]:
        """The paths around the items of a map, each with that of the run which it is like.

        Or the paths around the `parts` of items that stream.
        """
        families: list[tuple[_Path, _Path]] = [((), ())]
        for _ in range(self._depth(node) - (not parts)):
            families = [
                ((*path, place), (*old, self._old_place(node, old, place)))
                for path, old in families
                for place in range(self._width(node, path, old))
            ]
        yield from families

    def _width(self, node: int, path: _Path, old: _Path, *, is_stream: bool = False) -> int:
        """How many elements a family has, or, further out, how many families."""
        known = self._extent.get((node, old), 0)
        width = self._widths.get(self._root((node, len(path))))
        if width is None:
            return known
        is_stream = is_stream or self._template.kinds[node] != "map"
        if not known - is_stream and width:
            raise WrongArgumentError(
                f"simulate(widths=) wants {width} items of {self._template.names[node]!r}, which had "
                "none in this run, so how long one takes is not known"
            )
        return width + is_stream  # a stream has a part behind its last element, too

    def _old_place(self, node: int, old: _Path, place: int) -> int:
        return place % max(1, self._extent.get((node, old), 0))

    def _old_row(self, node: int, old: _Path, place: int, size: int) -> int:
        known = self._extent[node, old]
        if self._template.kinds[node] != "map":
            return self._part(node, old, place, size, known)
        at = place % known
        row = self._items.row(node, (*old, at))
        assert row is not None
        return row

    def _part(self, node: int, old: _Path, place: int, size: int, known: int) -> int:
        """The row of the part that one of `size` is like, of `known`: the last one stays the last."""
        at = known - 1 if place == size - 1 else place % max(1, known - 1)
        row = self._items.row(node, (*old, at))
        assert row is not None
        return row


def _extents(trace: Trace) -> dict[tuple[int, _Path], int]:
    """By map and path how many items, or families, lie there."""
    extent: dict[tuple[int, _Path], int] = defaultdict(int)
    for birth in trace.births:
        extent[birth.node, birth.path] += birth.size
        for depth, place in enumerate(birth.path):
            around = birth.node, birth.path[:depth]
            extent[around] = max(extent[around], place + 1)
    return dict(extent)


def _checked(template: Graph, widths: Any) -> dict[int, int]:
    """The widths by the index of the map."""
    if not isinstance(widths, Mapping):
        raise WrongTypeError(
            "simulate(widths=) takes a mapping from names of maps to numbers of items, such as "
            f"{{'fetch': 200}}; given was {short_repr(widths)}"
        )
    maps = [template.names[node] for node in template.maps if template.kinds[node] == "map"]
    there = f"there are {', '.join(map(repr, maps[:5]))}" if maps else "this run has none"
    width_of: dict[int, int] = {}
    for name, width in widths.items():
        node = template.find(name) if isinstance(name, str) else None
        if node is None:
            raise UnknownNodeError(
                f"simulate(widths=) takes the names of maps, and no node is called {short_repr(name)}"
                f"{nearest(name, maps)}"
            )
        if template.names[node] not in maps:
            raise WrongArgumentError(
                f"simulate(widths=) names {name!r}, which is no map that calls a task: {there}"
            )
        width_of[node] = whole_number(
            f"simulate(widths=), for {name!r},", width, at_least=0, meaning="how many items it has"
        )
    return width_of
