"""The graph of a run with maps or choices: what ran, and what that waited for.

Behind the nodes it has a node for each item. Whoever reads it needs to know nothing of maps: an item is
a task with dependencies, and the map itself is the list of its items. A choice depends on the side that
it took, and what waited to be chosen depends on the flag of the choice that took it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from async_dag.graph.births import Birth, ChoiceShape, MapShape, Taken
from async_dag.graph.choices import Choice, taken_only, with_flags
from async_dag.graph.graph import Graph, Kind, Origin
from async_dag.graph.scope import Scope

T = TypeVar("T")
_Path = tuple[int, ...]


def unrolled(
    graph: Graph,
    births: Sequence[Birth],
    size: int,
    taken: Mapping[int, bool] | None = None,
    chosen_by: Mapping[int, int] | None = None,
) -> Graph:
    """The graph with a node for each item that was born, `size` nodes in all.

    `taken` says of choices that were made which side they took, `chosen_by` of nodes that waited to be
    chosen which flag they waited for. Its columns are made when they are first read.
    """
    return Graph(_Columns(graph, births, size, taken or {}, chosen_by or {}), size)


def is_part_of_stream(graph: Graph, birth: Birth) -> bool:
    """Whether a birth is a part of what streams: of a node of the manager, or of an item of a map."""
    return graph.kinds[birth.node] == "task" or graph.maps[birth.node].is_part(birth)


def lists_within(
    graph: Graph, births: Sequence[Birth]
) -> Callable[[int, tuple[int, ...]], tuple[int, ...]]:
    """What the list of a map within an element is there after, given the map and the element's path.

    These are the rows of its items, and of what says that there are no more of them, or none.
    """
    return _Columns(graph, births, 0, {}, {}).list_within


def item_of(births: Sequence[Birth], row: int) -> tuple[int, tuple[int, ...]]:
    """The map of a row, and the path of the item; births stand in their order.

    >>> item_of([Birth(0, (), 1, 2, 0, 2), Birth(0, (), 3, 1, 2, 3)], 3)
    (0, (2,))
    """
    birth = births[bisect_right(births, row, key=_first_row) - 1]
    return birth.node, (*birth.path, row - birth.first + birth.offset)


def item_name(graph: Graph, node: int, path: tuple[int, ...]) -> str:
    """The name of an item of a map of that graph."""
    name = graph.maps[node].name_of(path)
    return unique_item_name(name, {name for name in graph.names if "[" in name})


def _first_row(birth: Birth) -> int:
    return birth.first


class Items:
    """Finds the rows of items, and their paths.

    >>> items = Items([Birth(2, (), 5, 3, 0, 3), Birth(2, (), 9, 1, 3, 4)])
    >>> items.row(2, (3,)), items.path(7), items.rows(2)
    (9, (2,), [5, 6, 7, 9])
    """

    def __init__(self, births: Sequence[Birth]) -> None:
        self.births: list[Birth] = sorted(
            (birth for birth in births if birth.size), key=lambda birth: birth.first
        )
        self._firsts = [birth.first for birth in self.births]
        self._of: dict[tuple[int, tuple[int, ...]], list[Birth]] = {}
        self._of_node: dict[int, list[Birth]] = {}
        self._none: dict[int, dict[_Path, Birth]] = {}
        self._around: dict[int, dict[_Path, list[Birth]]] = {}
        for birth in self.births:
            self._of.setdefault((birth.node, birth.path), []).append(birth)
            self._of_node.setdefault(birth.node, []).append(birth)
        for birth in births:
            if birth.total == 0:
                self._none.setdefault(birth.node, {})[birth.path] = birth

    def of(self, row: int) -> Birth | None:
        """The birth of a row; None for one that is no item."""
        place = bisect_right(self._firsts, row) - 1
        if place < 0:
            return None
        birth = self.births[place]
        return birth if row < birth.first + birth.size else None

    def birth(self, row: int) -> Birth:
        """The birth of an item."""
        birth = self.of(row)
        assert birth is not None
        return birth

    def path(self, row: int) -> tuple[int, ...]:
        """The path of an item."""
        birth = self.birth(row)
        return (*birth.path, row - birth.first + birth.offset)

    def row(self, node: int, path: tuple[int, ...]) -> int | None:
        """The row of an item; None if it was never born."""
        births = self._of.get((node, path[:-1]))
        if not births:
            return None
        place = bisect_right(births, path[-1], key=lambda birth: birth.offset) - 1
        if place < 0:
            return None
        birth = births[place]
        at = path[-1] - birth.offset
        return birth.first + at if at < birth.size else None

    def rows(self, node: int) -> list[int]:
        """The rows of all items of a map, in the order of their birth."""
        return [
            row
            for birth in self._of_node.get(node, ())
            for row in range(birth.first, birth.first + birth.size)
        ]

    def within(self, node: int, path: tuple[int, ...], depth: int) -> list[int]:
        """The rows of all items of a map, of paths of `depth` numbers, whose paths begin so."""
        if len(path) >= depth:
            row = self.row(node, path)
            return [] if row is None else [row]
        return [
            row
            for birth in self._births(node, path)
            for row in range(birth.first, birth.first + birth.size)
        ]

    def _births(self, node: int, path: _Path) -> Sequence[Birth]:
        """The births of a map whose paths begin so, and then where it turned out to have no items."""
        known = self._around.get(node)
        if known is None:
            known = self._around[node] = {}
            for birth in (*self._of_node.get(node, ()), *self._none.get(node, {}).values()):
                for length in range(len(birth.path) + 1):
                    known.setdefault(birth.path[:length], []).append(birth)
        return known.get(path, ())

    def parts(self, node: int, path: tuple[int, ...]) -> list[int]:
        """The rows of the parts of an item that streams."""
        return [
            row
            for birth in self._of.get((node, path), ())
            for row in range(birth.first, birth.first + birth.size)
        ]

    def none(self, node: int, path: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Where among the paths that begin so a map turned out to have no items."""
        return [birth.path for birth in self._births(node, path) if not birth.size]

    def flags(self, node: int, path: tuple[int, ...]) -> list[int]:
        """The rows by which it was chosen to find out that a map has no items there."""
        flags = (birth.flag for birth in self._births(node, path) if not birth.size)
        return [flag for flag in flags if flag is not None]

    def around(self, node: int, path: tuple[int, ...], length: int) -> set[tuple[int, ...]]:
        """The paths of `length` numbers, beginning so, within which a map has items, or none."""
        births = self._births(node, path)
        return {birth.path[:length] for birth in births if len(birth.path) >= length}


