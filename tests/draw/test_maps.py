"""Pictures, exports and the live feed of DAGs with maps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from async_dag import ExecutionResult, TaskManager, Trace, WrongArgumentError, compare, streaming
from tests.support.virtual import VirtualLoop, run_virtual


def ran() -> tuple[TaskManager[None], ExecutionResult[None]]:
    """A run of two maps in a row over a list of five, and what takes the whole list."""

    async def main(loop: VirtualLoop) -> tuple[TaskManager[None], ExecutionResult[None]]:
        async def list_urls() -> list[int]:
            return [1, 2, 3, 4, 5]

        async def fetch(n: int) -> int:
            await asyncio.sleep(n / 16)
            return n

        async def parse(n: int) -> int:
            await asyncio.sleep(1 / 16)
            return n

        async def total(numbers: list[int]) -> int:
            await asyncio.sleep(1 / 16)
            return sum(numbers)

        tm = TaskManager[None](clock=loop.time)
        pages = tm.map(fetch, tm.add_node(list_urls))
        tm.add_node(total, tm.map(parse, pages))
        tm.sort()
        return tm, await tm.invoke()

    return run_virtual(main)


def test_a_manager_draws_maps_whose_width_is_not_known() -> None:
    """`fetch ×?` as a box, and in the text."""
    tm, _ = ran()
    titles = [box.title for box in tm.draw.diagram().boxes]
    assert titles == ["list_urls", "fetch ×?", "parse ×?", "total"]
    assert "fetch ×?" in tm.draw.text()
    assert "2 tasks and 2 maps in 4 waves" in tm.draw.text()


def test_a_run_draws_and_exports_items() -> None:
    """Every picture and export has them, and none needs to know of maps."""
    _, result = ran()
    assert "fetch[4]" in result.draw.text()
    assert "fetch[4]" in [box.title for box in result.draw.diagram().boxes]
    assert "parse[0]" in result.to_networkx()
    assert {row["name"] for row in result.trace.to_rows()} >= {"fetch[0]", "parse[4]", "total"}
    again = Trace.from_json(result.trace.to_json())
    assert again.graph.names == result.trace.graph.names
    assert again.graph.dependencies == result.trace.graph.dependencies
    assert again.states == result.trace.states


def test_a_list_is_drawn_where_something_takes_it_and_the_critical_path_goes_through_it() -> None:
    """A map that only goes on element by element has no box for its list, nor has one from a file."""
    _, result = ran()
    for run in (result, Trace.from_json(result.trace.to_json())):
        diagram = run.draw.diagram()
        titles = [box.title for box in diagram.boxes]
        assert "parse" in titles
        assert "fetch" not in titles
        thick = [
            (titles[arrow.tail], titles[arrow.head]) for arrow in diagram.arrows if arrow.critical
        ]
        assert sorted(thick) == [
            ("fetch[4]", "parse[4]"),
            ("list_urls", "fetch[4]"),
            ("parse", "total"),
            ("parse[4]", "parse"),
        ]
        assert diagram.note.count("\n") == 0  # nothing is bundled


def test_what_a_dag_for_each_element_is_given_is_no_box_where_nothing_takes_the_list() -> None:
    """A dashed box without an arrow from it would tell nobody anything."""

    async def double(number: int) -> int:
        return 2 * number

    sub = TaskManager[int]()
    last = sub.add_node(double, sub.parameter_node)
    sub.sort()
    tm = TaskManager[None]()
    tm.map(sub, [1, 2])[last]
    tm.sort()
    run = asyncio.run(tm.invoke())
    assert "sub/parameter" in run.trace.graph.names
    assert [box.title for box in run.draw.diagram().boxes] == ["sub[0]/double", "sub[1]/double"]


def test_the_many_items_of_a_map_are_one_box_unless_all_are_asked_for() -> None:
    """A box for each of nine would make a picture wider than a page."""

    async def step(n: int) -> int:
        return n

    tm = TaskManager[None]()
    tm.map(step, range(9))
    tm.sort()
    result = asyncio.run(tm.invoke())
    [box] = result.draw.diagram().boxes
    assert (box.title, box.lines[0]) == ("step ×9", "✓ 9 done")
    assert len(result.draw.diagram(detail="full").boxes) == 9


def test_the_figures_are_those_of_the_items() -> None:
    """Critical path, slack, peak and what-ifs, as of any graph."""
    _, result = ran()
    timeline = result.timeline
    assert timeline.critical_path == ("list_urls", "fetch[4]", "parse[4]", "total")
    assert timeline.makespan == 7 / 16
    assert timeline.slack["fetch[0]"] == 4 / 16
    assert timeline.simulate("waves").makespan == 7 / 16
    assert timeline.simulate("sequential").makespan == 21 / 16


def test_a_thread_never_sees_a_ragged_trace() -> None:
    """Snapshots while rows are added: every column of one length, no effect before its cause."""
    seen: list[Trace] = []

    async def main() -> None:
        async def step(n: int) -> int:
            if n % 500 == 0:
                seen.append(runs[0].trace.snapshot())
                await asyncio.sleep(0)
            return n

        tm = TaskManager[None]()
        tm.map(step, tm.map(step, range(20_000)))
        tm.sort()
        runs: list[Any] = []
        tm.watch(runs.append)
        await tm.invoke()

    asyncio.run(main())
    assert len({len(trace) for trace in seen}) > 2
    for trace in seen:
        size = len(trace.graph)
        assert (
            size == len(trace.finished) == len(trace.started) == len(trace.ready) == len(trace.held)
        )
        assert not any(
            end == end and not start <= end
            for start, end in zip(trace.started, trace.finished, strict=True)
        )


def test_ways_that_need_the_width_say_so() -> None:
    """`compare` can't run them one by one, and names what can be had instead."""
    tm, _ = ran()
    with pytest.raises(WrongArgumentError, match=r"result.timeline.comparison\(\) computes both"):
        asyncio.run(compare(tm))


def test_the_items_of_folds_and_streams_are_one_box() -> None:
    """Although each depends on the one before; a chain of plain nodes stays a chain."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        async def count() -> AsyncIterator[int]:
            for number in range(200):
                await asyncio.sleep(1)
                yield number

        async def double(n: int) -> int:
            return 2 * n

        async def add(so_far: int, n: int) -> int:
            return so_far + n

        tm = TaskManager[None](clock=loop.time)
        tm.fold(add, 0, tm.map(double, tm.add_node(streaming(count))))
        tm.sort()
        return await tm.invoke()

    boxes = run_virtual(main).draw.diagram().boxes
    titles = [box.title for box in boxes]
    assert {"count ×200", "double ×200"} <= set(titles)
    assert len(titles) < 12
