"""The state of the maps of one invoke: elements, items, and their rows in the trace.

The items of a map are counted in the order in which they are created (their *index*), over all families
of their space; for a map over one list that is the position in the list.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from async_dag.engine.result import MISSING
from async_dag.engine.windows import Backlog, Window
from async_dag.nodes.dynamic_plan import GatherPlan, MapPlan, SpacePlan
from async_dag.nodes.spaces import Argument, ListOf, Space


class NoValue:
    """Stands for the value of an item that failed, or never starts because another one failed."""

    __slots__ = ("row",)

    def __init__(self, row: int) -> None:
        self.row: int = row  # of the one that failed


class _Dropped:
    def __repr__(self) -> str:
        return "DROPPED"


DROPPED: Final = _Dropped()
"""Stands for what a fold had got to before its last element."""


class Family:
    """The elements of one collection: all of a space, or those that belong to one element around it."""

    __slots__ = (
        "around",
        "born",
        "causes",
        "flag",
        "gates",
        "is_settled",
        "is_streamed",
        "over",
        "parent",
        "path",
        "starts",
        "stopped",
        "total",
    )

    def __init__(
        self, path: tuple[int, ...] = (), around: Family | None = None, parent: int = -1
    ) -> None:
        self.path: tuple[int, ...] = path
        self.around: Family | None = around  # the family of the element around it
        self.parent: int = parent  # the index of that element in its space; -1 if there is none
        self.total: int | None = None  # None: not known yet
        self.born: int = 0
        self.is_settled: bool = False
        self.is_streamed: bool = False  # whether an item streams its elements
        self.flag: int | None = None  # the row of the flag before which it was not to be opened
        # Where its elements lie: how many came before, and the index of the first.
        self.starts: list[tuple[int, int]] = []
        # By the index of a map: how many items around this family it waits for, and the row of one that
        # failed.
        self.gates: dict[int, int] = {}
        self.stopped: dict[int, int] = {}
        # Of maps whose lists are gathered: how many elements are over for it, and the row that failed
        # first.
        self.over: dict[int, int] = {}
        self.causes: dict[int, int] = {}

    @property
    def complete(self) -> bool:
        """Whether all of its elements are there."""
        return self.born == self.total

    def index_of(self, place: int) -> int:
        """The index of the element at that place of the family."""
        own, index = self.starts[bisect_right(self.starts, place, key=_own) - 1]
        return index + place - own

    def indices(self) -> Iterator[int]:
        """The indices of its elements, in its own order."""
        stops = [own for own, _ in self.starts[1:]]
        stops += [self.born] * bool(self.starts)
        for (own, index), stop in zip(self.starts, stops, strict=True):
            yield from range(index, index + stop - own)


class Block:
    """Consecutive rows of one map and one family."""

    __slots__ = ("count", "family", "first", "items", "next", "offset", "shift")

    def __init__(
        self, items: Items, family: Family, first: int, count: int, shift: int, offset: int
    ) -> None:
        self.items: Items = items
        self.family: Family = family
        self.first: int = first  # the row of the first one
        self.count: int = count
        self.shift: int = shift  # row - shift is the index of an item
        self.offset: int = offset  # row - first + offset is its place in the family
        # The same elements in the maps that go on from this one. No list where there are none: a new
        # container is one more that the garbage collector goes through.
        self.next: Sequence[Block] = ()

    @property
    def rows(self) -> range:
        """Its rows."""
        return range(self.first, self.first + self.count)

    def path(self, row: int) -> tuple[int, ...]:
        """Which item a row is."""
        return (*self.family.path, row - self.first + self.offset)


class Elements:
    """The elements of one space so far."""

    __slots__ = (
        "_families",
        "_starts",
        "around",
        "by_parent",
        "closed",
        "families",
        "gathers",
        "held",
        "lost",
        "maps",
        "plan",
        "root",
        "size",
        "unresolved",
        "used",
        "values",
        "windows",
    )

    def __init__(self, plan: SpacePlan, root: int) -> None:
        self.plan: SpacePlan = plan
        self.root: int = root  # the number of the outermost space around it
        self.size: int = 0
        self.values: list[Any] = []  # of a space whose elements come out of collections
        self.maps: list[Items] = []
        self.gathers: list[Gather] = []
        self.families: list[Family] = []
        # By the index of an element around it: its family, once that is opened; and the row because of
        # which that never will be, or never be complete, whatever elements it has.
        self.by_parent: dict[int, Family] = {}
        self.lost: dict[int, int] = {}
        self.used: bool = False  # whether maps that run need them
        self.around: int = 0  # how many elements around it there are
        self.unresolved: int = 0  # elements around it whose family is not complete
        self.closed: bool = False  # whether no more will come
        # The windows that elements around it stay in while they may get more elements here, each with
        # the space whose elements it counts; and the indices of those that do.
        self.windows: list[tuple[Window, Space]] = []
        self.held: set[int] = set()
        self._starts: list[int] = []  # where a stretch of elements of one family begins
        self._families: list[Family] = []  # and which family that is

    @property
    def space(self) -> Space:
        """The space itself."""
        return self.plan.space

    def grow(self, family: Family, count: int) -> None:
        """Add `count` elements to a family."""
        if count and (not self._families or self._families[-1] is not family):
            self._starts.append(self.size)
            self._families.append(family)
            family.starts.append((family.born, self.size))
        self.size += count
        family.born += count

    def family_of(self, index: int) -> Family:
        """The family of an element."""
        return self._families[bisect_right(self._starts, index) - 1]

    def place_of(self, index: int) -> int:
        """The place of an element in its family."""
        starts = self.family_of(index).starts
        own, start = starts[bisect_right(starts, index, key=_start) - 1]
        return own + index - start


class Items:
    """The items of one map so far.

    Attributes:
        values: by index what the task returned, `MISSING` until then, a `NoValue` if it never will.
        left: how many items are not over.
        is_open: whether everything is there that all items need.
        is_over: whether the run was told that all items are over.
        is_simple: whether an item can start as soon as the one item that it takes is done.
        cause: the row that failed first, or the node that kept the items from starting.
        stopped_by: that node, while more items may come.
        inputs: how many other items each one waits for.
        counts: by index how many of these are missing, where there may be more than one.
        next_across: maps whose items are zipped with these.
        next_paired: maps that pair each of these items with others.
        told: by index whether items of zips and products know that this one is over; grown on use.
        takers: maps that take some of these items, or whose elements come from them.
        gathers: what is gathered of them, by the number of the space of whose elements.
        waiting: by index the families that wait for an item, each with the map that takes it.
        opens: by index the places in other spaces where an item says which elements lie within.
        window: what an element must enter before its item starts.
        windows: which windows the elements are in, with the space whose elements these count.
        drops: whether values of a fold are dropped once the next one is there.
        is_side: whether a choice may take its items.
        plain: whether the end of an item concerns only the maps that continue this one.
    """

    __slots__ = (
        "backlog",
        "blocks",
        "call",
        "cause",
        "counts",
        "drops",
        "elements",
        "gathers",
        "inputs",
        "is_open",
        "is_over",
        "is_side",
        "is_simple",
        "keywords",
        "left",
        "next_across",
        "never_waits",
        "next_paired",
        "node",
        "opens",
        "plain",
        "plan",
        "quick",
        "rest",
        "source",
        "stopped_by",
        "takers",
        "told",
        "values",
        "waiting",
        "window",
        "windows",
    )

    def __init__(self, plan: MapPlan, elements: Elements) -> None:
        self.plan: MapPlan = plan
        self.node: int = plan.node
        self.elements: Elements = elements
        self.values: list[Any] = []
        self.left: int = 0
        self.is_open: bool = False
        self.is_over: bool = False
        self.is_simple: bool = False
        self.cause: int | None = None
        self.stopped_by: int | None = None
        self.blocks: list[Block] = []
        self.inputs: int = len(plan.same) + len(plan.across) + len(plan.paired) + self.is_fold
        is_counted = self.inputs > 1 or plan.across or plan.paired or self.is_fold
        self.counts: list[int] | None = [] if is_counted else None
        self.next_across: list[Items] = []
        self.next_paired: list[Items] = []
        self.told: bytearray = bytearray()
        self.takers: list[Items] = []
        self.gathers: dict[int, list[Gather]] = {}
        self.waiting: dict[int, list[tuple[Items, Family]]] = {}
        self.opens: dict[int, list[tuple[Elements, Elements, Family, int]]] = {}
        self.drops: bool = self.is_fold
        self.window: Window | None = None
        self.windows: list[tuple[Window, Space]] = []
        self.backlog: Backlog | None = None
        self.is_side: bool = False
        self.plain: bool = not self.is_fold
        # How an item is called if calls differ only in the first argument.
        self.call: Callable[..., Any] | None = None
        self.quick: Callable[..., Any] | None = None  # the same, if a plain call is enough
        self.never_waits: bool = False  # whether there is nothing in its code that waits
        self.source: list[Any] = []
        self.rest: tuple[Any, ...] = ()
        self.keywords: dict[str, Any] = {}

    @property
    def takes_more(self) -> bool:
        """Whether calls have other arguments behind the first one."""
        return bool(self.rest or self.keywords)

    @property
    def is_fold(self) -> bool:
        """Whether each item takes what the one before returned."""
        return self.plan.is_fold

    def block_of(self, index: int) -> Block:
        """The block in which an item lies."""
        return self.blocks[bisect_right(self.blocks, index, key=_first_index) - 1]

    def row_of(self, index: int) -> int:
        """The row of an item."""
        return index + self.block_of(index).shift

    def all_gathers(self) -> Iterator[Gather]:
        """What is gathered of its items, for whichever space around them."""
        return chain.from_iterable(self.gathers.values())

    def add_rows(self, block: Block) -> None:
        """Add the items of a block."""
        count = block.count
        self.values += [MISSING] * count
        self.left += count
        if count:
            self.blocks.append(block)
        if self.counts is not None:
            self.counts += [self.inputs] * count
            if self.is_fold and count:
                before = self.before(block)
                if before is None or is_there(self.values[before]):
                    self.counts[-count] -= 1

    @staticmethod
    def before(block: Block) -> int | None:
        """The index of the element before the first of a block; None if that is the first of all."""
        return block.family.index_of(block.offset - 1) if block.offset else None


class Gather:
    """What is gathered of a map, for each element of a space around it: a source of items, as a map is.

    Attributes:
        plan: what is gathered.
        node: its key.
        items: the items of the map.
        values: by index the list of what the map gave within an element, `MISSING` until then, a
            `NoValue` if it never will.
        renewed: the indices where it is not as in the earlier run from which items are carried over.
        elements, next_across, next_paired, told, waiting, opens, windows, is_side, plain: as of
            `Items`.
    """

    __slots__ = (
        "elements",
        "is_side",
        "items",
        "next_across",
        "next_paired",
        "node",
        "opens",
        "plain",
        "plan",
        "renewed",
        "told",
        "values",
        "waiting",
        "windows",
    )

    def __init__(self, plan: GatherPlan, elements: Elements, items: Items) -> None:
        self.plan: GatherPlan = plan
        self.node: int = plan.key
        self.elements: Elements = elements
        self.items: Items = items
        self.renewed: set[int] = set()
        self.values: list[Any] = []
        self.next_across: list[Items] = []
        self.next_paired: list[Items] = []
        self.told: bytearray = bytearray()
        self.waiting: dict[int, list[tuple[Items, Family]]] = {}
        self.opens: dict[int, list[tuple[Elements, Elements, Family, int]]] = {}
        self.windows: list[tuple[Window, Space]] = []
        self.is_side: bool = False
        self.plain: bool = False


def _own(pair: tuple[int, int]) -> int:
    return pair[0]


def _start(pair: tuple[int, int]) -> int:
    return pair[1]


def _first_index(block: Block) -> int:
    return block.first - block.shift


def value_at(families: Sequence[Family], values: Sequence[Any], path: tuple[int, ...]) -> Any:
    """The value of the item at that path, of those of one map; `MISSING` if it has none."""
    for family in families:
        if family.path == path[:-1] and path[-1] < family.born:
            value = values[family.index_of(path[-1])]
            return value if is_there(value) else MISSING
    return MISSING


def is_there(value: object) -> bool:
    """Whether an item has a value."""
    return value is not MISSING and value is not DROPPED and type(value) is not NoValue


def collection_of(elements: Elements) -> Argument:
    """What gives the collections of a space that lies in another one, or comes from one collection."""
    source = elements.space.source
    assert isinstance(source, ListOf)
    return source.argument
