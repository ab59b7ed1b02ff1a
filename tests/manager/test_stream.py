"""`stream`: values as they come, and what happens to the nodes when nobody listens any more."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import (
    InvocationError,
    LifecycleError,
    MissingParameterError,
    TaskManager,
    TaskNode,
    build_dag,
)
from tests.support.strategies import Spec, build, dags, expected_values
from tests.support.virtual import VirtualLoop, run_virtual


def naps(loop: VirtualLoop, *seconds: float) -> tuple[TaskManager[None], list[str]]:
    """A manager of independent naps, and a list of what was cancelled."""
    cancelled: list[str] = []

    async def nap(name: str, seconds: float) -> float:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            cancelled.append(name)
            raise
        return loop.time()

    tm = TaskManager[None](clock=loop.time)
    for number, length in enumerate(seconds):
        tm.options(name=f"nap{number}").add_node(nap, f"nap{number}", length)
    tm.sort()
    return tm, cancelled


async def read_all(tm: TaskManager[None]) -> None:
    """Read a stream to its end, within a block."""
    async with tm.stream() as stream:
        async for _ in stream:
            pass


@given(dags(), st.none() | st.integers(1, 3), st.booleans())
def test_each_task_comes_once_when_it_is_done(
    specs: list[Spec], slots: int | None, block: bool
) -> None:
    """With a block or without: every task, with the right value, at the moment it finished."""

    async def main(loop: VirtualLoop) -> None:
        tm, nodes = build(specs, loop.time)
        values = expected_values(specs)
        came: list[TaskNode[None, Any]] = []
        stream = tm.stream(max_concurrency=slots)

        def check(node: TaskNode[None, Any], value: object) -> None:
            index = nodes.index(node)
            assert value == values[index]
            assert loop.time() == stream.result.trace.finished[index]
            came.append(node)

        if block:
            async with stream as entered:
                assert entered is stream
                async for node, value in stream:
                    check(node, value)
        else:
            async for node, value in stream:
                check(node, value)
        assert len(came) == len(set(came)) == len(nodes)
        assert [stream.result[node] for node in nodes] == values
        assert stream.result.trace.over

    run_virtual(main)


def test_a_slow_loop_body_slows_no_node() -> None:
    """While the body sleeps, nodes go on; what has come meanwhile is there at once, in order."""

    async def main(loop: VirtualLoop) -> list[tuple[str, float, float]]:
        tm, _ = naps(loop, 3, 1, 2)
        seen = []
        async with tm.stream() as stream:
            async for node, value in stream:
                seen.append((node.name, value, loop.time()))
                await asyncio.sleep(10)
        assert stream.result.trace.elapsed == 3
        return seen

    assert run_virtual(main) == [("nap1", 1, 1), ("nap2", 2, 11), ("nap0", 3, 21)]


def test_leaving_the_block_early_cancels_and_waits() -> None:
    """After the block nothing runs any more, and the result so far is kept."""

    async def main(loop: VirtualLoop) -> None:
        tm, cancelled = naps(loop, 1, 5, 9)
        async with tm.stream() as stream:
            async for node, _ in stream:
                assert node.name == "nap0"
                break
        assert loop.time() == 1
        assert cancelled == ["nap1", "nap2"]
        assert stream.result.trace.states == ["done", "cancelled", "cancelled"]
        assert tm.last_unfinished is stream.result

    run_virtual(main)


def test_within_the_block_one_can_go_on_reading() -> None:
    """A loop that was left within the block is taken up again by the next one."""

    async def main(loop: VirtualLoop) -> list[str]:
        tm, _ = naps(loop, 1, 2, 3)
        names = []
        async with tm.stream() as stream:
            async for node, _ in stream:
                names.append(node.name)
                break
            names += [node.name async for node, _ in stream]
        return names

    assert run_virtual(main) == ["nap0", "nap1", "nap2"]


def test_leaving_a_plain_loop_cancels_soon_after() -> None:
    """Without a block Python closes the loop's generator, and that cancels the nodes."""

    async def main(loop: VirtualLoop) -> list[str]:
        tm, cancelled = naps(loop, 1, 50)
        async for _ in tm.stream():
            break
        gc.collect()
        await asyncio.sleep(1)
        return cancelled

    assert run_virtual(main) == ["nap1"]


def test_an_exception_in_the_body_cancels_and_comes_through() -> None:
    """What the body raises arrives as it is, after the clean-up of the nodes."""

    async def main(loop: VirtualLoop) -> list[str]:
        tm, cancelled = naps(loop, 1, 50)

        async def read() -> None:
            async with tm.stream() as stream:
                async for _ in stream:
                    1 / 0  # noqa: B018

        with pytest.raises(ZeroDivisionError):
            await read()
        return cancelled

    assert run_virtual(main) == ["nap1"]


def test_cancelling_who_reads_cancels_the_nodes() -> None:
    """A timeout around the loop ends everything, as it does with `invoke`."""

    async def main(loop: VirtualLoop) -> list[str]:
        tm, cancelled = naps(loop, 1, 50)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(read_all(tm), 2)
        assert loop.time() == 2
        return cancelled

    assert run_virtual(main) == ["nap1"]


def test_a_second_cancellation_during_clean_up_is_passed_on() -> None:
    """A node that hangs in its clean-up can be got out of it, as with `invoke`."""

    async def main(loop: VirtualLoop) -> None:
        async def stubborn() -> None:
            try:
                await asyncio.sleep(100)
            finally:
                await asyncio.sleep(100)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(stubborn)
        tm.sort()

        reading = asyncio.create_task(read_all(tm))
        for _ in range(2):
            await asyncio.sleep(1)
            reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert loop.time() == 2

    run_virtual(main)


