"""An invoke whose coroutine is closed before its end, as at the end of a program: its trace is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from async_dag import Run, TaskManager, Trace, build_dag
from tests.support.virtual import VirtualLoop, run_virtual


async def nap(*_: object) -> int:
    await asyncio.sleep(1)
    return 1


async def fail() -> int:
    await asyncio.sleep(1)
    raise OSError("late")


async def fall_behind() -> int:
    for _ in range(3):
        await asyncio.sleep(1)
    return 1


def plain(tm: TaskManager[None]) -> None:
    tm.add_node(nap, tm.add_node(nap))
    tm.add_node(fail)
    tm.add_node(fall_behind)


def with_policy(tm: TaskManager[None]) -> None:
    plain(tm)
    http = tm.options(timeout=9, limit=asyncio.Semaphore(1))
    for _ in range(3):
        http.add_node(nap)


@pytest.mark.parametrize("fill", [plain, with_policy])
@pytest.mark.parametrize("slots", [None, 2])
def test_nodes_that_go_on_change_nothing(
    fill: Callable[[TaskManager[None]], None], slots: int | None
) -> None:
    """They can't be stopped there, but what they do then is not of this run."""
    with build_dag() as tm:
        fill(tm)
    runs: list[Run] = []
    tm.watch(runs.append)

    async def main(loop: VirtualLoop) -> tuple[str, str]:
        loop.set_exception_handler(lambda *_: None)
        invoke: Any = tm.invoke(max_concurrency=slots)
        invoke.send(None)
        await asyncio.sleep(0.5)
        invoke.close()
        trace = runs[0].trace
        assert trace.over
        before = trace.to_json()
        await asyncio.sleep(10)
        return before, trace.to_json()

    before, after = run_virtual(main)
    assert before == after
    Trace.from_json(after)  # which refuses a trace that contradicts itself
    assert "running" not in runs[0].trace.states
    assert tm.last_unfinished is runs[0].result


@pytest.mark.parametrize("timeout", [None, 99.0])
def test_long_steps_that_come_after_are_not_recorded(timeout: float | None) -> None:
    """A node that goes on may hold the loop, but the trace is over."""

    async def main(loop: VirtualLoop) -> Trace:
        loop.set_exception_handler(lambda *_: None)
        tm = TaskManager[None](clock=loop.time)

        async def hold_twice() -> None:
            await asyncio.sleep(1)
            loop.hold(0.5)
            try:
                await asyncio.sleep(1)
            finally:
                loop.hold(0.5)

        tm.options(timeout=timeout).add_node(hold_twice)
        tm.sort()
        runs: list[Run] = []
        with tm.watch(runs.append):
            invoke: Any = tm.invoke()
            invoke.send(None)
            await asyncio.sleep(1.7)
            invoke.close()
        await asyncio.sleep(10)
        return runs[0].trace

    trace = run_virtual(main)
    assert [step[:3] for step in trace.long_steps] == [(0, 1.0, 0.5)]
