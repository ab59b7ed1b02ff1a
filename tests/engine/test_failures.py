"""What happens when nodes fail, and that nothing is lost then."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import pickle
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given

from async_dag import (
    ExecutionResult,
    InvocationError,
    NodeCancelled,
    NotAwaitableError,
    ResultUnavailableError,
    TaskManager,
    build_dag,
)
from tests.support.strategies import Boom, Spec, build, dags, expected_values
from tests.support.virtual import VirtualLoop, run_virtual


async def one() -> int:
    return 1


async def fail(error: BaseException, seconds: float = 0.0, *_: object) -> None:
    if seconds:
        await asyncio.sleep(seconds)
    raise error


async def sleep(seconds: float, *_: object) -> float:
    await asyncio.sleep(seconds)
    return seconds


@given(dags(failures=True))
def test_a_failing_run_tells_the_truth_about_every_node(specs: list[Spec]) -> None:
    """Values of what succeeded are right; every other node is failed, cancelled or skipped, and why."""

    async def main(loop: VirtualLoop) -> tuple[ExecutionResult[None], list[Any], list[Exception]]:
        tm, nodes = build(specs, loop.time)
        try:
            result = await tm.invoke()
        except InvocationError as error:
            assert error.result is tm.last_unfinished
            return error.result, nodes, list(error.exceptions)
        assert tm.last_unfinished is None
        return result, nodes, []

    result, nodes, errors = run_virtual(main)
    trace = result.trace
    states = trace.states
    values = expected_values(specs)
    # A node finishes at the end of its longest path; the first failure stops everything after it.
    ends: list[float] = []
    for spec in specs:
        ends.append(max((ends[d] for d in spec.dependencies), default=0.0) + spec.duration)
    reached = [not any(specs[a].fails for a in _ancestors(specs, i)) for i in range(len(specs))]
    first = min((ends[i] for i, s in enumerate(specs) if s.fails and reached[i]), default=None)
    assert bool(errors) == (first is not None)
    for index, (state, spec) in enumerate(zip(states, specs, strict=True)):
        if first is None:
            assert state == "done"
        if state == "done":
            assert result[nodes[index]] == values[index]
            assert first is None or ends[index] <= first
            assert not spec.fails
        else:
            with pytest.raises(ResultUnavailableError, match=f"'task{index}' has no value"):
                nodes[index].extract_result(result)
            assert first is not None
            assert ends[index] >= first or not reached[index]
        if state == "failed":
            assert spec.fails
            assert trace.errors[index] == f"Boom: {index}"
        elif state in ("cancelled", "skipped"):
            assert states[trace.causes[index]] == "failed"
        assert (trace.started[index] == trace.started[index]) == (state != "skipped")
    assert len(errors) == states.count("failed")
    assert all(isinstance(error, Boom) for error in errors)


def _ancestors(specs: list[Spec], index: int) -> set[int]:
    found: set[int] = set()
    stack = list(specs[index].dependencies)
    while stack:
        if (node := stack.pop()) not in found:
            found.add(node)
            stack.extend(specs[node].dependencies)
    return found


def test_failure_cancels_the_rest_and_says_so() -> None:
    """The group has the node's own exception with a note; the trace says who cancelled whom."""

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        first = tm.add_node(one)
        slow = tm.options(name="slow").add_node(sleep, 9)
        error = OSError("no route")
        broken = tm.options(name="broken").add_node(fail, error, 1)
        later = tm.options(name="later").add_node(sleep, 1, slow)
        tm.sort()
        with pytest.raises(
            InvocationError, match="node 'broken' failed: OSError: no route"
        ) as info:
            await tm.invoke()
        assert info.value.exceptions == (error,)
        assert error.__notes__ == ["in node 'broken'"]
        result = info.value.result
        assert result.trace.states == ["done", "cancelled", "failed", "skipped"]
        assert result.trace.causes == {1: 2, 3: 2}
        assert result.trace.elapsed == 1
        assert result.failures == {broken: error}
        assert result[first] == 1
        with pytest.raises(ResultUnavailableError, match="'slow' .*cancelled.*'broken' failed"):
            result[slow]
        with pytest.raises(
            ResultUnavailableError, match="'later' .*never started.*'broken' failed"
        ):
            result[later]
        with pytest.raises(ResultUnavailableError, match="'broken' .*OSError: no route") as why:
            result[broken]
        assert why.value.__cause__ is error

    run_virtual(main)


def test_except_star_keeps_the_result() -> None:
    """What except* hands over, split and nested, still has .result."""
    with build_dag() as tm:
        node = tm.add_node(one)
        tm.add_node(fail, OSError("x"), 0.0, node)
    try:
        asyncio.run(tm.invoke())
    except* OSError as group:
        assert isinstance(group, InvocationError)
        assert group.result[node] == 1
    else:
        pytest.fail("invoke did not raise")


