"""Maps: values are those of plain Python, and each item starts the moment its own inputs are done."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from async_dag import (
    NOT_CHOSEN,
    InvocationError,
    ResultUnavailableError,
    TaskManager,
    TaskNode,
    Trace,
    build_dag,
    in_thread,
    report,
    streaming,
)
from tests.support.dynamic_strategies import (
    LEFT,
    Expected,
    Step,
    build_dynamic,
    by_hand,
    dynamic_dags,
    expected_values,
    values_of,
)
from tests.support.virtual import VirtualLoop, run_virtual


def run(steps: list[Step], expected: Expected) -> Trace:
    """The trace of an invoke of these steps, whose values are checked."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, nodes = build_dynamic(steps, loop.time)
        result = await asyncio.wait_for(tm.invoke(), 10_000)
        assert values_of(result, nodes) == expected_values(expected, nodes)
        return result.trace

    return run_virtual(main)


@settings(max_examples=400, deadline=None)
@given(dynamic_dags())
def test_values_are_those_of_plain_python(steps: list[Step]) -> None:
    """Whatever the maps, choices and sub-DAGs, values are what a loop by hand gives."""
    expected = by_hand(steps)
    if expected.may_be_left:
        return
    if expected.fails:
        with pytest.raises(InvocationError) as caught:
            run(steps, expected)
        assert all("that are zipped have" in str(error) for error in caught.value.exceptions)
    else:
        run(steps, expected)


@settings(max_examples=400, deadline=None)
@example(  # what takes a list without items waits for the flag by which its map was demanded
    [
        Step("list", width=2),
        Step("list", dag=1, parameter=0, each=True),
        Step("map", (1,), dag=1, parameter=0, each=True),
        Step("list", (), (0, 2), dag=1, parameter=0, each=True),
        Step("list", (), (3,)),
        Step("choose", (1,), (0, 4), ticks=(0, 0, 0, 1)),
    ]
)
@example(  # the list of all that streams within elements is there as a whole
    [
        Step("list", width=2),
        Step("list", (), (0,), ticks=(0, 1), streams=True, dag=1, parameter=0, each=True),
        Step("map", (1,), dag=2, parameter=1),
    ]
)
@given(dynamic_dags())
def test_every_item_starts_when_its_last_dependency_is_done(steps: list[Step]) -> None:
    """On an exact clock: nothing waits for an item that it does not need."""
    expected = by_hand(steps)
    if expected.fails:
        return
    trace = run(steps, expected)
    graph = trace.graph
    assert len(set(graph.names)) == len(graph) == len(trace)
    assert set(trace.states) <= {"done", "skipped"}
    assert set(trace.causes.values()) <= {NOT_CHOSEN}
    for row, needed in enumerate(graph.dependencies):
        if row in trace.causes:
            continue
        ready = max((trace.finished[one] for one in needed), default=0.0)
        assert trace.ready[row] == trace.started[row] == ready, graph.names[row]
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()


@settings(max_examples=200, deadline=None)
@example(  # the items of the second map are skipped before their elements are begun
    [
        Step("list", width=3, plain=True),
        Step("map", (0,), at_once=1),
        Step("map", (1,)),
        Step("choose", (0,), (2, 1)),
    ]
)
@example(  # the fold waits for an element that comes into the second window after others
    [
        Step("list", width=3),
        Step("map", (0,), ticks=(3, 1, 0), at_once=2),
        Step("map", (1,), at_once=1),
        Step("fold", (2,)),
    ]
)
@example(  # the second window has room only once the last map is over, which takes all of the first
    [
        Step("list", width=3, plain=True),
        Step("map", (0,), at_once=1),
        Step("map", (1,), nested=True, at_once=1),
        Step("flatten", (2,), (1,)),
    ]
)
@example(  # an element is in the window until it is known that it is paired with none
    [
        Step("list", width=2, plain=True),
        Step("map", (0,), ticks=(1,), at_once=1),
        Step("list", ticks=(5,)),
        Step("product", (1, 2)),
    ]
)
@example(  # the next item of a fold comes before the first item of another one
    [
        Step("list", width=3, plain=True),
        Step("list", width=2, plain=True, dag=1, parameter=0, each=True),
        Step("fold", (1,), ticks=(3, 5, 6), dag=1, parameter=0, each=True, at_once=2),
    ]
)
@example(  # a fold that goes on from a zip of items is not in its window
    [
        Step("list", width=3, plain=True),
        Step("starmap", (0, 0), ticks=(0, 6, 1)),
        Step("starmap", (1, 1), (1,), ticks=(5,), at_once=1),
        Step("fold", (2,), (0,), ticks=(1, 6, 3)),
    ]
)
@example(  # elements of different lists begin in their order, though each has but one item
    [
        Step("list", width=2, plain=True),
        Step("list", width=1, plain=True, dag=1, parameter=0, each=True),
        Step("fold", (1,), (1,), ticks=(6, 3), dag=1, parameter=0, each=True),
        Step("map", (1,), (2,), ticks=(6, 5), dag=1, parameter=0, each=True, at_once=1),
        Step("fold", (3,), ticks=(6, 1, 3, 2)),
    ]
)
@example(  # outcomes that a choice within the elements takes, and one outside leaves
    [
        Step("list"),
        Step("list", dag=1, parameter=0, each=True),
        Step("map", (1,), dag=2, parameter=1, each=True),
        Step("outcomes", (2,), dag=2, parameter=1, each=True),
        Step("choose", (1,), (1, 3), dag=2, parameter=1, each=True),
        Step("choose", (0,), (0, 3), ticks=(0, 0, 0)),
    ]
)
@given(dynamic_dags(windows=True))
def test_windows_change_no_value(steps: list[Step]) -> None:
    """Wherever they are, the run ends: no window waits for what waits for room in it.

    A simulated run takes as long.
    """
    expected = by_hand(steps)
    if not expected.fails:
        timeline = run(steps, expected).timeline
        assert timeline.simulate().makespan == pytest.approx(timeline.makespan, abs=1e-9)


