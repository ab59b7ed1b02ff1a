"""A file in which an effect comes before its cause is refused, with an error that names both."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from async_dag import Trace
from async_dag.errors import TraceFormatError
from tests.support.made_traces import Bar, made_trace


def document() -> dict[str, Any]:
    """A failed run: b after a, c failed, d was cancelled and e never started for it."""
    trace = made_trace(
        Bar("a", 0.0, 0.0, 1.0),
        Bar("b", 1.0, 1.0, 2.0, needs=(0,)),
        Bar("c", 0.0, 0.0, 2.0, state="failed", error="OSError"),
        Bar("d", 0.0, 0.0, 2.5, state="cancelled", cause=2),
        Bar("e", state="skipped", needs=(2,), cause=2),
    )
    read: dict[str, Any] = json.loads(trace.to_json())
    return read


def test_what_the_engine_writes_is_consistent() -> None:
    """The document that the cases below spoil is accepted."""
    assert Trace.from_json(json.dumps(document())).states[4] == "skipped"


def spoil(*path: Any) -> Callable[[dict[str, Any]], None]:
    *where, key, value = path

    def change(fields: dict[str, Any]) -> None:
        for step in where:
            fields = fields[step]
        fields[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            spoil("ready", 1, 0.5),
            r"'ready\[1\]' is 0.5, before node .a., which .b. depends on",
        ),
        (spoil("states", 2, "done"), "cut short as 'c' failed, but that is done"),
        (spoil("causes", 0, [3, 1]), "cut short as 'b' failed, but that is done"),
        (spoil("causes", 0, [1, 2]), "why node 'b' was cut short, but it is done"),
        (spoil("finished", 3, 1.5), "it had ended before, at 1.5"),
        (spoil("late_steps", [[1, 1.5, 0.5, 0.25]]), "late by 0.5 at least, but by 0.25 at most"),
        (spoil("late_steps", [[1, 0.5, 0.5, 0.75]]), "so it can't be late by 0.75"),
        (spoil("calls", [[1, "thread", 1.0, None, 0.1, 3]]), "only what is over"),
        (spoil("calls", [[1, "fork", 1.0, 1.5, 0.1, 3]]), "'fork', not one of thread, process"),
        (spoil("calls", [[1, "thread", 1.0, 1.5, 0.1, -3]]), "-3, not a whole number"),
        (spoil("machine_busy", -1), "'machine_busy' is -1.0, a negative time"),
        (spoil("has_lock", 1), "'has_lock' is 1, not true or false"),
        (spoil("elapsed", 1e300), "more seconds than a run can last"),
        (spoil("held", 0, 10**400), "not a finite number"),
    ],
)
def test_contradictions_are_refused(change: Callable[[dict[str, Any]], None], message: str) -> None:
    """Times, states, dependencies and causes must belong together."""
    spoilt = document()
    change(spoilt)
    with pytest.raises(TraceFormatError, match=message):
        Trace.from_json(json.dumps(spoilt))


def test_a_node_is_not_ready_before_what_it_needs_is_done() -> None:
    """A dependency that failed makes nobody ready."""
    spoilt = document()
    spoilt["ready"][4] = 2.0
    with pytest.raises(TraceFormatError, match="had all that it needs at 2.0, but 'c' is failed"):
        Trace.from_json(json.dumps(spoilt))


def test_a_denormal_time_is_none() -> None:
    """Nothing divides by a time that no clock can tell."""
    spoilt = document()
    for column in ("ready", "started", "finished"):
        spoilt[column] = [None if time is None else time * 5e-324 for time in spoilt[column]]
    spoilt["elapsed"] = 5e-324
    trace = Trace.from_json(json.dumps(spoilt))
    assert trace.elapsed == 0.0
    assert trace.timeline.speedup == 1.0
    assert trace.draw.text()
