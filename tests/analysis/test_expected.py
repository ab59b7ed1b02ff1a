"""What is expected of a run that goes on, against how it really went on."""

from __future__ import annotations

import asyncio
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import Trace, WrongArgumentError, WrongTypeError
from async_dag.trace.columns import Attempt, Wait
from tests.support.made_traces import Bar, made_trace
from tests.support.strategies import TICK, Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual


@given(dags(), st.integers(0, 40))
def test_with_its_durations_known_a_run_is_foreseen(specs: list[Spec], moment: int) -> None:
    """At whatever moment: every node ends when it really did, and so does the whole."""

    async def main(loop: VirtualLoop) -> None:
        tm, _ = build(specs, loop.time)
        whole = (await tm.invoke()).trace
        halves: list[Trace] = []
        with tm.watch(
            lambda run: (
                loop.call_later(moment * TICK, lambda: halves.append(run.trace.snapshot())) and None
            )
        ):
            task = asyncio.ensure_future(tm.invoke())
            await task
        await asyncio.sleep(moment * TICK)
        [snapshot] = halves
        expected = snapshot.timeline.expected(whole.timeline)
        assert list(expected.trace.finished) == list(whole.finished)
        assert list(expected.trace.started) == list(whole.started)
        assert expected.makespan == whole.timeline.makespan
        assert sum(expected.durations[name] for name in expected.critical_path) == expected.makespan
        assert expected.computed
        assert set(expected.trace.states) == {"done"}

    run_virtual(main)


def test_the_mock_of_the_workbench() -> None:
    """At 0.86 s of the README's run 0.34 s are left, by the durations of an earlier one."""
    trace = made_trace(
        Bar("fast_a", 0.0, 0.0, 0.1),
        Bar("slow_b", 0.1, 0.1, nan, needs=(0,)),
        Bar("end", needs=(1,)),
        elapsed=0.86,
    )
    expected = trace.timeline.expected({"fast_a": 0.5, "slow_b": 1.0, "end": 0.1})
    assert expected.makespan - trace.elapsed == pytest.approx(0.34)
    assert expected.critical_path == ("fast_a", "slow_b", "end")
    assert expected.trace.started[2] == pytest.approx(1.1)
    assert expected.durations["fast_a"] == 0.1  # it is over, and took what it took


def test_what_takes_longer_than_before_ends_now() -> None:
    """And what waits for it starts now."""
    trace = made_trace(Bar("a", 0.0, 0.0, nan), Bar("b", needs=(0,)), elapsed=2.0)
    expected = trace.timeline.expected({"a": 1.0, "b": 1.0})
    assert list(expected.trace.finished) == [2.0, 3.0]


def test_unknown_tasks_take_as_long_as_their_like() -> None:
    """Those of the same function, else any; with nothing known, no time at all."""
    bars = (
        Bar("load", 0.0, 0.0, 1.0, task="load"),
        Bar("load_2", 0.0, 0.0, 3.0, task="load"),
        Bar("load_3", 0.0, 0.0, nan, task="load"),
        Bar("other", needs=(2,)),
    )
    expected = made_trace(*bars, elapsed=3.5).timeline.expected()
    assert list(expected.trace.finished) == [1.0, 3.0, 3.5, 5.5]
    assert made_trace(Bar("new", 0.0, 0.0, nan), elapsed=1.0).timeline.expected().makespan == 1.0


def test_slots_and_limits_hold_for_what_is_to_come() -> None:
    """Three tasks on one slot, one of them running: the others follow, the longest first."""
    trace = made_trace(Bar("runs", 0.0, 0.0, nan), Bar("short", 0.0), Bar("long", 0.0), elapsed=0.5)
    trace.max_concurrency = 1
    trace.waits = [Wait(1, "slot", 0.0, nan), Wait(2, "slot", 0.0, nan)]
    expected = trace.timeline.expected({"runs": 1.0, "short": 1.0, "long": 2.0})
    assert list(expected.trace.finished) == [1.0, 4.0, 3.0]
    assert [piece.kind for piece in expected.pieces] == ["slot", "slot", "running"]
    assert expected.peak_parallelism == 1
    trace = made_trace(Bar("runs", 0.0, 0.0, nan), Bar("short", 0.0), Bar("long", 0.0), elapsed=0.5)
    trace.graph.__dict__["limits"] = ("api",) * 3
    trace.waits = [Wait(1, "limit", 0.0, nan), Wait(2, "limit", 0.0, nan)]
    expected = trace.timeline.expected({"runs": 1.0, "short": 1.0, "long": 2.0})
    assert expected.peak_parallelism == 1
    assert expected.makespan == 4.0


def test_failures_and_attempts_stay_as_they_are() -> None:
    """What was skipped stays so; an attempt that goes on ends with its node."""
    trace = made_trace(
        Bar("broken", 0.0, 0.0, 0.5, state="failed", error="OSError"),
        Bar("never", state="skipped", needs=(0,), cause=0),
        Bar("flaky", 0.0, 0.0, nan),
        elapsed=1.0,
    )
    trace.attempts = [Attempt(2, 0.0, 0.5, "OSError"), Attempt(2, 0.75, nan, None)]
    expected = trace.timeline.expected({"flaky": 2.0}).trace
    assert expected.states == ["failed", "skipped", "done"]
    assert expected.attempts == [Attempt(2, 0.0, 0.5, "OSError"), Attempt(2, 0.75, 2.0, None)]
    assert Trace.from_json(expected.to_json()).states == expected.states


def test_a_run_that_is_over_is_as_it_was() -> None:
    """Nothing is left to expect."""
    trace = made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 1.0, 1.0, 2.0, needs=(0,)))
    assert trace.timeline.expected().pieces == trace.timeline.pieces


@pytest.mark.parametrize("durations", [3, {"a": "1"}, {"a": -1.0}])
def test_durations_are_seconds_by_name(durations: object) -> None:
    """Anything else is refused, and said to be so."""
    trace = made_trace(Bar("a", 0.0, 0.0, nan), elapsed=1.0)
    with pytest.raises((WrongTypeError, WrongArgumentError), match="durations="):
        trace.timeline.expected(durations)  # type: ignore[arg-type]
