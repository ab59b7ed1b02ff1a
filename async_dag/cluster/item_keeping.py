"""`ItemKeeping`: which values of nodes and items workers keep, and when others may be dropped."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from async_dag.engine.remote_run import RemoteRun
from async_dag.nodes.compiled import CompiledGraph


class ItemKeeping:
    """Whose values somebody still needs.

    The value of an item that only the maps behind take, each for its own element, is dropped once they
    are through with that; the values of other items with those of their map, when all has ended that
    takes the map.

    Args:
        compiled: the nodes.
        runs: those that run.
        kept: the nodes whose values stay.
        run: knows the items.
    """

    def __init__(
        self,
        compiled: CompiledGraph[Any],
        runs: Collection[int],
        kept: Collection[int],
        run: RemoteRun,
    ) -> None:
        self._run = run
        tasks = compiled.tasks
        choices = {} if compiled.dynamic is None else compiled.dynamic.choices
        taken_by: list[list[int]] = [[] for _ in compiled.nodes]
        for node in runs:
            for needed in compiled.dependencies_of(node):
                taken_by[needed].append(node)
        # What has no value of its own, such as a list that is made here, keeps what it is made of.
        self._kept: set[int] = set()
        stack = list(kept)
        while stack:
            node = stack.pop()
            if node not in self._kept:
                self._kept.add(node)
                if node in choices:
                    stack += [side for side in choices[node][1:] if side >= 0]
                elif tasks[node] is None:
                    stack += compiled.dependencies_of(node)
        # Of each node that has a value the tasks that may take it, directly or out of a list.
        self._takers: dict[int, set[int]] = {}
        self._takes: dict[int, list[int]] = {}
        for node in runs:
            if tasks[node] is None and node not in compiled.computes:
                continue
            takers: set[int] = set()
            stack = list(taken_by[node])
            seen: set[int] = set()
            while stack:
                taker = stack.pop()
                if taker in seen:
                    continue
                seen.add(taker)
                if tasks[taker] is not None:
                    takers.add(taker)
                else:
                    # It may have a value of its own, or pass others on.
                    if taker in compiled.computes:
                        takers.add(taker)
                    stack += taken_by[taker]
            self._takers[node] = takers
            for taker in takers:
                self._takes.setdefault(taker, []).append(node)
        # By map those whose items are taken by its own, and by how many maps they are.
        self._by_element: dict[int, list[tuple[int, int]]] = {}
        plan = compiled.dynamic
        for node, of in ({} if plan is None else plan.maps).items():
            if node in self._kept or not of.next or of.first is not None:
                continue
            if self._takers.get(node) == set(of.next):
                for taker in of.next:
                    self._by_element.setdefault(taker, []).append((node, len(of.next)))
        # Of rows that are taken by element, how often they still are.
        self._uses: dict[int, int] = {}

    def keeps(self, row: int) -> bool:
        """Whether a value is to stay on a worker."""
        return self._run.node_of(row) in self._kept

    def row_over(self, row: int) -> list[int]:
        """An item is done; returns the rows whose values nobody needs any more."""
        dropped: list[int] = []
        for taken, takers in self._by_element.get(self._run.node_of(row), ()):
            other = self._run.row_beside(row, taken)
            left = self._uses.get(other, takers) - 1
            self._uses[other] = left
            if not left:
                dropped.append(other)
        return dropped

    def node_over(self, node: int) -> list[int]:
        """The same for a node, or all items of a map."""
        dropped: list[int] = []
        for taken in [*self._takes.pop(node, ()), node]:
            takers = self._takers.get(taken)
            if takers is None:
                continue
            takers.discard(node)
            if not takers and taken not in self._kept and self._run.is_node_over(taken):
                del self._takers[taken]
                dropped += self._run.rows_of(taken)
        return dropped