def test_an_invocation_error_can_be_pickled() -> None:
    """A pickled group keeps its exceptions and leaves the result behind, and says so."""
    with build_dag() as tm:
        tm.add_node(fail, OSError("x"))
    with pytest.raises(InvocationError) as info:
        asyncio.run(tm.invoke())
    copy = pickle.loads(pickle.dumps(info.value))
    assert isinstance(copy, InvocationError)
    assert str(copy.exceptions[0]) == "x"
    with pytest.raises(ResultUnavailableError, match="pickling"):
        _ = copy.result


def test_failures_in_clean_up_are_failures_too() -> None:
    """A node that raises while it is cancelled is in the group, with its note."""

    async def main(loop: VirtualLoop) -> None:
        async def bad_clean_up() -> None:
            try:
                await asyncio.sleep(9)
            finally:
                await asyncio.sleep(1)
                raise KeyError("clean-up")

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(bad_clean_up)
        tm.add_node(fail, OSError(), 2)
        tm.sort()
        with pytest.raises(InvocationError, match="2 nodes failed: 'fail', 'bad_clean_up'") as info:
            await tm.invoke()
        assert [type(error) for error in info.value.exceptions] == [OSError, KeyError]
        assert info.value.result.trace.states == ["failed", "failed"]
        assert info.value.result.trace.elapsed == 3

    run_virtual(main)


def test_a_node_that_swallows_its_cancellation() -> None:
    """It is waited for, keeps its value, and adds no error of ours."""

    async def main(loop: VirtualLoop) -> None:
        async def stubborn() -> str:
            try:
                await asyncio.sleep(9)
            except asyncio.CancelledError:
                await asyncio.sleep(1)
            return "kept"

        tm = TaskManager[None](clock=loop.time)
        node = tm.add_node(stubborn)
        behind = tm.add_node(sleep, 1, node)
        tm.add_node(fail, OSError(), 2)
        tm.sort()
        with pytest.raises(InvocationError) as info:
            await tm.invoke()
        assert [type(error) for error in info.value.exceptions] == [OSError]
        assert info.value.result[node] == "kept"
        assert info.value.result.trace.states == ["done", "skipped", "failed"]
        assert info.value.result.trace.causes == {behind.index: 2}

    run_virtual(main)


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_cancelled_error_of_a_nodes_own_is_a_failure(seconds: float) -> None:
    """A node that raises CancelledError has failed as NodeCancelled; its dependents never start."""

    async def main(loop: VirtualLoop) -> None:
        original = asyncio.CancelledError("mine")
        tm = TaskManager[None](clock=loop.time)
        node = tm.add_node(fail, original, seconds)
        tm.add_node(sleep, 1, node)
        tm.sort()
        with pytest.raises(InvocationError) as info:
            await tm.invoke()
        (error,) = info.value.exceptions
        assert isinstance(error, NodeCancelled)
        assert "'fail'" in str(error)
        assert error.__cause__ is original
        assert info.value.result.trace.states == ["failed", "skipped"]
        assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]

    run_virtual(main)


@pytest.mark.parametrize("started", [False, True])
def test_a_task_that_somebody_else_cancels_is_a_failure(started: bool) -> None:
    """Whoever cancels all tasks of the loop, started or not, can't make invoke wait for ever."""

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        tm.add_node(sleep, 9)
        tm.sort()
        me = asyncio.current_task()

        def cancel_all() -> None:
            for task in asyncio.all_tasks() - {me, checker}:
                task.cancel()

        checker = next(task for task in asyncio.all_tasks())
        if started:
            loop.call_later(1, cancel_all)
        else:
            loop.call_soon(cancel_all)
        with pytest.raises(InvocationError) as info:
            await tm.invoke()
        assert isinstance(info.value.exceptions[0], NodeCancelled)

    run_virtual(main)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, BaseException])
@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_exceptions_outside_exception_arrive_bare(
    kind: type[BaseException], seconds: float
) -> None:
    """KeyboardInterrupt and its like: the rest is cleaned up, then it arrives as it is."""

    async def main(loop: VirtualLoop) -> None:
        cleaned: list[str] = []

        async def careful() -> None:
            try:
                await asyncio.sleep(9)
            finally:
                await asyncio.sleep(1)
                cleaned.append("up")

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(careful)
        error = kind("out")
        tm.add_node(fail, error, seconds)
        tm.sort()
        try:
            await tm.invoke()
        except BaseException as raised:  # noqa: BLE001 - the very kind under test
            assert raised is error
        else:
            pytest.fail("nothing was raised")
        assert cleaned == ["up"]
        assert tm.last_unfinished is not None
        assert tm.last_unfinished.trace.states == ["cancelled", "failed"]

    run_virtual(main)


