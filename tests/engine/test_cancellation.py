"""Cancelling an invoke at any moment leaves no task, and a trace that tells what was cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from hypothesis import given

from async_dag import OUTSIDE, InvocationError, TaskManager
from tests.support.strategies import Spec, build, dags, expected_values
from tests.support.virtual import VirtualLoop, run_virtual


@given(dags(failures=True))
def test_cancelling_at_every_step_of_the_clock(specs: list[Spec]) -> None:
    """At each step that a run takes: cancelled there, it leaves no task and a consistent trace."""
    total = _count_steps(specs)
    for stop in range(total + 1):
        _cancel_at(specs, stop)


def _count_steps(specs: list[Spec]) -> int:
    steps: list[int] = []

    async def main(loop: VirtualLoop) -> None:
        tm, _ = build(specs, loop.time, steps.append)
        with contextlib.suppress(InvocationError):
            await tm.invoke()

    run_virtual(main)
    return len(steps)


def _cancel_at(specs: list[Spec], stop: int) -> None:
    async def main(loop: VirtualLoop) -> None:
        count = 0
        cancelled = False

        def on_step(_: int) -> None:
            nonlocal count, cancelled
            if count == stop:
                cancelled = invoke.cancel()
            count += 1

        tm, nodes = build(specs, loop.time, on_step)
        invoke = asyncio.ensure_future(tm.invoke())
        try:
            result = await invoke
        except asyncio.CancelledError:
            assert cancelled
            assert invoke.cancelled()
            assert tm.last_unfinished is not None
            result = tm.last_unfinished
        except InvocationError as error:
            assert not cancelled
            result = error.result
        trace = result.trace
        assert trace.over
        values = expected_values(specs)
        for index, state in enumerate(trace.states):
            assert state in ("done", "failed", "cancelled", "skipped")
            has_started = trace.started[index] == trace.started[index]
            has_finished = trace.finished[index] == trace.finished[index]
            assert has_started == has_finished == (state != "skipped")
            if state == "done":
                assert result[nodes[index]] == values[index]
            if state in ("cancelled", "skipped"):
                cause = trace.causes[index]
                assert cause == OUTSIDE or trace.states[cause] == "failed"

    run_virtual(main)  # which asserts that no task is left


def test_cancelled_error_wins_over_failing_clean_up() -> None:
    """A failure during the clean-up of a cancelled invoke stays in last_unfinished."""

    async def main(loop: VirtualLoop) -> None:
        async def bad_clean_up() -> None:
            try:
                await asyncio.sleep(9)
            finally:
                raise OSError("clean-up")

        tm = TaskManager[None](clock=loop.time)
        node = tm.add_node(bad_clean_up)
        tm.sort()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await tm.invoke()
        assert tm.last_unfinished is not None
        assert [str(error) for error in tm.last_unfinished.failures.values()] == ["clean-up"]
        assert list(tm.last_unfinished.failures) == [node]
        assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]

    run_virtual(main)


def test_a_cancellation_that_comes_while_a_failed_run_cleans_up() -> None:
    """It is not swallowed: CancelledError wins, the failure stays in last_unfinished."""

    async def main(loop: VirtualLoop) -> None:
        async def slow_clean_up() -> None:
            try:
                await asyncio.sleep(9)
            finally:
                await asyncio.sleep(5)

        async def fail() -> None:
            raise OSError("first")

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(slow_clean_up)
        tm.add_node(fail)
        tm.sort()
        invoke = asyncio.ensure_future(tm.invoke())
        loop.call_later(2, invoke.cancel)
        with pytest.raises(asyncio.CancelledError):
            await invoke
        assert tm.last_unfinished is not None
        assert tm.last_unfinished.trace.states == ["cancelled", "failed"]
        assert tm.last_unfinished.trace.causes == {0: 1}

    run_virtual(main)


def test_a_second_cancellation_reaches_a_node_that_hangs_in_its_clean_up() -> None:
    """Asked twice, the invoke asks its nodes twice."""

    async def main(loop: VirtualLoop) -> float:
        async def hangs() -> None:
            try:
                await asyncio.sleep(9)
            finally:
                await asyncio.sleep(1000)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(hangs)
        tm.sort()
        invoke = asyncio.ensure_future(tm.invoke())
        loop.call_later(1, invoke.cancel)
        loop.call_later(2, invoke.cancel)
        with pytest.raises(asyncio.CancelledError):
            await invoke
        return loop.time()

    assert run_virtual(main) == 2


def test_cancelling_before_anything_ran() -> None:
    """An invoke whose task is cancelled before its first step never begins."""

    async def main(loop: VirtualLoop) -> None:
        started: list[str] = []

        async def note() -> None:
            started.append("x")

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(note)
        tm.sort()
        invoke = asyncio.ensure_future(tm.invoke())
        invoke.cancel()
        with pytest.raises(asyncio.CancelledError):
            await invoke
        assert started == []

    run_virtual(main)


def test_cancelling_while_nodes_wait_for_their_first_turn() -> None:
    """Nodes that are ready but were not started yet are skipped, and none is left behind."""

    async def main(loop: VirtualLoop) -> Any:
        tm = TaskManager[None](clock=loop.time)
        for _ in range(30):
            tm.add_node(asyncio.sleep, 1)
        tm.sort()
        invoke = asyncio.ensure_future(tm.invoke())
        loop.call_soon(invoke.cancel)
        with pytest.raises(asyncio.CancelledError):
            await invoke
        assert tm.last_unfinished is not None
        return tm.last_unfinished.trace.states

    states = run_virtual(main)
    assert set(states) <= {"cancelled", "skipped"}


def test_ctrl_c_cancels_the_nodes() -> None:
    """SIGINT in a script: the nodes clean up, then KeyboardInterrupt ends the program."""
    script = textwrap.dedent("""
        import asyncio, signal
        from async_dag import build_dag

        # Whoever is started in the background of a shell inherits that SIGINT is ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)

        async def wait():
            print("started", flush=True)
            try:
                await asyncio.sleep(30)
            finally:
                await asyncio.sleep(0)
                print("cleaned up", flush=True)

        with build_dag() as tm:
            tm.add_node(wait)
        try:
            asyncio.run(tm.invoke())
        except KeyboardInterrupt:
            print("interrupted", tm.last_unfinished.trace.states, flush=True)
    """)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert output == "cleaned up\ninterrupted ['cancelled']\n"
    assert process.returncode == 0


def test_a_loop_that_is_torn_down_in_the_middle() -> None:
    """A loop that stops and is closed while an invoke runs: no error, no message, an ended trace."""
    script = textwrap.dedent("""
        import asyncio, gc
        from async_dag import build_dag

        async def wait():
            await asyncio.sleep(30)

        with build_dag() as tm:
            tm.add_node(wait, )
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)  # "Task was destroyed but it is pending"
        task = loop.create_task(tm.invoke())
        loop.call_later(0.05, loop.stop)
        loop.run_forever()
        loop.close()
        del task, loop
        gc.collect()
        print(tm.last_unfinished.trace.states)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "['cancelled']\n"
    assert done.stderr == ""
