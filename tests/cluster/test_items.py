"""Maps, choices, sub-DAGs and items of values on a real cluster."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

from distributed import Client
from hypothesis import given, settings

import async_dag
from async_dag import (
    NOT_CHOSEN,
    ClusterResult,
    Dask,
    Failure,
    InvocationError,
    ItemNode,
    MapNode,
    NodeTimeoutError,
    ResultUnavailableError,
    TaskNode,
    Trace,
    WrongTypeError,
    build_dag,
    in_thread,
    streaming,
)
from tests.support.cluster import Cluster, wait_until_empty
from tests.support.dynamic_strategies import (
    LEFT,
    Step,
    build_dynamic,
    by_hand,
    dynamic_dags,
    expected_values,
)


async def numbers(count: int) -> list[int]:
    return list(range(count))


async def nap(seconds: float, *_: object) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def double(n: int, *_: object) -> int:
    return 2 * n


async def joined(one: list[int], other: list[int]) -> list[int]:
    return one + other


async def total(values: list[int], *_: object) -> int:
    return sum(values)


async def mark(n: int, path: str) -> int:
    with Path(path).open("a", encoding="utf-8") as file:  # noqa: ASYNC230 - a line
        file.write(f"{n}\n")
    return n


def marked(path: Path) -> list[str]:
    return sorted(path.read_text(encoding="utf-8").split()) if path.exists() else []


async def even_alone(n: int, path: str = "") -> int:
    if path and Path(path).exists():  # noqa: ASYNC240
        return n
    if n % 2:
        raise ValueError(f"{n} is odd")
    return n


def test_random_dags_with_maps_and_choices_give_what_plain_python_gives(cluster: Cluster) -> None:
    """Values, choices and the times of all items are right; several run at once on one client."""
    examples: list[list[Step]] = []

    @settings(max_examples=100, database=None)
    @given(dynamic_dags())
    def collect(steps: list[Step]) -> None:
        examples.append([replace(step, ticks=(0,)) for step in steps])

    async def check(client: Client, steps: list[Step], at_once: asyncio.Semaphore) -> None:
        expected = by_hand(steps)
        tm, nodes = build_dynamic(steps, time.perf_counter)
        async with at_once:
            try:
                result = await tm.invoke(on=Dask(client, keep="all"))
            except InvocationError as error:
                assert expected.fails, (steps, error)
                return
            if expected.fails:
                assert expected.may_be_left
                return
            values = [
                LEFT
                if result.trace.causes.get(node.index) == NOT_CHOSEN
                else await result.gather(node)
                if isinstance(node, TaskNode)
                else node
                for node in nodes
            ]
        assert values == expected_values(expected, nodes), steps
        times_make_sense(result.trace)

    async def main(client: Client) -> None:
        at_once = asyncio.Semaphore(12)
        await asyncio.gather(*(check(client, steps, at_once) for steps in examples))

    collect()
    assert len(examples) >= 100
    cluster.run(main, seconds=300)


def times_make_sense(trace: Trace) -> None:
    """What depends on something is ready when that has ended, and not before it or later."""
    started, finished, ready = trace.started, trace.finished, trace.ready
    for row, needs in enumerate(trace.graph.dependencies):
        if finished[row] == finished[row]:  # not NaN
            assert ready[row] <= started[row] <= finished[row]
            ends = [finished[need] for need in needs if finished[need] == finished[need]]
            assert ready[row] >= max(ends, default=0.0)
    pieces = trace.timeline.pieces
    tiled = sum(piece.end - piece.start for piece in pieces)
    assert tiled == pytest.approx(trace.timeline.makespan, abs=1e-3)
    assert Trace.from_json(trace.to_json()).states == trace.states
    for finding in trace.timeline.findings():
        assert 0 <= finding.gain.low <= finding.gain.high <= trace.timeline.makespan


def test_an_item_goes_on_while_others_of_its_map_still_run(
    cluster: Cluster, tmp_path: Path
) -> None:
    """There is no barrier between two maps, and every item has its lane: one waits for later ones."""

    async def first(number: int) -> int:
        while number == 1 and len(list(tmp_path.iterdir())) < 2:  # noqa: ASYNC240 - some files
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2 * (number == 1))  # longer than the clocks of the workers may differ
        return number

    async def second(number: int) -> int:
        (tmp_path / str(number)).touch()
        return number

    with build_dag(list[int]) as tm:
        end = tm.add_node(total, tm.map(second, tm.map(first, tm.parameter_node)))  # type: ignore[arg-type]

    async def main(client: Client) -> ClusterResult[Any]:
        result = await tm.invoke([0, 1, 2], on=client)
        assert await result.gather(end) == 3
        return result

    trace = cluster.run(main).trace
    names = {name: row for row, name in enumerate(trace.graph.names)}
    slow = trace.finished[names["first[1]"]]
    assert trace.started[names["second[0]"]] < slow
    assert trace.started[names["second[2]"]] < slow
    assert {names["first[0]"], names["second[2]"]} <= trace.lane_of.keys()
    times_make_sense(trace)


def test_values_of_items_stay_there_until_they_are_gathered(cluster: Cluster) -> None:
    """What no other node takes is kept; a map, one item of it, or all of its futures can be had."""
    with build_dag(int) as tm:
        found = tm.add_node(numbers, tm.parameter_node)
        doubled = tm.map(double, tm.map(double, found))

    async def main(client: Client) -> None:
        result = await tm.invoke(3, on=client)
        item = next(node for node in result.futures if node.name == "double_2[2]")
        assert isinstance(item, ItemNode)
        assert sorted(node.name for node in result.futures) == [f"double_2[{n}]" for n in range(3)]
        with pytest.raises(ResultUnavailableError, match="lie on workers: await result.gather"):
            result[doubled]
        with pytest.raises(ResultUnavailableError, match=r"'double_2\[2\]' lies on worker"):
            result[item]
        with pytest.raises(ResultUnavailableError, match="was dropped once its dependents"):
            result[found]
        with pytest.raises(ResultUnavailableError, match="it is a list of others"):
            result.future(doubled)
        assert await result.future(item) == 8
        assert await result.gather(item) == 8
        assert await result.gather(doubled) == [0, 4, 8] == result[doubled]
        assert result[item] == 8
        del result, item
        await wait_until_empty(client)

    cluster.run(main)


def test_large_elements_go_from_worker_to_worker(cluster: Cluster) -> None:
    """A list of large values is not brought here: each element is moved to where it is needed."""

    async def blocks(count: int) -> list[bytes]:
        return [bytes([place]) * 200_000 for place in range(count)]

    async def first_byte(block: bytes) -> int:
        return block[0]

    with build_dag(int) as tm:
        made = tm.add_node(blocks, tm.parameter_node)
        firsts = tm.map(first_byte, made)
        flat = tm.map(first_byte, tm.flatten(tm.map(blocks, [1, 2])))

    async def main(client: Client) -> Any:
        result = await tm.invoke(4, on=client)
        assert not any(isinstance(value, list) for value in result.to_dict().values())
        return await result.gather(firsts, flat)

    assert cluster.run(main) == ([0, 1, 2, 3], [0, 0, 1])


def test_what_a_failure_means_for_items(cluster: Cluster) -> None:
    """Under cancel, continue and outcomes states and causes are those of a run here."""
    with build_dag() as tm:
        items = tm.map(even_alone, [0, 1, 2])
        tm.add_node(total, tm.map(double, items))
    with build_dag() as taken:

        async def told(outcomes: list[Any]) -> list[str]:
            return [
                f"{one.node.name}: {one.error}" if isinstance(one, Failure) else str(one)
                for one in outcomes
            ]

        outcomes = taken.outcomes(taken.map(even_alone, [0, 1, 2]))
        texts = taken.add_node(told, outcomes)

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError, match=r"'even_alone\[1\]' failed.*1 is odd") as caught:
            await tm.invoke(on=client)
        [error] = caught.value.exceptions
        assert "in node 'even_alone[1]'" in error.__notes__
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on=client, on_error="continue")
        there = caught.value.result.trace
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on_error="continue")
        here = caught.value.result.trace
        assert there.graph.names == here.graph.names
        assert there.states == here.states
        assert there.causes == here.causes
        assert there.errors == here.errors
        result = await taken.invoke(on=Dask(client, keep=[outcomes, texts]))
        assert await result.gather(texts) == ["0", "even_alone[1]: 1 is odd", "2"]
        [zero, failure, two] = await result.gather(outcomes)
        assert isinstance(failure, Failure)
        assert (zero, two, failure.node.name) == (0, 2, "even_alone[1]")
        assert [node.name for node in result.failures] == ["even_alone[1]"]

    cluster.run(main)


def test_only_the_side_that_is_taken_runs(cluster: Cluster, tmp_path: Path) -> None:
    """The flag's truth is known here; what only the other side needs never starts."""
    path = tmp_path / "ran"

    async def odd(n: int) -> bool:
        return bool(n % 2)

    with build_dag(int) as tm:
        left = tm.add_node(mark, tm.parameter_node, str(path))
        chosen = tm.choose(tm.add_node(odd, tm.parameter_node), left, tm.map(double, [1, 2]))

    async def main(client: Client) -> None:
        result = await tm.invoke(2, on=client)
        assert await result.gather(chosen) == [2, 4]
        assert marked(path) == []
        result = await tm.invoke(3, on=client)
        assert await result.gather(chosen) == 3
        assert result.future(chosen) is result.future(left)
        assert marked(path) == ["3"]

    cluster.run(main)


