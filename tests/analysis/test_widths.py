"""`simulate(widths=)`: what other widths of maps would take, against runs that have these widths."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from async_dag import (
    ExecutionResult,
    TaskManager,
    Timeline,
    Trace,
    UnknownNodeError,
    WrongArgumentError,
    WrongTypeError,
    streaming,
)
from tests.support.virtual import VirtualLoop, run_virtual


def ticks(n: int) -> float:
    """Seconds of the item of that number of five."""
    return (1 + 7 * (n % 5) % 5) / 16


def ran(width: int, *, streams: bool = False, **options: Any) -> ExecutionResult[None]:
    """A list, two maps in a row, a list for each item, a fold, a product, and what takes it all."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        async def numbers() -> list[int]:
            await asyncio.sleep(1 / 16)
            return list(range(width))

        async def one_by_one() -> AsyncIterator[int]:
            for n in range(width):
                await asyncio.sleep(1 / 32)
                yield n

        async def fetch(n: int) -> int:
            await asyncio.sleep(ticks(n))
            return n

        async def links(n: int) -> list[int]:
            await asyncio.sleep(ticks(n + 1))
            return [n] * (n % 5)

        async def links_one_by_one(n: int) -> AsyncIterator[int]:
            for _ in range(n % 5):
                await asyncio.sleep(ticks(n + 1))
                yield n

        async def follow(n: int) -> int:
            await asyncio.sleep(ticks(n + 2))
            return n

        async def add(so_far: int, n: int) -> int:
            await asyncio.sleep(1 / 64)
            return so_far + n

        async def both(n: int, _: str) -> int:
            await asyncio.sleep(ticks(n + 3))
            return n

        async def total(*values: object) -> int:
            await asyncio.sleep(1 / 16)
            return len(values)

        tm = TaskManager[None](clock=loop.time)
        source = tm.add_node(streaming(one_by_one) if streams else numbers)
        fetched = tm.map(fetch, source)
        linked = tm.map(streaming(links_one_by_one) if streams else links, fetched)
        followed = tm.map(follow, tm.flatten(linked))
        pairs = tm.starmap(both, tm.product(fetched, ["a", "b"]))
        tm.add_node(total, tm.fold(add, 0, fetched), followed, pairs)
        tm.sort()
        return await tm.invoke(**options)

    return run_virtual(main)


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("width", [0, 1, 5, 12, 50])
@pytest.mark.parametrize("strategy", ["dag", "sequential", "waves"])
def test_a_simulated_width_is_a_run_of_that_width(streams: bool, width: int, strategy: Any) -> None:
    """From five items to the makespan of any number of them, exactly, all their times included."""
    real = ran(width, streams=streams).timeline
    if strategy != "dag":
        real = real.simulate(strategy)
    computed = ran(5, streams=streams).timeline.simulate(strategy, widths={"fetch": width})
    assert computed.makespan == pytest.approx(real.makespan, abs=1e-9)
    assert computed.work == pytest.approx(real.work, abs=1e-9)
    if strategy == "sequential":  # items come in another order
        return
    started = dict(zip(real.trace.graph.names, real.trace.started, strict=True))
    for name, start in zip(computed.trace.graph.names, computed.trace.started, strict=True):
        assert start == pytest.approx(started[name], abs=1e-9), name


@pytest.mark.parametrize("slots", [1, 2, 8])
def test_with_slots(slots: int) -> None:
    """More items on few slots take as long as their work; never less than the path or the work."""
    timeline = ran(5).timeline
    wide = timeline.simulate(widths={"fetch": 100}, max_concurrency=slots)
    alone = timeline.simulate("sequential", widths={"fetch": 100})
    assert wide.peak_parallelism <= slots
    assert alone.makespan / slots <= wide.makespan + 1e-9
    assert wide.makespan <= alone.makespan / slots + wide.critical_length + 1e-9
    assert len(set(wide.trace.graph.names)) == len(wide.trace)
    assert Trace.from_json(wide.trace.to_json()).graph.names == wide.trace.graph.names


def test_inner_widths() -> None:
    """That of a map that runs within others is that of each; there must be one to go by."""
    timeline = ran(4).timeline
    with pytest.raises(WrongArgumentError, match="wants 3 items of 'follow', which had none"):
        timeline.simulate(widths={"follow": 3})


def test_other_names_can_be_used_with_it() -> None:
    """`faster=` may name an item that only the computed run has."""
    timeline = ran(5).timeline
    usual = timeline.simulate(widths={"fetch": 50}).makespan
    slow = timeline.simulate(widths={"fetch": 50}, faster={"fetch[49]": 0.01}).makespan
    assert slow > usual + 10


def test_the_name_of_a_map_stands_for_its_items() -> None:
    """In `faster=`, `off_loop=` and `off_lock=`; what names one item counts before it."""
    timeline = ran(5).timeline
    names = [f"fetch[{n}]" for n in range(5)]
    by_map = timeline.simulate(faster={"fetch": 0.5})
    assert by_map.makespan > timeline.makespan
    assert by_map.durations == timeline.simulate(faster=dict.fromkeys(names, 0.5)).durations
    mixed = timeline.simulate(faster={"fetch[0]": 1, "fetch": 0.5})
    expected = timeline.simulate(faster=dict.fromkeys(names[1:], 0.5))
    assert mixed.durations == expected.durations
    assert timeline.simulate(off_loop=["fetch"], off_lock=["fetch"]).makespan <= timeline.makespan
    with pytest.raises(UnknownNodeError, match=r"'fetch' only puts .*such as 'fetch\[0\]'"):
        timeline.slack["fetch"]


def test_errors() -> None:
    """They name what was given, and what there is."""
    timeline = ran(2).timeline
    with pytest.raises(UnknownNodeError, match="names of maps.*'fetsh'; the nearest are 'fetch'"):
        timeline.simulate(widths={"fetsh": 3})
    with pytest.raises(WrongArgumentError, match="'numbers', which is no map that calls a task"):
        timeline.simulate(widths={"numbers": 3})
    with pytest.raises(
        WrongArgumentError, match=r"widths=\), for 'fetch',.* of at least 0.*was -1"
    ):
        timeline.simulate(widths={"fetch": -1})
    with pytest.raises(WrongTypeError, match=r"for 'fetch', takes a whole number"):
        timeline.simulate(widths={"fetch": 2.5})  # type: ignore[dict-item]
    with pytest.raises(WrongTypeError, match="takes a mapping.*given was 'fetch'"):
        timeline.simulate(widths="fetch")  # type: ignore[arg-type]
    with pytest.raises(
        WrongArgumentError, match="gives 'links' 4 items, and 3 to a map that goes on"
    ):
        timeline.simulate(widths={"fetch": 3, "links": 4})
    read = Timeline(Trace.from_json(timeline.trace.to_json()))
    with pytest.raises(WrongArgumentError, match="this run has none"):
        read.simulate(widths={"fetch": 3})
