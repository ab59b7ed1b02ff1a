"""The windows of maps (`at_once=`) in a computed schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from async_dag.graph.algorithms import dependents_of, reachable
from async_dag.graph.births import Birth
from async_dag.graph.graph import Graph

_Element = tuple[int, tuple[int, ...]]  # a windowed map, and the path of one of its items


class WindowPlan(NamedTuple):
    """What windows there are.

    Attributes:
        sizes: by the index of a map how many elements may be begun and not through.
        enters: by the row of an item of such a map its element.
        within: by row the elements that are not through before it is over.
    """

    sizes: dict[int, int]
    enters: dict[int, _Element]
    within: dict[int, list[_Element]]


def window_plan(graph: Graph, births: Sequence[Birth]) -> WindowPlan | None:
    """The windows of a run of that graph, of the manager; None if there are none."""
    sizes = {node: shape.at_once for node, shape in graph.maps.items() if shape.at_once is not None}
    if not sizes:
        return None
    plan = WindowPlan(sizes, {}, {})
    for first in sizes:
        depth = graph.maps[first].depth
        behind = _behind(graph, first)
        for birth in births:
            if birth.node not in behind:
                continue
            for place in range(birth.size):
                row, path = birth.first + place, (*birth.path, birth.offset + place)
                element = first, path[:depth]
                plan.within.setdefault(row, []).append(element)
                if birth.node == first:
                    plan.enters[row] = element
    return plan


def _behind(graph: Graph, first: int) -> set[int]:
    """A map, and those that go on from it, for each of its items or for each element of these.

    What waits for other elements, too, is not among them: these would wait for room, and so for it. Nor
    is a zip with another list.
    """
    chain, left_out = {first}, set[int]()
    depth = graph.maps[first].depth
    after_first = set(reachable(dependents_of(graph.dependencies), [first]))
    for node, shape in graph.maps.items():  # what takes a map was added after it
        of_element = {taken.node for taken in shape.taken if taken.stop >= depth}
        of_all = {taken.node for taken in shape.taken if taken.stop < depth}
        is_zipped = shape.depth == depth and shape.zips and not graph.maps[first].zips
        if is_zipped or not left_out.isdisjoint(of_element):
            left_out.add(node)
        elif not chain.isdisjoint(of_element):
            (chain if after_first.isdisjoint(of_all) else left_out).add(node)
    return chain


class Windows:
    """The windows while a schedule is computed.

    >>> plan = WindowPlan({0: 1}, {1: (0, (0,)), 2: (0, (1,))}, {1: [(0, (0,))], 2: [(0, (1,))]})
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
        self._waiting: dict[int, list[tuple[tuple[int, ...], int]]] = {}

    def enter(self, row: int) -> bool:
        """An item could start: whether it may. If not, `over` has it when it is its turn."""
        element = self._plan.enters.get(row)
        if element is None or element in self._begun:
            return True
        node, path = element
        if self._free[node] > 0 and not self._waiting.get(node):
            self._begin(element)
            return True
        heappush(self._waiting.setdefault(node, []), (path, row))
        return False

    def let_in(self) -> list[int]:
        """Nothing else can go on: returns the row of an item that may start without room, if any."""
        for node, waiting in self._waiting.items():
            if waiting:
                path, row = heappop(waiting)
                self._begin((node, path))
                return [row]
        return []

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
            self._free[node] += 1
            if self._free[node] > 0 and self._waiting.get(node):
                path, following = heappop(self._waiting[node])
                self._begin((node, path))
                let_in.append(following)
        return let_in
