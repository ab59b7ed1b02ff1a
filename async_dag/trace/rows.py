"""A trace as rows, one a node, for a table: `pandas.DataFrame(trace.to_rows())`."""

from __future__ import annotations

from collections import Counter
from typing import TypedDict

from async_dag.graph.graph import Kind
from async_dag.trace.columns import NOT_CHOSEN, NOT_NEEDED, OUTSIDE, State
from async_dag.trace.trace import Trace


class TraceRow(TypedDict):
    """What a trace knows of one node; times in seconds since the invoke began, None for 'not yet'."""

    name: str
    kind: Kind
    state: State
    ready: float | None
    started: float | None
    finished: float | None
    duration: float | None  # from its start to its end
    held: float  # seconds in which it held the event loop
    # Seconds, at least, for which it could go on, but the loop was held; None if it awaited nothing.
    late: float | None
    attempts: int  # calls of its task; 0 if it never started
    cause: str | None  # the node that it was cancelled or skipped for, or why else
    error: str | None
    group: str | None
    limit: str | None
    task: str | None  # the qualified name of its function
    file: str | None
    line: int | None
    dependencies: list[str]  # names


def to_rows(trace: Trace) -> list[TraceRow]:
    """The rows that `Trace.to_rows` describes."""
    trace = trace if trace.over else trace.snapshot()
    graph = trace.graph
    attempts = Counter(attempt.node for attempt in trace.attempts)
    rows: list[TraceRow] = []
    for node, state in enumerate(trace.states):
        started, finished = _known(trace.started[node]), _known(trace.finished[node])
        is_over = started is not None and finished is not None
        ran = graph.kinds[node] == "task" and started is not None
        rows.append(
            {
                "name": graph.names[node],
                "kind": graph.kinds[node],
                "state": state,
                "ready": _known(trace.ready[node]),
                "started": started,
                "finished": finished,
                "duration": trace.finished[node] - trace.started[node] if is_over else None,
                "held": trace.held[node],
                "late": _known(trace.late[node]),
                "attempts": (attempts[node] or 1) if ran else 0,
                "cause": _cause(trace, node),
                "error": trace.errors.get(node),
                "group": graph.groups[node],
                "limit": graph.limits[node],
                "task": graph.origins[node].task,
                "file": graph.origins[node].file,
                "line": graph.origins[node].line,
                "dependencies": [graph.names[needed] for needed in graph.dependencies[node]],
            }
        )
    return rows


def _known(time: float) -> float | None:
    return time if time == time else None


def _cause(trace: Trace, node: int) -> str | None:
    cause = trace.causes.get(node)
    if cause is None:
        return None
    if cause == OUTSIDE:
        return "cancelled from outside"
    if cause == NOT_CHOSEN:
        return "not chosen"
    return "not needed" if cause == NOT_NEEDED else trace.graph.names[cause]
