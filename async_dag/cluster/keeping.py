"""`Keeping`: which values the workers keep, and when the others may be dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any


class Keeping:
    """Which nodes' values somebody still needs.

    Args:
        kept: the nodes whose values stay; for one that collects others, those of the others do.
        slots: of every node that collects others the nodes that it collects; empty for all others.
        dependencies: of every node.
        dependents: of every node.
        runs: the nodes that run.

    >>> keeping = Keeping([2], [(), (), ()], [(), (0,), (1,)], [[1], [2], []], {0, 1, 2})
    >>> list(keeping.ended(0)), list(keeping.ended(1)), list(keeping.ended(2)), keeping.keeps(2)
    ([], [0], [1], True)
    """

    def __init__(
        self,
        kept: Collection[int],
        slots: Sequence[Sequence[int]],
        dependencies: Sequence[Sequence[int]],
        dependents: Sequence[Sequence[int]],
        runs: Collection[int],
    ) -> None:
        self._kept: set[int] = set()
        stack = list(kept)
        while stack:
            node = stack.pop()
            if node not in self._kept:
                self._kept.add(node)
                stack.extend(slots[node])
        self._slots = slots
        self._dependencies = dependencies
        self._dependents = dependents
        self._runs = runs
        # Of each node how many of its dependents have not ended, from when on the first one has: to
        # count them all beforehand would hold the loop for some milliseconds.
        self._uses: dict[int, int] = {}

    def tables(self) -> list[dict[Any, Any]]:
        """What it keeps of each node, of no use once all have ended."""
        return [self._uses]

    def keeps(self, node: int) -> bool:
        """Whether the value of a node is to stay on a worker."""
        return node in self._kept

    def ended(self, node: int) -> list[int]:
        """A node is done; returns the nodes whose values nobody needs any more."""
        dropped: list[int] = []
        if self._slots[node]:  # it has no value of its own: its dependents take what it collects
            if self._uses_of(node):
                return dropped
        elif node not in self._kept and not self._uses_of(node):
            dropped.append(node)
        stack = [node]
        while stack:
            for taken in self._dependencies[stack.pop()]:
                if taken not in self._runs:
                    continue
                self._uses[taken] = left = self._uses_of(taken) - 1
                if left:
                    continue
                if self._slots[taken]:
                    stack.append(taken)
                elif taken not in self._kept:
                    dropped.append(taken)
        return dropped

    def _uses_of(self, node: int) -> int:
        uses = self._uses.get(node)
        if uses is None:
            uses = sum(dependent in self._runs for dependent in self._dependents[node])
        return uses
