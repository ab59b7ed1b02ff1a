"""Work and speed-up are what the tasks themselves needed: held loops and busy threads are none."""

from __future__ import annotations

import asyncio
import time

import pytest

from async_dag import TaskManager, Trace, build_dag, in_thread
from async_dag.analysis.timeline import Timeline
from async_dag.engine.timed_call import busy_seconds
from async_dag.graph.strategies import Strategy
from async_dag.trace.columns import Call, CallKind, LateStep
from tests.support.made_traces import Bar, made_trace
from tests.support.virtual import VirtualLoop, run_virtual


def sleep_and_hold(rounds: int, tasks: int) -> Timeline:
    """Tasks that sleep 10 ms and hold the loop for 20 ms by turns, on the virtual clock."""

    async def main(loop: VirtualLoop) -> Timeline:
        async def work() -> None:
            for _ in range(rounds):
                await asyncio.sleep(0.01)
                loop.hold(0.02)

        tm = TaskManager[None](clock=loop.time)
        for _ in range(tasks):
            tm.add_node(work)
        tm.sort()
        return (await tm.invoke()).timeline

    return run_virtual(main)


@pytest.mark.parametrize("rounds", [1, 3])
def test_forty_tasks_that_sleep_and_compute(rounds: int) -> None:
    """One by one they take 30 ms a round each; at once they gain their sleeps alone."""
    timeline = sleep_and_hold(rounds, 40)
    assert timeline.work == pytest.approx(40 * 0.03 * rounds)
    assert timeline.work_range.is_exact
    assert timeline.speedup == pytest.approx(timeline.work / timeline.makespan)
    assert timeline.speedup < 1.51
    assert timeline.simulate("sequential").makespan == pytest.approx(40 * 0.03 * rounds)


def test_a_task_holds_awaits_or_is_late() -> None:
    """The three parts are all of its time, and what it awaited is what it asked for."""
    timeline = sleep_and_hold(3, 10)
    for name, seconds in timeline.durations.items():
        assert timeline.awaiting[name] == pytest.approx(3 * 0.01)
        assert timeline.held[name] == pytest.approx(3 * 0.02)
        late = seconds - timeline.awaiting[name] - timeline.held[name]
        assert timeline.late[name] == pytest.approx(late)


def test_what_a_task_gathers_begins_late_as_well() -> None:
    """The tasks of a `gather` are held up before they even begin: so it may have taken far less."""

    async def main(loop: VirtualLoop) -> Timeline:
        async def work() -> None:
            for _ in range(3):
                await asyncio.gather(*[asyncio.sleep(seconds) for seconds in (0.01, 0.02, 0.03)])
                loop.hold(0.015)

        tm = TaskManager[None](clock=loop.time)
        for _ in range(6):
            tm.add_node(work)
        tm.sort()
        return (await tm.invoke()).timeline

    timeline = run_virtual(main)
    truth = 6 * 3 * (0.03 + 0.015)
    low, high = timeline.work_range
    assert low == pytest.approx(truth, rel=0.05)
    assert low - 1e-9 <= truth <= high
    assert timeline.simulate("sequential").makespan == pytest.approx(truth, rel=0.05)


def test_tasks_that_only_give_way_gain_nothing() -> None:
    """However long each waits for its turn, one by one they take as long."""

    async def main(loop: VirtualLoop) -> Timeline:
        async def polite() -> None:
            for _ in range(3):
                loop.hold(0.01)
                await asyncio.sleep(0)

        tm = TaskManager[None](clock=loop.time)
        for _ in range(20):
            tm.add_node(polite)
        tm.sort()
        return (await tm.invoke()).timeline

    timeline = run_virtual(main)
    assert timeline.work == pytest.approx(20 * 0.03)
    assert timeline.speedup == pytest.approx(1.0)


def knowing(trace: Trace, *late: float) -> Trace:
    """The same run, with the seconds for which each node was late, at least."""
    for node, seconds in enumerate(late):
        trace.late[node] = seconds
    trace.knows_lateness = True
    return trace


