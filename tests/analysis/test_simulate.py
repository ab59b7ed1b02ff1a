"""Simulated schedules: against really run ones on the virtual clock, and by what always holds."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import (
    InvocationError,
    TaskManager,
    Trace,
    UnknownNodeError,
    WrongArgumentError,
    WrongTypeError,
)
from async_dag.analysis.simulation.parts import Part, Parts
from async_dag.analysis.simulation.schedule import Rules, Schedule
from async_dag.analysis.timeline import Timeline
from async_dag.baselines.strategies import run_sequential, run_waves
from async_dag.trace.columns import Attempt, Step, Wait
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS
from tests.support.strategies import TICK, Spec, build, dags
from tests.support.timelines import assert_tiles, longest_path, trace_of
from tests.support.virtual import VirtualLoop, run_virtual


@settings(max_examples=500)
@given(dags())
def test_each_way_is_as_it_really_runs(specs: list[Spec]) -> None:
    """Computed from one run, each way gives every node the times that it has when really run."""

    async def main(loop: VirtualLoop) -> dict[str, Trace]:
        tm, _ = build(specs, loop.time)
        traces: dict[str, Trace] = {}
        for strategy, way in [
            ("sequential", run_sequential),
            ("waves", run_waves),
            ("dag", TaskManager.invoke),
        ]:
            began = loop.time()
            traces[strategy] = (await way(tm)).trace  # type: ignore[operator]
            assert loop.time() - began == traces[strategy].timeline.makespan
        return traces

    measured = run_virtual(main)
    timeline = measured["dag"].timeline
    for strategy in ("sequential", "waves", "dag"):
        computed = timeline.simulate(strategy)  # type: ignore[arg-type]
        for column in ("ready", "started", "finished"):
            assert list(getattr(computed.trace, column)) == list(
                getattr(measured[strategy], column)
            )
        assert (computed.strategy, computed.computed, timeline.computed) == (strategy, True, False)
        assert_tiles(computed)
    assert timeline.simulate("sequential").makespan == timeline.work
    assert timeline.simulate().makespan == timeline.makespan == longest_path(specs)


@given(dags(), st.integers(1, 4))
def test_slots_are_kept_and_none_is_idle_in_vain(specs: list[Spec], slots: int) -> None:
    """Never more than k run at once; no node waits for a slot while one is free; Graham's bound."""
    timeline = trace_of(specs).timeline
    computed = timeline.simulate(max_concurrency=slots)
    assert computed.peak_parallelism <= slots
    assert computed.trace.max_concurrency == slots
    steps = computed.parallelism()
    for wait in computed.trace.waits:
        assert wait.kind == "slot"
        assert wait.end == computed.trace.started[wait.node]
        for (time, running), (until, _) in pairwise(steps):
            if time < wait.end and until > wait.start:
                assert running == slots
    # Graham 1969: any work-conserving list schedule takes at most this.
    bound = timeline.work / slots + (1 - 1 / slots) * timeline.makespan
    assert max(timeline.makespan, timeline.work / slots) <= computed.makespan <= bound
    assert_tiles(computed)
    assert computed.work == timeline.work


def holders(specs: list[Spec]) -> Callable[[VirtualLoop], TaskManager[None]]:
    """The same tasks, but every second thing that one does holds the loop."""

    def made(loop: VirtualLoop) -> TaskManager[None]:
        tm = TaskManager[None](clock=loop.time)
        nodes = []
        for spec in specs:

            async def task(*_: object, sleeps: tuple[float, ...] = spec.sleeps) -> None:
                for place, seconds in enumerate(sleeps):
                    if place % 2:
                        loop.hold(seconds)
                    else:
                        await asyncio.sleep(seconds)

            nodes.append(tm.add_node(task, *[nodes[one] for one in spec.dependencies]))
        tm.sort()
        return tm

    return made


