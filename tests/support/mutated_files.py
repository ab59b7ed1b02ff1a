"""Trace files in which something was changed, of every version of the format; most are accepted."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from async_dag import Trace, TraceFormatError
from async_dag.trace.columns import STATES, WAIT_KINDS
from tests.support.hostile import hostile_texts

FILES = sorted((Path(__file__).parents[1] / "trace" / "golden").glob("*/*.json"))
DOCUMENTS: list[dict[str, Any]] = [json.loads(file.read_text(encoding="utf-8")) for file in FILES]

COLUMNS = ("ready", "started", "finished", "held", "late")
TABLES = ("long_steps", "late_steps", "calls", "waits", "attempts", "progress", "errors", "causes")
TIMES_IN = {
    "long_steps": (1, 2, 3),
    "late_steps": (1, 2, 3),
    "calls": (2, 3, 4),
    "waits": (2, 3),
    "attempts": (1, 2),
}
"""Where the rows of tables have seconds."""

Change = Callable[[st.DrawFn, dict[str, Any]], None]


def _rename(draw: st.DrawFn, document: dict[str, Any]) -> None:
    names = document["graph"]["names"]
    node = draw(st.integers(0, len(names) - 1))
    names[node] = draw(hostile_texts)
    assume(len(set(names)) == len(names))


def _reword(draw: st.DrawFn, document: dict[str, Any]) -> None:
    """Every other text that a file may have."""
    graph, text = document["graph"], draw(hostile_texts)
    node = draw(st.integers(0, len(graph["names"]) - 1))
    what = draw(st.sampled_from(["task", "file", "group", "limit", "error", "attempt", "progress"]))
    if what in ("task", "file"):
        graph["origins"][node] = list(graph["origins"][node])
        graph["origins"][node][what == "file"] = text
    elif what in ("group", "limit"):
        graph[f"{what}s"][node] = text
    elif what == "error":
        document["errors"] = [[row[0], text] for row in document["errors"]] or [[node, text]]
    elif what == "attempt":
        document["attempts"] = [[*row[:3], text] for row in document["attempts"]]
    else:
        document["progress"].append([node, draw(_numbers), draw(st.none() | _numbers), text])


_numbers = st.floats(-1e300, 1e300) | st.sampled_from([0.0, -0.0, 1e-300, 1e300, 5e-324])


def _scale(draw: st.DrawFn, document: dict[str, Any]) -> None:
    """A run of nanoseconds, or of a century."""
    factor = draw(st.sampled_from([1e-15, 1e-9, 1e-6, 1e-3, 60.0, 86_400.0, 1e9]))
    document["elapsed"] *= factor
    for column in COLUMNS:
        if column in document:
            document[column] = [None if t is None else t * factor for t in document[column]]
    for table, places in TIMES_IN.items():
        for row in document.get(table, ()):
            for place in places:
                if place < len(row) and row[place] is not None:
                    row[place] *= factor


def _move_time(draw: st.DrawFn, document: dict[str, Any]) -> None:
    column = document[draw(st.sampled_from([name for name in COLUMNS if name in document]))]
    node = draw(st.integers(0, len(column) - 1))
    other = draw(st.sampled_from([0.0, 1e-9, 0.5, document["elapsed"]]))
    column[node] = other if column[node] is not None else draw(st.sampled_from([None, other]))


def _stretch_row(draw: st.DrawFn, document: dict[str, Any]) -> None:
    tables = [name for name in TIMES_IN if document.get(name)]
    assume(tables)
    table = draw(st.sampled_from(tables))
    row = draw(st.sampled_from(document[table]))
    place = draw(st.sampled_from([place for place in TIMES_IN[table] if place < len(row)]))
    row[place] = draw(st.sampled_from([0.0, 1e-9, 0.25, document["elapsed"]]))


def _other_row(draw: st.DrawFn, document: dict[str, Any]) -> None:
    """A row less, one twice, or one of another node."""
    tables = [name for name in TABLES if document.get(name)]
    assume(tables)
    rows = document[draw(st.sampled_from(tables))]
    place = draw(st.integers(0, len(rows) - 1))
    how = draw(st.sampled_from(["drop", "double", "move"]))
    if how == "drop":
        del rows[place]
    elif how == "double":
        rows.append(copy.deepcopy(rows[place]))
    else:
        rows[place][0] = draw(st.integers(0, len(document["states"]) - 1))


def _other_kind(draw: st.DrawFn, document: dict[str, Any]) -> None:
    graph = document["graph"]
    node = draw(st.integers(0, len(graph["kinds"]) - 1))
    graph["kinds"][node] = draw(st.sampled_from(["task", "collect", "immediate", "parameter"]))
    for wait in document["waits"]:
        wait[1] = draw(st.sampled_from(list(WAIT_KINDS)))


def _other_state(draw: st.DrawFn, document: dict[str, Any]) -> None:
    node = draw(st.integers(0, len(document["states"]) - 1))
    document["states"][node] = draw(st.sampled_from(STATES))


def _other_edge(draw: st.DrawFn, document: dict[str, Any]) -> None:
    dependencies = document["graph"]["dependencies"]
    node = draw(st.integers(0, len(dependencies) - 1))
    others = st.lists(st.integers(0, max(node - 1, 0)), max_size=3, unique=True)
    dependencies[node] = draw(others) if node else []


def _other_machine(draw: st.DrawFn, document: dict[str, Any]) -> None:
    document["max_concurrency"] = draw(st.none() | st.integers(1, 10**30))
    document["wall_start"] = draw(_numbers | st.integers(-(10**18), 10**18))
    if document["version"] > 1:
        document["processors"] = draw(st.none() | st.integers(1, 10**30))
        document["has_lock"] = draw(st.booleans())
        document["knows_lateness"] = draw(st.booleans())
        if draw(st.booleans()):
            document["machine_busy"] = draw(_numbers)
        for row in document["calls"]:
            row[5] = draw(st.none() | st.integers(0, 10**30))


CHANGES: tuple[Change, ...] = (
    _rename,
    _reword,
    _scale,
    _move_time,
    _stretch_row,
    _other_row,
    _other_kind,
    _other_state,
    _other_edge,
    _other_machine,
)


@st.composite
def mutated_traces(draw: st.DrawFn) -> Trace:
    """What is read of such a file; files that are refused are left out."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4)):
        change(draw, document)
    try:
        return Trace.from_json(json.dumps(document))
    except TraceFormatError:
        assume(False)
        raise