async def _nap(*_: object) -> int:
    await asyncio.sleep(1)
    return 1


async def _quick(*_: object) -> int:
    return 1


async def _three(*_: object) -> AsyncIterator[int]:
    for number in range(3):
        yield number


def _flag_of_all(tm: TaskManager[Any], parameter: Any) -> float:
    async def listed(_: object) -> list[int]:
        return [1, 2, 3]

    async def decide(pages: list[int]) -> bool:
        return bool(pages)

    pages = tm.options(at_once=1).map(_nap, tm.add_node(listed, parameter))
    tm.choose(tm.add_node(decide, pages), tm.map(_nap, pages), [])
    return 4


def _whole_stream_beside(tm: TaskManager[Any], parameter: Any) -> float:
    rows = tm.add_node(streaming(_three), parameter)
    pages = tm.options(at_once=1).map(_nap, rows)
    tm.starmap(_quick, tm.zip(pages, tm.map(_quick, rows, rows)))
    return 3


def _stream_within_another_window(tm: TaskManager[Any], _: Any) -> float:
    users = tm.options(at_once=1).map(_nap, [1, 2, 3])
    posts = tm.flatten(tm.map(streaming(_three), users))
    tm.options(at_once=1).map(_quick, posts, users)
    return 3


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("add", [_flag_of_all, _whole_stream_beside, _stream_within_another_window])
def test_no_window_waits_until_all_else_is_over(
    add: Callable[[TaskManager[Any], Any], float], within: bool
) -> None:
    """What waits for elements that can't begin yet is not counted: the run is as fast beside others."""

    async def others() -> None:
        await asyncio.sleep(1000)

    async def main(loop: VirtualLoop) -> Trace:
        nonlocal expected
        tm = TaskManager[None](clock=loop.time)
        if within:
            with build_dag(int) as sub:
                expected = add(sub, sub.parameter_node)
            tm.map(sub, [7])
        else:
            expected = add(tm, 0)
        tm.add_node(others)
        tm.sort()
        return (await tm.invoke()).trace

    expected = 0.0
    trace = run_virtual(main)
    for run_or_simulated in (trace, trace.timeline.simulate().trace):
        ends = dict(zip(trace.graph.names, run_or_simulated.finished, strict=True))
        assert max(end for name, end in ends.items() if name != "others") == expected


def test_what_runs_maps_is_imported_before_the_first_invoke() -> None:
    """Else that keeps whatever else is on its event loop waiting for a tenth of a second."""
    code = """
import asyncio, sys
from async_dag import TaskManager

async def double(number: int) -> int:
    return 2 * number

tm = TaskManager()
tm.map(double, range(1000))
tm.sort()
before = set(sys.modules)
asyncio.run(tm.invoke())
print([name for name in sys.modules if name.startswith("async_dag.") and name not in before])
"""
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize("on_error", ["cancel", "continue"])
@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize("within", [False, True])
def test_lists_of_different_lengths_are_one_failure(
    within: bool, as_list: bool, on_error: Literal["cancel", "continue"]
) -> None:
    """Whether their zip is gone through or taken as a list, by a node or within an element."""

    async def numbers(count: int) -> list[int]:
        return [1] * count

    async def both(*pair: object) -> object:
        return pair

    def add(tm: TaskManager[int]) -> TaskNode[int, Any]:
        zipped = tm.zip(tm.add_node(numbers, 2), tm.add_node(numbers, 3))
        return tm.add_node(both, zipped) if as_list else tm.starmap(both, zipped)

    tm = TaskManager[int]()
    if within:
        sub = TaskManager[int]()
        last = add(sub)
        sub.sort()
        tm.map(sub, [7])[last]
    else:
        add(tm)
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(1, on_error=on_error))
    assert len(caught.value.exceptions) == len(caught.value.result.failures) == 1
    trace = caught.value.result.trace
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()


