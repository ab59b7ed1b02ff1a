"""A run of each kind on the virtual clock: maps, streams, choices, failures, retries, many nodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from async_dag import ExecutionResult, InvocationError, Run, TaskManager, build_dag, streaming
from tests.support.attempts import retrying
from tests.support.virtual import VirtualLoop, run_virtual

Follow = Callable[[VirtualLoop, Run], None]
Build = Callable[[TaskManager[None]], None]


async def listed() -> list[int]:
    """Elements."""
    await asyncio.sleep(1)
    return [3, 1, 4, 1, 5, 2]


async def fetch(seconds: int) -> int:
    """Takes as long as its element says."""
    await asyncio.sleep(seconds)
    return seconds


async def parse(seconds: int) -> int:
    """Half as long."""
    await asyncio.sleep(seconds / 2)
    return seconds


async def total(seconds: list[int]) -> int:
    """Of all."""
    await asyncio.sleep(1)
    return sum(seconds)


async def tail_log() -> AsyncIterator[int]:
    """Streams."""
    for seconds in (2, 1, 3, 1, 2):
        await asyncio.sleep(1)
        yield seconds


async def count_to(number: int) -> AsyncIterator[int]:
    """Streams within an element."""
    for value in range(number):
        await asyncio.sleep(1)
        yield value + 1


async def never(_: object = None) -> int:
    """Fails after a while."""
    await asyncio.sleep(2)
    raise OSError("no route")


async def is_large(_: int) -> bool:
    """Decides."""
    await asyncio.sleep(1)
    return True


def maps(tm: TaskManager[None]) -> None:
    """Two maps, item by item, and one without any elements."""
    tm.add_node(total, tm.map(parse, tm.map(fetch, tm.add_node(listed))))
    tm.options(name="none").map(fetch, [])


def stream(tm: TaskManager[None]) -> None:
    """What streams is held back by a window."""
    pages = tm.options(at_once=2).map(fetch, tm.add_node(streaming(tail_log)))
    tm.add_node(total, tm.map(parse, pages))


def choices(tm: TaskManager[None]) -> None:
    """A side is not taken."""
    number = tm.options(name="number").add_node(fetch, 2)
    left = tm.options(name="left").add_node(fetch, tm.options(name="before").add_node(fetch, 1))
    taken = tm.choose(tm.add_node(is_large, number), tm.add_node(parse, number), left)
    tm.options(name="after").add_node(fetch, taken)


def dag_for_each(tm: TaskManager[None]) -> None:
    """With a stream, a map and a choice within each."""
    with build_dag(int) as region:
        element = region.parameter_node
        streamed = region.map(parse, region.add_node(streaming(count_to), element))
        both = region.add_node(total, streamed)
        last = region.choose(region.add_node(is_large, both), region.add_node(fetch, both), 0)
    parts = tm.map(region, tm.add_node(listed))
    tm.add_node(total, parts[last])


def failed(tm: TaskManager[None]) -> None:
    """An item fails while others go on."""

    async def fragile(seconds: int) -> int:
        await asyncio.sleep(seconds)
        if seconds == 2:
            raise OSError("two")
        return seconds

    pages = tm.map(fragile, tm.add_node(listed))
    tm.add_node(total, tm.map(parse, pages))


def failed_stream(tm: TaskManager[None]) -> None:
    """What streams fails after some values."""

    async def broken() -> AsyncIterator[int]:
        async for seconds in tail_log():
            if seconds == 3:
                raise OSError("three")
            yield seconds

    tm.map(fetch, tm.add_node(streaming(broken)))


def cancelled(tm: TaskManager[None]) -> None:
    """From outside, after five seconds."""
    stream(tm)
    tm.map(parse, tm.map(fetch, tm.add_node(listed)))


def retried(tm: TaskManager[None]) -> None:
    """Items and a node that fail before they succeed."""
    again = tm.options(retry=retrying(3, 1.0))
    calls: dict[int, int] = {}

    async def flaky(seconds: int) -> int:
        await asyncio.sleep(1)
        calls[seconds] = calls.get(seconds, 0) + 1
        if calls[seconds] < 2:
            raise OSError("busy")
        return seconds

    again.add_node(flaky, 100)
    again.map(flaky, [1, 2, 3])


def many(tm: TaskManager[None]) -> None:
    """Two thousand nodes, in bundles."""
    first = [tm.options(name=f"load {n}").add_node(fetch, n % 7) for n in range(1_000)]
    for node in first:
        tm.add_node(parse, node)


KINDS: dict[str, Build] = {
    build.__name__: build
    for build in (
        *(maps, stream, choices, dag_for_each),
        *(failed, failed_stream, cancelled, retried, many),
    )
}
SLOTS = {"many": 40}


def run_of(kind: str, follow: Follow) -> ExecutionResult[None]:
    """The result of a run, which `follow` sees begin."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        tm = TaskManager[None](clock=loop.time)
        KINDS[kind](tm)
        tm.sort()
        runs: list[Run] = []
        with tm.watch(runs.append), tm.watch(lambda run: follow(loop, run)):
            invoke = asyncio.ensure_future(tm.invoke(max_concurrency=SLOTS.get(kind)))
            if kind == "cancelled":
                loop.call_at(loop.time() + 5, invoke.cancel)
            with suppress(InvocationError, asyncio.CancelledError):
                await invoke
        return runs[0].result

    return run_virtual(main)
