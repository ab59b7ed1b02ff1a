"""A run with maps as one of the manager's nodes alone: a map is one row, whatever its items were.

How many items a map has differs from run to run, so only so can runs be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from async_dag.trace.columns import TIME_COLUMNS
from async_dag.trace.durations import HELD, STARTED, columns_of
from async_dag.trace.trace import Trace

T = TypeVar("T")


def collapsed(trace: Trace) -> Trace:
    """The closed trace with a row for each map, from the start of its first item to its own end.

    A trace without maps and choices is returned as it is. What items waited for, their attempts and
    so on are left out, as are the slots of the run: they were those of the items.
    """
    if trace.graph is trace.template:
        return trace
    if not trace.births:  # its graph says who was chosen by whom, which differs from run to run
        copy = trace.copied()
        copy.graph = copy.template = trace.template
        return copy
    size = len(trace.template)
    columns = [list(column[:size]) for column in columns_of(trace)]
    rows: dict[int, list[int]] = defaultdict(list)
    for birth in trace.births:
        rows[birth.node] += range(birth.first, birth.first + birth.size)
    started, held = columns_of(trace)[STARTED], columns_of(trace)[HELD]
    for node, items in rows.items():
        starts = [started[row] for row in items if started[row] == started[row]]  # not NaN
        if starts:
            columns[STARTED][node] = min(starts)
        columns[HELD][node] = sum([held[row] for row in items])
    copy = Trace(trace.template, clock=_no_time)
    for name, column in zip(TIME_COLUMNS, columns, strict=True):
        setattr(copy, name, column)
    copy.wall_start = trace.wall_start
    copy.processors, copy.has_lock = trace.processors, trace.has_lock
    copy.computed_elsewhere = trace.computed_elsewhere
    copy.machine_busy = trace.machine_busy
    copy.knows_lateness = trace.knows_lateness
    copy.outcomes = _of_nodes(trace.outcomes, size)
    copy.causes = {
        node: cause if cause < size else trace.node_at(cause)
        for node, cause in _of_nodes(trace.causes, size).items()
    }
    copy.errors = _of_nodes(trace.errors, size)
    _fail_maps(copy, trace, rows)
    copy.close(trace.elapsed)
    return copy


def _fail_maps(copy: Trace, trace: Trace, rows: Mapping[int, Sequence[int]]) -> None:
    """A map without an end failed as its first item that did."""
    for node, items in rows.items():
        failed = [row for row in items if trace.outcomes.get(row) == "failed"]
        if node in copy.outcomes and failed:
            first = min(failed, key=trace.finished.__getitem__)
            copy.outcomes[node] = "failed"
            copy.finished[node] = trace.finished[first]
            copy.errors[node] = trace.errors.get(first, "")
            copy.causes.pop(node, None)


def _of_nodes(table: Mapping[int, T], size: int) -> dict[int, T]:
    return {node: value for node, value in table.items() if node < size}


def _no_time() -> float:
    return 0.0
