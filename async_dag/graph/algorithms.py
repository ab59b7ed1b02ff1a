"""Pure graph algorithms on a DAG given as indices: `dependencies[i]` holds the indices node i needs.

Everything here is iterative, so a chain of 100,000 nodes needs no recursion, and linear in nodes and
edges.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

Dependencies = Sequence[Sequence[int]]


def dependents_of(dependencies: Dependencies) -> list[list[int]]:
    """For each node the nodes that depend on it, in the order of their indices.

    >>> dependents_of([(), (0,), (0, 1)])
    [[1, 2], [2], []]
    """
    dependents: list[list[int]] = [[] for _ in dependencies]
    for node, needed in enumerate(dependencies):
        for dependency in needed:
            dependents[dependency].append(node)
    return dependents


def topological_order(dependencies: Dependencies) -> list[int]:
    """All nodes, each after everything it depends on (Kahn's algorithm, first come first).

    A node that is on a cycle, or depends on one, is left out; `find_cycle` names the cycle.

    >>> topological_order([(1,), (), (0,)])
    [1, 0, 2]
    """
    dependents = dependents_of(dependencies)
    missing = [len(needed) for needed in dependencies]
    ready = deque(node for node, count in enumerate(missing) if not count)
    order: list[int] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for dependent in dependents[node]:
            missing[dependent] -= 1
            if not missing[dependent]:
                ready.append(dependent)
    return order


def in_order(dependencies: Dependencies) -> Sequence[int]:
    """All nodes of a DAG, each after everything it depends on: as they stand, where that will do.

    Nodes mostly stand in such an order already; to see that takes a tenth of sorting them.

    >>> in_order([(), (0,), (0,)])
    range(0, 3)
    """
    if all(not needed or max(needed) < node for node, needed in enumerate(dependencies)):
        return range(len(dependencies))
    return topological_order(dependencies)


def find_cycle(dependencies: Dependencies) -> list[int] | None:
    """The nodes of one cycle, each a dependency of the next, the first one again at the end.

    None if the graph is a DAG.

    >>> find_cycle([(2,), (0,), (1,)])
    [0, 1, 2, 0]
    >>> find_cycle([(), (0,)]) is None
    True
    """
    order = topological_order(dependencies)
    if len(order) == len(dependencies):
        return None
    on_or_behind_cycle = set(range(len(dependencies))).difference(order)
    # Every node that is left has a dependency that is left too, so walking from dependency to
    # dependency must come back to a node already seen: from there on the walk is a cycle.
    node = min(on_or_behind_cycle)
    position: dict[int, int] = {}
    walk: list[int] = []
    while node not in position:
        position[node] = len(walk)
        walk.append(node)
        node = next(d for d in dependencies[node] if d in on_or_behind_cycle)
    cycle = walk[position[node] :]
    # The walk went from dependent to dependency; read it the other way, from the smallest index.
    cycle.reverse()
    first = cycle.index(min(cycle))
    cycle = cycle[first:] + cycle[:first]
    return [*cycle, cycle[0]]


def levels(dependencies: Dependencies) -> list[int]:
    """For each node its depth: the number of edges on the longest path that leads to it.

    Nodes of one level are what a wave of `asyncio.gather` runs at once.

    >>> levels([(), (), (0,), (1, 2)])
    [0, 0, 1, 2]
    """
    depth = [0] * len(dependencies)
    for node in topological_order(dependencies):
        needed = dependencies[node]
        if needed:
            depth[node] = 1 + max(depth[d] for d in needed)
    return depth


def remaining_path(dependencies: Dependencies, weights: Sequence[float]) -> list[float]:
    """For each node the weight of the heaviest path that starts with it, itself included.

    With durations as weights this is the time that must still pass once the node starts (the `bottom
    level` of list scheduling: Hu 1961, Graham 1969); with ones it counts hops.

    >>> remaining_path([(), (0,), (0,)], [1.0, 5.0, 2.0])
    [6.0, 5.0, 2.0]
    """
    longest_behind = [0.0] * len(dependencies)
    remaining = [0.0] * len(dependencies)
    for node in reversed(topological_order(dependencies)):
        path = remaining[node] = weights[node] + longest_behind[node]
        for dependency in dependencies[node]:
            if path > longest_behind[dependency]:
                longest_behind[dependency] = path
    return remaining


def reachable(neighbours: Dependencies, start: Sequence[int]) -> set[int]:
    """`start` and every node that can be reached from it along `neighbours`.

    Given dependencies these are the ancestors, given dependents the descendants.

    >>> sorted(reachable([(), (0,), ()], [1]))
    [0, 1]
    """
    seen = set(start)
    stack = list(seen)
    while stack:
        for neighbour in neighbours[stack.pop()]:
            if neighbour not in seen:
                seen.add(neighbour)
                stack.append(neighbour)
    return seen


def without_implied(dependencies: Dependencies) -> list[tuple[int, ...]]:
    """The dependencies, but for those that follow from others: the transitive reduction of a DAG.

    What depends on `b` depends on all that `b` does, so a dependency on that adds nothing to the order
    (Aho, Garey and Ullman 1972).

    >>> without_implied([(), (0,), (0, 1)])
    [(), (0,), (1,)]
    """
    above = [0] * len(dependencies)  # for each node all that it depends on, a bit each
    reduced: list[tuple[int, ...]] = [()] * len(dependencies)
    for node in topological_order(dependencies):
        implied = 0
        for dependency in dependencies[node]:
            implied |= above[dependency]
        reduced[node] = tuple(
            [dependency for dependency in dependencies[node] if not implied >> dependency & 1]
        )
        for dependency in reduced[node]:
            implied |= 1 << dependency
        above[node] = implied
    return reduced
