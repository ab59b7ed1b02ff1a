"""`targets`, `reuse` and `on_error="continue"`: which nodes an invoke runs, and which it skips."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import (
    ExecutionResult,
    InvocationError,
    MissingParameterError,
    ResultUnavailableError,
    TaskManager,
    TaskNode,
    Trace,
    build_dag,
)
from async_dag.trace.columns import NOT_NEEDED, Attempt
from tests.support.attempts import flaky, retrying
from tests.support.strategies import Boom, Spec, build, dags, expected_values
from tests.support.virtual import VirtualLoop, run_virtual


def ancestors(specs: list[Spec], start: set[int]) -> set[int]:
    """These tasks and all that they need, by walking the specification."""
    found: set[int] = set()
    left = list(start)
    while left:
        index = left.pop()
        if index not in found:
            found.add(index)
            left.extend(specs[index].dependencies)
    return found


@given(dags(), st.data())
def test_targets_run_with_what_they_need_and_nothing_else(
    specs: list[Spec], data: st.DataObject
) -> None:
    """Exactly the targets and their ancestors run, when they would have run anyway, values right."""
    chosen = data.draw(st.sets(st.integers(0, len(specs) - 1)))

    async def main(loop: VirtualLoop) -> tuple[ExecutionResult[None], list[Any], Trace]:
        tm, nodes = build(specs, loop.time)
        whole = await tm.invoke()
        return await tm.invoke(targets=[nodes[index] for index in chosen]), nodes, whole.trace

    result, nodes, whole = run_virtual(main)
    needed = ancestors(specs, chosen)
    values = expected_values(specs)
    for index, node in enumerate(nodes):
        if index in needed:
            assert result[node] == values[index]
            assert result.trace.started[index] == whole.started[index]
        else:
            assert result.trace.states[index] == "skipped"
            assert result.trace.causes[index] == NOT_NEEDED
            with pytest.raises(ResultUnavailableError, match="no target of the invoke needs it"):
                result[node]
    assert Trace.from_json(result.trace.to_json()).states == result.trace.states


@given(dags(failures=True))
def test_continue_skips_exactly_what_depends_on_a_failure(specs: list[Spec]) -> None:
    """All other nodes finish; the failures are all there, and nothing stays behind."""

    async def main(loop: VirtualLoop) -> tuple[ExecutionResult[None], list[Any], set[int]]:
        tm, nodes = build(specs, loop.time)
        try:
            return await tm.invoke(on_error="continue"), nodes, set()
        except InvocationError as error:
            assert error.result is tm.last_unfinished
            failed = {failure.args[0] for failure in error.exceptions if type(failure) is Boom}
            assert len(failed) == len(error.exceptions)
            return error.result, nodes, failed

    result, nodes, failed = run_virtual(main)
    trace = result.trace
    values = expected_values(specs)
    for index, spec in enumerate(specs):
        failed_before = {other for other in ancestors(specs, {index}) if specs[other].fails} - {
            index
        }
        if failed_before:
            assert trace.states[index] == "skipped"
            assert trace.causes[index] in failed_before
            with pytest.raises(ResultUnavailableError, match="never started, because node"):
                result[nodes[index]]
        elif spec.fails:
            assert trace.states[index] == "failed"
            assert index in failed
        else:
            assert result[nodes[index]] == values[index]
    assert Trace.from_json(trace.to_json()).states == trace.states


@given(dags(failures=True), st.none() | st.integers(1, 3))
def test_a_run_that_failed_half_way_resumes(specs: list[Spec], slots: int | None) -> None:
    """With `reuse` exactly what had not finished runs, and all values are right in the end."""
    broken = {index for index, spec in enumerate(specs) if spec.fails}
    ran: list[int] = []

    async def main(loop: VirtualLoop) -> tuple[list[Any], Trace, Trace]:
        repaired = False
        tm = TaskManager[None](clock=loop.time)
        nodes: list[TaskNode[None, Any]] = []

        def task_of(index: int) -> Any:
            async def task(*values: object, keyword: object = None) -> object:
                ran.append(index)
                for seconds in specs[index].sleeps:
                    await asyncio.sleep(seconds)
                if index in broken and not repaired:
                    raise Boom(index)
                return (index, values, keyword)

            return task

        for index, spec in enumerate(specs):
            arguments = [nodes[other] for other in spec.arguments]
            keyword = {} if spec.keyword is None else {"keyword": nodes[spec.keyword]}
            nodes.append(tm.add_node(task_of(index), *arguments, **keyword))
        tm.sort()
        try:
            first = await tm.invoke(max_concurrency=slots)
        except InvocationError as error:
            first = error.result
            assert tm.last_unfinished is first
        repaired = True
        ran.clear()
        second = await tm.invoke(reuse=first, max_concurrency=slots)
        return [second[node] for node in nodes], first.trace, second.trace

    values, first, second = run_virtual(main)
    assert values == expected_values(specs)
    done = [index for index, state in enumerate(first.states) if state == "done"]
    assert sorted(ran) == [index for index in range(len(specs)) if index not in done]
    assert [index for index, state in enumerate(second.states) if state == "reused"] == done
    assert Trace.from_json(second.to_json()).states == second.states


def counted() -> tuple[TaskManager[Any], dict[str, int], dict[str, TaskNode[Any, Any]]]:
    """A manager with a branch that takes the parameter and one that does not; how often each ran."""
    calls = {"fixed": 0, "scaled": 0, "sum": 0}

    async def fixed() -> int:
        calls["fixed"] += 1
        return 1

    async def scaled(n: Any) -> Any:
        calls["scaled"] += 1
        return n * 2

    async def total(one: int, other: Any) -> Any:
        calls["sum"] += 1
        return one + other

    with build_dag(int) as tm:
        a = tm.add_node(fixed)
        b = tm.add_node(scaled, tm.parameter_node)
        c = tm.options(name="sum").add_node(total, a, b)
        d = tm.options(name="list").add_node(total, 1, 1)
    return tm, calls, {"fixed": a, "scaled": b, "sum": c, "d": d}


def test_with_the_same_parameter_nothing_runs_again() -> None:
    """An equal parameter: all are reused, and the values are the very same objects."""
    tm, calls, nodes = counted()

    async def main() -> None:
        first = await tm.invoke(1000)
        second = await tm.invoke(10**3, reuse=first)
        assert calls == {"fixed": 1, "scaled": 1, "sum": 2}
        assert second[nodes["sum"]] is first[nodes["sum"]]
        assert set(second.trace.states) == {"reused", "done"}  # the parameter node is done

    asyncio.run(main())


def test_with_another_parameter_what_depends_on_it_runs_again() -> None:
    """Only nodes that depend on the parameter, directly or not, are computed anew."""
    tm, calls, nodes = counted()

    async def main() -> None:
        first = await tm.invoke(1)
        second = await tm.invoke(5, reuse=first)
        assert second[nodes["sum"]] == 11
        assert calls == {"fixed": 1, "scaled": 2, "sum": 3}
        assert second.trace.states[tm.nodes.index(nodes["fixed"])] == "reused"

    asyncio.run(main())


class Odd:
    """Compares in ways that are not exactly True."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def __mul__(self, other: int) -> int:
        return other

    def __eq__(self, other: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("answer", [[True], 1, ValueError("ambiguous"), False])
def test_a_parameter_that_is_not_exactly_equal_is_another(answer: object) -> None:
    """Comparisons that answer with an array or raise, as numpy's do, never count as the same."""
    tm, calls, _ = counted()

    async def main() -> None:
        first = await tm.invoke(Odd(answer))
        await tm.invoke(Odd(answer), reuse=first)
        assert calls["scaled"] == 2
        await tm.invoke(first._parameter, reuse=first)
        assert calls["scaled"] == 2  # the same object is the same, whatever it answers

    asyncio.run(main())


def test_reuse_after_an_interrupted_invoke() -> None:
    """`reuse=tm.last_unfinished` goes on where a cancelled invoke stopped; None there runs all."""

    async def main(loop: VirtualLoop) -> tuple[Trace, Trace]:
        tm = TaskManager[None](clock=loop.time)
        first = tm.add_node(flaky(loop, 0))
        second = tm.add_node(flaky(loop, 0), first)
        tm.sort()
        assert tm.last_unfinished is None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await tm.invoke(reuse=tm.last_unfinished)
        result = await tm.invoke(reuse=tm.last_unfinished)
        assert result[second] == 2.5
        assert tm.last_unfinished is None
        return result.trace, (await tm.invoke(reuse=result)).trace

    resumed, all_reused = run_virtual(main)
    assert resumed.states == ["reused", "done"]
    assert (resumed.ready[1], resumed.started[1], resumed.finished[1]) == (0, 0, 1)
    assert all_reused.states == ["reused", "reused"]


def test_targets_without_the_parameter_need_none() -> None:
    """The parameter may be left out where no target needs it, and only there."""
    tm, _, nodes = counted()
    invoke: Any = tm.invoke
    result = asyncio.run(invoke(targets=[nodes["fixed"]]))
    assert result[nodes["fixed"]] == 1
    with pytest.raises(MissingParameterError, match="'scaled' takes parameter_node"):
        asyncio.run(invoke(targets=[nodes["sum"]]))


def test_an_interrupt_wins_over_continue() -> None:
    """KeyboardInterrupt in a node ends the invoke also with on_error="continue"."""

    async def interrupted() -> None:
        await asyncio.sleep(0)
        raise KeyboardInterrupt

    async def main() -> None:
        with build_dag() as tm:
            tm.add_node(interrupted)
            slow = tm.add_node(asyncio.sleep, 100)
        try:
            await tm.invoke(on_error="continue")
        finally:
            assert tm.last_unfinished is not None
            assert tm.last_unfinished.trace.states[tm.nodes.index(slow)] == "cancelled"

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())


