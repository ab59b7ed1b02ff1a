"""Limits and retries of other libraries, used as they are."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from typing import Any

import aiolimiter
import anyio
import pytest
import stamina
import tenacity

from async_dag import InvocationError, TaskManager, Trace, WrongLoopError, WrongTypeError, build_dag
from async_dag.nodes.retries import most_attempts
from async_dag.trace.columns import Attempt
from tests.support.attempts import flaky
from tests.support.virtual import VirtualLoop, run_virtual


@pytest.fixture(autouse=True)
def _quiet_stamina() -> Iterator[None]:
    """Without stamina's own log lines."""
    before = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(before)


def stamina_retry() -> Any:
    return stamina.retry_context(on=OSError, attempts=3, wait_initial=0.5, wait_jitter=0)


def tenacity_retry() -> Any:
    return tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(3),
        wait=tenacity.wait_exponential(multiplier=0.5),
        reraise=True,
    )


@pytest.mark.parametrize("retry", [stamina_retry, tenacity_retry])
def test_retries_are_in_the_trace(retry: Callable[[], Any]) -> None:
    """Two failures, pauses of 0.5 and 1 s as the library says, and success at the last attempt."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        tm.options(retry=retry).add_node(flaky(loop, 2))
        tm.sort()
        return (await tm.invoke()).trace

    text = "OSError: try again"
    assert run_virtual(main).attempts == [
        Attempt(0, 0, 1, text, most=3),
        Attempt(0, 1.5, 2.5, text, most=3),
        Attempt(0, 3.5, 4.5, None, most=3),
    ]


STOPS = [
    (tenacity.stop_after_attempt(4) | tenacity.stop_after_delay(60), 4),
    (tenacity.stop_after_delay(60) | tenacity.stop_after_attempt(4), 4),
    (tenacity.stop_after_attempt(4) & tenacity.stop_after_delay(60), None),
    (tenacity.stop_after_delay(60), None),
    (tenacity.stop_never, None),
]


@pytest.mark.parametrize(("stop", "most"), STOPS)
def test_the_most_attempts_are_those_after_which_it_stops(stop: Any, most: int | None) -> None:
    """Of several conditions that end it, each alone, the number still holds; of both together not."""
    assert most_attempts(tenacity.AsyncRetrying(stop=stop)) == most


def test_the_most_attempts_of_what_does_not_tell_are_not_known() -> None:
    """stamina without a bound, and anything else."""
    assert most_attempts(stamina.retry_context(on=OSError, attempts=None)) is None
    assert most_attempts(object()) is None


@pytest.mark.parametrize("retry", [stamina_retry, tenacity_retry])
def test_retrying_that_gives_up_fails_the_node(retry: Callable[[], Any]) -> None:
    """After three attempts the node fails with the task's own exception."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        tm.options(retry=retry).add_node(flaky(loop, 3))
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke()
        assert [type(error) for error in caught.value.exceptions] == [OSError]
        return caught.value.result.trace

    trace = run_virtual(main)
    assert [one.error for one in trace.attempts] == ["OSError: try again"] * 3


def test_what_is_not_to_be_retried_fails_at_once() -> None:
    """Another exception than those named is no reason for a second attempt."""

    async def broken() -> None:
        raise ValueError("no")

    with build_dag() as tm:
        tm.options(retry=functools.partial(stamina.retry_context, on=OSError)).add_node(broken)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    assert len(caught.value.result.trace.attempts) == 1


def test_tenacity_may_retry_by_the_value() -> None:
    """`retry_if_result` sees what the task returned."""
    values = iter([None, None, 5])

    async def poll() -> int | None:
        return next(values)

    def retry() -> Any:
        return tenacity.AsyncRetrying(retry=tenacity.retry_if_result(lambda value: value is None))

    with build_dag() as tm:
        node = tm.options(retry=retry).add_node(poll)
    result = asyncio.run(tm.invoke())
    assert result[node] == 5
    assert len(result.trace.attempts) == 3


def test_tenacitys_own_error_comes_through() -> None:
    """Without `reraise` the node fails with RetryError, whose cause is the task's exception."""

    async def broken() -> None:
        raise OSError("no")

    def retry() -> Any:
        return tenacity.AsyncRetrying(stop=tenacity.stop_after_attempt(2))

    with build_dag() as tm:
        tm.options(retry=retry).add_node(broken)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    [error] = caught.value.exceptions
    assert isinstance(error, tenacity.RetryError)
    assert isinstance(error.__cause__, OSError)


