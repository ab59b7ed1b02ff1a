"""`report`: how far a task has got, from wherever its code runs."""

from __future__ import annotations

import asyncio
import math
import warnings
from typing import Any

import pytest

from async_dag import (
    TaskManager,
    Trace,
    WrongArgumentError,
    WrongTypeError,
    build_dag,
    in_thread,
    report,
)
from tests.support.virtual import VirtualLoop, run_virtual


def test_the_latest_report_of_each_node_is_in_the_trace() -> None:
    """Nodes that report in turn, between awaits, each find their own row; it survives JSON."""

    async def main(loop: VirtualLoop) -> Trace:
        async def count(to: int) -> None:
            for step in range(1, to + 1):
                await asyncio.sleep(1)
                report(step, 9, f"of {to}")

        tm = TaskManager[None](clock=loop.time)
        for to in (3, 1, 2):
            tm.add_node(count, to)
        tm.add_node(asyncio.sleep, 0)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert trace.progress == {0: (3, 9, "of 3"), 1: (1, 9, "of 1"), 2: (2, 9, "of 2")}
    assert Trace.from_json(trace.to_json()).progress == trace.progress


def test_it_can_be_seen_while_the_node_runs() -> None:
    """Whoever samples the trace sees the report before the node is done."""

    async def main(loop: VirtualLoop) -> Trace:
        async def work() -> None:
            report(1, message="began")
            await asyncio.sleep(5)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(work)
        tm.sort()
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1)
        seen: Trace = runs[0].trace.snapshot()
        await invoke
        return seen

    assert run_virtual(main).progress == {0: (1, None, "began")}


def test_outside_a_node_nothing_happens() -> None:
    """In plain code, in a loop without an invoke and beside one it does nothing; bad values raise."""
    report(1, 2)

    async def main() -> Trace:
        report(1)
        with build_dag() as tm:
            tm.add_node(asyncio.sleep, 0)
        result = await tm.invoke()
        report(2)
        return result.trace

    assert asyncio.run(main()).progress == {}
    with pytest.raises(WrongTypeError, match=r"report\(done=\)"):
        report("half")  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{}, {"timeout": 5.0}])
def test_tasks_that_a_node_starts_report_for_it(options: dict[str, Any]) -> None:
    """After a first report in the node itself, in tasks, in threads and in functions that it awaits."""

    async def part(number: int) -> None:
        await asyncio.sleep(0)
        report(number)

    async def node(first: int) -> list[float]:
        seen: list[float] = []
        report(0)
        async with asyncio.TaskGroup() as group:
            group.create_task(part(first + 1))
        seen.append(trace().progress[first].done)
        await asyncio.gather(part(first + 2))
        seen.append(trace().progress[first].done)
        await asyncio.to_thread(report, first + 3)
        seen.append(trace().progress[first].done)
        await part(first + 4)
        seen.append(trace().progress[first].done)
        return seen

    runs: list[Any] = []

    def trace() -> Trace:
        found: Trace = runs[0].trace
        return found

    async def main() -> list[list[float]]:
        with build_dag() as tm:
            nodes = [tm.options(**options).add_node(node, number) for number in range(2)]
        with tm.watch(runs.append):
            result = await tm.invoke()
        return [result[one] for one in nodes]

    assert asyncio.run(main()) == [[1, 2, 3, 4], [2, 3, 4, 5]]


def test_in_thread_reports_for_its_node() -> None:
    """A function in a thread reports for its node, without anything reported before."""

    def work(number: int) -> None:
        report(number, 10)

    async def around(number: int) -> None:
        await in_thread(work)(number)

    async def main() -> Trace:
        with build_dag() as tm:
            tm.add_node(in_thread(work), 1)
            tm.add_node(in_thread(work), 2)
            tm.add_node(around, 3)
        return (await tm.invoke()).trace

    progress = asyncio.run(main()).progress
    assert {node: told.done for node, told in progress.items()} == {0: 1, 1: 2, 2: 3}


def test_a_task_whose_node_is_not_known_says_what_to_do() -> None:
    """A node that starts tasks before it has reported: a warning, and nothing goes to a wrong row."""

    async def part() -> None:
        await asyncio.sleep(0)
        report(1)

    async def node() -> None:
        await asyncio.gather(part())

    async def main() -> Trace:
        with build_dag() as tm:
            tm.add_node(node)
            tm.add_node(asyncio.sleep, 0.01)
        return (await tm.invoke()).trace

    with pytest.warns(RuntimeWarning, match=r"call report\(0, total\) in the node first"):
        trace = asyncio.run(main())
    assert trace.progress == {}


def test_a_node_of_an_inner_invoke_reports_in_its_own_trace() -> None:
    """An invoke within a node has a trace of its own; afterwards the outer node reports in its own."""

    async def inner_node() -> None:
        report(7)

    async def outer_node() -> Trace:
        report(1)
        with build_dag() as inner:
            inner.add_node(asyncio.sleep, 0)
            inner.add_node(inner_node)
        result = await inner.invoke()
        report(2)
        return result.trace

    async def main() -> tuple[Trace, Trace]:
        with build_dag() as tm:
            node = tm.add_node(outer_node)
        result = await tm.invoke()
        return result.trace, result[node]

    outer, inner = asyncio.run(main())
    assert {node: told.done for node, told in outer.progress.items()} == {0: 2}
    assert {node: told.done for node, told in inner.progress.items()} == {1: 7}


def test_a_report_after_the_end_is_dropped() -> None:
    """A task that outlives its node reports into the void, with no warning."""
    late: list[asyncio.Task[None]] = []

    async def part() -> None:
        await asyncio.sleep(0.01)
        report(99)

    async def node() -> None:
        report(1)
        late.append(asyncio.create_task(part()))

    async def main() -> Trace:
        with build_dag() as tm:
            tm.add_node(node)
        result = await tm.invoke()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            await late[0]
        return result.trace

    assert asyncio.run(main()).progress == {0: (1, None, "")}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"done": True}, WrongTypeError),
        ({"done": None}, WrongTypeError),
        ({"done": math.nan}, WrongArgumentError),
        ({"done": -1}, WrongArgumentError),
        ({"done": 1, "total": math.inf}, WrongArgumentError),
        ({"done": 1, "total": "2"}, WrongTypeError),
        ({"done": 1, "message": 3}, WrongTypeError),
    ],
)
def test_what_is_no_number_or_text_is_refused(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    """What a picture could not show is an error where it is reported."""
    with pytest.raises(error):
        report(**arguments)
