"""Timelines: of exact schedules on the virtual clock, and of traces made by hand."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from math import nan

import pytest
from hypothesis import given, settings

from async_dag import Trace, UnknownNodeError, WrongTypeError
from async_dag.trace.columns import Attempt, Step, Wait
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS
from tests.support.strategies import Spec, build, dags
from tests.support.timelines import assert_tiles, longest_path, trace_of
from tests.support.virtual import VirtualLoop, run_virtual


@settings(max_examples=500)
@given(dags())
def test_the_critical_path_is_the_longest_and_has_no_slack(specs: list[Spec]) -> None:
    """Without slots, limits and held loop the chain that decided is the longest path of the graph."""
    timeline = trace_of(specs).timeline
    durations = timeline.durations
    assert list(durations.values()) == [spec.duration for spec in specs]
    assert timeline.work == sum(spec.duration for spec in specs)
    assert timeline.makespan == longest_path(specs)
    assert sum(durations[name] for name in timeline.critical_path) == timeline.makespan
    assert all(timeline.slack[name] == 0 for name in timeline.critical_path)
    assert all(piece.kind == "running" for piece in timeline.pieces)
    assert all(wait == 0 for wait in timeline.wait.values())
    assert_tiles(timeline)


@given(dags())
def test_slack_is_what_a_node_can_be_late_by(specs: list[Spec]) -> None:
    """Delayed by its slack a node does not move the makespan; by more, it does by the difference."""
    timeline = trace_of(specs).timeline
    for index, name in enumerate(timeline.slack):
        slack = timeline.slack[name]
        for more in (0.0, 0.25):
            spec = specs[index]
            late = Spec(spec.arguments, spec.keyword, (*spec.sleeps, slack + more))
            delayed = [*specs[:index], late, *specs[index + 1 :]]
            assert longest_path(delayed) == timeline.makespan + more


@given(dags(failures=True))
def test_a_failed_run_has_a_timeline_of_what_ran(specs: list[Spec]) -> None:
    """Its pieces tile the time to the end of the last node that ran."""
    trace = trace_of(specs)
    timeline = trace.timeline
    ran = [
        name
        for name, state in zip(trace.graph.names, trace.states, strict=True)
        if state != "skipped"
    ]
    assert list(timeline.durations) == ran
    assert timeline.makespan == max(end for end in trace.finished if end == end)
    assert_tiles(timeline)


@given(dags())
def test_parallelism_adds_up_to_the_work(specs: list[Spec]) -> None:
    """The steps rise in time, differ in number, end with none, and their area is the work."""
    timeline = trace_of(specs).timeline
    steps = timeline.parallelism()
    assert steps[0].time == 0
    assert steps[-1] == (timeline.makespan, 0)
    area = sum(one.running * (other.time - one.time) for one, other in pairwise(steps))
    assert area == timeline.work
    assert all(one.time < other.time for one, other in pairwise(steps))
    assert all(one.running != other.running for one, other in pairwise(steps[:-1]))
    assert max(step.running for step in steps) <= timeline.peak_parallelism <= len(specs)


def test_the_readme_run() -> None:
    """Every number of the six nodes of the README."""
    timeline = made_trace(*README_BARS).timeline
    assert timeline.makespan == 1.2
    assert timeline.work == pytest.approx(2.0)
    assert timeline.speedup == pytest.approx(2.0 / 1.2)
    assert timeline.peak_parallelism == 3
    assert timeline.critical_path == ("fast_a", "slow_b", "end")
    assert timeline.pieces == (
        ("running", "fast_a", 0.0, 0.1, None),
        ("running", "slow_b", 0.1, 1.1, None),
        ("running", "end", 1.1, 1.2, None),
    )
    assert timeline.slack["fast_c"] == pytest.approx(0.5)
    assert timeline.slack["fast_b"] == pytest.approx(0.8)
    assert timeline.held["slow_a"] == pytest.approx(0.1)
    assert timeline.awaiting["slow_a"] == pytest.approx(0.4)
    assert timeline.parallelism() == [(0.0, 3), (0.2, 2), (0.6, 1), (1.2, 0)]
    assert repr(timeline) == "<Timeline of 6 tasks, measured: makespan 1.200 s, work 2.000 s>"


def test_a_wait_for_the_loop_names_who_held_it() -> None:
    """Ready at 1, started at 2: the part that a step of another node covers is that node's doing."""
    timeline = made_trace(
        Bar("first", 0.0, 0.0, 1.0),
        Bar("holder", 0.0, 0.0, 3.0, steps=((0.5, 0.1), (1.2, 0.5), (2.5, 0.1))),
        Bar("late", 1.0, 2.0, 4.0, needs=(0,)),
    ).timeline
    assert timeline.pieces == (
        ("running", "first", 0.0, 1.0, None),
        ("loop", "late", 1.0, 1.2, None),
        ("loop", "late", 1.2, 1.7, "holder"),
        ("loop", "late", 1.7, 2.0, None),
        ("running", "late", 2.0, 4.0, None),
    )
    assert timeline.wait["late"] == 1.0
    assert timeline.durations["late"] == 2.0


