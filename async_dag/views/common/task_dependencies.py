"""Which tasks a task depends on, skipping nodes that only pass values on."""

from __future__ import annotations

from async_dag.graph.graph import Graph


def task_dependencies(graph: Graph, node: int) -> list[int]:
    """The tasks that `node` depends on, each once; for a collect node, the tasks it collects."""
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
