"""The ways people write by hand, really run: their schedules, values, errors and traces."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given

from async_dag import (
    ExecutionResult,
    InvocationError,
    LifecycleError,
    MissingParameterError,
    ResultUnavailableError,
    Run,
    TaskManager,
)
from async_dag.baselines.strategies import run_sequential, run_waves
from async_dag.graph.waves import waves
from tests.support.readme_example import readme_manager
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual


def test_the_readme_example_takes_what_it_says() -> None:
    """One by one 2.0 s, wave by wave 1.6 s, as a DAG 1.2 s; the same values each way."""

    async def main(loop: VirtualLoop) -> list[ExecutionResult[int]]:
        tm = readme_manager(loop)
        return [await run_sequential(tm, 0), await run_waves(tm, 0), await tm.invoke(0)]

    results = run_virtual(main)
    assert [max(result.trace.finished) for result in results] == pytest.approx([2.0, 1.6, 1.2])
    values = [[result[node] for node in result.manager.nodes] for result in results]
    assert values[0] == values[1] == values[2]


def test_ready_is_when_the_last_dependency_was_done() -> None:
    """So a chart shows what each way makes a task wait."""

    async def main(loop: VirtualLoop) -> ExecutionResult[int]:
        return await run_waves(readme_manager(loop), 0)

    trace = run_virtual(main).trace
    slow_b = 2
    assert trace.ready[slow_b] == pytest.approx(0.1)
    assert trace.started[slow_b] == pytest.approx(0.5)


@given(dags())
def test_one_by_one_never_overlaps(specs: list[Spec]) -> None:
    """In the order they were added, each from the end of the one before."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        return await run_sequential(build(specs, loop.time)[0])

    trace = run_virtual(main).trace
    now = 0.0
    for index, spec in enumerate(specs):
        assert trace.started[index] == now
        now += spec.duration
        assert trace.finished[index] == now
    assert set(trace.states) == {"done"}


@given(dags())
def test_a_wave_starts_when_the_one_before_is_over(specs: list[Spec]) -> None:
    """All of a wave at once, at the end of the slowest of the last."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        return await run_waves(build(specs, loop.time)[0])

    trace = run_virtual(main).trace
    level: list[int] = []
    for spec in specs:
        level.append(1 + max((level[needed] for needed in spec.dependencies), default=-1))
    now = 0.0
    for wave in range(max(level) + 1):
        members = [index for index in range(len(specs)) if level[index] == wave]
        assert {trace.started[index] for index in members} == {now}
        now += max(specs[index].duration for index in members)
        assert max(trace.finished[index] for index in members) == now


@given(dags())
def test_values_are_those_of_invoke(specs: list[Spec]) -> None:
    """Whatever the order, every node gets what it depends on."""

    async def main(loop: VirtualLoop) -> None:
        tm, nodes = build(specs, loop.time)
        by_invoke = await tm.invoke()
        for run in (run_sequential, run_waves):
            result = await run(tm)
            assert [result[node] for node in nodes] == [by_invoke[node] for node in nodes]

    run_virtual(main)


@pytest.mark.parametrize("run", [run_sequential, run_waves])
def test_collects_are_no_step_of_their_own(run: Any) -> None:
    """A collect of collects has its value before the tasks that need it start."""

    async def main(loop: VirtualLoop) -> None:
        async def one(n: int) -> int:
            await asyncio.sleep(1)
            return n

        async def total(lists: list[list[int]]) -> int:
            return sum(map(sum, lists))

        tm = TaskManager[None](clock=loop.time)
        first = tm.collect([tm.add_node(one, n) for n in range(3)])
        empty: list[Any] = []
        nested = tm.collect([first, tm.collect(empty), first])
        after = tm.add_node(total, nested)
        tm.sort()
        result = await run(tm)
        assert result[after] == 6
        assert result[nested] == [[0, 1, 2], [], [0, 1, 2]]
        assert waves(tm.graph) == [[0, 1, 2], [6]]

    run_virtual(main)


@pytest.mark.parametrize("run", [run_sequential, run_waves])
def test_a_failure_is_told_as_by_invoke(run: Any) -> None:
    """With the node's name, the values so far, and what never started; no task is left."""

    async def main(loop: VirtualLoop) -> None:
        async def fine() -> int:
            return 1

        async def broken(_: int) -> int:
            await asyncio.sleep(1)
            raise OSError("no route")

        tm = TaskManager[None](clock=loop.time)
        first = tm.add_node(fine)
        second = tm.add_node(broken, first)
        third = tm.add_node(broken, second)
        tm.sort()
        with pytest.raises(InvocationError, match="node 'broken' failed: OSError") as caught:
            await run(tm)
        assert caught.value.exceptions[0].__notes__ == ["in node 'broken'"]
        result = caught.value.result
        assert result[first] == 1
        assert result.trace.states == ["done", "failed", "skipped"]
        with pytest.raises(ResultUnavailableError, match="never started"):
            result[third]

    run_virtual(main)


