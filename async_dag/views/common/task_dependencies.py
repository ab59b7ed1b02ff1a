"""Which tasks a task depends on, skipping nodes that only pass values on."""

from __future__ import annotations

from async_dag.graph.graph import Graph


def task_dependencies(graph: Graph, node: int) -> list[int]:
    """The tasks that `node` depends on, each once; for a collect node, the tasks it collects.

    >>> from async_dag.graph.graph import Origin
    >>> origin = Origin(None, None, None)
    >>> graph = Graph.of(
    ...     ["a", "b", "all", "end"], ["task", "task", "collect", "task"],
    ...     [(), (), (0, 1), (2, 0)], [origin] * 4, [None] * 4,
    ... )
    >>> task_dependencies(graph, 3)
    [0, 1]
    """
    tasks: dict[int, None] = {}
    seen: set[int] = set()
    left = [*reversed(graph.dependencies[node])]
    while left:
        needed = left.pop()
        if needed in seen:
            continue
        seen.add(needed)
        if graph.kinds[needed] == "task":
            tasks[needed] = None
        else:
            left += reversed(graph.dependencies[needed])
    return sorted(tasks)