def with_calls(*calls: Call) -> Trace:
    """A run whose tasks each are one call in a thread, of which lateness was recorded."""
    trace = made_trace(*(Bar(f"call_{c.node}", 0.0, 0.0, c.end) for c in calls))
    trace.calls = list(calls)
    return knowing(trace, *[0.0] * len(calls))


def test_threads_that_wait_for_the_lock_gain_nothing() -> None:
    """Twelve threads that compute 0.1 s each, woken every 5 ms while they wait: 1.2 s of work."""
    calls = [Call(n, "thread", 0.0, 1.2, 0.1, 220) for n in range(12)]
    timeline = with_calls(*calls).timeline
    least = 12 * (0.1 - 220 * 30e-6)  # if none had to take turns
    assert timeline.work_range == pytest.approx((least, 1.2))
    assert timeline.speedup_range == pytest.approx((least / 1.2, 1.0))


def test_threads_that_block_gain_all_of_it() -> None:
    """Twelve threads that block for a second, and compute next to nothing."""
    calls = [Call(n, "thread", 0.0, 1.0, 0.0001, 1) for n in range(12)]
    timeline = with_calls(*calls).timeline
    assert timeline.work_range == pytest.approx((12.0, 12.0), rel=0.01)


def test_computed_threads_share_the_lock() -> None:
    """All at once they take as long as one after the other; in processes they share the processors.

    One that need not take turns may be faster: 220 times 30 µs each are what that takes at most.
    """
    least = 12 * (0.1 - 220 * 30e-6)
    trace = with_calls(*[Call(n, "thread", 0.0, 1.2, 0.1, 220) for n in range(12)])
    trace.processors = 2
    timeline = trace.timeline
    for strategy in ("sequential", "waves", "dag"):
        assert timeline.simulate(strategy).makespan_range == pytest.approx((least, 1.2))
    in_processes = timeline.simulate(off_lock=timeline.durations)
    assert in_processes.makespan_range.low == pytest.approx(least / 2)
    assert in_processes.makespan_range.high == pytest.approx(least / 1.7)


def test_threads_that_compute_at_once_have_no_lock() -> None:
    """More processor time than the clock shows: they share the processors alone."""
    trace = with_calls(*[Call(n, "thread", 0.0, 1.0, 1.0, 3) for n in range(4)])
    trace.processors = 4
    timeline = trace.timeline
    assert timeline.work_range == pytest.approx((4.0, 4.0), rel=0.01)
    assert timeline.simulate().makespan_range == pytest.approx((1.0, 1.0), rel=0.01)
    trace.processors = 2
    assert Timeline(trace).simulate().makespan == pytest.approx(2.0, rel=0.01)


def sharing_processors(kind: CallKind, share: float) -> Trace:
    """Six calls that compute 0.1 s each, and get this share of a processor, of which there are two."""
    length = 0.1 / share
    delay = length - 0.1
    trace = with_calls(*[Call(n, kind, 0.0, length, 0.1, 2, delay) for n in range(6)])
    trace.processors = 2
    return trace


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_what_waits_for_processors_that_the_run_keeps_busy(kind: CallKind) -> None:
    """Alone each would have had one: the waits are no work, and six at once take them again."""
    timeline = sharing_processors(kind, 2 / 6).timeline
    assert timeline.work_range == pytest.approx((0.6, 0.6), rel=0.01)
    assert timeline.speedup_range == pytest.approx((2.0, 2.0), rel=0.01)
    expected: dict[Strategy, float] = {"sequential": 0.6, "waves": 0.3, "dag": 0.3}
    for strategy, seconds in expected.items():
        computed = timeline.simulate(strategy).makespan_range
        assert computed == pytest.approx((seconds, seconds), rel=0.01)


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_what_waits_for_processors_that_other_programs_keep_busy(kind: CallKind) -> None:
    """Beside two other threads each gets a quarter of one, and alone two thirds, or a whole one.

    The former is how a system shares them out among threads, the latter how it does among programs.
    """
    timeline = sharing_processors(kind, 2 / 8).timeline
    assert timeline.work_range == pytest.approx((0.6, 0.6 * 3 / 2), rel=0.01)
    sequential = timeline.simulate("sequential").makespan_range
    assert sequential == pytest.approx((0.6, 0.9), rel=0.01)
    assert timeline.simulate().makespan_range == pytest.approx((0.4, 0.4), rel=0.01)