def test_maps_over_lists_of_different_lengths_fail_once_under_cancel() -> None:
    """As everywhere under `cancel`: the first failure ends the rest."""

    async def both(*pair: object) -> object:
        return pair

    tm = TaskManager[None]()
    zipped = tm.zip([1, 2], [1, 2, 3])
    tm.starmap(both, zipped)
    tm.starmap(both, zipped)
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    assert len(caught.value.exceptions) == 1


PRODUCT_AS_A_SIDE = [
    Step("list"),
    Step("list", dag=1, parameter=0, each=True),
    Step("product", (1, 1), dag=1, parameter=0, each=True),
    Step("choose", (0,), (0, 2)),
]
"""What a choice takes lies three levels within the elements, of which there are none."""


@settings(max_examples=150, deadline=None)
@given(dynamic_dags())
def test_a_sub_dag_may_have_maps(steps: list[Step]) -> None:
    """Added to another DAG, twice, maps give the same values; nothing waits for what it need not."""
    expected = by_hand(steps)
    if expected.fails:
        return

    async def main(loop: VirtualLoop) -> Trace:
        sub, nodes = build_dynamic(steps, loop.time)
        tm = TaskManager[None](clock=loop.time)
        uses = [tm.add_dag(sub), tm.add_dag(sub)]
        tm.sort()
        result = await asyncio.wait_for(tm.invoke(), 10_000)
        for used in uses:
            here = [used[node] if isinstance(node, TaskNode) else node for node in nodes]
            # A plain list is no task: where nothing takes it, it may be there or left.
            for step, found, wanted in zip(
                steps, values_of(result, here), expected_values(expected, here), strict=True
            ):
                assert found == wanted or (step.plain and step.each and found == LEFT)
        return result.trace

    trace = run_virtual(main)
    assert len(set(trace.graph.names)) == len(trace)
    for row, needed in enumerate(trace.graph.dependencies):
        if row in trace.causes:
            continue
        ready = max((trace.finished[one] for one in needed), default=0.0)
        assert trace.started[row] == ready, trace.graph.names[row]


@settings(max_examples=100, deadline=None)
@example(PRODUCT_AS_A_SIDE, 0, None)
@example(  # the flag needs the map whose outcomes are the side that is not taken
    [
        Step("list", width=1),
        Step("list", plain=True, dag=1, parameter=0, each=True),
        Step("list"),
        Step("map", (0,)),
        Step("outcomes", (3,)),
        Step("choose", (3,), (0, 4), ticks=(0, 0, 0)),
    ],
    1,
    None,
)
@given(dynamic_dags(), st.integers(0, 2), st.sampled_from([None, 1, 3]))
def test_a_dag_with_maps_may_run_for_each_element(
    steps: list[Step], width: int, slots: int | None
) -> None:
    """Maps within a DAG for each element, which may have such a DAG within it, too: the same values."""
    expected = by_hand(steps)
    if expected.fails:
        return

    async def main(loop: VirtualLoop) -> Trace:
        sub, nodes = build_dynamic(steps, loop.time)
        tm = TaskManager[None](clock=loop.time)
        parts = tm.map(sub, range(width))
        tm.sort()
        result = await asyncio.wait_for(tm.invoke(max_concurrency=slots), 10_000)
        within = [parts[node] if isinstance(node, TaskNode) else node for node in nodes]
        wanted, found = expected_values(expected, nodes), values_of(result, within)
        for step, node, value, of_all, known in zip(
            steps, nodes, wanted, found, expected.values, strict=True
        ):
            if not isinstance(node, TaskNode):
                continue
            if width and value is LEFT:
                # What is no task and needs none may be there all the same: a plain list, or the
                # outcomes of a map without elements, or of one that runs for something else.
                is_there = step.plain or (step.kind == "outcomes" and of_all == [known] * width)
                assert of_all is LEFT or is_there or of_all == [[]] * width, node.name
            else:
                assert of_all == [value] * width, node.name
        return result.trace

    trace = run_virtual(main)
    graph = trace.graph
    assert len(set(graph.names)) == len(graph) == len(trace)
    assert set(trace.states) <= {"done", "skipped"}
    for row, needed in enumerate(graph.dependencies):
        if row in trace.causes:
            assert trace.causes[row] == NOT_CHOSEN
            continue
        ready = max((trace.finished[one] for one in needed), default=0.0)
        assert trace.ready[row] == ready, graph.names[row]
        assert slots or trace.started[row] == ready, graph.names[row]
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()