def test_a_timeout_is_a_reason_to_retry() -> None:
    """stamina sees the timeout of an attempt as a TimeoutError."""

    async def main(loop: VirtualLoop) -> Trace:
        naps = iter([9.0, 0.5])

        async def nap() -> None:
            await asyncio.sleep(next(naps))

        def retry() -> Any:
            return stamina.retry_context(on=TimeoutError, wait_initial=0.5, wait_jitter=0)

        tm = TaskManager[None](clock=loop.time)
        tm.options(timeout=1, retry=retry).add_node(nap)
        tm.sort()
        return (await tm.invoke()).trace

    assert [(one.start, one.end) for one in run_virtual(main).attempts] == [(0, 1), (1.5, 2)]


def test_cancelling_ends_retrying() -> None:
    """An invoke that is cancelled ends in the middle of an attempt or a pause of either library."""

    async def main(loop: VirtualLoop) -> list[str]:
        tm = TaskManager[None](clock=loop.time)
        for retry in (stamina_retry, tenacity_retry):
            for seconds in (0.25, 9):
                tm.options(retry=retry).add_node(flaky(loop, 9, seconds))
        tm.sort()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await tm.invoke()
        assert tm.last_unfinished is not None
        return list(tm.last_unfinished.trace.states)

    assert run_virtual(main) == ["cancelled"] * 4


def test_objects_instead_of_factories_are_refused() -> None:
    """A retry object would be shared by all nodes; a decorator is no factory."""
    tm = TaskManager[None]()
    wrong: Any
    for wrong in (stamina_retry(), tenacity_retry(), tenacity.Retrying()):
        with pytest.raises(WrongTypeError, match="given was a retry object itself"):
            tm.options(retry=wrong)
    with pytest.raises(WrongTypeError, match="called without arguments"):
        tm.options(retry=stamina.retry(on=OSError))  # type: ignore[arg-type]
    tm.options(retry=tenacity.AsyncRetrying)  # the class makes one: for ever, without a pause


def test_a_capacity_limiter_of_anyio() -> None:
    """Two at once; made within the loop or, as anyio allows, outside one."""
    outside = anyio.CapacityLimiter(2)

    async def main(loop: VirtualLoop) -> tuple[Trace, Trace]:
        traces = []
        for limiter in (anyio.CapacityLimiter(2), outside):
            tm = TaskManager[None](clock=loop.time)
            for _ in range(5):
                tm.options(limit=limiter).add_node(flaky(loop, 0))
            tm.sort()
            traces.append((await tm.invoke()).trace)
            assert limiter.borrowed_tokens == 0
        return traces[0], traces[1]

    for trace in run_virtual(main):
        assert sorted(trace.started) == [0, 0, 1, 1, 2]
        assert [wait[1:] for wait in trace.waits] == [
            ("limit", 0, 1),
            ("limit", 0, 1),
            ("limit", 0, 2),
        ]
        assert (
            set(trace.graph.limits) == {type(outside).__name__} or len(set(trace.graph.limits)) == 1
        )


def test_a_rate_limiter_of_aiolimiter() -> None:
    """Two a second: of six nodes two start at once, and one each half second after."""

    async def main(loop: VirtualLoop) -> Trace:
        limiter = aiolimiter.AsyncLimiter(2, 1)
        tm = TaskManager[None](clock=loop.time)
        for _ in range(6):
            tm.options(limit=limiter).add_node(flaky(loop, 0, 0.1))
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert sorted(trace.started) == pytest.approx([0, 0, 0.5, 1, 1.5, 2], abs=0.002)
    assert trace.graph.limits == ("AsyncLimiter",) * 6


def test_a_rate_limiter_of_another_loop_is_refused() -> None:
    """aiolimiter's would only warn and then count wrongly."""
    limiter = aiolimiter.AsyncLimiter(5, 1)

    async def use() -> None:
        async with limiter:
            pass

    asyncio.run(use())
    with build_dag() as tm:
        tm.options(limit=limiter).add_node(asyncio.sleep, 0)
    with pytest.raises(WrongLoopError, match="another event loop"):
        asyncio.run(tm.invoke())


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_limits_retries_and_slots_together(slots: int) -> None:
    """Never more attempts at once than slots, never more than the limiter allows, all succeed."""

    async def main(loop: VirtualLoop) -> Trace:
        limiter = anyio.CapacityLimiter(2)
        tm = TaskManager[None](clock=loop.time)
        for _ in range(4):
            tm.options(limit=limiter, retry=stamina_retry, timeout=3).add_node(flaky(loop, 1))
            tm.options(retry=tenacity_retry).add_node(flaky(loop, 1))
        tm.sort()
        return (await tm.invoke(max_concurrency=slots)).trace

    trace = run_virtual(main)
    assert set(trace.states) == {"done"}
    assert len(trace.attempts) == 16
    for moment in [one.start for one in trace.attempts]:
        running = [one.node for one in trace.attempts if one.start <= moment < one.end]
        assert len(running) <= slots
        assert len([node for node in running if node % 2 == 0]) <= 2
