"""A manager's nodes on a real cluster: the values, the states and the trace."""

from __future__ import annotations

import asyncio
import socket
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")

from distributed import Client, get_worker
from hypothesis import given, settings

import async_dag
from async_dag import (
    ClusterResult,
    Dask,
    ExecutionResult,
    ForeignNodeError,
    InvocationError,
    ResultUnavailableError,
    TaskManager,
    Trace,
    UnknownNodeError,
    WrongArgumentError,
    WrongTypeError,
    build_dag,
    in_process,
    in_thread,
)
from async_dag.trace.columns import Wait, by_node
from async_dag.trace.trace import PROCESSORS
from tests.support.cluster import Cluster, wait_until_empty
from tests.support.strategies import Boom, Spec, dags


async def number(n: int) -> int:
    return n


async def add(a: int, b: int) -> int:
    await asyncio.sleep(0.01)
    return a + b


async def total(numbers: list[int], *, offset: int = 0) -> int:
    return sum(numbers) + offset


def diamond() -> tuple[TaskManager[int], Any]:
    with build_dag(int) as tm:
        one = tm.add_node(number, tm.parameter_node)
        left, right = tm.add_node(add, one, 2), tm.add_node(add, one, 3)
        end = tm.add_node(add, left, right)
    return tm, end


def quick_copy(specs: list[Spec]) -> tuple[TaskManager[None], list[Any]]:
    """A manager of these tasks, a hundred times as fast."""
    tm = TaskManager[None]()
    nodes: list[Any] = []
    for index, spec in enumerate(specs):
        arguments = [nodes[dependency] for dependency in spec.arguments]
        keywords = {} if spec.keyword is None else {"keyword": nodes[spec.keyword]}
        nodes.append(tm.add_node(quick, index, spec, *arguments, **keywords))  # type: ignore[arg-type]
    tm.sort()
    return tm, nodes


async def quick(index: int, spec: Spec, *values: object, keyword: object = None) -> object:
    for seconds in spec.sleeps:
        await asyncio.sleep(seconds / 100)
    if spec.fails:
        raise Boom(index)
    return (index, values, keyword)


@pytest.fixture(params=["asynchronous", "synchronous"])
def run_on_cluster(request: pytest.FixtureRequest, cluster: Cluster) -> Any:
    """Runs a coroutine function with a client of each kind."""
    return cluster.run if request.param == "asynchronous" else cluster.run_with_synchronous_client


def test_values_stay_there_until_they_are_gathered(run_on_cluster: Any) -> None:
    """The end's value is kept on a worker; gathered, it is here for good."""
    tm, end = diamond()

    async def main(client: Client) -> None:
        result = await tm.invoke(1, on=client)
        assert isinstance(result, ClusterResult)
        assert result.trace.states == ["done"] * 5
        with pytest.raises(
            ResultUnavailableError, match=r"lies on worker [01]: await result.gather"
        ):
            result[end]
        assert await result.gather(end) == 7
        assert result[end] == end.extract_result(result) == 7
        assert await result.gather(end, tm.parameter_node) == (7, 1)

    run_on_cluster(main)


def test_200_random_dags_give_the_same_here_and_there(cluster: Cluster) -> None:
    """Values, states and errors are the same, whichever way a manager is run; several run at once."""

    async def main(client: Client) -> None:
        examples: list[list[Spec]] = []

        @settings(max_examples=200, database=None)
        @given(dags(failures=True))
        def collect(specs: list[Spec]) -> None:
            examples.append(specs)

        at_once = asyncio.Semaphore(12)

        async def check(specs: list[Spec]) -> None:
            async with at_once:
                await compare(specs)

        async def compare(specs: list[Spec]) -> None:
            tm, nodes = quick_copy(specs)
            here = await outcome(tm)
            there = await outcome(tm, on=Dask(client, keep="all"))
            assert there.trace.states == here.trace.states
            # (Of two failures which one was the first to skip a node is a matter of time.)
            assert set(there.trace.causes) == set(here.trace.causes)
            assert there.trace.errors == here.trace.errors
            done = [node for node in nodes if here.trace.states[node.index] == "done"]
            for node in done:
                assert await there.gather(node) == here[node]  # type: ignore[attr-defined]
            assert Trace.from_json(there.trace.to_json()).states == here.trace.states

        await asyncio.to_thread(collect)
        assert len(examples) >= 200
        await asyncio.gather(*map(check, examples))

    cluster.run(main, seconds=300)


