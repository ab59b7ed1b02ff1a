"""Callbacks that a thread calls: nothing of them runs on the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from contextvars import ContextVar

import pytest

import async_dag
from async_dag import Run, WrongTypeError, build_dag
from async_dag.engine import off_loop
from tests.support.histories import invoke, six_nodes

REQUEST: ContextVar[str] = ContextVar("REQUEST", default="none")


def test_a_thread_is_told_of_each_run_in_their_order_with_its_context() -> None:
    """As the current span of OpenTelemetry is in the context; the end waits for what is left."""
    told: list[tuple[str, bool, int]] = []

    def tell(run: Run) -> None:
        told.append((REQUEST.get(), run.trace.over, threading.get_ident()))

    async def request(number: int) -> None:
        REQUEST.set(str(number))
        await tm.invoke()

    async def main() -> None:
        for number in range(20):
            await asyncio.create_task(request(number))

    tm = six_nodes()
    with async_dag.watch(over=tell, off_loop=True) as watching:
        asyncio.run(main())
    assert [name for name, _, _ in told] == [str(number) for number in range(20)]
    assert all(over for _, over, _ in told)
    assert threading.get_ident() not in {thread for _, _, thread in told}
    assert watching.dropped == 0
    invoke(tm)
    assert len(told) == 20


def test_of_one_manager() -> None:
    """`tm.watch` takes it as well, and others are not told of."""
    told: list[int] = []
    tm, other = six_nodes(), six_nodes()
    with tm.watch(over=lambda run: told.append(len(run.trace)), off_loop=True):
        invoke(tm, 3)
        invoke(other, 3)
    assert told == [6] * 3


def test_a_callback_that_raises_is_logged_and_the_next_run_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No invoke knows of it."""
    told: list[int] = []

    def fail(_: Run) -> None:
        told.append(0)
        if len(told) == 1:
            raise OSError("no collector")

    with (
        caplog.at_level(logging.ERROR, "async_dag.watch"),
        async_dag.watch(over=fail, off_loop=True),
    ):
        invoke(six_nodes(), 3)
    assert len(told) == 3
    assert "no collector" in caplog.text


def test_a_callback_that_is_too_slow_drops_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, and no invoke waits."""
    monkeypatch.setattr(off_loop, "MOST_WAITING", 5)
    go_on = threading.Event()
    told: list[Run] = []

    def slow(run: Run) -> None:
        go_on.wait(10)
        told.append(run)

    with async_dag.watch(over=slow, off_loop=True) as watching:
        before = time.perf_counter()
        invoke(six_nodes(), 50)
        assert time.perf_counter() - before < 5
        go_on.set()
    assert watching.dropped >= 39
    assert len(told) == 50 - watching.dropped


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_worker_has_a_thread_of_its_own() -> None:
    """A watch that began before the fork goes on in the child."""
    told: list[int] = []
    tm = six_nodes()
    read, write = os.pipe()
    with async_dag.watch(over=lambda _: told.append(os.getpid()), off_loop=True) as watching:
        invoke(tm, 2)
        child = os.fork()
        if not child:
            told.clear()
            invoke(tm, 3)
            watching()
            os.write(write, f"{len(told)} {set(told) == {os.getpid()}}".encode())
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert os.read(read, 100) == b"3 True"
    assert len(told) == 2
    os.close(read)
    os.close(write)


def test_what_cannot_be_used_is_refused() -> None:
    """A thread needs something to call; an async function is none."""
    with pytest.raises(WrongTypeError, match="takes over="):
        async_dag.watch(lambda _: None, off_loop=True)

    async def over(_: Run) -> None: ...

    with pytest.raises(WrongTypeError, match="a plain function"):
        async_dag.watch(over=over, off_loop=True)
    with build_dag() as tm:
        pass
    with pytest.raises(WrongTypeError, match="the run; given was 3"):
        tm.watch(over=3, off_loop=True)  # type: ignore[arg-type]
