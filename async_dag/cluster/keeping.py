"""`Keeping`: which values the workers keep, and when the others may be dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any


class Keeping:
    """Which nodes' values somebody still needs.

    Args:
        kept: the nodes whose values stay; for one that collects others, those of the others do.
        slots: of every node that collects others the nodes that it collects; empty for all others.
        dependents: of every node.
        runs: the nodes that run.

    >>> keeping = Keeping([2], [(), (), ()], [[1], [2], []], {0, 1, 2})
    >>> list(keeping.ended(0)), list(keeping.ended(1)), list(keeping.ended(2)), keeping.keeps(2)
    ([], [0], [1], True)
    """

    def __init__(
        self,
        kept: Collection[int],
        slots: Sequence[Sequence[int]],
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
        self._uses: dict[int, int] = {}
        self._takes: dict[int, list[int]] = {node: [] for node in runs}
        for node in runs:
            takers = [dependent for dependent in dependents[node] if dependent in runs]
            self._uses[node] = len(takers)
            for taker in takers:
                self._takes[taker].append(node)
        self._collects = {node for node in runs if slots[node]}

    def tables(self) -> list[dict[Any, Any]]:
        """What it keeps of each node, of no use once all have ended."""
        return [self._uses, self._takes]

    def keeps(self, node: int) -> bool:
        """Whether the value of a node is to stay on a worker."""
        return node in self._kept

    def ended(self, node: int) -> list[int]:
        """A node is done; returns the nodes whose values nobody needs any more."""
        if (
            node in self._collects
        ):  # it has no value of its own: its dependents take what it collects
            return [] if self._uses[node] else self._no_longer_used(node)
        return self._no_longer_used(node)

    def _no_longer_used(self, node: int) -> list[int]:
        dropped: list[int] = []
        if not self._uses[node] and node not in self._kept and node not in self._collects:
            dropped.append(node)
        stack = [node]
        while stack:
            for taken in self._takes[stack.pop()]:
                self._uses[taken] -= 1
                if self._uses[taken]:
                    continue
                if taken in self._collects:
                    stack.append(taken)
                elif taken not in self._kept:
                    dropped.append(taken)
        return dropped
