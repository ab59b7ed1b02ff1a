"""`streaming`: maps take the elements of an async generator while it still yields."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from async_dag import (
    InvocationError,
    TaskManager,
    Trace,
    WrongArgumentError,
    WrongTaskError,
    build_dag,
    streaming,
)
from tests.support.virtual import VirtualLoop, run_virtual


async def nap(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def total(numbers: list[float]) -> float:
    return sum(numbers)


async def count(elements: list[int]) -> int:
    return len(elements)


async def add(n: int, so_far: int = 0) -> int:
    return n + so_far


async def five() -> AsyncIterator[float]:
    for number in range(5):
        await asyncio.sleep(1)
        yield float(number)


def rows(trace: Trace) -> dict[str, int]:
    return {name: row for row, name in enumerate(trace.graph.names)}


def test_the_generator_is_split_at_its_yields() -> None:
    """In the graph of the run an item needs the part before its element: no dependency ends late."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        tm.map(nap, tm.add_node(streaming(five)))
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    at = rows(trace)
    assert trace.graph.dependencies[at["nap[3]"]] == (at["five[3]"],)
    assert trace.graph.dependencies[at["five[3]"]] == (at["five[2]"],)
    for row, needed in enumerate(trace.graph.dependencies):
        assert all(trace.finished[one] <= trace.ready[row] for one in needed)
    timeline = trace.timeline
    assert timeline.critical_path == (*(f"five[{n}]" for n in range(5)), "nap[4]")
    assert timeline.makespan == sum(piece.length for piece in timeline.pieces) == 9
    assert timeline.simulate("sequential").makespan == 15


@pytest.mark.parametrize("slots", [None, 1, 2])
@pytest.mark.parametrize("generators", [1, 2])
@pytest.mark.parametrize("limited", ["first", "second", "both"])
def test_a_generator_held_back_lets_others_into_its_limit(
    limited: str, generators: int, slots: int | None
) -> None:
    """The maps that it waits for may need that limit, and it comes in again afterwards."""

    async def main(loop: VirtualLoop) -> None:
        limit = asyncio.Semaphore(generators)
        tm = TaskManager[None](clock=loop.time)
        sums = []
        for _ in range(generators):
            elements = tm.options(limit=limit).add_node(streaming(five))
            of_first = limit if limited != "second" else None
            first = tm.options(limit=of_first, at_once=1, name="first").map(nap, elements)
            of_second = limit if limited != "first" else None
            second = tm.options(limit=of_second, name="second").map(nap, first)
            sums.append(tm.add_node(total, second))
        tm.sort()
        result = await asyncio.wait_for(tm.invoke(max_concurrency=slots), 1000)
        assert [result[summed] for summed in sums] == [10] * generators
        assert not limit.locked()
        trace = result.trace
        assert Trace.from_json(trace.to_json()).states == trace.states

    run_virtual(main)


def test_what_a_generator_is_held_back_for_is_no_work_of_its_own() -> None:
    """Its parts wait for the window, which the findings name; its timeout stands still meanwhile."""

    async def main(loop: VirtualLoop) -> Trace:
        async def quick() -> AsyncIterator[int]:
            for number in range(5):
                yield number

        async def slow(number: int) -> int:
            await asyncio.sleep(1)
            return number

        tm = TaskManager[None](clock=loop.time)
        elements = tm.options(timeout=0.5).add_node(streaming(quick))
        tm.options(at_once=1).map(slow, elements)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    timeline, at = trace.timeline, rows(trace)
    assert timeline.makespan == timeline.work == timeline.simulate().makespan == 5
    assert [timeline.durations[f"quick[{n}]"] for n in range(5)] == [0] * 5
    assert [(wait.node, wait.start, wait.end) for wait in trace.waits] == [
        (at[f"quick[{n + 1}]"], n, n + 1) for n in range(5)
    ]
    assert str(next(iter(timeline.findings()))) == (
        "at_once=1 of slow held quick back; a larger window saves up to 4.00 s."
    )


def test_a_window_holds_the_generator_back() -> None:
    """It is never more elements ahead than the window has room for, with one slot as with many."""

    async def main(loop: VirtualLoop) -> None:
        yielded = through = ahead = 0

        async def eager() -> AsyncIterator[int]:
            nonlocal yielded, ahead
            for number in range(100):
                yielded += 1
                ahead = max(ahead, yielded - through)
                yield number

        async def slow(n: int) -> int:
            await asyncio.sleep(n % 3)
            return n

        async def last(n: int) -> int:
            nonlocal through
            await asyncio.sleep(1)
            through += 1
            return n

        tm = TaskManager[None](clock=loop.time)
        first = tm.options(at_once=8).map(slow, tm.add_node(streaming(eager)))
        done = tm.map(last, first)
        tm.sort()
        for slots in (None, 1, 4):
            yielded = through = ahead = 0
            result = await asyncio.wait_for(tm.invoke(max_concurrency=slots), 1000)
            assert result[done] == list(range(100))
            assert ahead == 8
            assert Trace.from_json(result.trace.to_json()).states == result.trace.states

    run_virtual(main)


