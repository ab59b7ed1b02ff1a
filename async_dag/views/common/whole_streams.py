"""A run in which what streams is one task, as people count it: not one for each of its values.

The graph of a run splits a streaming node at its yields, so that what takes a value depends on that
part alone. Pictures show the node as one bar, from the start of its first part to its own end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from async_dag.graph.graph import Kind
from async_dag.graph.unrolled import Items, is_part_of_stream
from async_dag.trace.columns import TABLES
from async_dag.trace.trace import Trace


def parts_of_streams(trace: Trace) -> dict[int, list[int]]:
    """By the row of what streams those of its parts, in their order."""
    template = trace.template
    streams = [one for one in trace.births if one.size and is_part_of_stream(template, one)]
    items = Items(trace.births if streams else ())
    parts: dict[int, list[int]] = {}
    for birth in streams:
        is_node = template.kinds[birth.node] == "task"
        row = birth.node if is_node else items.row(birth.node, birth.path)
        if row is not None:
            parts.setdefault(row, []).extend(range(birth.first, birth.first + birth.size))
    return parts


def with_whole_streams(trace: Trace, parts: Mapping[int, Sequence[int]]) -> Trace:
    """A copy of a closed trace in which parts are no tasks: what streams took as long as they did."""
    if not parts:
        return trace
    whole = trace.copied()
    owners = {part: row for row, those in parts.items() for part in those}
    for name in ("ready", "started", "held", "late"):
        column = list(getattr(trace, name))
        for row, those in parts.items():
            known = [column[part] for part in those if column[part] == column[part]]  # not NaN
            if known:
                column[row] = sum(known) if name in ("held", "late") else min(known)
        setattr(whole, name, column)
    whole.finished = list(trace.finished)
    for table in TABLES:
        rows = getattr(trace, table.name)
        setattr(whole, table.name, _moved(rows, owners))
    whole.outcomes = _moved(trace.outcomes, owners)
    whole.causes = {row: owners.get(cause, cause) for row, cause in whole.causes.items()}
    whole.holder = owners.get(trace.holder, trace.holder)
    kinds: list[Kind] = list(trace.graph.kinds)
    for row, those in parts.items():
        kinds[row] = "task"
        for part in those:
            kinds[part] = "collect"
    whole.graph = copy(trace.graph)
    whole.graph.__dict__["kinds"] = tuple(kinds)
    return whole


def _moved(table: Any, owners: Mapping[int, int]) -> Any:
    """A sparse table with what befell parts told of what streams them."""
    if isinstance(table, dict):
        own = {row: value for row, value in table.items() if row not in owners}
        for row, value in table.items():
            if row in owners:
                own.setdefault(owners[row], value)
        return own
    return [row._replace(node=owners.get(row.node, row.node)) for row in table]
