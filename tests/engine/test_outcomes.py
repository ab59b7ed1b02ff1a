"""`outcomes` and `fold`: what takes the items of a map together, one failed or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from async_dag import (
    Failure,
    InvocationError,
    ResultUnavailableError,
    TaskManager,
    Trace,
    WrongTypeError,
    build_dag,
    streaming,
)
from tests.support.virtual import VirtualLoop, run_virtual


async def third_fails(n: int) -> int:
    await asyncio.sleep(0)
    if n == 3:
        raise OSError("no route")
    return n


async def plus_one(n: int) -> int:
    return n + 1


async def total(numbers: list[int]) -> int:
    return sum(numbers)


async def count_failures(outcomes: list[Any]) -> int:
    return sum(isinstance(outcome, Failure) for outcome in outcomes)


def test_who_takes_the_outcomes_runs_although_an_item_failed() -> None:
    """The invoke succeeds, the failure is in its result, and a failure stands where no value is."""
    tm = TaskManager[None]()
    pages = tm.options(name="fetch").map(third_fails, range(15))
    links = tm.options(name="parse").map(plus_one, pages)
    outcomes = tm.outcomes(links)
    failed = tm.add_node(count_failures, outcomes)
    tm.sort()
    result = asyncio.run(tm.invoke())
    values: list[Any] = result[outcomes]
    failure = values.pop(3)
    assert values == [n + 1 for n in range(15) if n != 3]
    assert (failure.node.name, str(failure.error)) == ("fetch[3]", "no route")
    assert failure.error.__notes__ == ["in node 'fetch[3]'"]
    assert result[failed] == 1
    assert dict(result.failures) == {failure.node: failure.error}
    assert tm.last_unfinished is None
    trace = result.trace
    states = dict(zip(trace.graph.names, trace.states, strict=True))
    assert (states["fetch[3]"], states["parse[3]"]) == ("failed", "skipped")
    assert (states["parse/outcomes"], states["count_failures"]) == ("done", "done")
    assert (states["fetch"], states["parse"]) == ("skipped", "skipped")
    assert sum(state == "done" for state in trace.states) == 14 + 14 + 2
    assert Trace.from_json(trace.to_json()).states == trace.states
    with pytest.raises(ResultUnavailableError, match=r"because node 'fetch\[3\]' failed"):
        result[pages]


def test_a_failure_cancels_if_something_needs_the_values() -> None:
    """Then the outcomes are of no help; with on_error="continue" both get what they can."""
    tm = TaskManager[None]()
    pages = tm.options(name="fetch").map(third_fails, range(6))
    failed = tm.add_node(count_failures, tm.outcomes(pages))
    summed = tm.add_node(total, pages)
    tm.sort()
    with pytest.raises(InvocationError, match=r"node 'fetch\[3\]' failed") as caught:
        asyncio.run(tm.invoke())
    with pytest.raises(ResultUnavailableError):
        caught.value.result[failed]
    with pytest.raises(InvocationError, match=r"node 'fetch\[3\]' failed") as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    assert caught.value.result[failed] == 1
    with pytest.raises(ResultUnavailableError):
        caught.value.result[summed]
    assert asyncio.run(tm.invoke(targets=[failed]))[failed] == 1


def test_other_failures_are_named_alone() -> None:
    """Where another node fails, the error is about that one."""

    async def fail(failures: int) -> None:
        raise ValueError(failures)

    tm = TaskManager[None]()
    tm.add_node(fail, tm.add_node(count_failures, tm.outcomes(tm.map(third_fails, range(6)))))
    tm.sort()
    with pytest.raises(InvocationError, match="node 'fail' failed: ValueError: 1") as caught:
        asyncio.run(tm.invoke())
    assert len(caught.value.exceptions) == 1
    assert len(caught.value.result.failures) == 2


def test_a_map_goes_on_from_outcomes_element_by_element() -> None:
    """Without a barrier, from a failed item as from one that is done."""

    async def main(loop: VirtualLoop) -> tuple[list[str], Trace]:
        async def nap(n: int) -> int:
            await asyncio.sleep(n)
            if n % 2:
                raise OSError(n)
            return n

        async def describe(outcome: int | Failure) -> str:
            return "failed" if isinstance(outcome, Failure) else str(outcome)

        tm = TaskManager[None](clock=loop.time)
        naps = tm.map(nap, [4, 1, 3, 2])
        described = tm.map(describe, tm.outcomes(naps))
        pairs = tm.starmap(pair, tm.zip(tm.outcomes(naps), [1, 2, 3, 4]))
        crossed = tm.starmap(pair, tm.product(tm.outcomes(naps), tm.outcomes(naps)))
        tm.sort()
        result = await tm.invoke()
        assert result[pairs] == [True] * 4
        assert result[crossed] == [True] * 16
        return result[described], result.trace

    async def pair(one: object, other: object) -> bool:
        return one is not None and other is not None

    values, trace = run_virtual(main)
    assert values == ["4", "failed", "failed", "2"]
    started = {name: trace.started[row] for row, name in enumerate(trace.graph.names)}
    assert [started[f"describe[{n}]"] for n in range(4)] == [4, 1, 3, 2]


def test_what_is_no_map_has_no_outcomes() -> None:
    """The error says what was given and what to pass."""
    tm = TaskManager[None]()
    node: Any = tm.add_node(plus_one, 1)
    with pytest.raises(WrongTypeError, match="outcomes takes a map, .*; given was .*plus_one"):
        tm.outcomes(node)
    with pytest.raises(WrongTypeError, match="'zip' calls none: pass the map"):
        tm.outcomes(tm.zip([1], [2]))


def test_a_fold_takes_one_element_after_the_other() -> None:
    """In their order, each as soon as it and the call before are done; the last value is kept."""

    async def main(loop: VirtualLoop) -> tuple[str, Trace]:
        async def nap(seconds: int) -> str:
            await asyncio.sleep(seconds)
            return str(seconds)

        async def join(so_far: str, more: str) -> str:
            await asyncio.sleep(1)
            return so_far + more

        tm = TaskManager[None](clock=loop.time)
        joined = tm.fold(join, ">", tm.map(nap, [3, 1, 2, 8]))
        empty = tm.fold(join, joined, [])
        tm.sort()
        result = await tm.invoke()
        assert result[empty] == result[joined]
        first = result.node_of(result.trace.graph.names.index("join[0]"))
        with pytest.raises(ResultUnavailableError, match="a fold keeps its last value alone"):
            result[first]
        return result[joined], result.trace

    value, trace = run_virtual(main)
    assert value == ">3128"
    rows = {name: row for row, name in enumerate(trace.graph.names)}
    assert [trace.started[rows[f"join[{n}]"]] for n in range(4)] == [3, 4, 5, 8]
    assert trace.graph.dependencies[rows["join[2]"]] == (rows["nap[2]"], rows["join[1]"])


def test_a_fold_stops_at_an_element_that_failed() -> None:
    """The calls before are made, those behind it never, however many these are."""
    tm = TaskManager[None]()

    async def add(so_far: int, n: int) -> int:
        return so_far + n

    summed = tm.fold(add, 0, tm.map(third_fails, range(5000)))
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    trace = caught.value.result.trace
    rows = {name: row for row, name in enumerate(trace.graph.names)}
    all_states = trace.states
    states = [all_states[rows[f"add[{n}]"]] for n in range(5000)]
    assert states == ["done"] * 3 + ["skipped"] * 4997
    with pytest.raises(ResultUnavailableError, match=r"because node 'third_fails\[3\]' failed"):
        caught.value.result[summed]


@pytest.mark.parametrize("zips", [False, True])
def test_a_fold_that_failed_does_not_go_on_with_elements_that_come_later(zips: bool) -> None:
    """They are skipped for its failure, be they those of a stream or zipped with these."""

    async def three() -> AsyncIterator[int]:
        for number in range(3):
            yield number

    async def add(so_far: int, element: Any) -> int:
        raise OSError(so_far, element)

    tm = TaskManager[None]()
    numbers = tm.map(plus_one, tm.add_node(streaming(three)))
    tm.fold(add, 0, tm.zip(numbers, tm.map(plus_one, [0, 1, 2])) if zips else numbers)
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    trace = caught.value.result.trace
    rows = [row for row, name in enumerate(trace.graph.names) if name.startswith("add[")]
    assert [trace.states[row] for row in rows] == ["failed", "skipped", "skipped"]
    assert {trace.causes[row] for row in rows[1:]} == {rows[0]}


def test_a_stream_has_each_value_of_a_fold() -> None:
    """Who goes through a stream sees what a fold had got to after each element."""

    async def add(so_far: int, n: int) -> int:
        return so_far + n

    tm = TaskManager[None]()
    tm.fold(add, 0, [1, 2, 3])
    tm.sort()

    async def main() -> list[tuple[str, int]]:
        return [(node.name, value) async for node, value in tm.stream()]

    assert asyncio.run(main()) == [("add[0]", 1), ("add[1]", 3), ("add[2]", 6)]


def test_outcomes_with_failures_are_made_anew_when_a_run_is_resumed() -> None:
    """The item that failed runs again, and so does what took its failure; nothing else."""
    called: list[int] = []
    is_down = True

    async def fetch(number: int) -> int:
        called.append(number)
        if number == 2 and is_down:
            raise OSError(number)
        return 10 * number

    tm: TaskManager[None] = TaskManager()
    outcomes = tm.outcomes(tm.map(fetch, [1, 2, 3]))
    failed = tm.add_node(count_failures, outcomes)
    other = tm.add_node(plus_one, 1)
    tm.sort()
    earlier = asyncio.run(tm.invoke())
    assert (called, earlier[failed]) == ([1, 2, 3], 1)
    is_down = False
    result = asyncio.run(tm.invoke(reuse=earlier))
    assert called == [1, 2, 3, 2]
    assert (result[outcomes], result[failed]) == ([10, 20, 30], 0)
    assert result.trace.states[other.index] == "reused"
    again = asyncio.run(tm.invoke(reuse=result))
    assert called == [1, 2, 3, 2]
    assert set(again.trace.states) == {"reused"}


@pytest.mark.parametrize("combine", ["zip", "product", "collect"])
def test_outcomes_are_combined_within_a_dag_for_each_element(combine: str) -> None:
    """Who takes lists of outcomes runs although an item failed, as outside of such a DAG."""
    with build_dag(int) as sub:
        numbers = sub.add_node(up_to, sub.parameter_node)
        outcomes, plain = sub.outcomes(sub.map(odd, numbers)), sub.map(half, numbers)
        pair = [outcomes, plain]
        both = sub.collect(pair) if combine == "collect" else getattr(sub, combine)(*pair)
        failed = sub.add_node(count_in_pairs, both)
    with build_dag() as tm:
        parts = tm.map(sub, [2, 4])
    result = asyncio.run(tm.invoke())
    assert result[parts[failed]] == {"zip": [1, 2], "product": [2, 8], "collect": [1, 2]}[combine]
    assert len(result.failures) == 3


async def up_to(number: int) -> list[int]:
    return list(range(number))


async def odd(number: int) -> int:
    if number % 2 == 0:
        raise ValueError(number)
    return number


async def half(number: int) -> float:
    return number / 2


async def count_in_pairs(pairs: list[Any]) -> int:
    return sum(isinstance(part, Failure) for pair in pairs for part in pair)