def test_waits_and_pauses_of_a_retried_node_are_told_apart() -> None:
    """Limit, slot, the loop, two attempts, the pause between and the waits in it; all in order."""
    trace = made_trace(
        Bar("calls", 0.0, 2.0, 6.0, held=0.5), Bar("other", 0.0, 0.0, 1.5, steps=((1.2, 0.3),))
    )
    trace.waits = [
        Wait(0, "limit", 0.0, 1.0),
        Wait(0, "slot", 1.0, 1.25),
        Wait(0, "limit", 4.0, 4.5),
    ]
    trace.attempts = [Attempt(0, 2.0, 3.0, "OSError: no"), Attempt(0, 4.5, 5.75, None)]
    timeline = trace.timeline
    assert timeline.pieces == (
        ("limit", "calls", 0.0, 1.0, None),
        ("slot", "calls", 1.0, 1.25, None),
        ("loop", "calls", 1.25, 1.5, "other"),
        ("loop", "calls", 1.5, 2.0, None),
        ("running", "calls", 2.0, 3.0, None),
        ("pause", "calls", 3.0, 4.0, None),
        ("limit", "calls", 4.0, 4.5, None),
        ("running", "calls", 4.5, 6.0, None),
    )
    assert timeline.durations["calls"] == 3.5
    assert timeline.wait["calls"] == 2.5
    assert timeline.awaiting["calls"] == 2.0
    assert timeline.parallelism() == [(0.0, 1), (1.5, 0), (2.0, 1), (3.0, 0), (4.5, 1), (6.0, 0)]


def test_a_snapshot_of_a_run_ends_now() -> None:
    """What runs has taken its time so far; who waits is on the path only where nothing runs."""
    trace = made_trace(
        Bar("done", 0.0, 0.0, 1.0),
        Bar("runs", 1.0, 1.0, nan, needs=(0,), steps=((1.5, 0.25),)),
        Bar("later", needs=(1,)),
        elapsed=3.0,
    )
    timeline = trace.timeline
    assert timeline.makespan == 3.0
    assert timeline.critical_path == ("done", "runs")
    assert timeline.durations["runs"] == 2.0
    assert timeline.held["runs"] == 0.25
    waiting = made_trace(Bar("done", 0.0, 0.0, 1.0), Bar("waits", 1.0, needs=(0,)), elapsed=3.0)
    waiting.waits = [Wait(1, "slot", 1.5, nan)]
    assert waiting.timeline.pieces[1:] == (
        ("loop", "waits", 1.0, 1.5, None),
        ("slot", "waits", 1.5, 3.0, None),
    )


def test_a_step_that_goes_on_counts() -> None:
    """A node that holds the loop right now is seen holding it."""
    trace = made_trace(Bar("holds", 0.0, 0.0, nan), elapsed=0.0)
    trace = Trace(trace.graph, clock=iter([0.0, 2.0]).__next__)
    trace.ready[0] = trace.started[0] = 0.0
    trace.holder, trace.holder_since = 0, 0.5
    snapshot = trace.snapshot()
    assert snapshot.timeline.held["holds"] == 1.5


