"""Limits, timeouts and retries of single nodes, and what the trace says of them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import (
    InvocationError,
    NodeTimeoutError,
    TaskManager,
    Trace,
    WrongLoopError,
    build_dag,
)
from async_dag.trace.columns import Attempt
from tests.support.attempts import Attempt as Attempted
from tests.support.attempts import flaky, retrying
from tests.support.virtual import VirtualLoop, run_virtual


def test_a_shared_limit_lets_so_many_run() -> None:
    """Five nodes of one second share a semaphore of two: they take three seconds, in order."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        limited = tm.options(limit=asyncio.Semaphore(2))
        for _ in range(5):
            limited.add_node(flaky(loop, 0))
        free = tm.add_node(flaky(loop, 0))
        tm.sort()
        result = await tm.invoke()
        assert result[free] == 1.0
        return result.trace

    trace = run_virtual(main)
    assert list(trace.started) == [0, 0, 1, 1, 2, 0]
    assert list(trace.ready) == [0] * 6
    assert trace.waits == [(2, "limit", 0, 1), (3, "limit", 0, 1), (4, "limit", 0, 2)]
    assert trace.attempts == []
    assert trace.graph.limits == ("Semaphore",) * 5 + (None,)


def test_limits_have_names() -> None:
    """Nodes that share a limit share its name; a second one of the class gets a number."""
    one, other, lock = asyncio.Semaphore(1), asyncio.Semaphore(1), asyncio.Lock()
    with build_dag() as tm:
        for limit in (one, other, one, lock, None):
            tm.options(limit=limit).add_node(asyncio.sleep, 0)
    assert tm.graph.limits == ("Semaphore", "Semaphore_2", "Semaphore", "Lock", None)


@given(st.lists(st.sampled_from(["limit", "timeout", "retry"]), max_size=3), st.integers(1, 3))
def test_options_together_keep_the_slots(options: list[str], slots: int) -> None:
    """Whatever options nodes have, no more run than there are slots, and none is left out."""

    async def main(loop: VirtualLoop) -> Trace:
        semaphore = asyncio.Semaphore(2)
        tm = TaskManager[None](clock=loop.time)
        for number in range(6):
            builder = tm.options()
            for option in options[: number % 4]:
                if option == "limit":
                    builder = builder.options(limit=semaphore)
                elif option == "timeout":
                    builder = builder.options(timeout=2)
                else:
                    builder = builder.options(retry=retrying(3, 0.5))
            builder.add_node(flaky(loop, 1 if "retry" in options[: number % 4] else 0))
        tm.sort()
        return (await tm.invoke(max_concurrency=slots)).trace

    trace = run_virtual(main)
    assert set(trace.states) == {"done"}
    retried = {one.node for one in trace.attempts}
    spans = [(one.start, one.end) for one in trace.attempts]
    spans += [
        (trace.started[node], trace.finished[node]) for node in range(6) if node not in retried
    ]
    for moment, _ in spans:
        assert sum(start <= moment < end for start, end in spans) <= slots