@pytest.mark.parametrize("run", [run_sequential, run_waves])
def test_cancelling_ends_the_run(run: Any) -> None:
    """A timeout around it cancels the node that runs; the rest never starts."""

    async def main(loop: VirtualLoop) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await run(readme_manager(loop), 0)
        assert loop.time() == pytest.approx(0.3)

    run_virtual(main)


@pytest.mark.parametrize("run", [run_sequential, run_waves])
def test_time_that_held_the_loop_is_recorded(run: Any) -> None:
    """The engine itself runs the nodes, so their steps are timed as in an invoke."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        async def holds() -> None:
            await asyncio.sleep(1)
            loop.hold(0.5)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(holds)
        tm.sort()
        result: ExecutionResult[None] = await run(tm)
        return result

    trace = run_virtual(main).trace
    assert list(trace.held) == [0.5]
    assert [step[:3] for step in trace.long_steps] == [(0, 1.0, 0.5)]


@pytest.mark.parametrize("run", [run_sequential, run_waves])
def test_parameters_and_order_of_calls_are_those_of_invoke(run: Any) -> None:
    """Missing where a node takes it is an error; so is a manager that is not sorted."""

    async def main(loop: VirtualLoop) -> None:
        with pytest.raises(MissingParameterError):
            await run(readme_manager(loop))
        with pytest.raises(LifecycleError, match="sort"):
            await run(TaskManager[None]())

    run_virtual(main)


@pytest.mark.parametrize("run", [run_sequential, run_waves])
def test_a_graph_of_nothing_is_over_at_once(run: Any) -> None:
    """No nodes, no steps."""

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        tm.sort()
        assert (await run(tm)).trace.over

    run_virtual(main)


@pytest.mark.parametrize("run", [run_sequential, run_waves])
def test_it_is_no_invoke(run: Any) -> None:
    """Watchers are not called, and what the last invoke left unfinished stays."""

    async def main(loop: VirtualLoop) -> None:
        seen: list[Run] = []
        tm = readme_manager(loop)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await tm.invoke(0)
        left = tm.last_unfinished
        assert left is not None
        with tm.watch(seen.append):
            await run(tm, 0)
        assert seen == []
        assert tm.last_unfinished is left

    run_virtual(main)


def test_a_long_chain_and_a_wide_wave_need_no_recursion() -> None:
    """20,000 steps of one node, and one step of 20,000."""

    async def main(loop: VirtualLoop) -> None:
        async def one(*_: object) -> int:
            return 1

        tm = TaskManager[None]()
        node = tm.add_node(one)
        for _ in range(20_000):
            node = tm.add_node(one, node)
        wide = [tm.add_node(one, node) for _ in range(20_000)]
        tm.sort()
        for run in (run_sequential, run_waves):
            result = await run(tm)
            assert result[wide[-1]] == 1

    run_virtual(main)
