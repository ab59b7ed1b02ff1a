"""The graph as it is sent to the page, once: columns as JSON, with bundles if there are many nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from async_dag.graph.algorithms import without_implied
from async_dag.graph.bundling import Bundling
from async_dag.graph.choice_parts import kind_shown
from async_dag.graph.choices import with_left_sides
from async_dag.graph.graph import KINDS, Graph
from async_dag.manager.manager import TaskManager
from async_dag.nodes.arguments import options_of
from async_dag.nodes.limits import limit_size
from async_dag.workbench.feed.texts import line_of

MOST_DRAWN: Final = 200
"""Dependencies between bundles of which all are drawn; of more, those alone that follow from no others.

It takes dot seconds to place a few hundred that cross everything, and nobody could follow one.
"""


def drawn_dependencies(graph: Graph, bundling: Bundling | None) -> Sequence[Sequence[int]]:
    """For each box of the picture the boxes that it has an arrow from."""
    if bundling is None:
        return with_left_sides(graph.dependencies, graph.choices)
    dependencies = with_left_sides(bundling.dependencies, graph.choices, bundling.of)
    return (
        without_implied(dependencies) if sum(map(len, dependencies)) > MOST_DRAWN else dependencies
    )


def frame_titles(graph: Graph) -> Sequence[str | None]:
    """Of each node what the frame is called that it is in: its sub-DAG, else its group.

    Of sub-DAGs within sub-DAGs it is the outermost: a panel that folds frames has one level of them.
    """
    if not graph.scopes:
        return graph.groups
    outermost: list[str] = []  # a scope stands behind the one around it
    for name, _, parent in graph.scopes:
        outermost.append(name if parent is None else outermost[parent])
    return [
        group if scope is None else outermost[scope]
        for group, scope in zip(graph.groups, graph.within, strict=True)
    ]


def limit_sizes(manager: TaskManager[Any]) -> dict[str, str]:
    """How many may be within each limit of a manager at once, by name, as far as they tell."""
    sizes: dict[str, str] = {}
    for name, node in zip(manager.graph.limits, manager.compiled.nodes, strict=False):
        options = None if name is None or name in sizes else options_of(node)
        size = None if options is None else limit_size(options.limit)
        if name is not None and size is not None:
            sizes[name] = size
    return sizes


def graph_payload(
    graph: Graph, bundling: Bundling | None, limits: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`Graph` of the protocol; `limits` has the sizes of limits by name."""
    bundles = (
        ()
        if bundling is None
        else with_left_sides(bundling.dependencies, graph.choices, bundling.of)
    )
    origins: dict[Any, int] = {}
    origin = [
        -1 if origin.task is None else origins.setdefault(origin, len(origins))
        for origin in graph.origins
    ]
    kind_numbers = {kind: number for number, kind in enumerate(KINDS)}
    return {
        "names": [line_of(name) for name in graph.names],
        "kinds": [kind_numbers[kind_shown(graph, node)] for node in range(len(graph))],
        "dependencies": [
            list(needed) for needed in with_left_sides(graph.dependencies, graph.choices)
        ],
        "choices": [[node, *choice.parts] for node, choice in graph.choices.items()] or None,
        "origins": [
            [
                None if origin.task is None else line_of(origin.task),
                None if origin.file is None else line_of(origin.file),
                origin.line,
            ]
            for origin in origins
        ],
        "origin": origin,
        "groups": _texts(graph.groups),
        "frames": _texts(frame_titles(graph)),
        "limits": _texts([_limit_text(name, limits or {}) for name in graph.limits]),
        "bundles": None
        if bundling is None
        else [
            {
                "title": line_of(bundle.title),
                "kind": kind_numbers[kind_shown(graph, bundle.members[0])],
                "members": list(bundle.members),
                "dependencies": list(bundles[index]),
            }
            for index, bundle in enumerate(bundling.bundles)
        ],
        "notes": _notes(graph, bundling),
    }


def _limit_text(name: str | None, sizes: Mapping[str, str]) -> str | None:
    return f"{name} ({sizes[name]})" if name is not None and name in sizes else name


def _texts(column: Sequence[str | None]) -> list[str | None] | None:
    """The texts of a column; None if it has none."""
    if not any(text is not None for text in column):
        return None
    return [None if text is None else line_of(text) for text in column]


def _notes(graph: Graph, bundling: Bundling | None) -> list[str]:
    """Notes on what the picture does not show in full."""
    if bundling is None:
        return []
    notes = []
    if len(bundling) < len(graph):  # else no two nodes have the same task
        bundles = f"{len(bundling):,} bundles of the same task"
        notes.append(f"{len(graph):,} nodes in {bundles}; click one to open it")
    drawn = drawn_dependencies(graph, bundling)
    if left_out := sum(map(len, bundling.dependencies)) - sum(map(len, drawn)):
        notes.append(f"{left_out:,} arrows that follow from others are not drawn")
    return notes
