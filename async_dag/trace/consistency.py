"""Whether a trace that was read contradicts itself: no effect before its cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from async_dag.errors import TraceFormatError
from async_dag.trace.fields import shown
from async_dag.trace.row_reader import ROUNDING
from async_dag.trace.trace import Trace

# By state: which of ready, started and finished are there.
_TIMES_OF: Final[dict[str, Sequence[tuple[bool, ...]]]] = {
    "waiting": [(False, False, False)],
    "ready": [(True, False, False)],
    "running": [(True, True, False)],
    "done": [(True, True, True)],
    "failed": [(True, True, True)],
    "cancelled": [(True, True, True)],
    "skipped": [(False, False, False), (True, False, False)],
    "reused": [(True, False, True), (True, True, True)],  # its value came from elsewhere
}


def check_consistency(trace: Trace, states: Sequence[str]) -> None:
    """Raises `TraceFormatError` if times, states, dependencies and causes can't belong together."""
    for node, state in enumerate(states):
        _check_times(trace, node, state)
        if state != "reused":
            _check_dependencies(trace, states, node)
    for node, cause in trace.causes.items():
        _check_cause(trace, states, node, cause)


def _check_times(trace: Trace, node: int, state: str) -> None:
    times = trace.ready[node], trace.started[node], trace.finished[node]
    ready, started, finished = times
    if started < ready or finished < ready or finished < started:  # false for NaN
        raise TraceFormatError(
            f"fields 'ready', 'started' and 'finished' of node {shown(trace.graph.names[node])} "
            f"are not in this order: {ready}, {started}, {finished}"
        )
    if tuple(time == time for time in times) not in _TIMES_OF[state]:
        raise TraceFormatError(
            f"field 'states[{node}]' is {state!r}, which the node's times contradict: ready "
            f"{ready}, started {started}, finished {finished}"
        )


def _check_dependencies(trace: Trace, states: Sequence[str], node: int) -> None:
    ready = trace.ready[node]
    if ready != ready:  # NaN: not yet
        return
    if states[node] == "failed" and trace.graph.kinds[node] != "task":
        return  # what it takes can't be used, whatever else it would have needed
    names = trace.graph.names
    over = (
        ("done", "reused", "failed", "cancelled", "skipped")
        if node in trace.graph.tolerant
        else ("done", "reused")
    )
    for needed in trace.graph.dependencies[node]:
        if states[needed] not in over:
            raise TraceFormatError(
                f"field 'ready[{node}]' says that node {shown(names[node])} had all that it needs at "
                f"{ready}, but {shown(names[needed])} is {states[needed]}"
            )
        if trace.finished[needed] > ready + ROUNDING:
            raise TraceFormatError(
                f"field 'ready[{node}]' is {ready}, before node {shown(names[needed])}, which "
                f"{shown(names[node])} depends on, had finished, at {trace.finished[needed]}"
            )


def _check_cause(trace: Trace, states: Sequence[str], node: int, cause: int) -> None:
    names = trace.graph.names
    if states[node] not in ("cancelled", "skipped"):
        raise TraceFormatError(
            f"field 'causes' says why node {shown(names[node])} was cut short, but it is {states[node]}"
        )
    if cause < 0:
        return
    if states[cause] != "failed":
        raise TraceFormatError(
            f"field 'causes' says that node {shown(names[node])} was cut short as "
            f"{shown(names[cause])} failed, but that is {states[cause]}"
        )
    if trace.finished[node] < trace.finished[cause] - ROUNDING:  # false for NaN
        raise TraceFormatError(
            f"field 'causes' says that node {shown(names[node])} was cut short as "
            f"{shown(names[cause])} failed, at {trace.finished[cause]}, but it had ended before, at "
            f"{trace.finished[node]}"
        )