async def outcome(tm: TaskManager[None], on: Any = None) -> ExecutionResult[None]:
    try:
        return await tm.invoke(on_error="continue", on=on)
    except InvocationError as error:
        return error.result


def test_the_trace_has_lanes_and_waits_that_tile(cluster: Cluster) -> None:
    """Every node has a lane, and from its being ready to its start it waits for something."""
    tm, _ = diamond()

    async def main(client: Client) -> Trace:
        return (await tm.invoke(1, on=client)).trace

    trace = cluster.run(main)
    assert sorted(lane.name for lane in trace.lanes) == ["worker 0", "worker 1"]
    assert [lane.threads for lane in trace.lanes] == [1, 1]
    assert {lane.host for lane in trace.lanes} == {socket.gethostname()}
    assert {lane.processors for lane in trace.lanes} == {PROCESSORS}
    assert sorted(trace.lane_of) == [1, 2, 3, 4]
    waits = by_node(trace.waits)
    for node in range(1, 5):
        edges = [trace.ready[node], *(wait.end for wait in waits[node])]
        assert [wait.start for wait in waits[node]] == edges[:-1]
        assert edges[-1] == trace.started[node]
        assert trace.finished[node] >= trace.started[node]
    pieces = trace.timeline.pieces
    assert pieces[0].start == 0
    assert [piece.end for piece in pieces[:-1]] == [piece.start for piece in pieces[1:]]
    assert pieces[-1].end == trace.timeline.makespan


def test_coroutines_that_wait_occupy_no_slot(cluster: Cluster, tmp_path: Path) -> None:
    """Eight on two workers with a thread each run at once: none ends before all have begun."""

    async def meet(number: int) -> None:
        (tmp_path / str(number)).touch()
        while len(list(tmp_path.iterdir())) < 8:  # noqa: ASYNC240 - some files
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)  # longer than the clocks of the workers may differ

    with build_dag() as tm:
        for number in range(8):
            tm.add_node(meet, number)

    async def main(client: Client) -> Trace:
        return (await tm.invoke(on=client)).trace

    timeline = cluster.run(main).timeline
    assert timeline.peak_parallelism == 8


def test_a_worker_whose_loop_is_held_still_answers(cluster: Cluster, tmp_path: Path) -> None:
    """Nodes have a loop of their own, so that the worker's is free: a node holds it till it answers."""
    has_begun, has_answered = tmp_path / "begun", tmp_path / "answered"

    async def hold() -> tuple[bool, float]:
        began = time.perf_counter()
        has_begun.touch()
        while not has_answered.exists() and time.perf_counter() < began + 30:
            time.sleep(0.02)
        time.sleep(0.5)
        return has_answered.exists(), time.perf_counter() - began

    with build_dag() as tm:
        node = tm.add_node(hold)

    async def main(client: Client) -> tuple[bool, float, Trace]:
        invoke = asyncio.create_task(tm.invoke(on=client))
        while not has_begun.exists():
            await asyncio.sleep(0.02)
        await client.run(time.time)
        has_answered.touch()
        result = await invoke
        return *await result.gather(node), result.trace

    answered, seconds, trace = cluster.run(main)
    assert answered
    assert 0.5 <= seconds <= trace.held[0] + 1e-3
    assert trace.held[0] <= trace.elapsed
    [step] = trace.long_steps
    assert seconds - 1e-3 <= step.length <= trace.held[0] + 1e-6


