"""The expected rest of a run that goes on, with its band."""

from __future__ import annotations

import asyncio
from random import Random
from statistics import fmean

import pytest

import async_dag
from async_dag import TaskManager, Timeline, Trace
from async_dag.graph.graph import Graph
from async_dag.runs.profile import Profile
from tests.support.made_runs import graph_of, trace_of
from tests.support.synthetic_runs import Machine, Speed, autoregressive, steady
from tests.support.virtual import VirtualLoop, run_virtual


def until(graph: Graph, row: list[float], share: float) -> tuple[Trace, float]:
    """The trace of a run in which the nodes take so long, up to a moment; and its true end."""
    whole = trace_of(graph, row)
    now = share * whole.elapsed
    trace = Trace(graph, clock=lambda: now)
    trace.ready, trace.started, trace.finished = (
        [time if time <= now else float("nan") for time in column]
        for column in (whole.ready, whole.started, whole.finished)
    )
    trace.began = 0.0
    return trace, whole.elapsed


def profile_of(traces: list[Trace]) -> Profile:
    return async_dag.profile(traces)


@pytest.mark.parametrize("common", [steady, autoregressive(0.9, 0.1)], ids=["steady", "wandering"])
def test_the_80_percent_band_holds_75_to_85_percent(common: Speed) -> None:
    """Of runs at a quarter, half and three quarters of their way, told by `timeline.expected`."""
    held = []
    for seed in range(70):
        rng = Random(seed)
        machine = Machine.random(rng, 20)
        machine.common = common
        graph = graph_of(machine)
        *earlier, current = machine.rows(rng, 101)
        profile = profile_of([trace_of(graph, row, place) for place, row in enumerate(earlier)])
        for share in (0.25, 0.5, 0.75):
            trace, end = until(graph, current, share)
            band = trace.timeline.expected(profile).band
            assert band is not None
            held.append(band.low <= end <= band.high)
    assert 0.75 <= fmean(held) <= 0.85


def test_bars_follow_how_fast_the_run_has_been() -> None:
    """A run whose first half took twice as long is expected to go on slowly, and to end in the band."""
    machine = Machine([(), *[(node,) for node in range(19)]], [0.1] * 20, sigma=0.05)
    graph = graph_of(machine)
    earlier = machine.rows(Random(1), 60)
    [current] = machine.rows(Random(2), 1)
    trace, end = until(graph, [2 * seconds for seconds in current], 0.5)
    profile = profile_of([trace_of(graph, row, place) for place, row in enumerate(earlier)])
    expected = trace.timeline.expected(profile)
    assert expected.band is not None
    assert expected.band.low <= expected.makespan <= expected.band.high
    assert expected.makespan == pytest.approx(end, rel=0.15)
    alone = trace.timeline.expected(profile.durations)
    assert alone.band is None
    assert alone.makespan < 0.8 * end


def test_of_few_runs_of_other_graphs_and_after_a_failure_there_is_no_band() -> None:
    """The expected end is told all the same where it can be."""
    machine = Machine([(), (0,)], [0.1, 0.1])
    graph = graph_of(machine)
    rows = machine.rows(Random(1), 12)
    traces = [trace_of(graph, row, place) for place, row in enumerate(rows)]
    trace, _ = until(graph, rows[0], 0.3)
    assert trace.timeline.expected(profile_of(traces)).band is not None
    few = trace.timeline.expected(profile_of(traces[:4]))
    assert few.band is None
    assert few.makespan > 0.1
    other = graph_of(machine, ["a", "b"])
    others = [trace_of(other, row, place) for place, row in enumerate(rows)]
    assert trace.timeline.expected(profile_of(others)).band is None
    trace.outcomes[0], trace.finished[0] = "failed", trace.elapsed
    assert trace.timeline.expected(profile_of(traces)).band is None


def test_with_slots_the_rest_is_scheduled() -> None:
    """Six tasks of a second on two slots take three, whatever their dependencies say."""

    async def main(loop: VirtualLoop) -> tuple[float, float, float]:
        tm = TaskManager[None](clock=loop.time)
        for _ in range(6):
            tm.add_node(asyncio.sleep, 1.0)
        tm.sort()
        for _ in range(9):
            await tm.invoke(max_concurrency=2)
        runs: list[Trace] = []
        with tm.watch(lambda run: runs.append(run.trace)):
            invoke = asyncio.create_task(tm.invoke(max_concurrency=2))
            await asyncio.sleep(1.5)
            band = Timeline(runs[0]).expected(tm.history).band
            await invoke
        assert band is not None
        return band.low, band.estimate, band.high

    assert run_virtual(main) == pytest.approx((3.0, 3.0, 3.0))


def test_of_a_run_with_maps_each_map_counts_as_a_whole() -> None:
    """A map whose items come one after the other goes on though none of them is known yet."""

    async def numbers() -> list[int]:
        await asyncio.sleep(1.0)
        return list(range(4))

    async def nap(_: int) -> None:
        await asyncio.sleep(1.0)

    async def main(loop: VirtualLoop) -> float:
        tm = TaskManager[None](clock=loop.time)
        tm.options(at_once=1).map(nap, tm.add_node(numbers))
        tm.sort()
        for _ in range(9):
            await tm.invoke()
        runs: list[Trace] = []
        with tm.watch(lambda run: runs.append(run.trace)):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(2.5)
            band = Timeline(runs[0]).expected(tm.history).band
            await invoke
        assert band is not None
        return band.estimate

    assert run_virtual(main) == pytest.approx(5.0)
