"""Under whatever task factory: no node is forgotten, and an invoke always ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_dag import InvocationError, TaskManager, build_dag
from tests.support.loops import FACTORIES, FactoryError, RaisingFactory, run_with
from tests.support.virtual import VirtualLoop

TIMEOUT = 5.0
"""Seconds, virtual, after which an invoke hangs."""

every_factory = pytest.mark.parametrize("factory", FACTORIES)


async def one() -> int:
    return 1


async def after(*values: Any) -> int:
    return 1 + sum(values)


async def nap() -> int:
    await asyncio.sleep(1)
    return 1


async def fail() -> None:
    raise OSError("mine")


async def fail_after_a_turn() -> None:
    await asyncio.sleep(0)
    raise OSError("mine")


def in_time(tm: TaskManager[None], **options: Any) -> Any:
    """The result of an invoke that must not hang."""

    async def main() -> Any:
        async with asyncio.timeout(TIMEOUT):
            return await tm.invoke(**options)

    return main()


@every_factory
def test_a_node_that_gets_ready_in_the_turn_of_a_failure(factory: str) -> None:
    """Cancelled before its first step, it never starts, and the invoke ends."""

    async def done_after_a_turn() -> int:
        await asyncio.sleep(0)
        return 1

    with build_dag() as tm:
        first = tm.add_node(done_after_a_turn)
        for _ in range(3):
            tm.add_node(after, first)
        tm.add_node(fail_after_a_turn)
    with pytest.raises(InvocationError) as info:
        run_with(in_time(tm), factory, new_loop=VirtualLoop)
    result = info.value.result
    assert result.trace.states[4] == "failed"
    assert set(result.trace.states) <= {"done", "failed", "skipped"}


@every_factory
def test_an_invoke_that_is_cancelled_before_the_first_steps(factory: str) -> None:
    """It ends at the first cancellation, whether its nodes have begun or not."""
    with build_dag() as tm:
        for _ in range(20):
            tm.add_node(nap)

    async def main() -> None:
        invoke = asyncio.create_task(tm.invoke())
        await asyncio.sleep(0)
        invoke.cancel()
        done, _ = await asyncio.wait([invoke], timeout=TIMEOUT)
        assert done
        assert invoke.cancelled()

    run_with(main(), factory, new_loop=VirtualLoop)
    assert tm.last_unfinished is not None
    assert set(tm.last_unfinished.trace.states) <= {"cancelled", "skipped"}


@every_factory
@pytest.mark.parametrize("slots", [None, 2])
def test_values_under_every_factory(factory: str, slots: int | None) -> None:
    """Every node runs once, with the values of its dependencies."""
    with build_dag() as tm:
        roots = [tm.add_node(one), tm.add_node(nap), tm.options(timeout=3).add_node(nap)]
        total = tm.add_node(after, *roots)
        last = tm.add_node(after, total, *roots)
    result = run_with(in_time(tm, max_concurrency=slots), factory, new_loop=VirtualLoop)
    assert (result[total], result[last]) == (4, 8)


@every_factory
def test_each_node_has_a_context_of_its_own(factory: str) -> None:
    """What a node sets no other one sees, also where the factory takes no context."""
    import contextvars

    variable = contextvars.ContextVar("variable", default=0)

    async def change(*_: int) -> int:
        seen = variable.get()
        variable.set(seen + 1)
        return seen

    with build_dag() as tm:
        first = tm.add_node(change)
        second = tm.add_node(change, first)

    async def main() -> Any:
        variable.set(10)
        return await tm.invoke()

    result = run_with(main(), factory, new_loop=VirtualLoop)
    assert (result[first], result[second]) == (10, 10)


def test_a_factory_that_raises_fails_the_node() -> None:
    """The node fails with what the factory raised, and the others are cancelled."""
    with build_dag() as tm:
        nodes = [tm.add_node(nap) for _ in range(3)]

    async def main() -> Any:
        asyncio.get_running_loop().set_task_factory(RaisingFactory())
        async with asyncio.timeout(TIMEOUT):
            return await tm.invoke()

    with pytest.raises(InvocationError) as info:
        run_with(main(), new_loop=VirtualLoop)
    (error,) = info.value.exceptions
    assert isinstance(error, FactoryError)
    assert list(info.value.result.failures) == [nodes[1]]


def test_a_factory_that_raises_for_a_stream() -> None:
    """The error comes where the stream would begin, which can then be tried again."""
    with build_dag() as tm:
        tm.add_node(one)

    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()
        stream = tm.stream()
        loop.set_task_factory(RaisingFactory(every=1))
        with pytest.raises(FactoryError):
            async with stream:
                pass
        loop.set_task_factory(None)
        async with stream:
            return [value async for _, value in stream]

    assert run_with(main(), new_loop=VirtualLoop) == [1]


def test_a_factory_whose_task_ends_before_the_node() -> None:
    """The node has failed, and what it began is cleaned up."""
    cleaned: list[bool] = []

    def impatient(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
        async def runs_a_while() -> None:
            coro.send(None)
            await asyncio.sleep(0)
            coro.send(None)
            await asyncio.sleep(1)

        return asyncio.Task(runs_a_while(), loop=loop, **options)

    async def wait() -> None:
        try:
            await asyncio.sleep(9)
        finally:
            cleaned.append(True)

    with build_dag() as tm:
        tm.add_node(wait)

    async def main() -> Any:
        asyncio.get_running_loop().set_task_factory(impatient)
        async with asyncio.timeout(TIMEOUT):
            return await tm.invoke()

    with pytest.raises(InvocationError, match="has ended, but not the coroutine"):
        run_with(main(), new_loop=VirtualLoop)
    assert cleaned == [True]