class Clock:
    """What a test needs of a virtual loop, and how often tasks ran at once."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.running = 0
        self.most = 0

    async def nap(self, seconds: float) -> float:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(seconds)
        finally:
            self.running -= 1
        return seconds


@settings(max_examples=150, deadline=None)
@given(dynamic_dags(), st.integers(1, 3))
def test_slots_bound_how_many_items_run(steps: list[Step], slots: int) -> None:
    """Values are the same, never do more run than there are slots, and none is idle for nothing."""
    expected = by_hand(steps)
    if expected.fails:
        return

    async def main(loop: VirtualLoop) -> Trace:
        tm, nodes = build_dynamic(steps, loop.time)
        result = await asyncio.wait_for(tm.invoke(max_concurrency=slots), 100_000)
        assert values_of(result, nodes) == expected_values(expected, nodes)
        return result.trace

    trace = run_virtual(main)
    assert trace.timeline.peak_parallelism <= slots
    ran = [row for row, kind in enumerate(trace.graph.kinds) if kind == "task"]
    for row in ran:
        if trace.started[row] > trace.ready[row]:  # all slots were taken when it started
            waited = (trace.ready[row] + trace.started[row]) / 2
            busy = [one for one in ran if trace.started[one] <= waited < trace.finished[one]]
            assert len(busy) == slots, trace.graph.names[row]


def uneven(count: int) -> list[float]:
    """Seconds that differ from one to the next."""
    return [(7 * number % 5 + 1) / 16 for number in range(count)]


def test_a_window_waits_for_lists_that_are_zipped_within_an_element() -> None:
    """The next element starts when the items of the zip are over, whose lists come one by one."""
    begun: list[float] = []

    async def main(loop: VirtualLoop) -> list[list[int]]:
        async def listed(number: int) -> list[int]:
            begun.append(loop.time())
            await asyncio.sleep(1)
            return [number, number]

        async def others(_: list[int]) -> list[int]:
            await asyncio.sleep(2)
            return [1, 2]

        async def add(a: int, b: int) -> int:
            await asyncio.sleep(5)
            return a + b

        with build_dag(list[int]) as sub:
            values = sub.parameter_node
            added = sub.starmap(add, sub.zip(values, sub.add_node(others, values)))
        tm = TaskManager[None](clock=loop.time)
        parts = tm.map(sub, tm.options(at_once=1).map(listed, [0, 1, 2]))
        tm.sort()
        return (await tm.invoke())[parts[added]]

    assert run_virtual(main) == [[1, 2], [2, 3], [3, 4]]
    assert begun == [0, 8, 16]


def test_a_window_does_not_wait_for_what_waits_for_all_of_its_elements() -> None:
    """Not for a map that takes their whole list, and not for one that takes an item of that."""

    async def main(loop: VirtualLoop) -> tuple[list[float], list[float]]:
        clock = Clock(loop)
        tm = TaskManager[None](clock=loop.time)

        async def total(numbers: list[float]) -> float:
            return sum(numbers)

        async def add(*numbers: float) -> float:
            return sum(numbers)

        first = tm.options(at_once=1).map(clock.nap, [1.0, 2.0, 3.0])
        second = tm.options(name="second").map(clock.nap, first)
        of_all = tm.map(add, first, tm.add_node(total, first))
        both = tm.starmap(add, tm.zip(second, of_all))
        tm.sort()
        result = await tm.invoke()
        items = result.trace.graph.names.index("nap[0]")
        return result[both], [*result.trace.started[items : items + 3]]

    assert run_virtual(main) == ([8, 10, 12], [0, 2, 6])


def _of_item(tm: TaskManager[Any], lists: Any, nap: Any, _: Any) -> None:
    tm.starmap(nap, tm.product(lists, [1, 2]))


def _of_flat_list(tm: TaskManager[Any], lists: Any, nap: Any, _: Any) -> None:
    tm.starmap(nap, tm.product(tm.flatten(lists), [1, 2]))


def _of_product(tm: TaskManager[Any], lists: Any, nap: Any, _: Any) -> None:
    tm.starmap(nap, tm.product(tm.product(lists, [1, 2]), [3, 4]))


def _of_node(tm: TaskManager[Any], lists: Any, nap: Any, slow: Any) -> None:
    tm.starmap(nap, tm.product(lists, tm.add_node(slow, [1, 2])))


def _within(product: Any) -> Any:
    def add(tm: TaskManager[Any], lists: Any, nap: Any, slow: Any) -> None:
        with build_dag(list[int]) as sub:
            sub.starmap(nap, product(sub, sub.parameter_node, slow))
        tm.map(sub, lists)

    return add


@pytest.mark.parametrize(
    ("add", "begun"),
    [
        (_of_item, [0, 5, 10]),
        (_of_flat_list, [0, 5, 10]),
        (_of_product, [0, 5, 10]),
        (_of_node, [0, 6, 11]),  # whose list is there after 2 s
        (_within(lambda tm, own, _: tm.product(own, own)), [0, 5, 10]),
        (_within(lambda tm, own, _: tm.product(own, [])), [0, 1, 2]),
        (_within(lambda tm, own, _: tm.product([1, 2], own)), [0, 5, 10]),
        (_within(lambda tm, own, slow: tm.product(own, tm.add_node(slow, own))), [0, 7, 14]),
        (
            _within(lambda tm, own, slow: tm.product(tm.map(slow, own), tm.map(slow, own))),
            [0, 7, 14],
        ),
    ],
)
def test_a_window_waits_for_the_pairs_of_an_element(add: Any, begun: list[float]) -> None:
    """Whatever its list is paired with: the next element starts when the last pair is over."""
    starts: list[float] = []

    async def main(loop: VirtualLoop) -> None:
        async def listed(number: int) -> list[int]:
            starts.append(loop.time())
            await asyncio.sleep(1)
            return [number, number]

        async def nap(*_: Any) -> None:
            await asyncio.sleep(4)

        async def slow(value: Any) -> Any:
            await asyncio.sleep(2)
            return value

        tm = TaskManager[None](clock=loop.time)
        add(tm, tm.options(at_once=1).map(listed, [0, 1, 2]), nap, slow)
        tm.sort()
        await tm.invoke()

    run_virtual(main)
    assert starts == begun


def test_a_window_does_not_wait_for_pairs_with_its_other_elements() -> None:
    """Those are not begun yet, so it would wait for itself."""

    async def main(loop: VirtualLoop) -> list[float]:
        clock = Clock(loop)

        async def less(a: float, b: float) -> float:
            return await clock.nap(a) - b

        tm = TaskManager[None](clock=loop.time)
        first = tm.options(at_once=1).map(clock.nap, [1.0, 2.0])
        both = tm.starmap(less, tm.product(first, first))
        tm.sort()
        result = await tm.invoke()
        assert result[both] == [0, -1, 1, 0]
        items = result.trace.graph.names.index("nap[0]")
        return [*result.trace.started[items : items + 2]]

    assert run_virtual(main) == [0, 1]


def test_windows_that_would_wait_for_one_another_let_one_more_in() -> None:
    """Elements come into one of them in order, and into the other as they are done before."""

    async def main(loop: VirtualLoop) -> tuple[list[float], float, float]:
        clock = Clock(loop)

        async def add(a: float, b: float) -> float:
            return a + b

        tm = TaskManager[None](clock=loop.time)
        seconds = tm.add_immediate_node([3.0, 2.0, 1.0])
        narrow = tm.options(at_once=1)
        first = narrow.map(clock.nap, tm.map(clock.nap, seconds))
        added = tm.starmap(add, tm.zip(first, narrow.map(clock.nap, seconds)))
        tm.sort()
        result = await tm.invoke()
        return result[added], result.trace.elapsed, result.timeline.simulate().makespan

    assert run_virtual(main) == ([6, 4, 2], 11, 11)


def test_windows_do_not_wait_for_one_another_through_whole_lists() -> None:
    """What takes all of the other map is in no window: its own elements would wait for themselves."""

    async def main(loop: VirtualLoop) -> tuple[list[float], float]:
        clock = Clock(loop)

        async def total(numbers: list[float]) -> float:
            return sum(numbers)

        async def add(a: float, b: float) -> float:
            return await clock.nap(a) + b

        tm = TaskManager[None](clock=loop.time)
        narrow = tm.options(at_once=1)
        one, other = narrow.map(clock.nap, [1.0, 2.0]), narrow.map(clock.nap, [4.0, 8.0])
        first = tm.map(add, one, tm.add_node(total, other))
        tm.map(add, other, tm.add_node(total, one))
        tm.sort()
        result = await tm.invoke()
        return result[first], result.trace.elapsed

    assert run_virtual(main) == ([13, 14], 24)


def test_at_once_bounds_what_is_begun_and_not_through() -> None:
    """Of three maps in a row no more than so many elements are ever between the first and the last."""

    async def main(loop: VirtualLoop) -> tuple[Trace, int]:
        clock = Clock(loop)
        tm = TaskManager[None](clock=loop.time)
        tasks_at_once = 0

        async def look(seconds: float) -> float:
            nonlocal tasks_at_once
            tasks_at_once = max(tasks_at_once, len(asyncio.all_tasks()))
            return await clock.nap(seconds)

        first = tm.options(name="first", at_once=8).map(look, uneven(200))
        second = tm.options(name="second").map(look, first)
        tm.options(name="third").map(look, second)
        tm.sort()
        result = await tm.invoke(max_concurrency=4)
        assert clock.most == 4
        return result.trace, tasks_at_once

    trace, tasks_at_once = run_virtual(main)
    rows = {name: row for row, name in enumerate(trace.graph.names)}
    begun = [trace.started[rows[f"first[{number}]"]] for number in range(200)]
    through = [trace.finished[rows[f"third[{number}]"]] for number in range(200)]
    for moment in begun:
        assert sum(start <= moment < end for start, end in zip(begun, through, strict=True)) <= 8
    assert begun == sorted(begun)
    assert tasks_at_once <= 8 + 3
    assert {wait.kind for wait in trace.waits} == {"window", "slot"}


def test_without_a_window_the_lower_element_goes_first() -> None:
    """With few slots an element that is begun gets through all maps before the next is begun."""

    async def main(loop: VirtualLoop) -> Trace:
        clock = Clock(loop)
        tm = TaskManager[None](clock=loop.time)
        first = tm.options(name="first").map(clock.nap, uneven(30))
        second = tm.options(name="second").map(clock.nap, first)
        tm.options(name="third").map(clock.nap, second)
        tm.sort()
        return (await tm.invoke(max_concurrency=4)).trace

    trace = run_virtual(main)
    rows = {name: row for row, name in enumerate(trace.graph.names)}
    begun = [trace.started[rows[f"first[{number}]"]] for number in range(30)]
    through = [trace.finished[rows[f"third[{number}]"]] for number in range(30)]
    for moment in begun:
        assert sum(start <= moment < end for start, end in zip(begun, through, strict=True)) <= 4


async def third_fails(n: int) -> int:
    await asyncio.sleep(0)
    if n == 3:
        raise OSError("no route")
    return n


async def plus_one(n: int) -> int:
    return n + 1


async def total(numbers: list[int]) -> int:
    return sum(numbers)


def failing() -> tuple[TaskManager[None], dict[str, Any]]:
    """Two maps, the first of which fails for element 3, their sum, and a node beside them."""
    tm = TaskManager[None]()
    pages = tm.options(name="fetch").map(third_fails, range(6))
    links = tm.options(name="parse").map(plus_one, pages)
    summed = tm.add_node(total, links)
    beside = tm.add_node(plus_one, 1)
    tm.sort()
    return tm, {"pages": pages, "links": links, "summed": summed, "beside": beside}


def test_an_item_that_fails_cancels_the_rest() -> None:
    """The error is the item's, with a note that names it; nothing has None in place of a value."""
    tm, nodes = failing()
    with pytest.raises(
        InvocationError, match=r"node 'fetch\[3\]' failed: OSError: no route"
    ) as caught:
        asyncio.run(tm.invoke())
    [error] = caught.value.exceptions
    assert error.__notes__ == ["in node 'fetch[3]'"]
    result = caught.value.result
    [failed] = result.failures
    assert (failed.name, failed.map, failed.path) == ("fetch[3]", nodes["pages"], (3,))  # type: ignore[attr-defined]
    states = dict(zip(result.trace.graph.names, result.trace.states, strict=True))
    assert states["fetch[3]"] == "failed"
    assert states["parse[3]"] == states["fetch"] == states["total"] == "skipped"
    with pytest.raises(ResultUnavailableError, match=r"node 'fetch\[3\]' failed"):
        result[nodes["pages"]]
    with pytest.raises(ResultUnavailableError, match="it failed: OSError: no route"):
        result[failed]


