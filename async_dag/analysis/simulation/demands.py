"""`without_dependency`: what would wait for what, had a node not taken one that it did take.

With choices that is more than one dependency less. What only a side of a choice takes starts once the
choice is made; what nothing takes, at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from async_dag.graph.algorithms import dependents_of, in_order
from async_dag.trace.columns import NOT_NEEDED
from async_dag.trace.trace import Trace


class Dropped(NamedTuple):
    """What each row waits for, and the nodes that nothing would need, so that they never run."""

    dependencies: list[Sequence[int]]
    idle: frozenset[int]


def without_dependency(
    trace: Trace, dependencies: Sequence[Sequence[int]], node: int, needed: int
) -> Dropped:
    """The dependencies of a run, had `node` not taken `needed`; choices are made as they were."""
    dropped = list(dependencies)
    dropped[node] = tuple(one for one in dropped[node] if one != needed)
    if not trace.taken:
        return Dropped(dropped, frozenset())
    waits = _Demands(trace, node, needed).waits
    template = trace.template
    for row in range(len(dropped)):
        if trace.outcomes.get(row) == "reused":
            continue
        own = trace.node_at(row)
        flag = trace.chosen_by.get(row)
        kept = [
            one
            for one in dropped[row]
            if own in template.maps or one != flag or one in template.dependencies[own]
        ]
        dropped[row] = tuple(dict.fromkeys([*kept, *sorted(waits.get(own, ()))]))
    # Items were born of what is not to be known here: they are taken to run.
    idle = (one for one in range(len(template)) if one not in waits and one not in template.maps)
    return Dropped(dropped, frozenset(idle))


class _Demands:
    """Plays the nodes of the manager, each as long as it took: which are needed, and since when?

    `waits` has of each node that is needed what was done before that was known. (While a DAG runs,
    `engine/demands.py` decides it.)
    """

    def __init__(self, trace: Trace, node: int, needed: int) -> None:
        self._trace = trace
        self._graph = graph = trace.template
        taken = list(graph.dependencies)
        taken[node] = tuple(one for one in taken[node] if one != needed)
        self.waits: dict[int, frozenset[int]] = {}
        self._needs = [self._gates(one, others) for one, others in enumerate(taken)]
        self._missing = [
            set() if trace.outcomes.get(one) == "reused" else set(needs)
            for one, needs in enumerate(self._needs)
        ]
        self._dependents = dependents_of(self._needs)
        self._takers: dict[int, list[int]] = {}  # by a side the choices that took it
        self._done: set[int] = set()
        self._number = 0
        # Time, number, node, and what was waited for if it is needed from then on; else it is done.
        self._events: list[tuple[float, int, int, frozenset[int] | None]] = []
        for one in self._needed_anyway(taken):
            self._event(0.0, one, frozenset())
        while self._events:
            now, _, one, waits = heappop(self._events)
            if waits is None:
                self._is_done(one, now)
            elif one not in self.waits:
                self.waits[one] = waits
                for other in self._needs[one]:
                    self._event(now, other, waits)
                self._go_on(one, now)

    def _gates(self, node: int, taken: Sequence[int]) -> tuple[int, ...]:
        """What a node needs once it is needed itself: of a choice not its sides, until it is made."""
        choice = self._graph.choices.get(node)
        if choice is None:
            return tuple(taken)
        return tuple(one for one in taken if one == choice.flag or one not in choice.sides)

    def _needed_anyway(self, needs: Sequence[Sequence[int]]) -> Iterator[int]:
        """What nothing takes, and what was there from the start."""
        taken: set[int] = set()
        for one in reversed(in_order(needs)):
            is_work = self._graph.kinds[one] in ("task", "map", "choice")
            if self._trace.causes.get(one) == NOT_NEEDED or (one not in taken and not is_work):
                continue  # (a list is worth no work by itself)
            if one not in taken or self._trace.outcomes.get(one) == "reused":
                yield one
            taken.update(needs[one])

    def _event(self, time: float, node: int, waits: frozenset[int] | None) -> None:
        self._number += 1
        heappush(self._events, (time, self._number, node, waits))

    def _go_on(self, node: int, now: float) -> None:
        """A node that is needed is done after a while, if it lacks nothing."""
        if self._missing[node]:
            return
        choice, taken = self._graph.choices.get(node), self._trace.taken.get(node)
        side = None if choice is None or taken is None else choice.side(taken)
        if side is None or side in self._done:
            seconds = self._trace.finished[node] - self._trace.started[node]
            self._event(now + (seconds if seconds > 0 else 0.0), node, None)
        else:
            self._takers.setdefault(side, []).append(node)
            self._event(now, side, self.waits[node].union(self._needs[node]))

    def _is_done(self, node: int, now: float) -> None:
        self._done.add(node)
        for choice in self._takers.pop(node, ()):
            self._event(now, choice, None)
        for dependent in self._dependents[node]:
            missing = self._missing[dependent]
            if node in missing:
                missing.remove(node)
                if dependent in self.waits:
                    self._go_on(dependent, now)