def test_windows_limits_slots_timeouts_and_retries_of_items(cluster: Cluster) -> None:
    """What is promised of nodes is promised of items, on a cluster as well."""

    class Twice:
        def __call__(self) -> Any:
            return self.attempts()

        async def attempts(self) -> Any:
            for last in (False, True):
                manager = Swallow(last)
                yield manager
                if not manager.failed:
                    return

    class Swallow:
        def __init__(self, last: bool) -> None:
            self.last, self.failed = last, False

        def __enter__(self) -> None: ...

        def __exit__(self, kind: object, error: object, _: object) -> bool:
            self.failed = isinstance(error, Exception)
            return self.failed and not self.last

    async def main(client: Client) -> None:
        one = asyncio.Semaphore(1)
        with build_dag() as tm:
            windowed = tm.options(at_once=2).map(nap, [0.02] * 5)
            tm.map(nap, windowed)
            tm.options(limit=one, name="limited").map(nap, [0.02] * 3)
        trace = (await tm.invoke(on=client, max_concurrency=3)).trace
        assert set(trace.states) == {"done"}
        names = trace.graph.names
        spans = {
            name: [
                (trace.started[row], trace.finished[row])
                for row, other in enumerate(names)
                if other.startswith(f"{name}[")
            ]
            for name in ("nap", "nap_2", "limited")
        }
        pairs = zip(spans["nap"], spans["nap_2"], strict=True)
        begun = [(start, end) for (start, _), (_, end) in pairs]
        assert at_most(begun) <= 2
        assert at_most(spans["limited"]) == 1
        assert at_most([span for of in spans.values() for span in of]) <= 3
        assert {wait.kind for wait in trace.waits} >= {"window", "limit"}
        times_make_sense(trace)

        with build_dag() as tm:
            tm.options(timeout=1.0).map(nap, [0.0, 60.0])
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on=client)
        [error] = caught.value.exceptions
        assert isinstance(error, NodeTimeoutError)
        assert "'nap[1]' took longer" in str(error)

        with build_dag() as tm:
            tm.options(retry=Twice()).map(even_alone, [0, 1])
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on=client)
        attempts = caught.value.result.trace.attempts
        assert [one.error for one in attempts if one.error] == ["ValueError: 1 is odd"] * 2

    cluster.run(main)