def test_an_item_that_fails_skips_what_needs_it() -> None:
    """With on_error="continue" the other items run through all maps; lists and their takers don't."""
    tm, nodes = failing()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    result = caught.value.result
    trace = result.trace
    states = dict(zip(trace.graph.names, trace.states, strict=True))
    names = trace.graph.names
    causes = {names[row]: names[cause] for row, cause in trace.causes.items()}
    assert [states[f"fetch[{n}]"] for n in range(6)] == ["done"] * 3 + ["failed"] + ["done"] * 2
    assert [states[f"parse[{n}]"] for n in range(6)] == ["done"] * 3 + ["skipped"] + ["done"] * 2
    assert causes == dict.fromkeys(["parse[3]", "fetch", "parse", "total"], "fetch[3]")
    assert result[nodes["beside"]] == 2
    assert Trace.from_json(trace.to_json()).states == trace.states


def test_a_node_that_all_items_need_fails() -> None:
    """None of the items starts, whether they were there before or not."""

    async def fail() -> int:
        await asyncio.sleep(0)
        raise OSError("no")

    async def add(a: int, b: int) -> int:
        return a + b

    tm = TaskManager[None]()
    added = tm.map(add, [1, 2, 3], tm.add_node(fail))
    tm.add_node(total, tm.options(name="more").map(plus_one, added))
    tm.map(plus_one, tm.add_node(fail))
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    trace = caught.value.result.trace
    assert set(trace.states) == {"failed", "skipped"}
    assert trace.states.count("failed") == 2