def test_nodes_that_never_run_are_left_out() -> None:
    """Given values take no time; a reused node was there from the start, whenever it once ran."""
    timeline = made_trace(
        Bar("parameter", 0.0, 0.0, 0.0, kind="parameter"),
        Bar("old", 0.0, 0.0, 0.0, state="reused"),
        Bar("both", 0.0, 0.0, 0.0, kind="collect", needs=(0, 1)),
        Bar("new", 0.0, 0.0, 2.0, needs=(2,)),
    ).timeline
    assert timeline.critical_path == ("new",)
    assert dict(timeline.durations) == {"new": 2.0}
    assert timeline.peak_parallelism == 1
    assert_tiles(timeline)


def test_a_timeline_of_nothing() -> None:
    """No nodes, or none started: zeros, and a speed-up of 1."""
    for trace in (made_trace(), made_trace(Bar("never", state="skipped"))):
        timeline = trace.timeline
        assert (timeline.makespan, timeline.work, timeline.speedup) == (0, 0, 1)
        assert (timeline.peak_parallelism, timeline.parallelism()) == (0, [])
        assert (timeline.critical_path, timeline.pieces, dict(timeline.slack)) == ((), (), {})


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """And a node without a number with why it has none; `get` and `in` stay those of a mapping."""
    trace = made_trace(
        *README_BARS, Bar("given", 0.0, 0.0, 0.0, kind="parameter"), Bar("never", state="skipped")
    )
    slack = trace.timeline.slack
    with pytest.raises(
        UnknownNodeError, match="no node is called 'slow_c'; the nearest are 'slow_"
    ):
        slack["slow_c"]
    with pytest.raises(UnknownNodeError, match="'never' did not run, so it has no slack"):
        slack["never"]
    with pytest.raises(
        UnknownNodeError, match="'given' never runs: it is a node of kind 'parameter'"
    ):
        slack["given"]
    with pytest.raises(WrongTypeError, match=r"slack\[...\] takes the name of a node, not 3"):
        slack[3]  # type: ignore[index]
    assert "slow_c" not in slack
    assert "slow_b" in slack
    assert slack.get("slow_c") is None
    assert slack.get("slow_b", 7.0) == 0.0
    assert len(slack) == 6
    assert repr(slack).startswith("<slack in seconds: 'fast_a': 0, ")


def test_a_finished_trace_keeps_its_timeline() -> None:
    """It is worked out once; a run that goes on gives a new one each time."""
    trace = made_trace(*README_BARS)
    assert trace.timeline is trace.timeline
    running = Trace(trace.graph)
    assert running.timeline is not running.timeline


def test_a_loaded_trace_has_the_same_timeline() -> None:
    """All of it comes from the trace alone."""
    trace = made_trace(*README_BARS)
    loaded = Trace.from_json(trace.to_json()).timeline
    assert loaded.pieces == trace.timeline.pieces
    assert dict(loaded.slack) == dict(trace.timeline.slack)


def test_result_and_trace_have_one_timeline() -> None:
    """`result.timeline` is that of its trace."""

    async def main(loop: VirtualLoop) -> None:
        tm, _ = build([Spec((), None, (1.0,))], loop.time)
        result = await tm.invoke()
        assert result.timeline is result.trace.timeline
        assert result.timeline.makespan == 1.0
        await asyncio.sleep(0)

    run_virtual(main)


def test_steps_of_a_cancelled_node_count_too() -> None:
    """Held time is told of whatever ran, however it ended."""
    trace = made_trace(Bar("cut", 0.0, 0.0, 2.0, state="cancelled", steps=((0.0, 0.5),), cause=-1))
    assert trace.long_steps == [Step(0, 0.0, 0.5)]
    assert trace.timeline.held["cut"] == 0.5


def test_the_path_of_a_failed_run_leads_over_the_failure() -> None:
    """The task that ended last was only cut off: what decided is who cut it off, and its clean-up."""
    trace = made_trace(
        Bar("login", 0.0, 0.0, 1.0),
        Bar("fetch", 1.0, 1.0, 2.0, needs=(0,), state="failed"),
        Bar("slow", 0.0, 0.0, 2.5, state="cancelled", cause=1),
    )
    timeline = trace.timeline
    assert timeline.critical_path == ("login", "fetch", "slow")
    assert [(piece.node, piece.start, piece.end) for piece in timeline.pieces] == [
        ("login", 0.0, 1.0),
        ("fetch", 1.0, 2.0),
        ("slow", 2.0, 2.5),
    ]
    assert str(timeline.findings()[0]) == "fetch failed at 2.00 s; slow was cancelled for it"
