"""What `trace.columns` declares is everywhere: one test for each place that must know of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from async_dag import Trace
from async_dag.trace.columns import (
    COLUMNS,
    STATES,
    TABLES,
    WAIT_KINDS,
    Attempt,
    Call,
    Lane,
    LateStep,
    Move,
    Progress,
    Step,
    Table,
    Wait,
    by_node,
)
from async_dag.trace.packed import pack, unpack
from async_dag.workbench.feed.updates import Update, UpdateSource
from tests.support.made_traces import Bar, made_graph

PROTOCOL = Path(__file__).parents[2] / "frontend" / "src" / "state" / "protocol.ts"

#: A row for each table; a new table needs one here, and the tests below then ask for the rest.
ROWS: dict[str, Any] = {
    "long_steps": [Step(0, 0.0, 0.5, 0.4)],
    "late_steps": [LateStep(0, 0.25, 0.1, 0.2)],
    "calls": [Call(0, "thread", 0.0, 0.25, 0.1, 20, 0.05)],
    "waits": [Wait(0, "slot", 0.0, 0.25)],
    "attempts": [Attempt(0, 0.0, 0.5, "OSError: gone", 0, 5)],
    "causes": {1: 0},
    "errors": {0: "OSError: gone"},
    "progress": {0: Progress(1.0, 2.0, "half")},
    "lane_of": {0: 1},
    "sizes": {0: 20_000_000},
    "moves": [Move(0, 0, 1, 0.25, 0.5, 20_000_000)],
}


def full_trace(*, over: bool = True) -> Trace:
    """A failed run in which every column and every table has something."""
    trace = Trace(made_graph([Bar("a"), Bar("b", needs=(0,))]), clock=lambda: 0.5)
    trace.began = 0.0
    trace.ready[0], trace.started[0], trace.finished[0] = 0.0, 0.0, 0.5
    trace.held[0] = 0.5
    trace.late[0] = 0.125
    trace.outcomes.update({0: "failed", 1: "skipped"})
    trace.lanes = [Lane("worker 0", 2, 0.0, float("nan")), Lane("worker 1", 2, 0.0, 0.5, "here", 8)]
    for name, rows in ROWS.items():
        setattr(trace, name, rows.copy())
    if over:
        trace.close(0.5)
    return trace


def test_there_is_a_row_for_every_table_here() -> None:
    """A table that is new in `columns` makes this file ask for an example of it."""
    assert list(ROWS) == [table.name for table in TABLES]


def test_json_keeps_the_machines_of_workers() -> None:
    """What is known of a worker comes back; fields that were unknown are not written."""
    trace = full_trace()
    lanes = json.loads(trace.to_json())["lanes"]
    assert lanes == [["worker 0", 2, 0.0, None], ["worker 1", 2, 0.0, 0.5, "here", 8]]
    assert str(Trace.from_json(trace.to_json()).lanes) == str(trace.lanes)
    assert str(unpack(trace.graph, pack(trace)).lanes) == str(trace.lanes)


@pytest.mark.parametrize("name", [*(c.name for c in COLUMNS), *(t.name for t in TABLES)])
def test_json_keeps_it(name: str) -> None:
    """A column or table comes back from JSON as it was written."""
    trace = full_trace()
    document = json.loads(trace.to_json())
    assert name in document
    again = getattr(Trace.from_json(trace.to_json()), name)
    assert str(again) == str(getattr(trace, name))


@pytest.mark.parametrize("name", [*(c.name for c in COLUMNS), *(t.name for t in TABLES)])
def test_snapshot_keeps_it(name: str) -> None:
    """A snapshot of a run that goes on has all that the run has."""
    trace = full_trace(over=False)
    assert str(list(getattr(trace.snapshot(), name))) == str(list(getattr(trace, name)))


@pytest.mark.parametrize("name", [*(c.name for c in COLUMNS), *(t.name for t in TABLES)])
def test_the_docstring_of_trace_explains_it(name: str) -> None:
    """Whoever asks for `help(Trace)` finds every column and table."""
    assert re.search(rf"^ *{name}: ", Trace.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_rows_and_frames_have_the_column(column: Any) -> None:
    """A table of nodes and a frame for the page have every column of numbers."""
    trace = full_trace()
    assert column.name in trace.to_rows()[0]
    assert column.name in Update.__dataclass_fields__
    frame = UpdateSource(trace).look()
    assert getattr(frame, column.name)[0] == getattr(trace, column.name)[0]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_feed_has_the_table(table: Table) -> None:
    """What is in a sparse table is among the events of a frame."""
    assert UpdateSource(full_trace()).look().events[table.event]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_protocol_of_the_page_has_the_table(table: Table) -> None:
    """`Events` of protocol.ts names the table and the fields of its rows."""
    source = PROTOCOL.read_text(encoding="utf-8")
    events = re.search(r"export interface Events \{(.*?)\n\}", source, re.DOTALL)
    assert events is not None
    declared = re.search(
        rf"^  {table.event}\?: \[(.*?)\]\[\];", events[1], re.MULTILINE | re.DOTALL
    )
    assert declared is not None, f"protocol.ts: Events has no {table.event}"
    names = re.findall(r"(\w+): ", declared[1])
    assert [name for name in names if name != "place"][: len(table.fields)] == [*table.fields]


def test_the_protocol_of_the_page_has_the_columns_the_states_and_the_waits() -> None:
    """The buffers of a frame, the numbers of states and the kinds of waits are those of Python."""
    source = PROTOCOL.read_text(encoding="utf-8")
    buffers = re.search(r"Buffers, all of one length:(.*?)\*/", source, re.DOTALL)
    assert buffers is not None
    names = re.findall(r"\d: \w+ (\w+)", buffers[1])
    assert set(names) == {"rows", "states", *(column.name for column in COLUMNS)}
    states = re.search(r"export const STATES = \[(.*?)\]", source, re.DOTALL)
    assert states is not None
    assert tuple(re.findall(r'"(\w+)"', states[1])) == STATES
    kinds = re.search(r"waits\?: .*?kind: ([^,]*),", source, re.DOTALL)
    assert kinds is not None
    assert re.findall(r'"(\w+)"', kinds[1]) == list(WAIT_KINDS)


def test_by_node_keeps_the_order_of_rows() -> None:
    """Grouped by node, rows stand in the order in which they were written."""
    rows = [Step(2, 0.0, 1.0), Step(0, 1.0, 1.0), Step(2, 2.0, 1.0)]
    assert by_node(rows) == {2: [rows[0], rows[2]], 0: [rows[1]]}
    assert by_node([]) == {}