def test_plain_functions_run_in_a_slot(cluster: Cluster) -> None:
    """`in_thread` and `in_process` run bare in the worker's thread, one at a time in each."""

    def block(n: int) -> str:
        time.sleep(0.2)
        return f"{n} on {get_worker().name}"

    with build_dag() as tm:
        nodes = [tm.add_node(in_thread(block), n) for n in range(3)]
        nodes.append(tm.add_node(in_process(block), 3))

    async def main(client: Client) -> ClusterResult[None]:
        result = await tm.invoke(on=client)
        await result.gather(*nodes)
        return result

    result = cluster.run(main)
    assert sorted(result[node][0] for node in nodes) == ["0", "1", "2", "3"]
    assert result.timeline.peak_parallelism <= 2
    assert "worker" in {wait.kind for wait in result.trace.waits}


def test_a_coroutine_may_call_in_thread_itself(cluster: Cluster) -> None:
    """Within a partial or another wrapper, `in_thread` uses threads of the worker's process."""
    with build_dag() as tm:
        node = tm.add_node(partial(in_thread(max), 3), 4)

    async def main(client: Client) -> int:
        return await (await tm.invoke(on=client)).gather(node)  # type: ignore[no-any-return]

    assert cluster.run(main) == 4


class Adder:
    """An object whose call is a coroutine."""

    def __init__(self, by: int) -> None:
        self.by = by

    async def __call__(self, n: int) -> int:
        await asyncio.sleep(0)
        return n + self.by


def test_objects_collects_keywords_and_constants(cluster: Cluster) -> None:
    """Everything that can be passed here can be passed there."""
    large = b"x" * 100_000
    with build_dag(int) as tm:
        first = tm.add_node(Adder(1), tm.parameter_node)
        second = tm.add_node(Adder(2), tm.add_immediate_node(5))
        both = tm.collect([first, second, first])
        end = tm.add_node(total, both, offset=tm.parameter_node)  # type: ignore[arg-type]
        nested = tm.add_node(total, tm.collect([end, tm.parameter_node]))
        size = tm.add_node(length, large)

    async def main(client: Client) -> Any:
        result = await tm.invoke(10, on=Dask(client, keep="all"))
        assert await result.gather(both) == result[both] == [11, 7, 11]
        return await result.gather(end, nested, size)

    assert cluster.run(main) == (39, 49, 100_000)


async def length(data: bytes) -> int:
    return len(data)


def test_what_is_kept(cluster: Cluster) -> None:
    """By default the ends; on request everything, or some nodes, and nothing else."""
    tm, end = diamond()
    left = tm["add"]

    async def main(client: Client) -> None:
        assert set((await tm.invoke(1, on=client)).futures) == {end}
        every = await tm.invoke(1, on=Dask(client, keep="all"))
        assert set(every.futures) == set(tm.nodes) - {tm.parameter_node}
        some = await tm.invoke(1, on=Dask(client, keep=[left]))
        assert set(some.futures) == {left}
        assert await some.gather(left) == 3
        assert some.future(left).status == "finished"
        with pytest.raises(
            ResultUnavailableError, match="was dropped once its dependents were done"
        ):
            await some.gather(end)
        with pytest.raises(ResultUnavailableError, match="was never on a worker"):
            some.future(tm.parameter_node)

    cluster.run(main)


def test_dropping_results_leaves_nothing_at_the_scheduler(cluster: Cluster) -> None:
    """A hundred runs whose results nobody has any more leave no task behind."""
    tm, end = diamond()

    async def main(client: Client) -> None:
        for _ in range(4):
            results = await asyncio.gather(*[tm.invoke(n, on=client) for n in range(25)])
            assert await results[3].gather(end) == 11
        del results
        await wait_until_empty(client)

    cluster.run(main, seconds=120)


def test_a_large_result_lets_go_in_portions(cluster: Cluster) -> None:
    """Dropped at once, Dask's own work for thousands of values would hold the loop."""
    with build_dag() as tm:
        for n in range(300):
            tm.add_node(number, n)

    async def main(client: Client) -> list[int]:
        result = await tm.invoke(on=client)
        held = [len(client.futures)]
        assert held[0] >= 300
        del result
        while held[-1]:
            await asyncio.sleep(0)
            held.append(len(client.futures))
        return held

    held = cluster.run(main)
    assert max(before - after for before, after in pairwise(held)) <= 100


