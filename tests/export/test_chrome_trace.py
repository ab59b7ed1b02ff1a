"""The Trace Event format: valid by its rules, nothing overlaps, and everything is in it."""

from __future__ import annotations

import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from async_dag import InvocationError, Trace
from async_dag.export.chrome_trace import chrome_events, chrome_json
from async_dag.trace.columns import Attempt, Wait
from async_dag.views.common.facts import most_at_once
from tests.support.cluster_runs import run_with_a_loss, run_with_a_move
from tests.support.made_traces import Bar, made_trace
from tests.support.strategies import Spec, build, dags
from tests.support.trace_events import Slice, read
from tests.support.virtual import VirtualLoop, run_virtual


def slices(trace: Trace, process: str = "tasks") -> list[Slice]:
    found = [
        one
        for (name, _), own in read(chrome_json(trace)).tracks.items()
        if name == process
        for one in own
    ]
    return sorted(found)


@given(dags(failures=True))
def test_any_run_is_valid_and_whole(specs: list[Spec]) -> None:
    """A slice for each task that started; an arrow for each dependency between two of them."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        try:
            return (await tm.invoke()).trace
        except InvocationError as error:
            return error.result.trace

    trace = run_virtual(main)
    found = read(chrome_json(trace))
    started = {n for n in range(len(specs)) if trace.started[n] == trace.started[n]}
    names = trace.graph.names
    assert sorted(one.name for one in slices(trace)) == sorted(names[n] for n in started)
    assert sorted(found.arrows) == sorted(
        (names[needed], names[n]) for n in started for needed in specs[n].dependencies
    )


def test_a_slice_has_the_recorded_times_and_what_is_known() -> None:
    """In nanoseconds; state, held time, source and error are its arguments."""
    trace = made_trace(Bar("a", 0.25, 0.5, 1.75, "failed", error="OSError: no", held=0.1))
    (one,) = slices(trace)
    assert (one.start, one.end) == (500_000_000, 1_750_000_000)
    assert one.arguments["state"] == "failed"
    assert one.arguments["error"] == "OSError: no"
    assert one.arguments["held the event loop (s)"] == 0.1
    assert one.arguments["task"] == "a"
    (waited,) = slices(trace, "ready, waiting to start")
    assert (waited.start, waited.end) == (250_000_000, 500_000_000)


def test_tasks_without_a_length_have_a_nanosecond() -> None:
    """Arrows can begin and end there, and none overlaps the next."""
    trace = made_trace(
        Bar("a", 0, 0, 0), Bar("b", 0, 0, 0, needs=(0,)), Bar("c", 0, 0, 0, needs=(1,))
    )
    assert all(one.end - one.start == 1 for one in slices(trace))
    assert read(chrome_json(trace)).arrows == [("a", "b"), ("b", "c")]


def test_attempts_and_waits_are_slices_of_their_own() -> None:
    """A task that was retried does not run in its pauses."""
    trace = made_trace(Bar("a", 0, 0, 5.0))
    trace.attempts = [Attempt(0, 0.0, 1.0, "OSError: no"), Attempt(0, 3.0, 5.0, None)]
    trace.waits = [Wait(0, "limit", 2.0, 3.0)]
    first, second = slices(trace)
    assert (first.name, first.end) == ("a (attempt 1)", 1_000_000_000)
    assert first.arguments["attempt failed"] == "OSError: no"
    assert (second.name, second.start) == ("a (attempt 2)", 3_000_000_000)
    (wait,) = slices(trace, "ready, waiting to start")
    assert wait.arguments == {"for": "limit"}


def test_arrows_pass_through_what_never_runs() -> None:
    """From the tasks that a collect collects to those that use it."""
    trace = made_trace(
        Bar("a", 0, 0, 1),
        Bar("all", 1, 1, 1, kind="collect", needs=(0,)),
        Bar("b", 1, 1, 2, needs=(1, 0)),
    )
    assert read(chrome_json(trace)).arrows == [("a", "b")]


def test_who_held_the_loop_is_a_track() -> None:
    """One after the other, since there is one loop."""
    trace = made_trace(
        Bar("a", 0, 0, 2, steps=((0.5, 0.5),)), Bar("b", 0, 0, 2, steps=((1.0, 0.25),))
    )
    assert [(one.name, one.start) for one in slices(trace, "event loop")] == [
        ("a", 500_000_000),
        ("b", 1_000_000_000),
    ]


@given(st.text())
def test_any_name_is_written(name: str) -> None:
    """Quotes, control characters, halves of surrogate pairs: the file stays valid."""
    (one,) = slices(made_trace(Bar(name, 0, 0, 1)))
    assert one.name == name.encode("utf-8", "backslashreplace").decode("utf-8")


def test_the_counter_is_the_parallelism() -> None:
    """From zero up to the peak and back."""
    trace = made_trace(Bar("a", 0, 0, 2), Bar("b", 1, 1, 3))
    assert read(chrome_json(trace)).counter == [
        (0, 1),
        (1_000_000_000, 2),
        (2_000_000_000, 1),
        (3_000_000_000, 0),
    ]


def test_a_run_of_two_thousand_tasks(tmp_path: Path) -> None:
    """It is written quickly, on no more tracks than tasks ran at once, and nothing overlaps."""
    bars = [Bar(f"map_{n}", 0.0, n % 7 / 10, n % 7 / 10 + n % 13 / 5 + 0.01) for n in range(700)]
    for n in range(700, 2122):  # each after what it needs
        ready = bars[n - 700].finished
        bars.append(Bar(f"map_{n}", ready, ready, ready + n % 13 / 5 + 0.01, needs=(n - 700,)))
    trace = made_trace(*bars)
    begin = time.process_time()
    path = trace.export.chrome_trace(tmp_path / "run.json")
    assert time.process_time() - begin < 5
    found = read(path.read_text(encoding="utf-8"))
    own = [key for key in found.tracks if key[0] == "tasks"]
    spans = [(bar.started, bar.finished) for bar in bars]
    assert len(own) <= most_at_once(spans)
    assert sum(len(found.tracks[key]) for key in own) == 2122
    assert len(found.arrows) == 1422


def test_nothing_started_is_a_valid_file() -> None:
    """No tasks, or none that started: an empty trace."""
    assert slices(made_trace()) == []
    assert slices(made_trace(Bar("a", state="skipped"))) == []


def test_each_worker_of_a_cluster_is_a_process() -> None:
    """Tasks stand in the process of their worker, values that came to it on tracks below."""
    events = chrome_events(run_with_a_move())
    names = {
        event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"
    }
    workers = {pid: name for pid, name in names.items() if name.startswith("worker")}
    assert sorted(workers.values()) == ["worker 0", "worker 1"]
    assert "tasks" not in names.values()
    ran = [event for event in events if event.get("cat") == "task" and event["pid"] in workers]
    slices = {event["name"]: event for event in ran}
    assert workers[slices["near"]["pid"]] == "worker 0"
    assert workers[slices["far"]["pid"]] == "worker 1"
    move = next(event for event in events if event["name"] == "move of load")
    assert workers[move["pid"]] == "worker 1"
    assert move["args"] == {"bytes": 20_000_000, "from": "worker 0"}
    start, end = [event for event in events if event["name"] == "move" and event["id"] == 1]
    assert (workers[start["pid"]], workers[end["pid"]]) == ("worker 0", "worker 1")
    again = [event for event in chrome_events(run_with_a_loss()) if event.get("cat") == "task"]
    parses = {event["name"]: event["pid"] for event in again if event["pid"] in workers}
    assert parses["parse (attempt 1)"] != parses["parse (attempt 2)"]