def test_what_is_no_collection_fails_the_map() -> None:
    """Where only the value shows it, the map fails, and the error says what is wrong and what to do."""

    async def give(value: Any) -> Any:
        return value

    for value, what in [
        ("abc", "a single str"),
        ({"a": 1}, "is a mapping"),
        (iter([1]), "iterator"),
        (3, "int"),
    ]:
        tm = TaskManager[None]()
        tm.add_node(total, tm.map(give, tm.map(give, tm.add_node(give, value))))
        tm.sort()
        with pytest.raises(
            InvocationError, match="node 'give_2' failed: WrongTypeError: a map runs"
        ) as caught:
            asyncio.run(tm.invoke(on_error="continue"))
        assert what in str(caught.value.exceptions[0])
        assert caught.value.result.trace.states == ["done", "failed", "skipped", "skipped"]


def test_cancelling_leaves_no_task_behind() -> None:
    """Every running item is cancelled and waited for; the rest never starts."""

    async def main(loop: VirtualLoop) -> Trace:
        clock = Clock(loop)
        tm = TaskManager[None](clock=loop.time)
        first = tm.options(at_once=3).map(clock.nap, [1.0] * 10)
        tm.options(name="second").map(clock.nap, first)
        tm.sort()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(tm.invoke(), 1.5)
        assert tm.last_unfinished is not None
        return tm.last_unfinished.trace

    trace = run_virtual(main)
    counts = {state: trace.states.count(state) for state in set(trace.states)}
    assert counts == {"done": 3, "cancelled": 3, "skipped": 16}