def test_runs_at_once_keep_apart(cluster: Cluster) -> None:
    """The same manager invoked ten times at once gives each its own values and trace."""
    tm, end = diamond()

    async def main(client: Client) -> list[int]:
        results = await asyncio.gather(*[tm.invoke(n, on=client) for n in range(10)])
        assert len({id(result.trace) for result in results}) == 10
        return [await result.gather(end) for result in results]

    assert cluster.run(main) == [2 * n + 5 for n in range(10)]


def test_a_large_value_moves_to_the_other_worker(cluster: Cluster) -> None:
    """Two that need one value at the same time run on both workers, and the move has its size."""

    async def block() -> bytes:
        return bytes(20_000_000)

    def length_of_block(data: bytes) -> int:
        # (Dask learns how long functions of a name take; no other test has one of this name.)
        time.sleep(1.0)
        return len(data)

    with build_dag() as tm:
        data = tm.add_node(block)
        for _ in range(4):
            tm.add_node(in_thread(length_of_block), data)

    async def main(client: Client) -> Trace:
        return (await tm.invoke(on=client)).trace

    trace = cluster.run(main)
    moves = [move for move in trace.moves if move.node == data.index]
    assert moves, "Dask ran all on one worker"
    for move in moves:
        assert move.size == pytest.approx(20_000_000, rel=0.01)
        assert trace.finished[data.index] <= move.start < move.end
        assert move.source != move.target
        assert move.target in set(trace.lane_of.values())
    waits: list[Wait] = trace.waits
    assert max(wait.end - wait.start for wait in waits if wait.kind == "transfer") > 0.001


def test_reports_arrive_while_the_task_runs(cluster: Cluster, tmp_path: Path) -> None:
    """What `report` tells on a worker is in the trace a moment later."""
    seen = tmp_path / "seen"

    async def copy() -> None:
        async_dag.report(1, 4, "blocks")
        while not seen.exists():
            await asyncio.sleep(0.02)
        async_dag.report(4, 4, "blocks")

    def blocking() -> None:
        async_dag.report(2, 2)

    with build_dag() as tm:
        node = tm.add_node(copy)
        plain = tm.add_node(in_thread(blocking))

    async def main(client: Client) -> None:
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke(on=client))
            while not runs or node.index not in runs[0].trace.progress:
                await asyncio.sleep(0.02)
            assert runs[0].trace.progress[node.index] == (1.0, 4.0, "blocks")
            assert not runs[0].done
            seen.touch()
            result = await invoke
        assert runs[0].done
        assert runs[0].trace is result.trace
        assert result.trace.progress[node.index] == (4.0, 4.0, "blocks")
        assert result.trace.progress[plain.index] == (2.0, 2.0, "")

    cluster.run(main)


def test_wrong_things_to_run_on_and_to_keep(cluster: Cluster) -> None:
    """Each is refused with what was given and what to do."""
    tm, end = diamond()
    other, foreign = diamond()

    async def main(client: Client) -> None:
        with pytest.raises(WrongTypeError, match="a cluster is given as a distributed.Client"):
            await tm.invoke(1, on="tcp://127.0.0.1:1")  # type: ignore[call-overload]
        with pytest.raises(WrongArgumentError, match="takes 'ends', 'all', or nodes"):
            Dask(client, keep="some")  # type: ignore[arg-type]
        with pytest.raises(WrongTypeError, match="keep="):
            Dask(client, keep=end)  # type: ignore[arg-type]
        with pytest.raises(WrongTypeError, match="among them was 1"):
            Dask(client, keep=[1])  # type: ignore[list-item]
        with pytest.raises(ForeignNodeError, match="given to Dask.keep=."):
            await tm.invoke(1, on=Dask(client, keep=[foreign]))
        result = await tm.invoke(1, on=client)
        with pytest.raises(ForeignNodeError):
            await result.gather(foreign)
        with pytest.raises(UnknownNodeError):
            await result.gather("no such node")
        assert await result.gather(end.name) == await result.gather(end)
        with pytest.raises(WrongTypeError):
            await result.gather()
        assert "keep='ends'" in repr(Dask(client))
        assert other is not tm

    cluster.run(main)