def test_a_generator_that_fails() -> None:
    """Items that were begun go on with on_error="continue"; lists and what takes them are skipped."""

    async def main(loop: VirtualLoop) -> Trace:
        async def broken() -> AsyncIterator[float]:
            yield 1.0
            await asyncio.sleep(0.5)
            raise OSError("no more")

        tm = TaskManager[None](clock=loop.time)
        naps = tm.map(nap, tm.add_node(streaming(broken)))
        tm.add_node(total, naps)
        tm.sort()
        with pytest.raises(InvocationError, match="node 'broken' failed: OSError: no more"):
            await tm.invoke()
        with pytest.raises(
            InvocationError, match="node 'broken' failed: OSError: no more"
        ) as caught:
            await tm.invoke(on_error="continue")
        return caught.value.result.trace

    trace = run_virtual(main)
    states = dict(zip(trace.graph.names, trace.states, strict=True))
    assert states == {
        "broken": "failed",
        "nap": "skipped",
        "total": "skipped",
        "broken[0]": "done",
        "broken[1]": "failed",
        "nap[0]": "done",
    }
    assert Trace.from_json(trace.to_json()).states == trace.states


def test_cancelling_closes_the_generator() -> None:
    """Its clean-up runs before the invoke ends, wherever it was held back."""

    async def main(loop: VirtualLoop) -> list[str]:
        seen: list[str] = []

        async def endless() -> AsyncIterator[float]:
            try:
                while True:
                    yield 100.0
            finally:
                seen.append("closed")

        tm = TaskManager[None](clock=loop.time)
        tm.options(at_once=2).map(nap, tm.add_node(streaming(endless)))
        tm.sort()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(tm.invoke(), 1)
        assert tm.last_unfinished is not None
        trace = tm.last_unfinished.trace
        assert Trace.from_json(trace.to_json()).states == trace.states
        return seen

    assert run_virtual(main) == ["closed"]


def test_wrong_uses_are_refused() -> None:
    """A generator without `streaming`, `streaming` without a generator, and a retry of one."""
    tm = TaskManager[None]()
    wrong: Any = nap
    generator: Any = five
    with pytest.raises(WrongTaskError, match="streaming takes an async generator function"):
        streaming(wrong)
    with pytest.raises(WrongTaskError, match=r"pass streaming\(five\)"):
        tm.add_node(generator)
    with pytest.raises(WrongArgumentError, match="'five' can't be retried"):
        tm.options(retry=five).add_node(streaming(five))


@pytest.mark.parametrize("way", ["argument", "after", "choice", "behind", "folded"])
def test_a_window_holds_no_stream_back_that_its_map_waits_for(way: str) -> None:
    """A map whose items wait for the end of the stream would wait for ever for room in its window."""

    async def numbers() -> AsyncIterator[int]:
        for n in range(20):
            await asyncio.sleep(0.25)
            yield n

    async def is_long(elements: list[int]) -> bool:
        return len(elements) > 10

    async def main(loop: VirtualLoop) -> list[int]:
        tm = TaskManager[None](clock=loop.time)
        source = tm.add_node(streaming(numbers))
        window = tm.options(at_once=3)
        last: Any
        if way == "argument":
            last = window.map(add, source, tm.add_node(count, source))
        elif way == "after":
            last = window.options(after=[tm.add_node(count, source)]).map(add, source)
        elif way == "choice":
            last = tm.choose(tm.add_node(is_long, source), window.map(add, source), [])
        elif way == "behind":
            last = tm.map(add, window.map(add, source), tm.add_node(count, source))
        else:
            last = tm.map(add, window.map(add, source), tm.fold(add, 0, source))
        tm.sort()
        result = await asyncio.wait_for(tm.invoke(), 100)
        value: list[int] = result[last]
        return value

    values = run_virtual(main)
    more = {"argument": 20, "after": 0, "choice": 0, "behind": 20, "folded": sum(range(20))}[way]
    assert values == [n + more for n in range(20)]


def test_a_fold_over_a_stream_that_fails_skips_its_own_items() -> None:
    """The rows of its items lie among those of the stream; no other row is said to be skipped."""

    async def numbers() -> AsyncIterator[int]:
        for n in range(4):
            await asyncio.sleep(0)
            yield n

    async def add(so_far: int, n: int) -> int:
        if n == 1:
            raise OSError("broken")
        return so_far + n

    with build_dag() as tm:
        tm.fold(add, 0, tm.add_node(streaming(numbers)))
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    trace = caught.value.result.trace
    states = dict(zip(trace.graph.names, trace.states, strict=True))
    assert [states[f"add[{n}]"] for n in range(4)] == ["done", "failed", "skipped", "skipped"]
    assert {states[f"numbers[{n}]"] for n in range(5)} == {"done"}


