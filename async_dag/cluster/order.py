"""The order in which nodes are handed to the scheduler: depth first, so that values are soon used."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence


def depth_first(dependencies: Sequence[Sequence[int]], nodes: Collection[int]) -> Iterator[int]:
    """The nodes in an order in which each stands behind what it needs, and one chain behind the other.

    Handed over breadth first, all first nodes of sixty chains would run before the second one of any,
    and all of their values lie in memory at once.

    >>> list(depth_first([(), (), (0,), (1,), (2, 3)], range(5)))
    [0, 2, 1, 3, 4]
    """
    among = nodes if isinstance(nodes, (set, frozenset, range)) else frozenset(nodes)
    needed = {other for node in among for other in dependencies[node]}
    seen: set[int] = set()
    for end in among:
        if end in needed:
            continue
        stack = [(end, iter(dependencies[end]))]
        seen.add(end)
        while stack:
            node, rest = stack[-1]
            for other in rest:
                if other in among and other not in seen:
                    seen.add(other)
                    stack.append((other, iter(dependencies[other])))
                    break
            else:
                stack.pop()
                yield node
