"""A node's time has three parts: it holds the loop, it awaits, or it is late."""

from __future__ import annotations

import asyncio
import math
import socket
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from typing import Any, cast

import pytest

from async_dag import TaskManager, Trace, build_dag, in_thread
from tests.support.virtual import VirtualLoop, run_virtual

Task = Callable[[], Awaitable[object]]


def spin(seconds: float) -> None:
    """Hold the loop for so long, by the wall clock."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def typical_awaiting(trace: Trace) -> float:
    """For how long a node that ran in the middle of all awaited, in seconds."""
    return statistics.median(
        finished - started - held - late
        for started, finished, held, late in zip(
            trace.started, trace.finished, trace.held, trace.late, strict=True
        )
    )


async def run_on(loop: VirtualLoop, *tasks: Task) -> Trace:
    """The trace of these tasks, run at once on the virtual clock."""
    tm = TaskManager[None](clock=loop.time)
    for task in tasks:
        tm.add_node(task)
    tm.sort()
    return (await tm.invoke()).trace


def lateness(trace: Trace, node: int) -> tuple[float, float]:
    """The seconds for which a node was late, at least and at most."""
    unsure = sum(step.at_most - step.at_least for step in trace.late_steps if step.node == node)
    return trace.late[node], trace.late[node] + unsure


def test_real_loop_forty_sleep_and_compute() -> None:
    """Forty tasks that sleep 10 ms and compute 5 ms: the sleeps are as long as asked for."""

    async def work() -> None:
        await asyncio.sleep(0.01)
        spin(0.005)

    with build_dag() as tm:
        for _ in range(40):
            tm.add_node(work)
    trace = asyncio.run(tm.invoke()).trace
    # 10 ms, and what the loop needs to call them. A few may be out: a busy machine may stop this
    # process between the call of `sleep` and the end of its step, or just when a sleep is over.
    assert 0.0098 <= typical_awaiting(trace) <= 0.013
    assert all(step.at_least == step.at_most for step in trace.late_steps)
    assert len(trace.late_steps) >= 37


@pytest.mark.parametrize("rounds", [1, 4])
def test_real_loop_sleeping_and_computing_by_turns(rounds: int) -> None:
    """However often a task sleeps and computes, no wait for the loop counts as awaiting."""

    async def work() -> None:
        for _ in range(rounds):
            await asyncio.sleep(0.01)
            spin(0.004)

    with build_dag() as tm:
        for _ in range(20):
            tm.add_node(work)
    trace = asyncio.run(tm.invoke()).trace
    assert 0.0098 * rounds <= typical_awaiting(trace) <= 0.013 * rounds


def test_real_loop_a_thread_says_when_it_was_done() -> None:
    """A call in a thread that ends while the loop is held was due then, and not when it is free."""
    held = threading.Event()
    over: list[float] = []

    def block() -> None:
        held.wait()
        time.sleep(0.05)
        over.append(time.perf_counter())

    async def hold() -> None:
        await asyncio.sleep(0.01)
        held.set()
        time.sleep(0.3)

    with build_dag() as tm:
        tm.add_node(in_thread(block))
        tm.add_node(hold)
    trace = asyncio.run(tm.invoke()).trace
    [late] = [step for step in trace.late_steps if step.node == 0]
    assert late.at_least == late.at_most > 0.1
    due = trace.began + late.start - late.at_most
    assert abs(over[0] - due) < 0.02  # measured from outside, on the same clock


def test_real_loop_a_socket_lies_between_bounds() -> None:
    """When data came in is not known; the truth, measured from outside, lies between the bounds."""
    held = threading.Event()
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    sent: list[float] = []

    def send() -> None:
        held.wait()
        time.sleep(0.05)
        sent.append(time.perf_counter())
        theirs.send(b"x")

    async def receive() -> None:
        await asyncio.get_running_loop().sock_recv(ours, 1)

    async def hold() -> None:
        await asyncio.sleep(0.01)
        held.set()
        time.sleep(0.3)

    with build_dag() as tm:
        tm.add_node(receive)
        tm.add_node(hold)
    thread = threading.Thread(target=send)
    thread.start()
    trace = asyncio.run(tm.invoke()).trace
    thread.join()
    ours.close()
    theirs.close()
    [late] = [step for step in trace.late_steps if step.node == 0]
    truth = late.start - (sent[0] - trace.began)
    assert late.at_least < late.at_most
    assert late.at_least <= truth <= late.at_most


def test_a_sleep_that_is_over_while_the_loop_is_held() -> None:
    """A sleep of 1 s behind a step of 5 s that began at 0.5 s is 4.5 s late, exactly."""

    async def main(loop: VirtualLoop) -> Trace:
        async def sleep() -> None:
            await asyncio.sleep(1.0)

        async def hold() -> None:
            await asyncio.sleep(0.5)
            loop.hold(5.0)

        return await run_on(loop, sleep, hold)

    trace = run_virtual(main)
    assert lateness(trace, 0) == (4.5, 4.5)
    assert lateness(trace, 1) == (0.0, 0.0)


def test_a_sleep_deep_inside_is_found() -> None:
    """Also through coroutines that await each other, and within a timeout."""

    async def main(loop: VirtualLoop) -> Trace:
        async def inner() -> None:
            async with asyncio.timeout(60):
                await asyncio.sleep(1.0)

        async def outer() -> None:
            await inner()

        async def hold() -> None:
            await asyncio.sleep(0.5)
            loop.hold(5.0)

        return await run_on(loop, outer, hold)

    assert lateness(run_virtual(main), 0) == (4.5, 4.5)


def test_what_was_due_before_a_long_step_ended_is_late_since_then() -> None:
    """An event that was set before a step of 5 s: late by that step at least."""

    async def main(loop: VirtualLoop) -> Trace:
        event = asyncio.Event()

        async def wait() -> None:
            await event.wait()

        async def wake() -> None:
            await asyncio.sleep(1.0)
            event.set()

        async def hold() -> None:
            await asyncio.sleep(1.0)
            loop.hold(5.0)

        return await run_on(loop, wait, wake, hold)

    at_least, at_most = lateness(run_virtual(main), 0)
    assert at_least <= 5.0 <= at_most


def test_what_a_long_step_did_itself_lies_between_bounds() -> None:
    """An event that is set in the middle of a step of 5 s: the bounds hold the truth, 2 s."""

    async def main(loop: VirtualLoop) -> Trace:
        event = asyncio.Event()

        async def wait() -> None:
            await event.wait()

        async def hold() -> None:
            await asyncio.sleep(1.0)
            loop.hold(3.0)
            event.set()
            loop.hold(2.0)

        return await run_on(loop, wait, hold)

    at_least, at_most = lateness(run_virtual(main), 0)
    assert at_least <= 2.0 <= at_most <= 5.0


def test_giving_way_is_no_awaiting() -> None:
    """A node that only yields has no `late` of its own: all that it did not hold was late."""

    async def main(loop: VirtualLoop) -> Trace:
        async def polite() -> None:
            for _ in range(3):
                loop.hold(1.0)
                await asyncio.sleep(0)

        return await run_on(loop, polite, polite)

    trace = run_virtual(main)
    assert all(math.isnan(late) for late in trace.late)
    assert list(trace.held) == [3.0, 3.0]


def test_giving_way_counts_as_late_where_a_node_awaits_as_well() -> None:
    """Before its first await, and after it."""

    async def main(loop: VirtualLoop) -> Trace:
        async def mixed() -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(10.0)
            await asyncio.sleep(0)

        async def hold() -> None:
            loop.hold(2.0)

        async def hold_later() -> None:
            await asyncio.sleep(12.0)
            loop.hold(3.0)

        return await run_on(loop, mixed, hold, hold_later)

    trace = run_virtual(main)
    took = trace.finished[0] - trace.started[0]
    assert took - trace.held[0] - trace.late[0] == pytest.approx(10.0)


def test_an_idle_loop_makes_nobody_late() -> None:
    """Without a held loop nothing is recorded, whatever the nodes await."""

    async def main(loop: VirtualLoop) -> Trace:
        async def sleep() -> None:
            for _ in range(5):
                await asyncio.sleep(1.0)

        return await run_on(loop, sleep, sleep, sleep)

    trace = run_virtual(main)
    assert trace.late_steps == []
    assert list(trace.late) == [0.0] * 3


def test_real_calls_off_the_loop_are_recorded() -> None:
    """Where they ran, from when to when, and the processor time that they took."""

    def block() -> None:
        time.sleep(0.05)

    def compute() -> None:
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass

    with build_dag() as tm:
        tm.add_node(in_thread(block))
        tm.add_node(in_thread(compute))
    trace = asyncio.run(tm.invoke()).trace
    calls = {call.node: call for call in trace.calls}
    assert calls[0].kind == calls[1].kind == "thread"
    assert calls[0].end - calls[0].start >= 0.05
    assert calls[0].processor is not None
    assert calls[0].processor < 0.02
    assert calls[1].processor is not None
    assert 0.02 <= calls[1].processor < 0.03


class LatePool(Executor):
    """Makes each call at once, and has its result half a second later."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def submit(self, fn: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._loop.call_later(0.5, future.set_result, fn())
        return future