def shop(tm: TaskManager[Any], list_pages: Any, **tasks: Any) -> tuple[Any, Any, Any]:
    """For each number a list that streams, a map over it, and what takes the list of that."""
    with build_dag(int) as sub:
        pages = sub.add_node(streaming(list_pages), sub.parameter_node)
        parsed = sub.options(name="parse", **tasks.get("options", {})).map(
            tasks.get("parse", nap), pages
        )
        summed = sub.add_node(total, parsed)
    parts = tm.map(sub, tasks.get("numbers", [1, 3, 0]))
    tm.sort()
    return parts[pages], parts[parsed], parts[summed]


async def seconds(count: int) -> AsyncIterator[float]:
    """So many numbers, one each second."""
    for number in range(count):
        await asyncio.sleep(1)
        yield number / 4


def test_each_element_has_a_stream_of_its_own() -> None:
    """In a DAG for each element items start as they are yielded there; the run's graph says so."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        pages, parsed, summed = shop(tm, seconds)
        result = await tm.invoke()
        assert result[pages] == result[parsed] == [[0], [0, 0.25, 0.5], []]
        assert result[summed] == [0, 0.75, 0]
        return result.trace

    trace = run_virtual(main)
    at = rows(trace)
    names, graph = trace.graph.names, trace.graph
    assert [trace.started[at[f"sub[1]/parse[{n}]"]] for n in range(3)] == [1, 2, 3]
    assert trace.started[at["sub[0]/total"]] == 1  # when its own list is complete
    needed = {name: [names[one] for one in graph.dependencies[at[name]]] for name in names}
    assert needed["sub[1]/parse[1]"] == ["sub[1]/seconds[1]"]
    assert needed["sub[1]/seconds[1]"] == ["sub[1]/seconds[0]"]
    assert needed["sub[1]/seconds"] == [f"sub[1]/seconds[{n}]" for n in range(4)]
    assert needed["sub/seconds"] == [f"sub[{n}]/seconds" for n in range(3)]
    assert graph.kinds[at["sub[1]/seconds"]] == "collect"
    assert trace.timeline.critical_path[-1] == "sub[1]/parse[2]"
    assert trace.timeline.simulate().makespan == trace.elapsed == 3.5
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()


@pytest.mark.parametrize("slots", [None, 1, 3])
def test_a_window_holds_every_stream_back(slots: int | None) -> None:
    """However many there are: no more elements are asked for, or not through, than have room."""

    async def main(loop: VirtualLoop) -> None:
        asked = through = ahead = 0

        async def eager(_: int) -> AsyncIterator[int]:
            nonlocal asked, ahead
            for number in range(10):
                asked += 1
                ahead = max(ahead, asked - through)
                await asyncio.sleep(number % 3)
                yield number

        async def slow(number: int) -> int:
            nonlocal through
            await asyncio.sleep(1 + number % 2)
            through += 1
            return number

        tm = TaskManager[None](clock=loop.time)
        _, parsed, _ = shop(tm, eager, parse=slow, options={"at_once": 3}, numbers=range(5))
        result = await asyncio.wait_for(tm.invoke(max_concurrency=slots), 1000)
        assert result[parsed] == [list(range(10))] * 5
        assert ahead == 3
        trace = result.trace
        assert Trace.from_json(trace.to_json()).states == trace.states

    run_virtual(main)


@pytest.mark.parametrize("way", ["argument", "choice", "behind", "folded"])
def test_a_window_holds_no_stream_back_whose_end_its_items_need(way: str) -> None:
    """In a DAG for each element: it would wait for ever for room in the window."""

    async def numbers(of: int) -> AsyncIterator[int]:
        for n in range(6):
            await asyncio.sleep(0.25)
            yield of + n

    async def is_long(elements: list[int]) -> bool:
        return len(elements) > 3

    async def main(loop: VirtualLoop) -> list[list[int]]:
        with build_dag(int) as sub:
            source = sub.add_node(streaming(numbers), sub.parameter_node)
            window = sub.options(at_once=2)
            last: Any
            if way == "argument":
                last = window.map(add, source, sub.add_node(count, source))
            elif way == "choice":
                last = sub.choose(sub.add_node(is_long, source), window.map(add, source), [])
            elif way == "behind":
                last = sub.map(add, window.map(add, source), sub.add_node(count, source))
            else:
                last = sub.map(add, window.map(add, source), sub.fold(add, 0, source))
        tm = TaskManager[None](clock=loop.time)
        parts = tm.map(sub, [0, 10])
        tm.sort()
        result = await asyncio.wait_for(tm.invoke(), 100)
        return result[parts[last]]

    more = {"argument": (6, 6), "choice": (0, 0), "behind": (6, 6), "folded": (15, 75)}[way]
    assert run_virtual(main) == [
        [of + n + extra for n in range(6)] for of, extra in zip((0, 10), more, strict=True)
    ]


def test_one_of_several_generators_fails() -> None:
    """What it yielded before goes on; its list has no value, the others have theirs."""
    closed: list[int] = []

    async def broken(number: int) -> AsyncIterator[float]:
        try:
            yield 1.0
            await asyncio.sleep(0.5)
            if number == 1:
                raise OSError("no more")
            await asyncio.sleep(0.5)
            yield 2.0
        finally:
            await asyncio.sleep(0.25)
            closed.append(number)

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        shop(tm, broken, numbers=range(3))
        with pytest.raises(InvocationError, match=r"'sub\[1\]/broken' failed: OSError: no more"):
            await tm.invoke()
        assert sorted(closed) == [0, 1, 2]
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on_error="continue")
        return caught.value.result.trace

    trace = run_virtual(main)
    states = dict(zip(trace.graph.names, trace.states, strict=True))
    assert {name: state for name, state in states.items() if "[1]" in name[:6]} == {
        "sub[1]/broken": "failed",
        "sub[1]/broken[0]": "done",
        "sub[1]/broken[1]": "failed",
        "sub[1]/parse[0]": "done",
        "sub[1]/total": "skipped",
    }
    for number in (0, 2):
        assert states[f"sub[{number}]/total"] == states[f"sub[{number}]/parse[1]"] == "done"
    assert states["sub/broken"] == states["sub/parse"] == states["sub/total"] == "skipped"
    assert Trace.from_json(trace.to_json()).states == trace.states


def test_cancelling_closes_every_generator() -> None:
    """Clean-up runs before the invoke ends; a generator that found no room never began."""
    seen: list[int] = []

    async def endless(number: int) -> AsyncIterator[float]:
        try:
            while True:
                yield 100.0
        finally:
            await asyncio.sleep(0.25)
            seen.append(number)

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        shop(tm, endless, options={"at_once": 2}, numbers=range(4))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(tm.invoke(), 1)
        assert tm.last_unfinished is not None
        trace = tm.last_unfinished.trace
        assert set(trace.states) <= {"done", "cancelled", "skipped"}
        assert Trace.from_json(trace.to_json()).states == trace.states

    run_virtual(main)
    assert sorted(seen) == [0, 1]


def test_what_a_stream_gives_anew_is_worked_on_anew() -> None:
    """A complete list is reused with all behind it; one that was cut off may be another now."""
    calls: list[float] = []
    add = 0.0

    async def numbers(count: int) -> AsyncIterator[float]:
        for number in range(count):
            await asyncio.sleep(1)
            yield number / 4 + add

    async def parse(number: float) -> float:
        calls.append(number)
        return number

    async def main(loop: VirtualLoop) -> list[list[float]]:
        nonlocal add
        tm = TaskManager[None](clock=loop.time)
        _, parsed, _ = shop(tm, numbers, parse=parse, numbers=[1, 3])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(tm.invoke(), 2.5)
        assert calls == [0, 0, 0.25]
        calls.clear()
        add = 10
        result = await tm.invoke(reuse=tm.last_unfinished)
        assert calls == [10, 10.25, 10.5]
        calls.clear()
        assert (await tm.invoke(reuse=result))[parsed] == result[parsed]
        assert calls == []
        return result[parsed]

    assert run_virtual(main) == [[0], [10, 10.25, 10.5]]


def test_a_list_of_what_streams_waits_for_the_end_of_the_stream() -> None:
    """In the graph of the run, too: else it would say that the last item was what it waited for."""

    async def main(loop: VirtualLoop) -> Trace:
        async def one(_: int) -> AsyncIterator[float]:
            yield 1.0
            await asyncio.sleep(5)

        async def nobody() -> list[int]:
            return []

        with build_dag(int) as sub:
            yielded = sub.add_node(streaming(one), sub.parameter_node)
            sub.add_node(count, sub.map(nap, yielded))
            pairs = sub.starmap(add, sub.product(yielded, sub.add_node(nobody)))
            sub.options(name="none").add_node(count, pairs)
        tm = TaskManager[None](clock=loop.time)
        tm.map(sub, [0])
        tm.add_node(count, tm.map(nap, tm.add_node(streaming(one), 0)))
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    graph, at = trace.graph, rows(trace)
    for name in ("count", "sub[0]/count", "sub[0]/none"):
        assert trace.ready[at[name]] == 5
        needed = graph.dependencies[at[name]]
        assert max(trace.finished[row] for row in needed) == 5, name
    assert trace.timeline.simulate().makespan == trace.timeline.makespan == 5
