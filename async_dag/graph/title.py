"""What a graph is called, and which of its nodes take time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from async_dag.graph.graph import Graph

TIMED: Final = ("task", "map")
"""The kinds of nodes that take time. Of a map it is that from its first item's start to its end."""


def title_of(graph: Graph) -> str:
    """What a graph is called: after the one file its functions are in, else after what it ends with."""
    files = {origin.file for origin in graph.origins if origin.file}
    if len(files) == 1:
        stem = Path(files.pop()).stem
        if stem.isidentifier() and stem not in ("__main__", "__init__"):
            return stem
    return ends_of(graph)


def ends_of(graph: Graph) -> str:
    """The nodes that a graph ends with: what tells it from others of the same file.

    >>> from async_dag import build_dag
    >>> async def load() -> None: ...
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(load), tm.options(name="check").add_node(load)
    >>> ends_of(tm.graph)
    'load, check'
    """
    needed = {node for dependencies in graph.dependencies for node in dependencies}
    ends = [
        name
        for node, (name, kind) in enumerate(zip(graph.names, graph.kinds, strict=True))
        if kind in TIMED and node not in needed
    ]
    return ", ".join(ends[:2]) + (", …" if len(ends) > 2 else "") or "no task"
