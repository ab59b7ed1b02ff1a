"""Files of every version of the format, as that version wrote them: they are read for good."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from async_dag import Trace
from async_dag.graph.choices import Choice
from async_dag.trace.columns import (
    COLUMNS,
    NOT_CHOSEN,
    TABLES,
    Attempt,
    Call,
    LateStep,
    Step,
    Wait,
)
from async_dag.trace.json import OLDEST, VERSION

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*/*.json"))


def test_every_version_has_its_files() -> None:
    """A new version of the format comes with files of its own, and the old ones stay."""
    kinds = {"complete", "failed", "running", "reused"}
    for version in range(OLDEST, VERSION + 1):
        if version == 2:
            kinds = {*kinds, "dynamic"}
        assert {file.stem for file in (GOLDEN / f"version_{version}").iterdir()} == kinds


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_version_is_read(file: Path) -> None:
    """What the file says comes back in full, and in today's version means the same."""
    document = json.loads(file.read_text(encoding="utf-8"))
    trace = Trace.load(file)
    assert trace.graph.names == tuple(document["graph"]["names"])
    assert trace.states == document["states"]
    assert (trace.elapsed, trace.wall_start) == (document["elapsed"], document["wall_start"])
    for column in ("ready", "started", "finished", "held"):
        for read, written in zip(getattr(trace, column), document[column], strict=True):
            assert math.isnan(read) if written is None else read == written
    again = Trace.from_json(trace.to_json())
    for name in [*(column.name for column in COLUMNS), *(table.name for table in TABLES)]:
        assert str(getattr(again, name)) == str(getattr(trace, name))
    assert again.knows_lateness == trace.knows_lateness
    assert again.computed_elsewhere == trace.computed_elsewhere
    assert (again.processors, again.has_lock) == (trace.processors, trace.has_lock)
    assert trace.timeline.work >= 0
    assert trace.draw.text()


def test_version_1_does_not_know_of_lateness() -> None:
    """It did not record who was late; a file of it must not claim that nobody was."""
    trace = Trace.load(GOLDEN / "version_1" / "complete.json")
    assert not trace.knows_lateness
    assert (trace.processors, trace.has_lock) == (None, True)
    assert (trace.late_steps, trace.calls) == ([], [])
    assert all(math.isnan(late) for late in trace.late)
    assert trace.long_steps[0] == Step(1, 0.74, 0.0095, None)
    assert trace.waits == [Wait(2, "limit", 0.0, 0.25), Wait(2, "slot", 0.25, 0.5)]
    assert trace.attempts[0] == Attempt(1, 0.001, 0.2, "OSError: reset")


def test_version_2_knows_of_it() -> None:
    """Lateness, calls, processor time and the machine come back."""
    trace = Trace.load(GOLDEN / "version_2" / "complete.json")
    assert trace.knows_lateness
    assert (trace.processors, trace.has_lock) == (8, False)
    assert trace.computed_elsewhere == 0.25
    assert trace.long_steps[0] == Step(1, 0.74, 0.0095, 0.009)
    assert trace.late_steps == [LateStep(2, 1.2, 0.01, 0.25), LateStep(1, 0.74, 0.0, 0.03)]
    assert trace.calls == [
        Call(3, "thread", 0.8, 0.95, 0.1, 12, 0.02),
        Call(5, "process", 1.32, 1.45, None, None),  # as the first files of this version had it
    ]
    assert list(trace.late) == [0.0, 0.0, 0.01, 0.0, 0.0, 0.0]


def test_version_2_has_items_of_maps_and_choices() -> None:
    """What each item is and waited for, what failed, and what choices took of items and of lists."""
    trace = Trace.load(GOLDEN / "version_2" / "dynamic.json")
    graph, states = trace.graph, dict(zip(trace.graph.names, trace.states, strict=True))
    at = {name: row for row, name in enumerate(graph.names)}
    assert (states["sub[1]/fetch[0]"], states["sub[1]/fetch[1]"]) == ("done", "failed")
    assert trace.causes[at["sub[0]/greet"]] == NOT_CHOSEN
    assert graph.dependencies[at["add[1]"]] == (at["add[0]"], at["list_shops"])
    assert graph.choices[at["sub[1]/mail"]] == Choice(
        at["sub[1]/is_new"], at["sub[1]/greet"], None, taken=True
    )
    assert graph.choices[at["sub[1]/known"]].left == (at["sub[1]/fetch[0]"], at["sub[1]/fetch[1]"])
    assert [tuple(scope) for scope in graph.scopes] == [("sub", "map", None)]
    assert graph.tolerant == {at["sub/fetch/outcomes"], at["sub[0]/known"], at["sub[1]/known"]}