def at_most(spans: list[tuple[float, float]]) -> int:
    """How many of these overlapped at most."""
    events = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    peak = count = 0
    for _, change in events:
        count += change
        peak = max(peak, count)
    return peak


def test_a_cancelled_map_cleans_up_on_the_workers(cluster: Cluster, tmp_path: Path) -> None:
    """Items that run are cancelled where they are, and the invoke waits for them."""
    path = tmp_path / "cleaned"

    async def stay(n: int, path: str) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            await mark(n, path)

    with build_dag() as tm:
        tm.map(stay, [1, 2, 3], str(path))
    runs: list[Any] = []

    async def main(client: Client) -> None:
        with tm.watch(runs.append):
            invoke = asyncio.ensure_future(tm.invoke(on=client))
            while not runs or runs[0].trace.snapshot().states.count("running") < 3:
                await asyncio.sleep(0.01)
            invoke.cancel()
            with pytest.raises(asyncio.CancelledError):
                await invoke
        assert marked(path) == ["1", "2", "3"]
        assert runs[0].trace.states.count("cancelled") == 3

    cluster.run(main)


def test_only_items_that_are_missing_run_again(cluster: Cluster, tmp_path: Path) -> None:
    """By their places, and by a key where the list has changed; values stay on the workers."""
    ready = tmp_path / "ready"
    with build_dag() as tm:
        items = tm.map(even_alone, [0, 1, 2], str(ready))
        end = tm.add_node(total, tm.map(double, items))
    seen = tmp_path / "seen"
    with build_dag(list[int]) as keyed:
        listed = keyed.add_node(sorted_, keyed.parameter_node)
        kept = keyed.options(key=int).map(mark, listed, str(seen))

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on=Dask(client, keep="all"), on_error="continue")
        ready.touch()
        result = await tm.invoke(on=client, reuse=caught.value.result)
        assert await result.gather(end) == 6
        states = dict(zip(result.trace.graph.names, result.trace.states, strict=True))
        assert [states[f"even_alone[{n}]"] for n in range(3)] == ["reused", "done", "reused"]

        first = await keyed.invoke([1, 2], on=Dask(client, keep="all"))
        second = await keyed.invoke([2, 3, 1], on=client, reuse=first)
        assert await second.gather(kept) == [1, 2, 3]
        assert marked(seen) == ["1", "2", "3"]
        here = await tm.invoke(reuse=result)
        assert here[end] == 6

    cluster.run(main)


