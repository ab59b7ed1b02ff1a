"""`with_barriers`: the dependencies of a run had each map waited for all of the one before."""

from __future__ import annotations

from collections.abc import Sequence

from async_dag.trace.trace import Trace


def with_barriers(trace: Trace, dependencies: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """Instead of an item of another map its whole list."""
    size = len(trace.template)
    node_of = [trace.node_at(row) for row in range(len(dependencies))]
    return [
        needed
        if row < size
        else tuple(
            dict.fromkeys(
                dependency if node_of[dependency] == node_of[row] else node_of[dependency]
                for dependency in needed
            )
        )
        for row, needed in enumerate(dependencies)
    ]