@given(dags())
def test_time_that_held_the_loop_stays_serial(specs: list[Spec]) -> None:
    """No two steps overlap, no schedule is shorter than all of them, and one by one it is the work."""

    async def main(loop: VirtualLoop) -> Trace:
        return (await holders(specs)(loop).invoke()).trace

    timeline = run_virtual(main).timeline
    held = sum(timeline.held.values())
    for computed in (timeline.simulate(), timeline.simulate("waves"), timeline.simulate("dag", 2)):
        steps = computed.trace.long_steps
        assert all(one.start + one.length <= other.start for one, other in pairwise(steps))
        assert sum(step.length for step in steps) == held
        assert computed.makespan >= held
        assert_tiles(computed)
    assert timeline.simulate("sequential").makespan == pytest.approx(timeline.work)
    free = timeline.simulate(off_loop=[*timeline.durations])
    assert sum(free.held.values()) == 0
    assert free.makespan <= timeline.work


def test_two_that_hold_the_loop_take_turns() -> None:
    """In the run the second started late; simulated it still does, and off the loop it does not."""

    async def main(loop: VirtualLoop) -> Trace:
        async def holds(seconds: float) -> None:
            loop.hold(seconds)

        tm = TaskManager[None](clock=loop.time)
        for seconds in (1.0, 2.0):
            tm.options(name=f"holds_{seconds:.0f}").add_node(holds, seconds)
        tm.sort()
        return (await tm.invoke()).trace

    timeline = run_virtual(main).timeline
    assert timeline.makespan == timeline.simulate().makespan == 3.0
    assert (
        timeline.simulate().pieces
        == timeline.pieces
        == (
            ("loop", "holds_2", 0.0, 1.0, "holds_1"),
            ("running", "holds_2", 1.0, 3.0, None),
        )
    )
    assert timeline.simulate(off_loop=["holds_1"]).makespan == 2.0
    assert timeline.simulate(off_loop=["holds_1", "holds_2"]).makespan == 2.0


def test_a_sleeper_ends_no_sooner_than_the_loop_is_free() -> None:
    """Simulated beside a longer hold a sleeper wakes up late, though it did not in the run."""
    held: Parts = (Part("hold", 2.0),)
    slept: Parts = (Part("await", 1.0),)
    schedule = Schedule([held, slept], [(), ()], Rules())
    assert schedule.started == [0.0, 2.0]  # it had no chance to start before
    schedule = Schedule([slept, held], [(), ()], Rules())
    assert schedule.finished == [2.0, 2.0]


def test_the_readme_run() -> None:
    """2.0 s one by one, 1.6 s in waves; faster nodes, in half, in none and in more of their time."""
    timeline = made_trace(*README_BARS).timeline
    assert timeline.simulate("sequential").makespan == pytest.approx(2.0)
    assert timeline.simulate("waves").makespan == pytest.approx(1.6)
    assert timeline.simulate(faster={"slow_b": 2.0}).makespan == pytest.approx(0.7)
    assert timeline.simulate(faster={"slow_b": math.inf}).makespan == pytest.approx(0.7)
    assert timeline.simulate(faster={"slow_b": 0.5}).makespan == pytest.approx(2.2)
    half = Decimal("0.5")  # whatever can be made a float
    assert timeline.simulate(faster={"slow_b": half}).makespan == pytest.approx(2.2)  # type: ignore[dict-item]
    one = timeline.simulate("sequential")
    assert one.critical_path == ("fast_b", "fast_c", "end")
    assert {piece.kind for piece in one.pieces} == {"running", "turn"}
    assert repr(one) == (
        "<Timeline of 6 tasks, one by one, computed: makespan 2.000 s, work 2.000 s>"
    )


