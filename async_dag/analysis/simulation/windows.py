"""The windows of maps (`at_once=`) in a computed schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from async_dag.graph.births import Birth
from async_dag.graph.graph import Graph
from async_dag.graph.unrolled import is_part_of_stream, lists_within

_Element = tuple[int, tuple[int, ...]]  # a windowed map, and the path of one of its items


class WindowPlan(NamedTuple):
    """What windows there are.

    Attributes:
        sizes: by the index of a map how many elements may be in progress at once.
        enters: by the row of an item of such a map, or of a part of one, its element.
        within: by row the elements that are not through before it is over.
        asks: by the row of a part of what streams the elements for which there must be room before it
            starts, one for each window.
    """

    sizes: dict[int, int]
    enters: dict[int, _Element]
    within: dict[int, list[_Element]]
    asks: dict[int, list[_Element]]


def window_plan(graph: Graph, births: Sequence[Birth]) -> WindowPlan | None:
    """The windows of a run of that graph, of the manager; None if there are none."""
    sizes = {node: shape.at_once for node, shape in graph.maps.items() if shape.at_once is not None}
    if not sizes:
        return None
    plan = WindowPlan(sizes, {}, {}, {})
    list_within = lists_within(graph, births)
    born = {birth.node for birth in births}
    for first in sizes:
        shape = graph.maps[first]
        elements: dict[_Element, None] = {}
        for birth in births:
            for place in range(birth.size if birth.node == first else 0):
                path = (*birth.path, birth.offset + place)
                element = plan.enters[birth.first + place] = first, path[: shape.depth]
                elements[element] = None
        for element in elements:
            # It is in the window, too, until it is known that maps have no items in it.
            rows = dict.fromkeys(
                row
                for node in sorted(shape.in_window & born)
                for row in list_within(node, element[1])
            )
            for row in rows:
                plan.within.setdefault(row, []).append(element)
        for birth in births if shape.holds is not None else ():
            if birth.node == shape.holds and is_part_of_stream(graph, birth):
                element = first, (*birth.path, birth.offset)
                plan.asks.setdefault(birth.first, []).append(element)
                if element not in elements:  # the part that ends without another element
                    plan.within.setdefault(birth.first, []).append(element)
    return plan


class Windows:
    """The windows while a schedule is computed.

    >>> plan = WindowPlan({0: 1}, {1: (0, (0,)), 2: (0, (1,))}, {1: [(0, (0,))], 2: [(0, (1,))]}, {})
    >>> windows = Windows(plan)
    >>> windows.enter(1), windows.enter(2), windows.over(1)
    (True, False, [2])
    """

    def __init__(self, plan: WindowPlan) -> None:
        self._plan = plan
        self._free = dict(plan.sizes)
        self._left: Counter[_Element] = Counter()
        for elements in plan.within.values():
            self._left.update(elements)
        self._begun: set[_Element] = set()
        # By map the rows that wait for room, in which elements come in the order of their birth.
        self._waiting: dict[int, list[int]] = {}
        self._held: list[int] = []  # rows of parts of what streams, likewise

    def enter(self, row: int) -> bool:
        """An item could start: whether it may. If not, `over` has it when it is its turn."""
        if asked := self._plan.asks.get(row):
            if not self._have_room(asked):
                self._held.append(row)
                return False
            self._begin_all(asked)
        element = self._plan.enters.get(row)
        if element is None or element in self._begun:
            return True
        node = element[0]
        if self._free[node] > 0 and not self._waiting.get(node):
            self._begin(element)
            return True
        heappush(self._waiting.setdefault(node, []), row)
        return False

    def let_in(self) -> list[int]:
        """Nothing else can go on: returns the row of an item that may start without room, if any."""
        for waiting in self._waiting.values():
            if waiting:
                return [self._begin_next(waiting)]
        if self._held:
            row = self._held.pop(0)
            self._begin_all(self._plan.asks[row])
            return [row]
        return []

    def _have_room(self, elements: Sequence[_Element]) -> bool:
        return all(
            element in self._begun
            or (self._free[element[0]] > 0 and not self._waiting.get(element[0]))
            for element in elements
        )

    def _begin_all(self, elements: Sequence[_Element]) -> None:
        for element in elements:
            if element not in self._begun:
                self._begin(element)

    def _begin_next(self, waiting: list[int]) -> int:
        row = heappop(waiting)
        self._begin(self._plan.enters[row])
        return row

    def _begin(self, element: _Element) -> None:
        self._free[element[0]] -= 1
        self._begun.add(element)

    def over(self, row: int) -> list[int]:
        """An item is over; returns the rows of those that may start for it."""
        let_in: list[int] = []
        for element in self._plan.within.get(row, ()):
            self._left[element] -= 1
            if self._left[element]:
                continue
            node = element[0]
            if element in self._begun:  # else nothing of it had to be done
                self._free[node] += 1
            waiting = self._waiting.get(node)
            if self._free[node] > 0 and waiting:
                let_in.append(self._begin_next(waiting))
        for held in [row for row in self._held if self._have_room(self._plan.asks[row])]:
            if self._have_room(self._plan.asks[held]):  # those before may have taken it
                self._held.remove(held)
                self._begin_all(self._plan.asks[held])
                let_in.append(held)
        return let_in
