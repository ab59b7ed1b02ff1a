"""Choices in a DAG that runs for each element: which side runs is decided for each of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings

from async_dag import (
    NOT_CHOSEN,
    Failure,
    InvocationError,
    ResultUnavailableError,
    TaskManager,
    TaskNode,
    Trace,
    build_dag,
)
from async_dag.graph.choices import Choice
from tests.support.dynamic_strategies import (
    Step,
    build_dynamic,
    by_hand,
    dynamic_dags,
    expected_values,
    values_of,
)
from tests.support.virtual import VirtualLoop, run_virtual


@settings(max_examples=150, deadline=None)
@example(  # of the outcomes on one side there is no list, as no element takes them
    [
        Step("list", width=1),
        Step("list", dag=1, parameter=0, each=True),
        Step("map", (1,), dag=1, parameter=0, each=True),
        Step("outcomes", (2,), dag=1, parameter=0, each=True),
        Step("choose", (0,), (0, 3), dag=1, parameter=0, each=True),
    ]
)
@example(  # outcomes that one element takes, two tasks away, and another one leaves
    [
        Step("list", width=2),
        *(
            replace(step, dag=1, parameter=0, each=True)
            for step in (
                Step("list"),
                Step("map", (1,)),
                Step("outcomes", (2,)),
                Step("list", (), (3,)),
                Step("list", (), (4,)),
                Step("list"),
                Step("choose", (0,), (0, 5)),
            )
        ),
    ]
)
@given(dynamic_dags(chosen=True))
def test_values_are_those_of_plain_python(steps: list[Step]) -> None:
    """Whatever is chosen for which element; and each item starts once all is there that it takes."""
    expected = by_hand(steps)
    if expected.fails:
        return

    async def main(loop: VirtualLoop) -> Trace:
        tm, nodes = build_dynamic(steps, loop.time)
        result = await tm.invoke()
        assert values_of(result, nodes) == expected_values(expected, nodes)
        return result.trace

    trace = run_virtual(main)
    assert set(trace.states) <= {"done", "skipped"}
    assert set(trace.causes.values()) <= {NOT_CHOSEN}
    for row, needed in enumerate(trace.graph.dependencies):
        if row not in trace.causes:
            ready = max((trace.finished[one] for one in needed), default=0.0)
            assert trace.ready[row] == ready, trace.graph.names[row]
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()


async def is_even(number: int) -> bool:
    return number % 2 == 0


async def half(number: int) -> int:
    await asyncio.sleep(0)
    return number // 2


async def odd(number: int) -> int:
    return 3 * number + 1


async def count_to(number: int) -> list[int]:
    return list(range(number))


async def same(value: Any) -> Any:
    return value


def collatz(sub: TaskManager[int]) -> TaskNode[int, int]:
    """Adds a step of it to a sub-DAG."""
    number = sub.parameter_node
    return sub.choose(
        sub.add_node(is_even, number), sub.add_node(half, number), sub.add_node(odd, number)
    )


def rows_of(trace: Trace) -> dict[str, int]:
    return {name: row for row, name in enumerate(trace.graph.names)}


def test_the_side_not_taken_never_starts_for_that_element() -> None:
    """Its item is skipped as not chosen; the trace says what each choice took, and of what."""
    with build_dag(int) as sub:
        chosen = collatz(sub)
        after = sub.add_node(same, chosen)
    with build_dag() as tm:
        parts = tm.map(sub, [3, 4])
    result = asyncio.run(tm.invoke())
    assert result[parts[after]] == result[parts[chosen]] == [10, 2]
    trace = result.trace
    row = rows_of(trace)
    states = {name: trace.states[at] for name, at in row.items() if "[" in name}
    left = {"sub[0]/half", "sub[1]/odd"}
    assert {name for name, state in states.items() if state == "skipped"} == left
    assert {trace.causes[row[name]] for name in left} == {NOT_CHOSEN}
    assert trace.graph.choices[row["sub[1]/choice"]] == Choice(
        row["sub[1]/is_even"], row["sub[1]/half"], row["sub[1]/odd"], taken=True
    )
    assert trace.graph.dependencies[row["sub[1]/half"]] == (row["sub[1]/is_even"],)
    side = next(node for node in sub.nodes if node.name == "half")
    with pytest.raises(ResultUnavailableError, match="no choice took"):
        result[parts[side]]


def test_a_map_on_a_side_is_opened_only_where_it_is_taken() -> None:
    """What is no collection does no harm where the map over it is not chosen."""

    async def is_list(value: object) -> bool:
        return isinstance(value, list)

    with build_dag(object) as sub:
        value: Any = sub.parameter_node
        doubled = sub.map(half, value)
        chosen = sub.choose(sub.add_node(is_list, value), doubled, value)
        outcomes = sub.add_node(same, chosen)
    with build_dag() as tm:
        parts = tm.map(sub, [7, [2, 4], None])
    result = asyncio.run(tm.invoke())
    assert result[parts[outcomes]] == [7, [1, 2], None]
    names = result.trace.graph.names
    assert [name for name in names if "/half[" in name] == ["sub[1]/half[0]", "sub[1]/half[1]"]


@pytest.mark.parametrize("numbers", [[1], [1, 4]])
def test_what_was_not_chosen_has_no_outcome(numbers: list[int]) -> None:
    """It did not fail: a list of outcomes that nothing takes is not there, and the run ends."""
    with build_dag(int) as sub:
        number = sub.parameter_node
        halved = sub.add_node(half, number)
        chosen = sub.choose(sub.add_node(is_even, number), halved, number)
    with build_dag() as tm:
        parts = tm.map(sub, numbers)
        outcomes = tm.outcomes(parts[halved])
    result = asyncio.run(asyncio.wait_for(tm.invoke(), 30))
    assert result[parts[chosen]] == [1, 2][: len(numbers)]
    assert result.trace.causes[outcomes.index] == NOT_CHOSEN
    with pytest.raises(ResultUnavailableError, match="no choice took"):
        result[outcomes]


class _NoTruth:
    def __init__(self, number: int) -> None:
        self._number = number

    def __bool__(self) -> bool:
        if self._number:
            return True
        raise ValueError("no truth")


def _no_truth(number: int) -> _NoTruth:
    return _NoTruth(number)


@pytest.mark.parametrize(
    ("flag", "message"),
    [(lambda number: 1 / number, "ZeroDivision"), (_no_truth, "no truth")],
)
def test_a_flag_that_fails_fails_its_element_alone(
    flag: Callable[[int], object], message: str
) -> None:
    """What the sides of that choice are is skipped for it; the other elements go on."""

    async def flagged(number: int) -> Any:
        return flag(number)

    with build_dag(int) as sub:
        number = sub.parameter_node
        chosen = sub.choose(sub.add_node(flagged, number), sub.add_node(half, number), None)
    with build_dag() as tm:
        parts = tm.map(sub, [0, 4])
        outcomes = tm.add_node(same, tm.outcomes(parts[chosen]))
    result = asyncio.run(tm.invoke())
    failure, value = result[outcomes]
    assert isinstance(failure, Failure)
    assert message in repr(failure.error)
    assert value == 2
    trace, row = result.trace, rows_of(result.trace)
    assert trace.states[row["sub[0]/half"]] == "skipped"
    assert trace.states[trace.causes[row["sub[0]/half"]]] == "failed"


def test_an_item_that_was_done_is_not_run_again() -> None:
    """One element failed behind its choice; resumed, nothing else runs, and what was left stays so."""
    calls: Counter[str] = Counter()
    broken = [True]

    async def slow(number: int) -> int:
        calls[f"slow {number}"] += 1
        if number == 6 and broken[0]:
            raise OSError("not yet")
        return number

    async def last(number: int) -> int:
        calls[f"last {number}"] += 1
        return number

    with build_dag(int) as sub:
        number = sub.parameter_node
        chosen = sub.choose(sub.add_node(is_even, number), sub.add_node(slow, number), -1)
        end = sub.add_node(last, chosen)
    with build_dag() as tm:
        parts = tm.map(sub, [2, 3, 6])
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    broken[0] = False
    calls.clear()
    result = asyncio.run(tm.invoke(reuse=caught.value.result))
    assert result[parts[end]] == [2, -1, 6]
    assert calls == {"slow 6": 1, "last 6": 1}
    states = {name: result.trace.states[row] for name, row in rows_of(result.trace).items()}
    assert (states["sub[0]/slow"], states["sub[1]/slow"]) == ("reused", "skipped")


def test_other_widths_keep_what_was_chosen() -> None:
    """`simulate(widths=)` takes elements in turn, each with the side that its like took."""

    async def main(loop: VirtualLoop) -> Trace:
        async def nap(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return seconds

        async def is_long(seconds: float) -> bool:
            await asyncio.sleep(1)
            return seconds > 2

        with build_dag(float) as sub:
            seconds = sub.parameter_node
            sub.choose(sub.add_node(is_long, seconds), sub.add_node(nap, seconds), None)
        tm = TaskManager[None](clock=loop.time)
        tm.map(sub, [1.0, 3.0])
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert trace.timeline.makespan == 4
    wider = trace.timeline.simulate(widths={"sub/is_long": 6}, max_concurrency=100)
    assert wider.makespan == 4
    assert trace.timeline.simulate(widths={"sub/is_long": 6}, max_concurrency=1).makespan == 15


@pytest.mark.parametrize("zips", [False, True])
def test_a_window_waits_for_what_a_list_turns_into(zips: bool) -> None:
    """An element is through only when the items behind its lists are, be these zipped or chosen."""
    begun: list[float] = []

    async def main(loop: VirtualLoop) -> list[Any]:
        async def listed(number: int) -> list[int]:
            begun.append(loop.time())
            await asyncio.sleep(1)
            return [number, number]

        async def is_not_one(values: list[int]) -> bool:
            await asyncio.sleep(2)
            return values[0] != 1

        async def nap(*values: int) -> int:
            await asyncio.sleep(5)
            return sum(values)

        with build_dag(list[int]) as sub:
            values = sub.parameter_node
            flag = sub.add_node(is_not_one, values)
            if zips:
                napped = sub.starmap(nap, sub.zip(values, values))
            else:
                napped = sub.map(nap, values)
            chosen = sub.choose(flag, napped, None)
        tm = TaskManager[None](clock=loop.time)
        parts = tm.map(sub, tm.options(at_once=1).map(listed, [0, 1, 2]))
        tm.sort()
        return (await tm.invoke())[parts[chosen]]

    assert run_virtual(main) == [[0, 0], None, [4, 4] if zips else [2, 2]]
    assert begun == [0, 8, 11]
