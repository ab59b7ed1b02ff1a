"""The graph as the page gets it, once: columns as JSON, with bundles where there are many nodes."""

from __future__ import annotations

from typing import Any, Final

from async_dag.graph.bundling import Bundling, bundle
from async_dag.graph.graph import KINDS, Graph
from async_dag.workbench.feed.texts import line_of

MOST_BOXES: Final = 150
"""Nodes that are drawn one by one; of more, those that look alike become one box and one row."""

MOST_EDGES: Final = 450
"""The same for dependencies."""


def bundling_of(graph: Graph) -> Bundling | None:
    """How the page bundles the graph; None where each node has a box and a row of its own."""
    if len(graph) <= MOST_BOXES and sum(map(len, graph.dependencies)) <= MOST_EDGES:
        return None
    return bundle(graph)


def graph_payload(graph: Graph, bundling: Bundling | None) -> dict[str, Any]:
    """`Graph` of the protocol.

    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> made = graph_payload(tm.graph, None)
    >>> made["names"], made["kinds"], made["dependencies"], made["origin"]
    (['one'], [0], [[]], [0])
    """
    origins: dict[Any, int] = {}
    origin = [
        -1 if one.task is None else origins.setdefault(one, len(origins)) for one in graph.origins
    ]
    kind_numbers = {kind: number for number, kind in enumerate(KINDS)}
    return {
        "names": [line_of(name) for name in graph.names],
        "kinds": [kind_numbers[kind] for kind in graph.kinds],
        "dependencies": [list(needed) for needed in graph.dependencies],
        "origins": [
            [
                None if one.task is None else line_of(one.task),
                None if one.file is None else line_of(one.file),
                one.line,
            ]
            for one in origins
        ],
        "origin": origin,
        "groups": _texts(graph.groups),
        "limits": _texts(graph.limits),
        "bundles": None
        if bundling is None
        else [
            {
                "title": line_of(one.title),
                "kind": kind_numbers[one.kind],
                "members": list(one.members),
                "dependencies": list(bundling.dependencies[index]),
            }
            for index, one in enumerate(bundling.bundles)
        ],
        "notes": _notes(graph, bundling),
    }


def _texts(column: tuple[str | None, ...]) -> list[str | None] | None:
    """A column that says something, else None."""
    if not any(one is not None for one in column):
        return None
    return [None if one is None else line_of(one) for one in column]


def _notes(graph: Graph, bundling: Bundling | None) -> list[str]:
    """What the picture does not show one by one."""
    if bundling is None:
        return []
    return [
        f"{len(graph):,} nodes in {len(bundling):,} bundles of the same task; click one to open it"
    ]