def test_a_call_that_ended_long_before_its_node_went_on() -> None:
    """As where the loop's own thread waits for Python's lock: no step kept the loop busy."""

    async def main(loop: VirtualLoop) -> Trace:
        return await run_on(loop, in_thread(int, pool=LatePool(loop)))

    trace = run_virtual(main)
    assert trace.finished[0] == pytest.approx(0.5)
    assert trace.late[0] == pytest.approx(0.5)
    [step] = trace.late_steps
    assert step.at_least == step.at_most == pytest.approx(0.5)


def test_a_step_that_begins_late_and_takes_long_is_late_from_its_beginning() -> None:
    """What it held the loop for until the call's end was noticed is no lateness, and no awaiting."""

    async def main(loop: VirtualLoop) -> Trace:
        class SlowToGoOn:
            def __await__(self) -> Generator[Any, Any, int]:
                steps = in_thread(int, pool=LatePool(loop))().__await__()
                while True:
                    try:
                        yielded = next(steps)
                    except StopIteration as end:
                        return cast("int", end.value)
                    yield yielded
                    loop.hold(0.002)

        async def work() -> int:
            return await SlowToGoOn()

        return await run_on(loop, work)

    trace = run_virtual(main)
    [late], [long] = trace.late_steps, trace.long_steps
    assert late.start == long.start == pytest.approx(0.5)
    assert late.at_least == late.at_most == trace.late[0] == pytest.approx(0.5)
    assert trace.timeline.work == pytest.approx(0.002)