def test_threads_that_block_and_then_wait_for_the_lock() -> None:
    """Eight that sleep 60 ms and compute 40 ms: that they slept is no waiting for the lock.

    The figures are those of a real run. For 10 % of its time nobody had the lock, and the switches
    explain waits of 2 s out of 2.7.
    """
    calls = [Call(n, "thread", 0.0, 0.38, 0.0408, 61, 0.0) for n in range(8)]
    low, high = with_calls(*calls).timeline.work_range
    assert 8 * 0.0408 < low < 8 * 0.1 < high < 2 * 8 * 0.1


def test_threads_of_which_no_call_tells() -> None:
    """Six tasks in `asyncio.to_thread`: all of their time but what was computed may be waiting."""
    trace = made_trace(*[Bar(f"task_{n}", 0.0, 0.0, 0.6) for n in range(6)])
    knowing(trace, *[0.0] * 6)
    trace.computed_elsewhere = 0.6
    timeline = trace.timeline
    assert timeline.work_range == pytest.approx((0.6, 3.6))
    assert timeline.simulate("sequential").makespan_range == pytest.approx((0.6, 3.6))
    assert timeline.simulate().makespan_range == pytest.approx((0.6, 0.6))
    [path] = timeline.findings()
    assert "what halving it saves is unclear" in str(path)


def test_a_thread_beside_the_tasks() -> None:
    """While it had the lock for 0.2 s, each of the others can have waited for it, and no longer."""
    trace = made_trace(*[Bar(f"task_{n}", 0.0, 0.0, 1.0) for n in range(50)])
    knowing(trace, *[0.0] * 50)
    trace.computed_elsewhere = 0.2
    assert trace.timeline.work_range == pytest.approx((50 - 49 * 0.2, 50.0))
    trace.has_lock = False
    assert Timeline(trace).work_range == pytest.approx((50.0, 50.0))


def test_what_tasks_compute_in_threads_of_their_own_is_noted() -> None:
    """By all of them together; calls of `in_thread` are known by themselves, and not in it."""

    def compute() -> None:
        began = time.thread_time()
        while time.thread_time() - began < 0.1:
            pass

    async def work() -> None:
        await asyncio.to_thread(compute)

    for task, seconds in ((work, 0.3), (in_thread(compute), 0.0)):
        with build_dag() as tm:
            for _ in range(3):
                tm.add_node(task)
        trace = asyncio.run(tm.invoke()).trace
        if seconds > 0.15 * trace.elapsed or not seconds:  # on a very busy machine it is too little
            assert trace.computed_elsewhere == pytest.approx(seconds, abs=0.1)


def test_threads_on_the_lock_beside_other_programs() -> None:
    """Who has the lock waits for a processor as well, and alone would for as long, or for longer.

    Several that are woken in turns get a processor sooner than one that computes all the time: beside
    two others twelve threads took 1.8 s in a real run, and one by one 2.3 s.
    """
    calls = [Call(n, "thread", 0.0, 1.8, 0.1, 290, 0.12) for n in range(12)]
    trace = with_calls(*calls)
    trace.processors = 2
    timeline = trace.timeline
    low, high = timeline.work_range
    assert low == pytest.approx(1.8 - 12 * 290 * 30e-6 * 1.5, rel=0.01)  # without taking turns
    assert 2.3 < high < 1.5 * 1.8
    for strategy in ("sequential", "waves", "dag"):
        computed = timeline.simulate(strategy).makespan_range
        assert computed == pytest.approx((low, high), rel=0.01)


