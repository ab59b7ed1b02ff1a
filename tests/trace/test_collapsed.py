"""A run with maps as one of the manager's nodes alone."""

from __future__ import annotations

import asyncio

import pytest

from async_dag import InvocationError, TaskManager
from async_dag.runs.storage.records import outcome_of
from async_dag.trace.collapsed import collapsed
from tests.support.virtual import VirtualLoop, run_virtual


def test_a_map_is_one_row_from_its_first_item_to_its_end() -> None:
    """Of a map that goes on from another one, too, whose items overlap with the other's."""

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        first = tm.map(asyncio.sleep, [1.0, 2.0, 4.0], [None])
        tm.options(name="second").map(_after, first)
        tm.sort()
        trace = (await tm.invoke()).trace
        row = collapsed(trace)
        assert len(trace) == 8
        assert row.graph is tm.graph
        assert (list(row.started), list(row.finished)) == ([0.0, 1.0], [4.0, 7.0])
        assert (row.states, row.elapsed) == (["done", "done"], trace.elapsed)

    run_virtual(main)


async def _after(_: object) -> None:
    await asyncio.sleep(3.0)


def test_a_map_of_which_an_item_failed_has_failed() -> None:
    """With the error of that item; also where the failure is an outcome and the run goes on."""

    async def odd(number: int) -> int:
        if number % 2:
            raise ValueError(f"{number} is odd")
        return number

    tm = TaskManager[None]()
    tm.map(odd, [2, 3, 4])
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    row = collapsed(caught.value.result.trace)
    assert row.states == ["failed"]
    assert row.errors == {0: "ValueError: 3 is odd"}
    assert outcome_of(row) == "failed"

    tm = TaskManager[None]()
    tm.collect([tm.outcomes(tm.map(odd, [2, 3, 4]))])
    tm.sort()
    assert outcome_of(collapsed(asyncio.run(tm.invoke()).trace)) == "failed"


def test_a_run_without_maps_is_returned_as_it_is() -> None:
    """It costs nothing."""
    tm = TaskManager[None]()
    tm.add_node(asyncio.sleep, 0)
    tm.sort()
    trace = asyncio.run(tm.invoke()).trace
    assert collapsed(trace) is trace
