"""The lists of maps in the diagram of a run: one that nothing takes is not worth a box.

In the graph of a run a map is the list of its items. Most maps only go on element by element, so that
nothing takes the list, and its arrows would cross the whole picture.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from async_dag.graph.bundling import Bundling
from async_dag.graph.graph import Graph

MOST_ITEMS: Final = 8
"""With `detail="auto"`, maps with more items are drawn as bundles."""

_PATH: Final = re.compile(r"\[\d+(,\d+)*\]")


def lists_of_maps(graph: Graph) -> list[int]:
    """The nodes of the graph of a run that are lists of the items of maps, also of one from a file.

    (What `collect` makes calls no task.)
    """
    return [
        node
        for node, kind in enumerate(graph.kinds)
        if kind == "collect" and (node in graph.maps or graph.origins[node].task is not None)
    ]


def untaken_lists(graph: Graph) -> frozenset[int]:
    """Those of these lists that nothing takes, be it as the side of a choice.

    Nor the list of what was given to a DAG that runs for each element, or put together there.
    """
    lists = lists_of_maps(graph)
    lists += [
        node
        for node, scope in enumerate(graph.within if graph.scopes else ())
        if scope is not None
        and graph.scopes[scope].kind == "map"
        and graph.kinds[node] == "collect"
    ]
    if not lists:
        return frozenset()
    taken = {needed for dependencies in graph.dependencies for needed in dependencies}
    taken.update(*(part for choice in graph.choices.values() for part in choice.parts))
    return frozenset(lists) - taken


def has_wide_maps(graph: Graph) -> bool:
    """Whether maps of a run have more items than a diagram shows well one by one."""
    if not lists_of_maps(graph):
        return False
    counts = Counter(_PATH.sub("", name) for name in graph.names if "[" in name)
    return max(counts.values(), default=0) > MOST_ITEMS


def without(bundling: Bundling, nodes: frozenset[int]) -> Bundling:
    """The bundling without the bundles of these nodes, on which no others depend."""
    kept = [
        index
        for index, bundle in enumerate(bundling.bundles)
        if not nodes.issuperset(bundle.members)
    ]
    if len(kept) == len(bundling):
        return bundling
    place = {index: number for number, index in enumerate(kept)}
    return Bundling(
        tuple(bundling.bundles[index] for index in kept),
        tuple(place.get(own, -1) for own in bundling.of),
        tuple(tuple(place[needed] for needed in bundling.dependencies[index]) for index in kept),
        tuple(bundling.inner[index] for index in kept),
    )