def test_the_speedup_curve_falls_to_the_critical_path() -> None:
    """With 1, 2, 4, … slots; and the fewest that are as good as any number."""
    curve = made_trace(*README_BARS).timeline.speedup_curve()
    assert [slots for slots, _ in curve.points] == [1, 2, 4]
    assert [seconds for _, seconds in curve.points] == pytest.approx([2.0, 1.2, 1.2])
    assert curve.unlimited == pytest.approx(1.2)
    assert curve.enough == 2
    fan = made_trace(*[Bar(f"n{index}", 0.0, 0.0, 1.0) for index in range(40)]).timeline
    assert fan.speedup_curve().enough == 40
    assert [slots for slots, _ in fan.speedup_curve().points] == [1, 2, 4, 8, 16, 32, 64]


@given(dags())
def test_enough_slots_are_enough_and_one_less_is_not(specs: list[Spec]) -> None:
    """Within 5 % of unlimited."""
    timeline = trace_of(specs).timeline
    curve = timeline.speedup_curve()
    assert curve.unlimited == timeline.makespan
    assert timeline.simulate("dag", curve.enough).makespan <= 1.05 * timeline.makespan
    if curve.enough > 1:
        assert timeline.simulate("dag", curve.enough - 1).makespan > 1.05 * timeline.makespan


def limited(*bars: Bar, limit: str = "api") -> Trace:
    """All nodes within one limit."""
    trace = made_trace(*bars)
    graph = trace.graph
    graph.__dict__["limits"] = (limit,) * len(graph)
    return trace