def test_everything_at_once_to_the_millisecond() -> None:
    """Timeouts, two retries, a shared limit, a failure and `continue`; then only what is missing runs.

    On the virtual clock every time in the trace is known; `run_virtual` checks that no task is left.
    """

    async def main(loop: VirtualLoop) -> tuple[Trace, Trace, list[float]]:
        repaired = False

        async def maybe(value: float) -> float:
            await asyncio.sleep(0.25)
            if not repaired:
                raise ValueError("broken")
            return value

        async def after(value: float) -> float:
            await asyncio.sleep(0.5)
            return value + 0.125

        naps = iter([9.0, 9.0, 0.5])

        async def hangs_twice() -> float:
            await asyncio.sleep(next(naps))
            return 7.0

        tm = TaskManager[None](clock=loop.time)
        api = tm.options(limit=asyncio.Semaphore(1))
        hangs = api.options(name="hangs", timeout=1, retry=retrying(3, 0.5)).add_node(hangs_twice)
        quick = api.options(name="quick").add_node(flaky(loop, 0, 0.75))
        broken = tm.options(name="broken").add_node(maybe, 3.0)
        behind = tm.options(name="behind").add_node(after, broken)
        last = tm.options(name="last").add_node(after, hangs)
        further = tm.options(name="further").add_node(after, behind)
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on_error="continue", max_concurrency=4)
        assert [str(error) for error in caught.value.exceptions] == ["broken"]
        first = caught.value.result
        assert (first[hangs], first[last]) == (7.0, 7.125)
        for node in (behind, further):
            with pytest.raises(ResultUnavailableError, match="because node 'broken' failed"):
                first[node]
        repaired = True
        second = await tm.invoke(reuse=first)
        nodes = (hangs, quick, broken, behind, last, further)
        return first.trace, second.trace, [second[node] for node in nodes]

    first, second, values = run_virtual(main)
    nan = pytest.approx(float("nan"), nan_ok=True)
    assert first.states == ["done", "done", "failed", "skipped", "done", "skipped"]
    assert first.causes == {3: 2, 5: 2}
    # hangs: 0-1 times out, pause until 1.5; quick has the limit 1-1.75; again 1.75-2.75, pause until
    # 3.25, and 0.5 s that succeed; then last.
    text = "NodeTimeoutError: node 'hangs' took longer than its timeout of 1 s"
    assert first.attempts == [
        Attempt(0, 0, 1, text),
        Attempt(0, 1.75, 2.75, text),
        Attempt(0, 3.25, 3.75, None),
    ]
    assert first.waits == [(1, "limit", 0, 1), (0, "limit", 1.5, 1.75)]
    assert list(first.ready) == [0, 0, 0, nan, 3.75, nan]
    assert list(first.started) == [0, 1, 0, nan, 3.75, nan]
    assert list(first.finished) == [3.75, 1.75, 0.25, nan, 4.25, nan]
    assert first.elapsed == 4.25

    assert second.states == ["reused", "reused", "done", "done", "reused", "done"]
    assert values == [7.0, 1.75, 3.0, 3.125, 7.125, 3.25]
    assert list(second.started) == [nan, nan, 0, 0.25, nan, 0.75]
    assert (second.attempts, second.waits) == ([], [])
    assert second.elapsed == 1.25
