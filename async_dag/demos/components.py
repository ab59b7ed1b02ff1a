"""Strongly connected components, which run as one node where a graph has cycles."""

from __future__ import annotations

from collections.abc import Sequence


def strong_components(dependencies: Sequence[Sequence[int]]) -> list[list[int]]:
    """The nodes grouped so that all of one group depend on each other, directly or not.

    A node on no cycle is a group of its own. Each group comes after every group that it depends
    on, and holds its nodes in ascending order. This is Tarjan's algorithm (1972), iterative, so a
    chain of any length is fine; linear in nodes and edges.

    >>> strong_components([[1], [2], [1], [0]])
    [[1, 2], [0], [3]]
    """
    unseen = -1
    reached = [unseen] * len(dependencies)  # when the node was first reached
    lowest = [unseen] * len(dependencies)  # the earliest open node that it can reach
    is_open = [False] * len(dependencies)
    open_nodes: list[int] = []
    components: list[list[int]] = []
    clock = 0

    for start in range(len(dependencies)):
        if reached[start] != unseen:
            continue
        # Each entry is a node being visited and the dependencies that it has still to look at.
        visiting = [(start, iter(dependencies[start]))]
        reached[start] = lowest[start] = clock
        clock += 1
        open_nodes.append(start)
        is_open[start] = True
        while visiting:
            node, rest = visiting[-1]
            for dependency in rest:
                if reached[dependency] == unseen:
                    reached[dependency] = lowest[dependency] = clock
                    clock += 1
                    open_nodes.append(dependency)
                    is_open[dependency] = True
                    visiting.append((dependency, iter(dependencies[dependency])))
                    break
                if is_open[dependency]:
                    lowest[node] = min(lowest[node], reached[dependency])
            else:
                visiting.pop()
                if visiting:
                    parent = visiting[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[node])
                if lowest[node] == reached[node]:
                    # Nothing earlier can be reached: all that opened since are one component.
                    component: list[int] = []
                    while not component or component[-1] != node:
                        component.append(open_nodes.pop())
                        is_open[component[-1]] = False
                    components.append(sorted(component))
    return components
