"""Matches the nodes of two graphs, when the code has changed between them.

A name alone does not tell: with one more call of `fetch` before them, `fetch_2` is `fetch_3` from then
on. So a name counts where its number does not: `fetch` of `fetch_2`, if there is a `fetch` as well. Of
several nodes of the same name, those are the same that are reached from the same nodes and lead to the
same nodes; then those whose neighbours are the same. What can't be told apart, and is not as many on
both sides, stays unmatched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from async_dag.graph.algorithms import dependents_of, in_order
from async_dag.graph.graph import Graph
from async_dag.graph.names import plain_names

Label = tuple[str, str]
"""A node's kind, and its name without the number that made it unique."""


class Matching(NamedTuple):
    """What belongs together in two graphs, by index.

    Attributes:
        pairs: a node of the first graph and the one of the second that it is.
        bundles: by label the nodes that can't be told apart, of both graphs.
        removed: nodes of the first graph whose label the second one has not.
        added: nodes of the second graph whose label the first one has not.
    """

    pairs: tuple[tuple[int, int], ...]
    bundles: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]
    removed: tuple[int, ...]
    added: tuple[int, ...]


def match_nodes(before: Graph, after: Graph) -> Matching:
    """Which node of `before` is which node of `after`."""
    return _Matcher(before, after).matching()


def labels_of(graph: Graph) -> list[Label]:
    """The label of each node: its kind, and its name without the number that makes it unique."""
    return list(zip(graph.kinds, plain_names(graph.names), strict=True))


class _Side:
    """One graph, and the partners of its nodes so far."""

    def __init__(self, graph: Graph, ids: dict[Hashable, int]) -> None:
        self.dependencies = graph.dependencies
        self.dependents = dependents_of(graph.dependencies)
        self.labels = labels_of(graph)
        self.names = graph.names
        order = in_order(graph.dependencies)
        self.above = [0] * len(graph)
        self.below = [0] * len(graph)
        for node in order:
            needed = tuple([self.above[other] for other in self.dependencies[node]])
            self.above[node] = _id(ids, ("above", self.labels[node], needed))
        for node in reversed(order):
            uses = tuple(sorted([self.below[other] for other in self.dependents[node]]))
            self.below[node] = _id(ids, ("below", self.labels[node], uses))
        self.partner: dict[int, int] = {}

    def unmatched(self) -> list[int]:
        """The nodes without a partner yet."""
        return [node for node in range(len(self.labels)) if node not in self.partner]


def _id(ids: dict[Hashable, int], key: Hashable) -> int:
    return ids.setdefault(key, len(ids))


class _Matcher:
    def __init__(self, before: Graph, after: Graph) -> None:
        ids: dict[Hashable, int] = {}
        self._before = _Side(before, ids)
        self._after = _Side(after, ids)

    def matching(self) -> Matching:
        # From the surest criterion to the least sure; after each, match the neighbours of matched
        # nodes.
        self._match(lambda side, node: (side.above[node], side.below[node]))
        self._spread()
        self._match(lambda side, node: side.labels[node], alone=True)
        self._spread()
        self._match(lambda side, node: ("above", side.above[node]), alone=True)
        self._match(lambda side, node: ("below", side.below[node]), alone=True)
        self._spread()
        return self._result()

    def _match(self, key: Callable[[_Side, int], Hashable], *, alone: bool = False) -> bool:
        """Match nodes with equal keys, where these are as many on both sides (`alone`: one each).

        Several nodes with the same key can't be told apart: the first matches the first, and so on.
        """
        groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for place, side in enumerate((self._before, self._after)):
            for node in side.unmatched():
                groups[key(side, node)][place].append(node)
        changed = False
        for early, late in groups.values():
            if len(early) == len(late) and (len(early) == 1 or not alone):
                for old, new in zip(early, late, strict=True):
                    self._before.partner[old] = new
                    self._after.partner[new] = old
                changed = True
        return changed

    def _spread(self) -> None:
        """Match by neighbours that are already matched, until nothing changes."""
        while self._match(self._by_neighbours(), alone=True):
            pass

    def _by_neighbours(self) -> Callable[[_Side, int], Hashable]:
        # Of both sides by the nodes of the second one.
        from_before = dict(self._before.partner)
        from_after = {late: late for late in self._after.partner}

        def key(side: _Side, node: int) -> Hashable:
            known = from_before if side is self._before else from_after
            needed = _known(known, side.dependencies[node])
            uses = _known(known, side.dependents[node])
            if not needed and not uses:
                return (id(side), node)  # nothing is known of it
            return (side.labels[node], needed, uses)

        return key

    def _result(self) -> Matching:
        before, after = self._before, self._after
        left: dict[Label, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for place, side in enumerate((before, after)):
            for node in side.unmatched():
                left[side.labels[node]][place].append(node)
        bundles = {}
        removed: list[int] = []
        added: list[int] = []
        for label, (early, late) in left.items():
            if early and late:
                bundles[label[1]] = (tuple(early), tuple(late))
            else:
                removed += early
                added += late
        pairs = tuple(sorted(before.partner.items()))
        return Matching(pairs, bundles, tuple(sorted(removed)), tuple(sorted(added)))


def _known(partner: dict[int, int], nodes: Iterable[int]) -> frozenset[int]:
    return frozenset([partner[node] for node in nodes if node in partner])


def matched_names(before: Graph, after: Graph, pairs: Sequence[tuple[int, int]]) -> dict[str, str]:
    """The name of the partner of each matched node, by the name of the node."""
    return {before.names[old]: after.names[new] for old, new in pairs}