async def sorted_(values: list[int]) -> list[int]:
    return sorted(values)


def test_sub_dags_and_items_of_values(cluster: Cluster) -> None:
    """A DAG for each element, and projections: a value on a worker is taken apart there."""

    async def stats(values: list[int]) -> dict[str, int]:
        return {"sum": sum(values), "count": len(values)}

    async def mean(sum_: int, count: int) -> float:
        return sum_ / count

    with build_dag(list[int]) as sub:
        found = sub.add_node(stats, sub.parameter_node)
        average = sub.add_node(mean, found["sum"], found["count"])
    with build_dag() as tm:
        whole = tm.add_node(stats, [1, 2])
        sum_ = whole["sum"]
        count = tm.add_node(in_thread(abs), whole["count"])
        parts: Any = tm.map(sub, [[1, 2], [3, 5]])
        means: MapNode[Any, float] = parts[average]
        second = tm.add_node(nap, means[1])

    async def main(client: Client) -> Any:
        result = await tm.invoke(on=Dask(client, keep="all"))
        return await result.gather(count, sum_, means, second)

    assert cluster.run(main) == (2, 3, [1.5, 4.0], 4.0)


def test_a_streaming_node_runs_here_and_its_elements_there(cluster: Cluster) -> None:
    """What it takes is brought here; items start while it yields, and a window holds it back."""
    lock = threading.Lock()  # can't be pickled, and need not be
    yielded: list[int] = []

    async def pages(count: int) -> AsyncIterator[int]:
        with lock:
            for number in range(count):
                async_dag.report(number, count)
                yielded.append(number)
                yield number

    with build_dag(int) as tm:
        size = tm.add_node(double, tm.parameter_node)  # on a worker
        elements = tm.add_node(streaming(pages), size)
        doubled = tm.options(at_once=2).map(double, elements)
        end = tm.add_node(total, tm.options(name="both").add_node(joined, doubled, elements))

    async def main(client: Client) -> ClusterResult[int]:
        result = await tm.invoke(4, on=client, max_concurrency=3)
        assert await result.gather(end) == 56 + 28
        assert result[elements] == list(range(8))
        again = await tm.invoke(4, on=client, reuse=result)
        assert await again.gather(end) == 56 + 28
        assert len(yielded) == 8, "what is here is reused"
        return result

    result = cluster.run(main)
    trace = result.trace
    times_make_sense(trace)
    assert trace.progress[elements.index].done == 7
    rows = {name: row for row, name in enumerate(trace.graph.names)}
    assert {name for name, row in rows.items() if row not in trace.lane_of} == {
        *(f"pages[{n}]" for n in range(9)),
        *(node.name for node in (tm.parameter_node, elements, doubled)),
    }
    ends = [trace.finished[rows[f"double_2[{n}]"]] for n in range(8)]
    for n in range(3, 9):  # when so many had been yielded, all but two were through
        asked = trace.started[rows[f"pages[{n}]"]] + 0.01  # two clocks
        assert sum(end <= asked for end in ends) >= n - 2


