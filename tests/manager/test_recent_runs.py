"""What a manager keeps of its last runs, and that `max_concurrency` goes by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import InvocationError, TaskManager, Trace, build_dag, streaming
from async_dag.engine import growth
from async_dag.manager import recent_runs
from async_dag.manager.recent_runs import RecentRuns
from async_dag.trace import durations
from async_dag.trace.durations import durations_of, durations_of_nodes
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual


def recent(tm: TaskManager[Any]) -> RecentRuns:
    return tm._recent


def makespans(tm: TaskManager[None], invokes: int, **options: Any) -> list[float]:
    """Of so many invokes, one after the other."""

    async def main(_: VirtualLoop) -> list[float]:
        return [(await tm.invoke(**options)).timeline.makespan for _ in range(invokes)]

    return run_virtual(main)


def naps(loop: VirtualLoop, chains: Sequence[Sequence[float]]) -> TaskManager[None]:
    """Chains of sleeps, on the loop's clock."""
    tm = TaskManager[None](clock=loop.time)

    async def nap(seconds: float, *_: object) -> None:
        await asyncio.sleep(seconds)

    for chain in chains:
        before: tuple[Any, ...] = ()
        for seconds in chain:
            before = (tm.add_node(nap, seconds, *before),)
    tm.sort()
    return tm


def test_the_second_run_goes_by_what_the_first_one_took() -> None:
    """Two slots, a long task that hops rank last: known from the second run on, nothing passed."""

    async def main(loop: VirtualLoop) -> list[float]:
        tm = naps(loop, [[1.0, 1.0], [1.0, 1.0], [4.0]])
        runs = [await tm.invoke(max_concurrency=2) for _ in range(3)]
        known = await tm.invoke(max_concurrency=2, durations=runs[0].timeline)
        return [run.timeline.makespan for run in (*runs, known)]

    first, second, third, known = run_virtual(main)
    assert first == 5.0
    assert second == third == known == 4.0


@settings(max_examples=50, deadline=None)
@given(dags(), st.integers(1, 3))
def test_the_second_run_is_as_good_as_with_known_durations(specs: list[Spec], slots: int) -> None:
    """On any DAG, with nothing passed: the same schedule as with the durations of the first run."""

    async def main(loop: VirtualLoop) -> None:
        tm, _ = build(specs, loop.time)
        first = await tm.invoke(max_concurrency=slots)
        second = await tm.invoke(max_concurrency=slots)
        known = await tm.invoke(max_concurrency=slots, durations=first.timeline)
        assert second.timeline.makespan == known.timeline.makespan

    run_virtual(main)


def test_a_stream_goes_by_it_too() -> None:
    """`tm.stream` hands out its slots by the same durations."""

    async def main(loop: VirtualLoop) -> float:
        tm = naps(loop, [[1.0, 1.0], [1.0, 1.0], [4.0]])
        await tm.invoke()
        async with tm.stream(max_concurrency=2) as stream:
            async for _ in stream:
                pass
        return stream.result.timeline.makespan

    assert run_virtual(main) == 4.0


@settings(max_examples=50, deadline=None)
@given(dags())
def test_durations_are_those_of_the_timeline(specs: list[Spec]) -> None:
    """Of every task of a complete run, limits and slots included."""

    async def main(loop: VirtualLoop) -> None:
        tm, _ = build(specs, loop.time)
        result = await tm.invoke(max_concurrency=2)
        told = durations_of(result.trace)
        names = result.trace.graph.names
        assert result.timeline.durations == {
            name: pytest.approx(told[names.index(name)]) for name in result.timeline.durations
        }

    run_virtual(main)


def test_waits_between_attempts_are_no_duration() -> None:
    """A node that waits for its slot again after a failed attempt did not run meanwhile."""

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        calls: list[float] = []

        async def flaky() -> None:
            calls.append(loop.time())
            await asyncio.sleep(1)
            if len(calls) == 1:
                raise OSError

        class Attempts:
            """Two attempts without a pause, as a retrying library has them."""

            def __init__(self) -> None:
                self.left = 2
                self.failed = True

            def __aiter__(self) -> Attempts:
                return self

            async def __anext__(self) -> Attempts:
                if not self.left or not self.failed:
                    raise StopAsyncIteration
                self.left -= 1
                await asyncio.sleep(0.5)
                return self

            def __enter__(self) -> None:
                self.failed = False

            def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
                self.failed = kind is not None
                return self.failed

        tm.options(retry=Attempts).add_node(flaky)
        for _ in range(2):
            tm.add_node(asyncio.sleep, 3)
        tm.sort()
        result = await tm.invoke(max_concurrency=1)
        assert any(wait.start > result.trace.started[0] for wait in result.trace.waits)
        assert durations_of(result.trace) == pytest.approx(list(result.timeline.durations.values()))

    run_virtual(main)