def test_first_the_limit_then_the_slot() -> None:
    """A node that waits for its limit takes no slot; it asks for one once it has the limit."""

    async def main(loop: VirtualLoop) -> Trace:
        limit = asyncio.Semaphore(1)
        tm = TaskManager[None](clock=loop.time)
        limited = tm.options(limit=limit)
        limited.add_node(flaky(loop, 0, 1))
        limited.add_node(flaky(loop, 0, 1))
        tm.add_node(flaky(loop, 0, 3))  # takes the second slot from the start
        tm.sort()
        return (await tm.invoke(max_concurrency=2)).trace

    trace = run_virtual(main)
    assert list(trace.started) == [0, 1, 0]
    assert trace.waits == [(1, "limit", 0, 1)]

    async def one_slot(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        limited = tm.options(limit=asyncio.Semaphore(1))
        limited.add_node(flaky(loop, 0, 1))
        limited.add_node(flaky(loop, 0, 1))
        tm.options(limit=asyncio.Semaphore(1)).add_node(flaky(loop, 0, 3))
        tm.sort()
        durations = {"task": 1.0, "task_2": 1.0, "task_3": 3.0}
        return (await tm.invoke(max_concurrency=1, durations=durations)).trace

    trace = run_virtual(one_slot)
    # The first has its limit from the start, but the long one is first in turn for the only slot; the
    # second gets the limit when the first has ended, and at once the slot.
    assert list(trace.started) == [3, 4, 0]
    assert sorted(trace.waits) == [(0, "slot", 0, 3), (1, "limit", 0, 4)]


def test_a_timeout_fails_the_node_and_names_it() -> None:
    """The error names node and seconds, is a TimeoutError, and the task was cancelled properly."""
    cleaned_up = []

    async def main(loop: VirtualLoop) -> Trace:
        async def slow() -> None:
            try:
                await asyncio.sleep(10)
            finally:
                cleaned_up.append(loop.time())

        tm = TaskManager[None](clock=loop.time)
        tm.options(name="page", timeout=2).add_node(slow)
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke()
        [error] = caught.value.exceptions
        assert isinstance(error, NodeTimeoutError)
        assert isinstance(error, TimeoutError)
        assert str(error) == "node 'page' took longer than its timeout of 2 s"
        return caught.value.result.trace

    trace = run_virtual(main)
    assert trace.states == ["failed"]
    assert (trace.started[0], trace.finished[0]) == (0, 2)
    assert cleaned_up == [2]


def test_a_timeout_error_of_the_task_stays_as_it_is() -> None:
    """A TimeoutError that the task raises itself is not taken for that of its options."""

    async def own() -> None:
        raise TimeoutError("mine")

    with build_dag() as tm:
        tm.options(timeout=5).add_node(own)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    [error] = caught.value.exceptions
    assert type(error) is TimeoutError
    assert str(error) == "mine"


def test_the_timeout_starts_after_limit_and_slot() -> None:
    """Three nodes of one second behind a lock with a timeout of one and a half all succeed."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        for limit in (asyncio.Lock(), None):
            options = tm.options(timeout=1.5, limit=limit)
            for _ in range(2):
                options.add_node(flaky(loop, 0))
        tm.sort()
        return (await tm.invoke(max_concurrency=1)).trace

    trace = run_virtual(main)
    assert set(trace.states) == {"done"}
    assert sorted(trace.started) == [0, 1, 2, 3]


def test_attempts_and_pauses_are_in_the_trace() -> None:
    """Two failures and a success, half a second between: to the millisecond and with the errors."""

    async def main(loop: VirtualLoop) -> tuple[float, Trace]:
        tm = TaskManager[None](clock=loop.time)
        node = tm.options(retry=retrying(3, 0.5)).add_node(flaky(loop, 2))
        tm.sort()
        result = await tm.invoke()
        return result[node], result.trace

    value, trace = run_virtual(main)
    assert value == 4.0
    assert trace.attempts == [
        Attempt(0, 0.0, 1.0, "OSError: try again"),
        Attempt(0, 1.5, 2.5, "OSError: try again"),
        Attempt(0, 3.0, 4.0, None),
    ]
    assert (trace.started[0], trace.finished[0]) == (0, 4)
    assert Trace.from_json(trace.to_json()).attempts == trace.attempts


def test_the_last_failure_is_the_nodes() -> None:
    """When the retrying gives up, the node fails with what the last attempt raised, with its note."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        tm.options(name="api", retry=retrying(2, 1)).add_node(flaky(loop, 5))
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke()
        [error] = caught.value.exceptions
        assert isinstance(error, OSError)
        assert error.__notes__ == ["in node 'api'"]
        return caught.value.result.trace

    trace = run_virtual(main)
    assert trace.states == ["failed"]
    assert [one.error for one in trace.attempts] == ["OSError: try again"] * 2


def test_no_attempt_follows_one_that_succeeded() -> None:
    """Attempts that would go on after a success are left, as by a `return` in a loop by hand."""
    left = []

    async def attempts() -> AsyncIterator[Attempted]:
        try:
            for _ in range(5):
                yield Attempted(swallows=True)
        finally:
            left.append("closed")

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        node = tm.options(retry=attempts).add_node(flaky(loop, 1))
        tm.sort()
        result = await tm.invoke()
        assert result[node] == 2
        return result.trace

    trace = run_virtual(main)
    assert [one.error for one in trace.attempts] == ["OSError: try again", None]
    assert left == ["closed"]


def test_a_pause_holds_neither_limit_nor_slot() -> None:
    """While one node pauses between attempts, another gets the only slot and the only limit."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        options = tm.options(limit=asyncio.Semaphore(1))
        options.options(retry=retrying(2, 1)).add_node(flaky(loop, 1))
        options.add_node(flaky(loop, 0))
        tm.sort()
        durations = {"task": 9.0, "task_2": 5.0}
        return (await tm.invoke(max_concurrency=1, durations=durations)).trace

    trace = run_virtual(main)
    assert [(one.start, one.end) for one in trace.attempts] == [(0, 1), (2, 3)]
    assert list(trace.started) == [0, 1]
    assert trace.waits == [(1, "limit", 0, 1)]


def test_each_attempt_has_its_own_timeout() -> None:
    """A slow first attempt times out, the second is quick enough; both are recorded."""

    async def main(loop: VirtualLoop) -> Trace:
        naps = iter([10.0, 1.0])

        async def nap() -> None:
            await asyncio.sleep(next(naps))

        tm = TaskManager[None](clock=loop.time)
        tm.options(name="n", timeout=2, retry=retrying(2, 1)).add_node(nap)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert trace.attempts == [
        Attempt(0, 0, 2, "NodeTimeoutError: node 'n' took longer than its timeout of 2 s"),
        Attempt(0, 3, 4, None),
    ]


def test_held_time_is_that_of_the_task() -> None:
    """Steps that hold the loop count for nodes with options as for others, over all attempts."""

    async def main(loop: VirtualLoop) -> Trace:
        failed = False

        async def busy() -> None:
            nonlocal failed
            loop.hold(0.25)
            await asyncio.sleep(1)
            loop.hold(0.5)
            if not failed:
                failed = True
                raise OSError

        tm = TaskManager[None](clock=loop.time)
        tm.options(timeout=9, retry=retrying(2, 1), limit=asyncio.Lock()).add_node(busy)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert trace.held[0] == 1.5
    assert [(step.start, step.length) for step in trace.long_steps] == [
        (0, 0.25),
        (1.25, 0.5),
        (2.75, 0.25),
        (4, 0.5),
    ]


@pytest.mark.parametrize("waits_for", ["limit", "slot"])
def test_cancelled_while_waiting_it_never_started(waits_for: str) -> None:
    """Cancelled in the wait for its limit or slot, a node is skipped; nothing of it stays behind."""

    async def main(loop: VirtualLoop) -> tuple[Trace, asyncio.Semaphore]:
        limit = asyncio.Semaphore(1 if waits_for == "limit" else 2)
        tm = TaskManager[None](clock=loop.time)
        for _ in range(2):
            tm.options(limit=limit).add_node(flaky(loop, 0, 5))
        tm.sort()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await tm.invoke(max_concurrency=2 if waits_for == "limit" else 1)
        assert tm.last_unfinished is not None
        return tm.last_unfinished.trace, limit

    trace, limit = run_virtual(main)
    assert trace.states == ["cancelled", "skipped"]
    assert trace.waits == [(1, waits_for, 0, 1)]
    assert not limit.locked()
    assert Trace.from_json(trace.to_json()).states == trace.states


def test_cancelled_in_the_pause_between_attempts() -> None:
    """A node that pauses has started: cancelling the invoke ends the pause, the node is cancelled."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        tm.options(retry=retrying(2, 100)).add_node(flaky(loop, 5))
        tm.sort()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await tm.invoke()
        assert tm.last_unfinished is not None
        return tm.last_unfinished.trace

    trace = run_virtual(main)
    assert trace.states == ["cancelled"]
    assert trace.finished[0] == 2


def test_a_retrying_that_swallows_cancellation_does_not_win() -> None:
    """Even where every exception is retried for ever, cancelling the invoke ends it."""

    class SwallowsAll:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> bool:
            return True

    async def for_ever() -> AsyncIterator[SwallowsAll]:
        while True:
            yield SwallowsAll()

    async def main(loop: VirtualLoop) -> list[str]:
        tm = TaskManager[None](clock=loop.time)
        tm.options(retry=for_ever).add_node(flaky(loop, 10**6))
        tm.sort()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await tm.invoke()
        assert tm.last_unfinished is not None
        return list(tm.last_unfinished.trace.states)

    assert run_virtual(main) == ["cancelled"]


def test_a_limit_that_fails_fails_the_node() -> None:
    """An exception from the limit itself is the node's failure, though its task was never called."""

    class Broken:
        async def __aenter__(self) -> None:
            raise PermissionError("closed")

        async def __aexit__(self, *_: object) -> None: ...

    with build_dag() as tm:
        tm.options(limit=Broken()).add_node(asyncio.sleep, 0)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    assert isinstance(caught.value.exceptions[0], PermissionError)
    trace = caught.value.result.trace
    assert trace.states == ["failed"]
    assert Trace.from_json(trace.to_json()).states == ["failed"]


def test_a_limit_cannot_swallow_a_failure() -> None:
    """What a limit's exit returns is ignored: the node fails, and never has None for a value."""

    class Swallows:
        async def __aenter__(self) -> None: ...
        async def __aexit__(self, *_: object) -> bool:
            return True

    async def broken() -> None:
        raise ValueError("no")

    with build_dag() as tm:
        tm.options(limit=Swallows()).add_node(broken)
    with pytest.raises(InvocationError):
        asyncio.run(tm.invoke())


def test_a_semaphore_of_another_loop_is_refused_and_says_so() -> None:
    """A Semaphore that was waited for under an earlier asyncio.run can't be used in this one."""

    async def use(semaphore: asyncio.Semaphore) -> None:
        async def one() -> None:
            async with semaphore:
                await asyncio.sleep(0)

        await asyncio.gather(one(), one())

    semaphore = asyncio.Semaphore(1)
    asyncio.run(use(semaphore))
    with build_dag() as tm:
        tm.options(name="fetch", limit=semaphore).add_node(asyncio.sleep, 0)
    with pytest.raises(WrongLoopError, match="limit of node 'fetch'.*another event loop"):
        asyncio.run(tm.invoke())


def test_a_limit_that_notices_another_loop_late_says_so_too() -> None:
    """Whatever raises about a different loop on entering is told in our words, as its cause."""

    class Late:
        async def __aenter__(self) -> None:
            raise RuntimeError("<Event> is bound to a different event loop")

        async def __aexit__(self, *_: object) -> None: ...

    with build_dag() as tm:
        tm.options(name="fetch", limit=Late()).add_node(asyncio.sleep, 0)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    [error] = caught.value.exceptions
    assert isinstance(error, WrongLoopError)
    assert isinstance(error.__cause__, RuntimeError)


def test_a_retry_that_returns_no_iterator_fails_the_node() -> None:
    """What can only be seen when the factory is called is the node's failure, with a clear message."""
    with build_dag() as tm:
        tm.options(name="n", retry=lambda: 3).add_node(asyncio.sleep, 0)  # type: ignore[arg-type, return-value]
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    assert "the retry= of node 'n' returned 3; it must return an async iterator" in str(
        caught.value.exceptions[0]
    )


def test_a_node_with_options_runs_in_a_task_of_its_own() -> None:
    """`current_task` and `asyncio.timeout` in such a node work as everywhere, waits are its own."""
    tasks = []

    async def me() -> None:
        tasks.append(asyncio.current_task())
        async with asyncio.timeout(5):
            await asyncio.sleep(0)

    async def main() -> None:
        with build_dag() as tm:
            options = tm.options(timeout=5, limit=asyncio.Semaphore(9), retry=retrying(1, 0))
            options.add_node(me)
            options.add_node(me)
        await tm.invoke(max_concurrency=1)
        tasks.append(asyncio.current_task())

    asyncio.run(main())
    assert len(set(tasks)) == 3


def test_the_traceback_begins_at_the_task() -> None:
    """The traceback of a failure shows the user's function, not the machinery around it."""

    async def broken() -> None:
        raise ValueError("no")

    with build_dag() as tm:
        options = tm.options(timeout=5, limit=asyncio.Semaphore(9), retry=retrying(1, 0))
        options.add_node(broken)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    traceback = caught.value.exceptions[0].__traceback__
    assert traceback is not None
    assert traceback.tb_frame.f_code.co_name == "broken"


def test_options_may_be_left_on_from_one_invoke_to_the_next() -> None:
    """A manager with options runs many times and on different loops, each with its own attempts."""

    async def main() -> list[float]:
        with build_dag() as tm:
            tm.options(timeout=5, retry=retrying(2, 0)).add_node(asyncio.sleep, 0, 7)
        results = await asyncio.gather(tm.invoke(), tm.invoke())
        return [len(result.trace.attempts) for result in results]

    assert asyncio.run(main()) == [1, 1]
    assert asyncio.run(main()) == [1, 1]


def test_open_attempts_are_told_while_they_run() -> None:
    """An attempt that runs has NaN for its end."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        tm.options(retry=retrying(2, 0)).add_node(flaky(loop, 0, 3))
        tm.sort()
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1)
        seen: Trace = runs[0].trace.snapshot()
        await invoke
        return seen

    [attempt] = run_virtual(main).attempts
    assert attempt[:2] == (0, 0)
    assert math.isnan(attempt.end)
