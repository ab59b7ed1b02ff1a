"""What a run holds is free once the run is dropped, with the cyclic garbage collector off."""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from async_dag import InvocationError, TaskManager, build_dag
from tests.support.loops import FACTORIES, run_with
from tests.support.virtual import VirtualLoop


class Value:
    """What a task returns; the tests see whether it is still there."""


@pytest.fixture(autouse=True)
def _without_collector() -> Iterator[None]:
    with warnings.catch_warnings():  # about what other tests have left
        warnings.simplefilter("ignore")
        gc.collect()
    gc.disable()
    yield
    gc.enable()


async def make_value() -> Value:
    return Value()


async def make_value_later() -> Value:
    await asyncio.sleep(1)
    return Value()


async def fail(_: Value) -> None:
    raise OSError("mine")


async def fail_later(_: Value) -> None:
    await asyncio.sleep(1)
    raise OSError("mine")


async def wait(_: Value) -> None:
    await asyncio.sleep(5)


def failing() -> TaskManager[None]:
    """A value, and nodes that take it: one fails at once, one later, one is cancelled."""
    with build_dag() as tm:
        value = tm.add_node(make_value)
        tm.add_node(wait, value)
        tm.add_node(fail_later, value)
        # Python 3.11 keeps a frame of a call that ran out of time until the collector comes.
        tm.options(timeout=3 if sys.version_info >= (3, 12) else 9).add_node(wait, value)
    return tm


def reference_to_value(result: Any) -> weakref.ref[Value]:
    return weakref.ref(result[result.manager.nodes[0]])


@pytest.mark.parametrize("factory", FACTORIES)
@pytest.mark.parametrize("options", [{}, {"max_concurrency": 5}, {"on_error": "continue"}])
def test_a_failed_run(factory: str, options: dict[str, Any]) -> None:
    """Exceptions hold tracebacks and these hold frames; none of the engine's holds the exception."""
    tm = failing()

    async def main() -> weakref.ref[Value]:
        with suppress(ExceptionGroup):
            await tm.invoke(**options)
        assert tm.last_unfinished is not None
        return reference_to_value(tm.last_unfinished)

    reference = run_with(main(), factory, new_loop=VirtualLoop)
    assert reference() is not None
    tm._recent.last_unfinished = None
    assert reference() is None


def test_a_run_that_fails_in_its_first_step() -> None:
    """As above, where the failing node never awaits."""
    with build_dag() as tm:
        tm.add_node(fail, tm.add_node(make_value))

    async def main() -> weakref.ref[Value]:
        with suppress(ExceptionGroup):
            await tm.invoke()
        assert tm.last_unfinished is not None
        return reference_to_value(tm.last_unfinished)

    reference = run_with(main(), new_loop=VirtualLoop)
    tm._recent.last_unfinished = None
    assert reference() is None


def test_a_cancelled_run() -> None:
    """The cancellation that the caller gets holds nothing of the run."""
    tm = failing()

    async def main() -> weakref.ref[Value]:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await tm.invoke()
        assert tm.last_unfinished is not None
        return reference_to_value(tm.last_unfinished)

    reference = run_with(main(), new_loop=VirtualLoop)
    assert reference() is not None
    tm._recent.last_unfinished = None
    assert reference() is None


def test_an_exception_that_is_kept_keeps_no_more_than_its_result() -> None:
    """Whoever keeps the group keeps values; with the group they go."""
    tm = failing()

    kept: list[InvocationError] = []

    async def main() -> None:
        try:
            await tm.invoke()
        except InvocationError as error:
            kept.append(error)

    run_with(main(), new_loop=VirtualLoop)
    tm._recent.last_unfinished = None
    reference = reference_to_value(kept[0].result)
    assert reference() is not None
    kept.clear()
    assert reference() is None


@pytest.mark.parametrize("slots", [None, 1])
def test_a_run_that_succeeded(slots: int | None) -> None:
    """Nothing but the result holds its values."""
    with build_dag() as tm:
        tm.add_node(make_value)
        tm.options(timeout=3).add_node(make_value_later)

    async def main() -> weakref.ref[Value]:
        return reference_to_value(await tm.invoke(max_concurrency=slots))

    assert run_with(main(), new_loop=VirtualLoop)() is None


@pytest.mark.parametrize("block", [False, True])
def test_a_stream_that_succeeded(block: bool) -> None:
    """It knows its run and the run tells it; once all is over they let go of each other."""
    with build_dag() as tm:
        tm.add_node(make_value)
        tm.add_node(make_value_later)

    async def main() -> list[weakref.ref[Value]]:
        stream = tm.stream()
        if block:
            async with stream:
                return [weakref.ref(value) async for _, value in stream]
        return [weakref.ref(value) async for _, value in stream]

    first, second = run_with(main(), new_loop=VirtualLoop)
    assert first() is None
    assert second() is None


def test_a_stream_that_failed_or_was_left() -> None:
    """The same where a node fails, and where the reader leaves early."""
    tm = failing()

    async def main() -> weakref.ref[Value]:
        with suppress(ExceptionGroup):
            async for _ in tm.stream():
                pass
        assert tm.last_unfinished is not None
        return reference_to_value(tm.last_unfinished)

    async def leave() -> weakref.ref[Value]:
        async with tm.stream() as stream:
            async for _ in stream:
                return reference_to_value(stream.result)
        raise AssertionError

    for body in (main, leave):
        reference = run_with(body(), new_loop=VirtualLoop)
        tm._recent.last_unfinished = None
        assert reference() is None
