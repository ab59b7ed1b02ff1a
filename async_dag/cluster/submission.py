"""`Submission`: which nodes may be handed to the scheduler now, and in which order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import heappop, heappush
from typing import Any


class Submission:
    """The nodes of a run that were not handed over yet.

    A node may go once all that it needs has gone; one that must pass a gate once it has passed.

    Args:
        order: the nodes that run, in the order in which they go if they may (see `depth_first`).
        missing: of every node how many others it needs that run.
        dependents: of every node.
        gated: the nodes that must pass.

    >>> submission = Submission([0, 1, 2], [0, 0, 2], [[2], [2], []], gated={1})
    >>> submission.take(10)
    [0]
    >>> submission.passed(1)
    >>> submission.take(10)
    [1, 2]
    """

    def __init__(
        self,
        order: Sequence[int],
        missing: Sequence[int],
        dependents: Sequence[Sequence[int]],
        gated: Collection[int],
    ) -> None:
        self._place = {node: place for place, node in enumerate(order)}
        self._order = order
        self._dependents = dependents
        self._waits_for = list(missing)
        for node in gated:
            self._waits_for[node] += 1
        # In order, so it is a heap.
        self._free = [place for place, node in enumerate(order) if not self._waits_for[node]]
        self.left: int = len(order)

    def tables(self) -> list[dict[Any, Any]]:
        """What it keeps of each node, of no use once all are handed over."""
        return [self._place]

    def __bool__(self) -> bool:
        """Whether there is a node that may go now."""
        return bool(self._free)

    def passed(self, node: int) -> None:
        """A node has passed its gate."""
        self._unlock(node)

    def take(self, most: int) -> list[int]:
        """The next nodes to hand over, at most so many."""
        taken: list[int] = []
        while self._free and len(taken) < most:
            node = self._order[heappop(self._free)]
            taken.append(node)
            for dependent in self._dependents[node]:
                if dependent in self._place:
                    self._unlock(dependent)
        self.left -= len(taken)
        return taken

    def _unlock(self, node: int) -> None:
        self._waits_for[node] -= 1
        if not self._waits_for[node]:
            heappush(self._free, self._place[node])