def test_the_median_of_the_last_fifty_is_expected() -> None:
    """One slow run does not change what is expected, a lasting change does."""
    seconds = [1.0]

    async def main(loop: VirtualLoop) -> list[float]:
        tm = TaskManager[None](clock=loop.time)

        async def nap() -> None:
            await asyncio.sleep(seconds[0])

        tm.add_node(nap)
        tm.sort()
        expected: list[float] = []
        for number in range(120):
            seconds[0] = 9.0 if number == 10 else 1.0 if number < 50 else 2.0
            await tm.invoke()
            told = recent(tm).durations(tm.graph)
            assert told is not None
            expected.append(told["nap"])
        return expected

    expected = run_virtual(main)
    assert expected[:50] == [1.0] * 50
    assert expected[-1] == 2.0


def test_runs_that_are_not_complete_teach_nothing() -> None:
    """Failed, cancelled, with targets= or reuse=: they are counted alone."""

    async def fail() -> None:
        raise OSError

    with build_dag() as tm:
        good, bad = tm.add_node(asyncio.sleep, 0), tm.add_node(fail)

    async def main() -> None:
        with pytest.raises(InvocationError):
            await tm.invoke()
        result = await tm.invoke(targets=[good])
        with pytest.raises(InvocationError):
            await tm.invoke(reuse=result)

    asyncio.run(main())
    assert bad.name == "fail"
    assert recent(tm).durations(tm.graph) is None
    assert (len(recent(tm)), recent(tm).left_out) == (0, 3)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 200 traces, and of large graphs so many rows; their durations are learnt all the same."""
    with build_dag() as tm:
        tm.add_node(asyncio.sleep, 0)
    for _ in range(250):
        asyncio.run(tm.invoke())
    assert len(recent(tm)) == 200

    monkeypatch.setattr(recent_runs, "MOST_ROWS", 1000)
    monkeypatch.setattr(recent_runs, "_MOST_PACKED", 1500)
    with build_dag() as tm:
        for _ in range(300):
            tm.add_node(asyncio.sleep, 0)
    for _ in range(10):
        asyncio.run(tm.invoke())
    assert len(recent(tm)) == 3
    assert len(recent(tm)._packed) == 5
    told = recent(tm).durations(tm.graph)
    assert told is not None
    assert len(told) == 300


def test_names_of_a_large_graph_are_not_made_by_running_it() -> None:
    """A run needs no names, neither of its nodes nor of the items of its maps."""

    async def number(n: int) -> int:
        return n

    with build_dag() as tm:
        for n in range(400):
            tm.add_node(number, n)
        tm.map(number, range(400))
    result = asyncio.run(tm.invoke())
    assert len(recent(tm)) == 1
    for graph in (tm.graph, result.trace.graph):
        assert not {"names", "kinds", "dependencies"} & vars(graph).keys()


def test_what_is_expected_of_a_large_map_comes_from_a_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Evenly over all items, however many at a time they came to be; waits for a limit are left out."""
    monkeypatch.setattr(durations, "SAMPLE", 10)

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)

        async def pages() -> AsyncIterator[int]:
            for page in range(60):
                await asyncio.sleep(1)
                yield page

        async def nap(n: int) -> None:
            await asyncio.sleep(1 + n // 20)

        tm.map(nap, tm.add_node(streaming(pages)))
        tm.options(limit=asyncio.Semaphore(3)).map(nap, range(60))
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert len(trace.births) > 20
    assert list(durations_of_nodes(trace))[1:] == [2.0, 2.0]


def test_a_sample_of_very_many_items_comes_from_places_all_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At each place several next to one another are taken; whatever the places, all count alike."""
    monkeypatch.setattr(growth, "BLOCK", 16)

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)

        async def nap(n: int) -> None:
            await asyncio.sleep(1 + n / 1000)

        tm.map(nap, range(2000))
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert len(trace.births) > 4 * durations.PLACES
    [seconds] = durations_of_nodes(trace)
    assert seconds == pytest.approx(2.0, abs=0.1)