@pytest.mark.parametrize("block", [True, False])
def test_errors_are_raised_where_the_loop_ends(block: bool) -> None:
    """First come the values that were there before the failure, then the loop raises."""

    async def main(loop: VirtualLoop) -> None:
        async def nap(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return seconds

        async def broken() -> None:
            await asyncio.sleep(2)
            raise OSError("no")

        tm = TaskManager[None](clock=loop.time)
        for seconds in (1, 1.5, 3):
            tm.add_node(nap, seconds)
        tm.add_node(broken)
        tm.sort()
        seen: list[Any] = []
        stream = tm.stream()

        async def read() -> None:
            async with stream if block else contextlib.nullcontext():
                async for _, value in stream:
                    seen.append(value)
                    await asyncio.sleep(9)

        with pytest.raises(InvocationError) as caught:
            await read()
        assert seen == [1, 1.5]
        assert caught.value.result is stream.result is tm.last_unfinished

    run_virtual(main)


def test_continue_and_targets_and_reuse() -> None:
    """The options of `invoke` mean the same; what is reused is in the result and does not come."""

    async def main(loop: VirtualLoop) -> None:
        tm, _ = naps(loop, 1, 2, 3)
        first = await tm.invoke(targets=[tm["nap0"]])
        stream = tm.stream(reuse=first, targets=[tm["nap1"]])
        assert [node.name async for node, _ in stream] == ["nap1"]
        assert stream.result[tm["nap0"]] == 1
        assert stream.result.trace.states == ["reused", "done", "skipped"]

    run_virtual(main)


def test_only_tasks_come() -> None:
    """Parameter, immediates and collect nodes are no tasks: they are in the result only."""

    async def double(n: int) -> int:
        return 2 * n

    with build_dag(int) as tm:
        twice = tm.add_node(double, tm.parameter_node)
        five = tm.add_node(double, tm.add_immediate_node(5))
        both = tm.collect([twice, five])

    async def main() -> None:
        stream = tm.stream(1)
        assert sorted([value async for _, value in stream]) == [2, 10]
        assert stream.result[both] == [2, 10]

    asyncio.run(main())


def test_an_interrupt_arrives_bare() -> None:
    """KeyboardInterrupt from a node is raised where the loop is, and not as a group."""

    async def interrupted() -> None:
        await asyncio.sleep(0)
        raise KeyboardInterrupt

    async def main(read: bool) -> None:
        with build_dag() as tm:
            tm.add_node(interrupted)
        async with tm.stream() as stream:
            if read:
                async for _ in stream:
                    pass
            await asyncio.sleep(0.01)

    for read in (True, False):
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(main(read))


def test_watchers_see_a_stream() -> None:
    """`watch` is told of a stream's run, and its `cancel()` ends it."""

    async def main(loop: VirtualLoop) -> None:
        tm, cancelled = naps(loop, 1, 50)
        runs: list[Any] = []

        async def read() -> None:
            async for _ in tm.stream():
                runs[0].cancel()

        with tm.watch(runs.append), pytest.raises(asyncio.CancelledError):
            await read()
        assert cancelled == ["nap1"]

    run_virtual(main)


def test_wrong_use_says_what_is_right() -> None:
    """Before it begins there is no result; a second use, a missing parameter, a step without a loop."""

    async def double(n: int) -> int:
        return 2 * n

    with build_dag(int) as tm:
        tm.add_node(double, tm.parameter_node)
    with pytest.raises(MissingParameterError):
        tm.stream()  # type: ignore[call-arg]

    async def main() -> None:
        stream = tm.stream(1)
        with pytest.raises(LifecycleError, match="once it has begun"):
            _ = stream.result
        with pytest.raises(LifecycleError, match="async for"):
            await stream.__anext__()
        await stream.aclose()  # nothing to close
        async with stream:
            pass
        with pytest.raises(LifecycleError, match="used once"):
            async with stream:
                pass
        with pytest.raises(LifecycleError, match="used once"):
            async for _ in tm_stream_used:
                pass

    async def used() -> Any:
        stream = tm.stream(1)
        async for _ in stream:
            pass
        return stream

    tm_stream_used = asyncio.run(used())
    asyncio.run(main())
    with pytest.raises(LifecycleError, match="stream came before sort"):
        TaskManager[None]().stream()


def test_two_readers_share_a_stream() -> None:
    """Each value goes to the one that has waited longest, and both come to the end."""
    with build_dag() as tm:
        for seconds in range(1, 7):
            tm.add_node(asyncio.sleep, seconds, seconds)

    async def main(loop: VirtualLoop) -> list[list[int]]:
        stream = tm.stream()

        async def read() -> list[int]:
            return [value async for _, value in stream]

        async with asyncio.timeout(60), stream:
            return list(await asyncio.gather(read(), read()))

    assert run_virtual(main) == [[1, 3, 5], [2, 4, 6]]


def test_a_node_may_close_its_own_stream() -> None:
    """It can't wait for its own end: the others are cancelled, and so is the node at its next await."""
    with build_dag() as tm:
        cleaned: list[str] = []

        async def close() -> None:
            await asyncio.sleep(1)
            await streams[0].aclose()
            try:
                await asyncio.sleep(5)
            finally:
                cleaned.append("closer")

        async def wait() -> None:
            try:
                await asyncio.sleep(5)
            finally:
                cleaned.append("other")

        tm.add_node(close)
        tm.add_node(wait)
    streams: list[Any] = []

    async def main(loop: VirtualLoop) -> list[str]:
        streams.append(tm.stream())
        async with asyncio.timeout(60):
            with pytest.raises(asyncio.CancelledError):
                async for _ in streams[0]:
                    pass
        return streams[0].result.trace.states

    assert run_virtual(main) == ["cancelled", "cancelled"]
    assert sorted(cleaned) == ["closer", "other"]