def test_a_pause_between_attempts_that_is_over_while_others_hold_the_loop() -> None:
    """The pause is as long as was asked for, and what came behind it is no work of any task."""

    class Attempts:
        def __init__(self) -> None:
            self.number = 0

        def __aiter__(self) -> Attempts:
            return self

        async def __anext__(self) -> ExitStack:
            self.number += 1
            if self.number == 3:
                raise StopAsyncIteration
            if self.number == 2:
                await asyncio.sleep(0.1)
            return attempt

    attempt = ExitStack()
    attempt.push(lambda *_: True)  # swallows what an attempt raises

    async def main(loop: VirtualLoop) -> Trace:
        failed: list[int] = []

        async def flaky() -> None:
            await asyncio.sleep(0.05)
            attempt.push(lambda *_: True)
            if not failed:
                failed.append(1)
                raise OSError

        async def hold() -> None:
            await asyncio.sleep(0.1)
            loop.hold(0.3)

        tm = TaskManager[None](clock=loop.time)
        tm.options(retry=Attempts).add_node(flaky)
        tm.add_node(hold)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    first, second = trace.attempts
    assert (first.end, second.start) == pytest.approx((0.05, 0.4))  # due at 0.15
    [late] = [step for step in trace.late_steps if step.node == 0]
    assert (late.start, late.at_least, late.at_most) == pytest.approx((0.4, 0.25, 0.25))
    assert trace.late[0] == 0.0
    assert trace.timeline.work == pytest.approx(2 * 0.05 + 0.1 + 0.4)
    assert trace.timeline.simulate("sequential").makespan == pytest.approx(0.6)
    assert Trace.from_json(trace.to_json()).late_steps == trace.late_steps