def test_a_limit_that_acted_as_a_count_is_one() -> None:
    """Four calls, two at once: simulated again as such, and with another count where told."""
    trace = limited(*[Bar(f"call{n}", 0.0, n // 2 * 1.0, n // 2 + 1.0) for n in range(4)])
    trace.waits = [Wait(2, "limit", 0.0, 1.0), Wait(3, "limit", 0.0, 1.0)]
    timeline = trace.timeline
    again = timeline.simulate()
    assert again.makespan == 2.0
    assert again.trace.waits == trace.waits
    assert timeline.simulate(limits={"api": 1}).makespan == 4.0
    assert timeline.simulate(limits={"api": 4}).makespan == 1.0
    assert timeline.simulate(limits={"api": None}).makespan == 1.0
    with pytest.raises(
        WrongArgumentError, match="names 'apo', but no node has that: there are 'api'"
    ):
        timeline.simulate(limits={"apo": 3})
    with pytest.raises(WrongArgumentError, match="at least 1"):
        timeline.simulate(limits={"api": 0})


def test_a_limit_that_acted_otherwise_keeps_its_waits() -> None:
    """One call a second, each of 0.1 s: as a count of one it would take 0.4 s; it takes 3.1."""
    trace = limited(*[Bar(f"call{n}", 0.0, float(n), n + 0.1) for n in range(4)])
    trace.waits = [Wait(n, "limit", 0.0, float(n)) for n in range(1, 4)]
    timeline = trace.timeline
    assert timeline.simulate().makespan == pytest.approx(3.1)
    assert timeline.simulate(faster={"call0": 2.0}).makespan == pytest.approx(3.1)
    assert timeline.simulate("sequential").makespan == pytest.approx(0.4)


def test_a_pause_between_attempts_holds_no_slot() -> None:
    """On one slot the other task runs while the first one pauses."""
    trace = made_trace(Bar("flaky", 0.0, 0.0, 4.0), Bar("other", 0.0, 1.0, 3.0))
    trace.max_concurrency = 1
    trace.waits = [Wait(1, "slot", 0.0, 1.0)]
    trace.attempts = [Attempt(0, 0.0, 1.0, "OSError: no"), Attempt(0, 3.0, 4.0, None)]
    timeline = trace.timeline
    again = timeline.simulate("dag", 1)
    assert list(again.trace.finished) == [4.0, 3.0]
    assert again.trace.attempts == trace.attempts
    assert again.trace.waits == trace.waits
    assert timeline.simulate("sequential").makespan == timeline.work == 6.0


def test_runs_that_were_cut_off_ask_for_what_is_missing() -> None:
    """They name the nodes; with their seconds, or another run's timeline, they are simulated."""
    trace = made_trace(
        Bar("fine", 0.0, 0.0, 1.0),
        Bar("broken", 1.0, 1.0, 1.5, needs=(0,), state="failed", error="OSError"),
        Bar("cut", 0.0, 0.0, 1.5, state="cancelled", cause=1),
        Bar("never", state="skipped", needs=(1,), cause=1),
    )
    timeline = trace.timeline
    with pytest.raises(WrongArgumentError, match="how long 'broken', 'cut', 'never' would take"):
        timeline.simulate()
    with pytest.raises(WrongArgumentError, match="how long 'never' would take .* as it has not"):
        timeline.simulate(durations={"broken": 1.0, "cut": 2.0})
    seconds = {"broken": 1.0, "cut": 2.0, "never": 3.0, "fine": 99.0}
    assert timeline.simulate(durations=seconds).makespan == 5.0  # "fine" was measured
    complete = made_trace(
        Bar("fine", 0.0, 0.0, 2.0),
        Bar("broken", 2.0, 2.0, 3.0, needs=(0,)),
        Bar("cut", 0.0, 0.0, 1.5),
        Bar("never", 3.0, 3.0, 4.0, needs=(1,)),
    )
    assert timeline.simulate(durations=complete.timeline).makespan == 3.0
    assert timeline.speedup_curve(durations=complete.timeline).unlimited == 3.0


@given(dags(failures=True))
def test_only_runs_that_were_complete_can_do_without(specs: list[Spec]) -> None:
    """A failed run asks, and with the durations given it is simulated as the whole graph."""
    trace = trace_of(specs)
    given = {f"task{index}": spec.duration for index, spec in enumerate(specs)}
    if trace.outcomes:
        with pytest.raises(WrongArgumentError, match="durations="):
            trace.timeline.simulate()
    assert trace.timeline.simulate(durations=given).makespan == longest_path(specs)


def test_what_was_not_asked_for_or_reused_takes_no_time() -> None:
    """Nodes that no target needs stay out of it; reused ones are there from the start."""
    trace = made_trace(
        Bar("old", 0.0, math.nan, 0.0, state="reused"),
        Bar("new", 0.0, 0.0, 1.0, needs=(0,)),
        Bar("unneeded", state="skipped", cause=-2),
    )
    for strategy in ("dag", "waves", "sequential"):
        computed = trace.timeline.simulate(strategy)  # type: ignore[arg-type]
        assert computed.makespan == 1.0
        assert computed.trace.states == ["reused", "done", "skipped"]
        assert dict(computed.durations) == {"new": 1.0}


def test_a_computed_trace_is_a_trace() -> None:
    """It can be saved, read and drawn as any other."""
    trace = made_trace(*README_BARS).timeline.simulate("dag", 1).trace
    assert Trace.from_json(trace.to_json()).states == ["done"] * 6
    assert "fast_a" in trace.draw.text(100, encoding="ascii")
    assert trace.elapsed == trace.timeline.makespan == pytest.approx(2.0)


def wrong_calls(timeline: Timeline) -> list[tuple[Callable[[], object], type[Exception], str]]:
    simulate = timeline.simulate
    return [
        (
            lambda: simulate("fast"),
            WrongArgumentError,
            r"'waves' \(wave by wave\) or 'dag' .*; given was 'fast'",
        ),  # type: ignore[arg-type]
        (lambda: simulate(max_concurrency=0), WrongArgumentError, "at least 1"),
        (lambda: simulate(max_concurrency=2.0), WrongTypeError, "whole number"),  # type: ignore[arg-type]
        (lambda: simulate(faster={"slow_c": 2}), UnknownNodeError, "nearest are 'slow_"),
        (lambda: simulate(faster={"slow_a": 0}), WrongArgumentError, "at least 1e-09"),
        (lambda: simulate(faster={"slow_a": 1e-320}), WrongArgumentError, "at least 1e-09"),
        (lambda: simulate(faster={"slow_a": 10**400}), WrongArgumentError, "a finite number"),
        (lambda: simulate(faster={"slow_a": math.nan}), WrongArgumentError, "at least 1e-09"),
        (lambda: simulate(faster={"slow_a": "2"}), WrongTypeError, "'slow_a', .*given was '2'"),  # type: ignore[dict-item]
        (lambda: simulate(faster=["slow_a"]), WrongTypeError, "takes a mapping"),  # type: ignore[arg-type]
        (lambda: simulate(off_loop="slow_a"), WrongTypeError, "takes a list of names"),
        (lambda: simulate(off_loop=["slow_x"]), UnknownNodeError, "no node is called 'slow_x'"),
        (lambda: simulate(off_loop=["given"]), WrongArgumentError, "no task that runs"),
        (lambda: simulate(durations=3), WrongTypeError, "seconds by name"),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("number", range(12))
def test_wrong_calls_say_what_is_taken(number: int) -> None:
    """Names that no node has are answered with the nearest."""
    timeline = made_trace(*README_BARS, Bar("given", 0.0, 0.0, 0.0, kind="parameter")).timeline
    call, error, message = wrong_calls(timeline)[number]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf, "1", True])
def test_durations_are_seconds(seconds: object) -> None:
    """Of 0 or more, as numbers."""
    trace = made_trace(Bar("never", state="skipped", cause=-1))
    with pytest.raises((WrongArgumentError, WrongTypeError), match="'never'"):
        trace.timeline.simulate(durations={"never": seconds})  # type: ignore[dict-item]


def test_steps_stand_where_they_were() -> None:
    """A step in the middle of a task holds the loop in the middle of it when simulated, too."""
    trace = made_trace(
        Bar("holds", 0.0, 0.0, 3.0, steps=((1.0, 0.5),)), Bar("short", 0.0, 0.0, 0.5)
    )
    computed = trace.timeline.simulate("sequential").trace
    assert computed.long_steps == [Step(0, 1.0, 0.5)]
    assert computed.held[0] == 0.5


def test_a_chain_and_a_fan_of_many_need_no_recursion() -> None:
    """Nor do chains of nodes that never run."""
    chain = [Bar("n0", 0.0, 0.0, TICK)]
    chain += [
        Bar(f"n{i}", i * TICK, i * TICK, (i + 1) * TICK, needs=(i - 1,)) for i in range(1, 20_000)
    ]
    assert made_trace(*chain).timeline.simulate().makespan == 20_000 * TICK
    collects = [Bar("c0", 0.0, 0.0, 0.0, kind="collect")]
    collects += [
        Bar(f"c{i}", 0.0, 0.0, 0.0, kind="collect", needs=(i - 1,)) for i in range(1, 20_000)
    ]
    assert made_trace(*collects).timeline.simulate("waves").makespan == 0.0


def test_a_failed_invoke_is_one_of_them() -> None:
    """The result of an `InvocationError` has its timeline."""

    async def main(loop: VirtualLoop) -> Timeline:
        tm, _ = build([Spec((), None, (1.0,), fails=True)], loop.time)
        with pytest.raises(InvocationError) as caught:
            await tm.invoke()
        return caught.value.result.timeline

    assert run_virtual(main).makespan == 1.0


def test_tasks_that_need_only_what_is_given_start_in_their_order() -> None:
    """A parameter is there from the start: who takes it does not come before those added earlier."""

    async def main(loop: VirtualLoop) -> Timeline:
        async def nap(seconds: float, *_: object) -> None:
            await asyncio.sleep(seconds)

        tm = TaskManager[int](clock=loop.time)
        one_at_a_time = tm.options(limit=asyncio.Semaphore(1)).add_node
        first = one_at_a_time(nap, 0.1)
        one_at_a_time(nap, 0.2, tm.parameter_node)
        tm.add_node(nap, 0.4, first)
        tm.sort()
        return (await tm.invoke(0)).timeline

    timeline = run_virtual(main)
    assert timeline.makespan == pytest.approx(0.5)
    assert timeline.simulate().makespan == pytest.approx(0.5)