async def pages_of(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


def test_an_item_that_streams_gives_its_whole_list(cluster: Cluster) -> None:
    """In a DAG for each element it runs on a worker, which tells nothing before its end."""
    with build_dag(int) as sub:
        pages = sub.add_node(streaming(pages_of), sub.parameter_node)
        doubled = sub.options(at_once=2).map(double, pages)
    with build_dag(list) as tm:
        parts = tm.map(sub, tm.parameter_node)

    async def main(client: Client) -> list[list[int]]:
        result = await tm.invoke([1, 3, 0], on=client)
        times_make_sense(result.trace)
        return await result.gather(parts[doubled])

    assert cluster.run(main) == [[0], [0, 2, 4], []]


def test_what_ends_a_streaming_node(cluster: Cluster, tmp_path: Path) -> None:
    """Its failure cancels the items on the workers, a time-out ends it, a cancellation closes it."""
    closed: list[str] = []
    running = asyncio.Event()
    begun = tmp_path / "begun"

    async def stay(_: int) -> None:
        begun.touch()
        await asyncio.Event().wait()

    async def fails() -> AsyncIterator[int]:
        yield 1
        while not begun.exists():
            await asyncio.sleep(0.02)
        raise KeyError("no more pages")

    async def endless() -> AsyncIterator[int]:
        try:
            yield 1
            running.set()
            await asyncio.sleep(30)
        finally:
            closed.append("closed")

    with build_dag() as failing:
        failing.map(stay, failing.add_node(streaming(fails)))
    with build_dag() as late:
        late.map(double, late.options(timeout=0.05).add_node(streaming(endless)))
    with build_dag() as cancelled:
        cancelled.map(double, cancelled.add_node(streaming(endless)))

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError, match="no more pages") as caught:
            await failing.invoke(on=client)
        trace = caught.value.result.trace
        assert trace.states[0] == "failed"
        assert "cancelled" in trace.states
        with pytest.raises(InvocationError) as timed_out:
            await late.invoke(on=client)
        assert isinstance(timed_out.value.exceptions[0], NodeTimeoutError)
        assert closed == ["closed"]
        running.clear()
        invoke = asyncio.ensure_future(cancelled.invoke(on=client))
        await running.wait()
        invoke.cancel()
        with pytest.raises(asyncio.CancelledError):
            await invoke
        assert closed == ["closed", "closed"]

    cluster.run(main)


def test_what_is_no_collection_fails_its_map(cluster: Cluster) -> None:
    """As here."""
    with build_dag() as wrong:
        wrong.map(double, wrong.add_node(nap, 0.0))  # type: ignore[arg-type]

    async def main(client: Client) -> None:
        with pytest.raises(InvocationError) as caught:
            await wrong.invoke(on=client)
        [error] = caught.value.exceptions
        assert isinstance(error, WrongTypeError)
        assert "a map runs for the elements of a collection" in str(error)

    cluster.run(main)
