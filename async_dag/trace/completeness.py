"""What of a run is complete: whether it ran all that it was to run, and which maps it left off."""

from __future__ import annotations

from async_dag.trace.columns import NOT_CHOSEN
from async_dag.trace.trace import Trace


def is_complete(trace: Trace) -> bool:
    """Whether a run that is over left out at most what no choice took."""
    outcomes = trace.outcomes
    if not outcomes:
        return True
    causes = trace.causes
    return all(
        state == "skipped" and causes.get(node) == NOT_CHOSEN for node, state in outcomes.items()
    )


def not_chosen(trace: Trace) -> frozenset[int]:
    """The nodes that never started since no choice took them.

    >>> from async_dag import Graph
    >>> not_chosen(Trace(Graph.of([], [], [], [], [])))
    frozenset()
    """
    return frozenset([node for node, cause in trace.causes.items() if cause == NOT_CHOSEN])


def left_off(trace: Trace) -> frozenset[int]:
    """The maps and folds that have no value although some of their items ran, or were reused.

    >>> from async_dag import Graph
    >>> left_off(Trace(Graph.of([], [], [], [], [])))
    frozenset()
    """
    started, outcomes = trace.started, trace.outcomes
    maps = {birth.node for birth in trace.births if outcomes.get(birth.node) == "skipped"}
    return frozenset(
        birth.node
        for birth in trace.births
        if birth.node in maps
        and any(
            started[row] == started[row] or outcomes.get(row) == "reused"  # not NaN
            for row in range(birth.first, birth.first + birth.size)
        )
    )