class _Columns:
    """The columns of an unrolled graph."""

    def __init__(
        self,
        graph: Graph,
        births: Sequence[Birth],
        size: int,
        taken: Mapping[int, bool],
        chosen_by: Mapping[int, int],
    ) -> None:
        self._graph = graph
        self._size = size
        self._births = tuple(births)  # nodes that go on after a cancelled run may add some
        self._taken = taken
        self._chosen_by = chosen_by
        self._known: dict[tuple[int, _Path], tuple[int, ...]] = {}
        self._flag_of: dict[int, int] = {}  # of the maps that waited to be chosen

    # Made when they are first read, since a run ends with making these columns.

    @cached_property
    def _items(self) -> Items:
        return Items(self._births)

    @cached_property
    def _born(self) -> set[int]:
        return {birth.node for birth in self._births}

    @cached_property
    def _split(self) -> set[int]:
        """The maps whose items stream, so that they are split at their yields."""
        maps = self._graph.maps
        return {birth.node for birth in self._births if maps[birth.node].is_part(birth)}

    def _spread(self) -> Iterator[tuple[Birth, MapShape]]:
        for birth in self._items.births:
            yield birth, self._graph.maps[birth.node]

    def names(self) -> Sequence[str]:
        names = list(self._graph.names)
        for birth, shape in self._spread():
            *_, (_, last) = shape.label
            if last == 1:  # by far the most common
                before = shape.name_of((*birth.path, 0))[:-3]
                some = range(birth.offset, birth.offset + birth.size)
                names += [f"{before}[{index}]" for index in some]
            else:
                names += [
                    shape.name_of((*birth.path, birth.offset + index))
                    for index in range(birth.size)
                ]
        return self._made_unique(names)

    def _made_unique(self, names: list[str]) -> list[str]:
        """The same names; an item's gets a number if a user called a node `fetch[3]`."""
        size = len(self._graph)
        taken = {name for name in names[:size] if "[" in name}
        if taken:
            for row in range(size, len(names)):
                names[row] = unique_item_name(names[row], taken)
        return names

    def kinds(self) -> Sequence[Kind]:
        # A map itself is the list of its items, as `collect` makes one.
        # One whose elements never came is still a map, of which nobody knows how many items it has.
        nodes: list[Kind] = [
            "collect" if kind == "map" and node in self._born else kind
            for node, kind in enumerate(self._graph.kinds)
        ]
        for node in self._graph.maps:
            if self._items.rows(node):  # a streaming node, too, is what its parts give
                nodes[node] = "collect"
        for birth, shape in self._spread():
            kind: Kind = "task" if shape.sides is None else "choice"
            if birth.node in self._split:
                places = range(birth.size)
                nodes.extend(self._kind_of_stream(birth, shape, place) for place in places)
            else:
                nodes.extend(kind for _ in range(birth.size))
        return nodes

    def _kind_of_stream(self, birth: Birth, shape: MapShape, place: int) -> Kind:
        """An item that streams is what its parts give."""
        return "collect" if self._parts(birth, shape, place) else "task"

    def _parts(self, birth: Birth, shape: MapShape, place: int) -> list[int]:
        """The parts of an item of a birth; none of what is a part itself."""
        if birth.node not in self._split or shape.is_part(birth):
            return []
        return self._items.parts(birth.node, (*birth.path, birth.offset + place))

    def _first_part(self, row: int) -> int:
        """What of an item waited for a flag: its first part, if it is split."""
        birth = self._items.birth(row) if self._split else None
        if birth is None or birth.node not in self._split:
            return row
        shape = self._graph.maps[birth.node]
        return next(iter(self._parts(birth, shape, row - birth.first)), row)

    def dependencies(self) -> Sequence[tuple[int, ...]]:
        items = self._items
        columns = self._of_nodes()
        for birth, shape in self._spread():
            columns += self._of_birth(birth, shape)
        of_items = {
            self._first_part(row): flag
            for row, flag in self._chosen_by.items()
            if row >= len(self._graph)
        }
        if of_items:
            columns = with_flags(columns, of_items)
        for node in self._graph.tolerant:
            if node not in self._graph.maps:  # the outcomes of a map: they wait for its items
                columns[node] = self._items_behind(columns[node])
        for node, shape in self._graph.maps.items():
            there_are = items.rows(node)
            columns[node] = (
                self.list_within(node, ()) if there_are else self._without_items(node, shape)
            )
        return columns

    def _of_nodes(self) -> list[tuple[int, ...]]:
        """What the nodes waited for, as if maps had no items."""
        columns = list(self._graph.dependencies)
        for node, choice in self._choices_of_nodes().items():
            columns[node] = taken_only(columns[node], choice)
        of_nodes = {node: flag for node, flag in self._chosen_by.items() if node < len(self._graph)}
        if of_nodes:
            # What the items of a map wait for is not what the map itself is said to take.
            for node, shape in self._graph.maps.items():
                columns[node] = tuple(dict.fromkeys(taken.node for taken in shape.taken))
            static, columns = columns, with_flags(columns, of_nodes)
            self._flag_of = {
                node: flag
                for node, flag in of_nodes.items()
                if node in self._graph.maps and len(columns[node]) > len(static[node])
            }
        return columns

    def _items_behind(self, nodes: Sequence[int]) -> tuple[int, ...]:
        """The items of maps and of those these go on from: of an item that was skipped one failed."""
        maps: dict[int, None] = {}
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node not in maps and node in self._graph.maps:
                maps[node] = None
                taken = self._graph.maps[node].taken
                stack += [source.node for source in taken if not source.is_whole]
        behind = [
            row
            for node in maps
            for row in (self.list_within(node, ()) if self._items.rows(node) else (node,))
        ]
        return tuple(dict.fromkeys([*behind, *(node for node in nodes if node not in maps)]))

    def _whole(self, node: int, shape: MapShape) -> list[int]:
        """The nodes that all items of a map wait for."""
        needed = [taken.node for taken in shape.taken if taken.is_whole]
        if node in self._flag_of:
            needed.append(self._flag_of[node])
        return needed

    def list_within(self, node: int, path: _Path) -> tuple[int, ...]:
        """What a list waited for: of all items of a map, or of those whose paths begin so.

        Where there turned out to be none, that is what said so.
        """
        shape = self._graph.maps.get(node)
        if shape is None:
            return (node,)
        known = self._known.get((node, path))
        if known is None:
            rows = self._items.within(node, path, shape.depth)
            if (
                node in self._split
            ):  # it is made of what the items give, as these are of their parts
                rows = [row for row in rows if not shape.is_part(self._items.birth(row))]
            for none in self._items.none(node, path):
                rows = [*rows, *self._of_none(node, shape, none)]
            rows = [*rows, *self._ends(node, shape, path)]
            known = self._known[node, path] = tuple(dict.fromkeys(rows))
        return known

    def _of_none(self, node: int, shape: MapShape, path: _Path) -> Iterator[int]:
        """What said that a map has no items there."""
        yield from self._items.flags(node, path)
        if node in self._flag_of:
            yield self._flag_of[node]
        for source in shape.none[len(path)]:
            yield from self._rows_of(source, path)
        if shape.chained:  # a fold is what it begins with
            yield from self._whole(node, shape)
            for taken in shape.taken:
                if not taken.is_whole and len(taken.of(path)) == taken.stop - taken.start:
                    yield from self._rows_of(taken, path)

    def _ends(self, node: int, shape: MapShape, path: _Path) -> Iterator[int]:
        """What streamed elements of a list of items: only its end says that the list is complete."""
        for length in range(len(path), len(shape.none)):
            streams = [source for source in shape.none[length] if self._is_stream(source.node)]
            if streams:
                for around in sorted(self._items.around(node, path, length)):
                    for source in streams:
                        yield from self._rows_of(source, around)

    def _is_stream(self, node: int) -> bool:
        """Whether a node or the items of a map were split at their yields."""
        return node in self._split or (node in self._born and self._graph.kinds[node] == "task")

    def _without_items(self, node: int, shape: MapShape) -> tuple[int, ...]:
        """What a map waited for that has no items: what all of them would need, and its elements."""
        needed = self._whole(node, shape)
        needed += shape.sources
        needed += self._items.flags(node, ())
        parts = [taken.node for taken in shape.taken if not taken.is_whole]
        for source in (*shape.source_maps, *parts):
            needed += self.list_within(source, ()) if self._items.rows(source) else [source]
        return tuple(dict.fromkeys(needed))

    def _of_birth(self, birth: Birth, shape: MapShape) -> Sequence[tuple[int, ...]]:
        """What the items of one birth depend on."""
        whole = tuple(dict.fromkeys(self._whole(birth.node, shape)))
        parts = [taken for taken in shape.taken if not taken.is_whole]
        is_part = shape.is_part(birth)
        if not parts and not shape.chained and birth.node not in self._split:
            return [whole] * birth.size
        lists = {taken for taken in parts if self._is_list(taken)}
        dependencies: list[tuple[int, ...]] = []
        for index in range(birth.size):
            split = self._parts(birth, shape, index)
            if split:
                dependencies.append(tuple(split))
                continue
            own = (*birth.path, birth.offset + index)
            path = birth.path if is_part else own
            chosen = None if shape.sides is None else self._taken.get(birth.first + index)
            left = () if shape.sides is None or chosen is None else shape.sides.left(chosen)
            rows: list[int | None] = []
            for taken in parts:
                if taken in left:
                    continue
                if taken in lists:
                    rows += self.list_within(taken.node, taken.of(path))
                else:
                    rows.append(self._row(taken.node, taken.of(path)))
            if (shape.chained or is_part) and own[-1]:
                rows.append(self._items.row(birth.node, (*birth.path, own[-1] - 1)))
            # (Of a map paired with itself both may be the same item.)
            there = [row for row in rows if row is not None]
            dependencies.append(tuple(dict.fromkeys([*there, *whole])))
        return dependencies

    def _row(self, node: int, path: _Path) -> int | None:
        """The row of an item; of a part of one that was not split its own."""
        row = self._items.row(node, path)
        if row is None and len(path) > (depth := self._graph.maps[node].depth):
            row = self._items.row(node, path[:depth])
        return row

    def _is_list(self, taken: Taken) -> bool:
        """Whether it is a list of items, and not a single one."""
        depth = taken.stop - taken.start + (taken.pair is not None)
        return depth < self._graph.maps[taken.node].depth

    def _repeated(self, column: Sequence[T]) -> list[T]:
        """A column of the nodes, with that of its map for each item."""
        rows = list(column)
        for birth in self._items.births:
            rows += [column[birth.node]] * birth.size
        return rows

    def origins(self) -> Sequence[Origin]:
        return self._repeated(self._graph.origins)

    def groups(self) -> Sequence[str | None]:
        return self._repeated(self._graph.groups)

    def limits(self) -> Sequence[str | None]:
        return self._repeated(self._graph.limits)

    def scopes(self) -> Sequence[Scope]:
        return self._graph.scopes

    def within(self) -> Sequence[int | None]:
        return self._repeated(self._graph.within)

    def maps(self) -> Mapping[int, MapShape]:
        return self._graph.maps

    def tolerant(self) -> Iterable[int]:
        graph = self._graph
        yield from (node for node in graph.tolerant if node not in graph.maps)
        for node in graph.maps:
            if node in graph.tolerant:  # a map without items stands for all that these would take
                yield from self._items.rows(node) or [node]
            elif graph.kinds[node] == "task" and self._items.rows(node):
                yield node  # a streaming node whose last part may be cut off
            elif node in self._split:
                yield from self._items.rows(node)  # likewise

    def choices(self) -> Mapping[int, Choice]:
        choices = self._choices_of_nodes()
        for birth, shape in self._spread():
            if shape.sides is not None:
                choices.update(self._choices_of_birth(birth, shape.sides))
        return choices

    def _choices_of_birth(self, birth: Birth, sides: ChoiceShape) -> Iterator[tuple[int, Choice]]:
        """The choices made for elements."""
        for index in range(birth.size):
            path = (*birth.path, birth.offset + index)
            row = birth.first + index
            flag, then, other = (self._rows_of_side(side, path) for side in sides[:3])
            made = Choice(_only(flag), _only(then), _only(other), self._taken.get(row))
            if max(len(flag), len(then), len(other)) > 1:
                made = made._replace(several=(flag, then, other))
            yield row, made

    def _rows_of_side(self, side: Sequence[Taken], path: _Path) -> tuple[int, ...]:
        """The rows that a side consists of for an item; none of a plain value."""
        return tuple(dict.fromkeys(row for taken in side for row in self._rows_of(taken, path)))

    def _rows_of(self, taken: Taken, path: _Path) -> Sequence[int]:
        """The rows that something taken is for the item of that path; none if it was never born."""
        if taken.is_whole:
            return (taken.node,)
        if self._is_list(taken):
            return self.list_within(taken.node, taken.of(path))
        row = self._row(taken.node, taken.of(path))
        return () if row is None else (row,)

    def _choices_of_nodes(self) -> dict[int, Choice]:
        taken = self._taken
        return {
            node: choice._replace(taken=taken.get(node))
            for node, choice in self._graph.choices.items()
        }

    def unread(self, node: int) -> frozenset[int] | None:
        return self._graph.unread(node) if node < len(self._graph) else None


def _only(rows: Sequence[int]) -> int | None:
    return rows[0] if len(rows) == 1 else None


def unique_item_name(name: str, taken: set[str]) -> str:
    """The name of an item, with a number behind it if a node was given that very name.

    >>> unique_item_name("fetch[3]", {"fetch[3]"}), unique_item_name("fetch[4]", {"fetch[3]"})
    ('fetch[3]_2', 'fetch[4]')
    """
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