def test_what_is_not_awaitable_fails_its_node() -> None:
    """A plain function is found out at the latest when it runs, with the cure in the message."""
    with build_dag() as tm:
        tm.add_node(lambda: 5)  # type: ignore[arg-type, return-value]
    with pytest.raises(InvocationError) as info:
        asyncio.run(tm.invoke())
    (error,) = info.value.exceptions
    assert isinstance(error, NotAwaitableError)
    assert "int" in str(error)
    assert "in_thread" in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"timeout": 5},
        {"limit": asyncio.Semaphore(1)},
        {"retry": lambda: one_attempt()},  # noqa: PLW0108 - it is defined below
    ],
    ids=["plain", "timeout", "limit", "retry"],
)
def test_a_function_that_raises_before_it_returns_an_awaitable(options: dict[str, Any]) -> None:
    """Also StopIteration, which no coroutine can raise: as from an async function, a RuntimeError."""

    def start() -> Any:
        raise StopIteration("early")

    with build_dag() as tm:
        tm.options(**options).add_node(start)
    with pytest.raises(InvocationError) as info:
        asyncio.run(tm.invoke())
    (error,) = info.value.exceptions
    assert isinstance(error, RuntimeError)
    assert isinstance(error.__cause__, StopIteration)


async def one_attempt() -> AsyncIterator[Any]:
    """A retrying that allows a single attempt."""
    yield contextlib.nullcontext()


def test_one_exception_object_raised_twice_has_each_note_once() -> None:
    """Notes do not pile up when nodes share an exception or a manager is invoked again."""
    error = OSError("shared")
    with build_dag() as tm:
        tm.options(name="a").add_node(fail, error)
    for _ in range(2):
        with pytest.raises(InvocationError):
            asyncio.run(tm.invoke())
    assert error.__notes__ == ["in node 'a'"]


def test_last_unfinished_is_kept_until_an_invoke_succeeds() -> None:
    """The partial result can be had from the manager, until one succeeds."""
    broken = True

    async def flaky() -> int:
        if broken:
            raise OSError
        return 1

    with build_dag() as tm:
        tm.add_node(flaky)
    assert tm.last_unfinished is None
    with pytest.raises(InvocationError) as info:
        asyncio.run(tm.invoke())
    assert tm.last_unfinished is info.value.result
    broken = False
    asyncio.run(tm.invoke())
    assert tm.last_unfinished is None


def test_a_failed_run_is_garbage_once_it_is_dropped() -> None:
    """Exceptions hold tracebacks that hold frames; the collector still gets all of it."""
    import weakref

    class Value:
        pass

    async def make() -> Value:
        return Value()

    async def raise_new(_: Value) -> None:
        raise OSError

    with build_dag() as tm:
        value = tm.add_node(make)
        tm.add_node(raise_new, value)
    try:
        asyncio.run(tm.invoke())
    except InvocationError as error:
        reference = weakref.ref(error.result[value])
    tm._recent.last_unfinished = None
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("wait", [False, True])
def test_an_exception_that_is_a_frozen_dataclass(wait: bool) -> None:
    """An exception that refuses attributes fails its node like any other."""

    @dataclasses.dataclass(frozen=True)
    class FrozenError(Exception):
        number: int

    async def fail() -> None:
        if wait:
            await asyncio.sleep(0)
        raise FrozenError(1)

    with build_dag() as tm:
        tm.add_node(fail)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    assert isinstance(caught.value.exceptions[0], FrozenError)


def test_a_failure_is_not_the_context_of_another_nodes() -> None:
    """A node that starts when another has failed knows nothing of that one's exception."""

    async def first() -> None:
        await asyncio.sleep(0)
        raise ValueError

    async def second() -> None:
        raise KeyError

    with build_dag() as tm:
        tm.add_node(first)
        tm.add_node(second)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(max_concurrency=1, on_error="continue"))
    assert [error.__context__ for error in caught.value.exceptions] == [None, None]


def test_the_bare_exception_of_a_single_node() -> None:
    """Also out of an invoke within the node; several failures stay a group."""

    async def fail() -> None:
        raise LookupError("no user")

    with build_dag() as inner:
        inner.add_node(fail)

    async def nested() -> None:
        await inner.invoke()

    with build_dag() as outer:
        outer.add_node(nested)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(outer.invoke())
    assert isinstance(caught.value.unwrap(), LookupError)

    with build_dag() as several:
        several.add_node(fail)
        several.add_node(fail)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(several.invoke(on_error="continue"))
    assert caught.value.unwrap() is caught.value