def test_limits_timeouts_and_retries_are_those_of_each_item() -> None:
    """A limit is shared by the items, a timeout and attempts each item has for itself."""

    async def main(loop: VirtualLoop) -> tuple[Any, Trace, int]:
        clock = Clock(loop)
        tries: dict[float, int] = {}
        tasks_at_once = 0

        async def flaky(seconds: float) -> float:
            nonlocal tasks_at_once
            tasks_at_once = max(tasks_at_once, len(asyncio.all_tasks()))
            tries[seconds] = tries.get(seconds, 0) + 1
            await clock.nap(1)
            if tries[seconds] == 1:
                raise OSError("again")
            return seconds

        async def twice() -> AsyncIterator[AbstractContextManager[None]]:
            for _ in range(2):
                yield suppress(OSError)

        tm = TaskManager[None](clock=loop.time)
        http = tm.options(limit=asyncio.Semaphore(3), retry=twice, timeout=2)
        node = http.map(flaky, [float(n) for n in range(300)])
        tm.sort()
        result = await tm.invoke()
        assert clock.most == 3
        return result[node], result.trace, tasks_at_once

    values, trace, tasks_at_once = run_virtual(main)
    assert values == [float(n) for n in range(300)]
    assert len(trace.attempts) == 600
    assert trace.elapsed == 200
    assert tasks_at_once < 200  # not one for each item that waits for the limit


def test_a_stream_yields_each_item() -> None:
    """In the order in which they are done, with names and values; results take them as keys."""

    async def main(loop: VirtualLoop) -> list[tuple[str, float]]:
        clock = Clock(loop)
        tm = TaskManager[None](clock=loop.time)
        tm.map(clock.nap, [0.5, 0.25])
        tm.sort()
        seen = []
        async with tm.stream() as stream:
            async for node, value in stream:
                assert stream.result[node] == value
                seen.append((node.name, value))
        return seen

    assert run_virtual(main) == [("nap[1]", 0.25), ("nap[0]", 0.5)]