def test_threads_on_the_lock_with_the_machine_to_themselves() -> None:
    """They are put behind one another, and wait for a processor although one has nothing to do.

    As a real run had them: one by one such calls take 1.24 s.
    """
    alike = 1.30  # seconds, from the first to the last
    calls = [Call(n, "thread", 0.0, alike, 0.105, 265, 0.07) for n in range(12)]
    trace = with_calls(*calls)
    trace.processors = 2
    assert not trace.timeline.work_range.is_exact  # other programs may have kept them waiting
    trace.machine_busy = 12 * 0.105 + 0.1
    low, high = Timeline(trace).work_range
    assert 1.1 < low < 1.24 < high < 1.4
    trace.machine_busy = 2 * alike
    low, high = Timeline(trace).work_range
    assert low < 1.4
    assert high > 1.5  # one alone may get less of a processor than several that are woken in turns


def test_what_the_machine_does_meanwhile_is_noted() -> None:
    """What its calls compute is a part of it; a run that calls nothing off the loop asks nothing."""

    def compute() -> None:
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass

    async def wait() -> None:
        await asyncio.sleep(0)

    for task in (in_thread(compute), wait):
        with build_dag() as tm:
            tm.add_node(task)
        trace = asyncio.run(tm.invoke()).trace
        is_known = bool(trace.calls) and busy_seconds() is not None
        assert (trace.machine_busy is not None) == is_known
        if trace.machine_busy is not None:
            assert 0.07 < trace.machine_busy < 100
            assert Trace.from_json(trace.to_json()).machine_busy == trace.machine_busy


def test_steps_that_compute_gain_nothing_in_threads() -> None:
    """What blocks the loop can move to a thread; what computes there only moves behind the lock."""
    steps = ((0.0, 0.5), (0.5, 0.5))
    bars = [Bar(f"hold_{n}", 0.0, n / 2, n / 2 + 0.5, steps=(steps[n],)) for n in range(2)]
    for processor, makespan in ((0.5, 1.0), (0.0, 0.5)):
        trace = knowing(made_trace(*bars), 0.0, 0.0)
        trace.processors = 2
        trace.long_steps = [step._replace(processor=processor) for step in trace.long_steps]
        timeline = trace.timeline
        moved = timeline.simulate(off_loop=timeline.durations)
        assert moved.makespan == pytest.approx(makespan)
        in_processes = timeline.simulate(off_lock=timeline.durations)
        assert in_processes.makespan_range.low == pytest.approx(0.5)


def test_what_threads_did_where_nobody_counted_is_a_range() -> None:
    """Without the switches of a thread, its idle time may be either: both bounds are told."""
    calls = [Call(n, "thread", 0.0, 1.2, 0.1, None) for n in range(12)]
    low, high = with_calls(*calls).timeline.work_range
    assert low == pytest.approx(1.2)
    assert high == pytest.approx(12 * 1.2)


def test_lateness_that_is_a_range_makes_work_a_range() -> None:
    """The float is the cautious end of it, in `work`, `speedup` and what is simulated."""
    trace = made_trace(Bar("a", 0.0, 0.0, 2.0), Bar("b", 0.0, 0.0, 2.0))
    knowing(trace, 0.5, 0.0)
    trace.late_steps = [LateStep(0, 2.0, 0.5, 1.5)]
    timeline = trace.timeline
    assert timeline.work_range == (2.5, 3.5)
    assert timeline.work == 2.5
    assert timeline.speedup_range == (1.25, 1.75)
    computed = timeline.simulate("sequential")
    assert computed.makespan_range == (2.5, 3.5)
    assert computed.makespan == 2.5


def test_real_threads_that_block_are_work() -> None:
    """Measured from within: what twelve calls that sleep 50 ms really took is the work."""
    took: list[float] = []

    def block() -> None:
        begun = time.perf_counter()
        time.sleep(0.05)
        took.append(time.perf_counter() - begun)

    with build_dag() as tm:
        for _ in range(12):
            tm.add_node(in_thread(block))
    for _ in range(5):  # on a busy machine a thread also waits for a processor, which is no work
        took.clear()
        low, high = asyncio.run(tm.invoke()).timeline.work_range
        if low <= 1.1 * sum(took) and high >= 0.9 * sum(took):
            return
    pytest.fail(f"told were {low} to {high} s of work, measured {sum(took)} s")
