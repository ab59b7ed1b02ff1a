"""What nodes have in common where there are too many to show each: their group, or their function."""

from __future__ import annotations

import re

from async_dag.graph.graph import Graph

_NUMBER_BEHIND = re.compile(r"_\d+\Z")


def task_labels(graph: Graph) -> list[str]:
    """For each node the name that it shares with its like.

    That is its group if its user gave it one, else its function's name, else (a node that calls none)
    its own name without the number that makes it unique.
    """
    return [
        _label(name, group, origin.task)
        for name, group, origin in zip(graph.names, graph.groups, graph.origins, strict=True)
    ]


def _label(name: str, group: str | None, task: str | None) -> str:
    if group is not None:
        return group
    # `fetch_2` is the second node called `fetch`, made unique.
    function = (task or "").rpartition(".")[2]
    return function or _NUMBER_BEHIND.sub("", name)