def test_reports_and_threads_work_in_items() -> None:
    """`report` belongs to the item that calls it, also in a thread."""

    async def tell(n: int) -> int:
        report(n, 10)
        return n

    def blocking(n: int) -> int:
        report(n, 20)
        return n

    tm = TaskManager[None]()
    tm.map(in_thread(blocking), tm.map(tell, [1, 2, 3]))
    tm.sort()
    trace = asyncio.run(tm.invoke()).trace
    told = {trace.graph.names[row]: (one.done, one.total) for row, one in trace.progress.items()}
    assert told == {
        **{f"tell[{n}]": (n + 1, 10) for n in range(3)},
        **{f"blocking[{n}]": (n + 1, 20) for n in range(3)},
    }


def test_names_stay_unique() -> None:
    """A node that a user calls like an item keeps its name; the item gets a number."""
    tm = TaskManager[None]()
    tm.map(plus_one, [1, 2])
    tm.options(name="plus_one[1]").add_node(plus_one, 1)
    tm.sort()
    graph = asyncio.run(tm.invoke()).trace.graph
    assert graph.names == ("plus_one", "plus_one[1]", "plus_one[0]", "plus_one[1]_2")


def test_targets_bring_the_maps_they_need() -> None:
    """Other maps are not unrolled at all."""
    tm = TaskManager[None]()
    numbers = tm.add_immediate_node([1, 2])
    wanted = tm.map(plus_one, numbers)
    tm.options(name="other").map(plus_one, wanted)
    last = tm.add_node(total, wanted)
    tm.sort()
    result = asyncio.run(tm.invoke(targets=[last]))
    assert result[last] == 5
    assert result.trace.graph.names[4:] == ("plus_one[0]", "plus_one[1]")


def test_a_parameter_and_a_sub_dag_give_collections() -> None:
    """What a map runs for may be the parameter, or a node within a sub-DAG."""

    async def count_to(n: int) -> list[int]:
        return list(range(n))

    with build_dag(int) as sub:
        counted = sub.add_node(count_to, sub.parameter_node)
    with build_dag(list) as tm:
        of_parameter = tm.map(plus_one, tm.parameter_node)
        of_sub = tm.map(plus_one, tm.add_dag(sub, 3)[counted])
    result = asyncio.run(tm.invoke([5, 6]))
    assert (result[of_parameter], result[of_sub]) == ([6, 7], [1, 2, 3])


def test_a_million_items_let_the_loop_breathe() -> None:
    """The rows of a large map come in blocks, and a small map's tasks run meanwhile."""
    tm = TaskManager[None]()
    last = tm.options(name="second").map(plus_one, tm.map(plus_one, range(100_000)))
    tm.sort()

    async def main() -> tuple[int, float]:
        # Processor time, since the machine may be busy with other programs.
        longest, before, done = 0.0, time.thread_time(), False

        async def watch_the_loop() -> None:
            nonlocal longest, before
            while not done:
                now = time.thread_time()
                longest, before = max(longest, now - before), now
                await asyncio.sleep(0)

        watching = asyncio.create_task(watch_the_loop())
        result = await tm.invoke()
        done = True
        await watching
        return sum(result[last]), longest

    summed, longest = asyncio.run(main())
    assert summed == sum(range(2, 100_002))
    assert longest < 0.25  # 10 ms are promised; a garbage collection may come in between


def test_an_earlier_result_is_reused() -> None:
    """Maps that finished are not run again, also where another map goes through their items."""
    calls: list[str] = []
    fails = True

    async def number(n: int) -> int:
        calls.append(f"number {n}")
        return n

    async def sometimes(n: int) -> int:
        calls.append(f"sometimes {n}")
        if fails:
            raise OSError("not yet")
        return n

    tm = TaskManager[None]()
    apart = tm.options(name="apart").map(number, [10, 11])
    numbers = tm.map(number, [1, 2])
    last = tm.map(sometimes, numbers)
    tm.sort()
    with pytest.raises(InvocationError):
        asyncio.run(tm.invoke(on_error="continue"))
    calls.clear()
    fails = False
    result = asyncio.run(tm.invoke(reuse=tm.last_unfinished))
    assert (result[apart], result[numbers], result[last]) == ([10, 11], [1, 2], [1, 2])
    assert sorted(calls) == ["sometimes 1", "sometimes 2"]
    states = dict(zip(result.trace.graph.names, result.trace.states, strict=True))
    assert states["apart"] == "reused"
    calls.clear()
    assert asyncio.run(tm.invoke(reuse=result))[last] == [1, 2]
    assert calls == []
