"""Slots: never more nodes at once than there are slots, none of them idle, the longest path first."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import ExecutionResult, TaskManager, TaskNode, Trace, build_dag
from async_dag.engine.policy import remaining_paths
from tests.support.strategies import Spec, build, dags, expected_values
from tests.support.virtual import VirtualLoop, run_virtual

SLOTS = st.integers(1, 5)


def run_specs(specs: list[Spec], **control: Any) -> tuple[list[Any], Trace]:
    """The values and the trace of one invoke on the virtual clock."""

    async def main(loop: VirtualLoop) -> tuple[list[Any], Trace]:
        tm, nodes = build(specs, loop.time)
        result = await tm.invoke(**control)
        return [result[node] for node in nodes], result.trace

    return run_virtual(main)


def running_at(trace: Trace, moment: float) -> int:
    """How many nodes that take time run just after that moment."""
    spans = zip(trace.started, trace.finished, strict=True)
    return sum(start <= moment < end for start, end in spans)


@given(dags(), SLOTS)
def test_never_more_than_k_nodes_run(specs: list[Spec], slots: int) -> None:
    """Whatever the graph, values are right and no more nodes than slots run at any moment."""
    values, trace = run_specs(specs, max_concurrency=slots)
    assert values == expected_values(specs)
    assert trace.max_concurrency == slots
    assert all(running_at(trace, moment) <= slots for moment in trace.started)


@given(dags(), SLOTS)
def test_no_slot_is_free_while_a_node_waits_for_one(specs: list[Spec], slots: int) -> None:
    """Work-conserving: from the moment a node is ready until it starts, all slots are taken."""
    _, trace = run_specs(specs, max_concurrency=slots)
    moments = {*trace.started, *trace.finished, *trace.ready}
    for ready, started in zip(trace.ready, trace.started, strict=True):
        for moment in moments:
            if ready <= moment < started:
                assert running_at(trace, moment) == slots


@given(dags(), SLOTS)
def test_the_trace_says_who_waited_for_a_slot(specs: list[Spec], slots: int) -> None:
    """A node that starts later than it is ready has exactly one wait, for a slot, over that time."""
    _, trace = run_specs(specs, max_concurrency=slots)
    expected = [
        (node, "slot", ready, started)
        for node, (ready, started) in enumerate(zip(trace.ready, trace.started, strict=True))
        if started > ready
    ]
    assert sorted(trace.waits) == sorted(expected)
    assert [wait.start for wait in trace.waits] == sorted(wait.start for wait in trace.waits)


@given(dags(), SLOTS, st.booleans())
def test_the_longest_remaining_path_starts_first(
    specs: list[Spec], slots: int, known: bool
) -> None:
    """Whoever starts has a remaining path at least as long as everybody who is left waiting then."""
    durations = {f"task{index}": spec.duration for index, spec in enumerate(specs)}
    control = {"durations": durations} if known else {}
    _, trace = run_specs(specs, max_concurrency=slots, **control)
    paths = remaining_paths(trace.graph, range(len(specs)), durations if known else None)
    for one in range(len(specs)):
        for other in range(len(specs)):
            moment = trace.started[one]
            if trace.ready[other] < moment < trace.started[other]:
                assert paths[one] >= paths[other]


@given(dags())
def test_as_many_slots_as_nodes_change_nothing(specs: list[Spec]) -> None:
    """With enough slots the schedule is that without any bound, and nobody waits."""
    values, trace = run_specs(specs, max_concurrency=len(specs))
    same_values, unbounded = run_specs(specs)
    assert values == same_values
    assert list(trace.started) == list(unbounded.started)
    assert trace.waits == []


def nap_graph(
    loop: VirtualLoop, *naps: tuple[str, float, Sequence[int]]
) -> tuple[TaskManager[None], list[TaskNode[None, Any]]]:
    """A manager of tasks that sleep: a name, seconds, and what each depends on."""

    async def nap(seconds: float, *_: object) -> None:
        await asyncio.sleep(seconds)

    tm = TaskManager[None](clock=loop.time)
    nodes: list[TaskNode[None, Any]] = []
    for name, seconds, needed in naps:
        add: Any = tm.options(name=name).add_node
        nodes.append(add(nap, seconds, *[nodes[index] for index in needed]))
    tm.sort()
    return tm, nodes


def test_durations_beat_hops() -> None:
    """A long task and a chain of two short ones: hops start the chain, durations the long task."""

    async def main(loop: VirtualLoop) -> tuple[float, float]:
        tm, _ = nap_graph(loop, ("a", 1, []), ("b", 1, [0]), ("c", 1, []), ("long", 3, []))
        by_hops = await tm.invoke(max_concurrency=2)
        known = {"a": 1.0, "b": 1.0, "c": 1.0, "long": 3.0}
        by_durations = await tm.invoke(max_concurrency=2, durations=known)
        return by_hops.trace.elapsed, by_durations.trace.elapsed

    assert run_virtual(main) == (4.0, 3.0)


def test_durations_come_from_what_has_them() -> None:
    """An object with `durations`, as the timeline of a result is, counts like the mapping itself."""

    class Timeline:
        durations: ClassVar = {"a": 1.0, "b": 1.0, "c": 1.0, "long": 3.0}

    async def main(loop: VirtualLoop) -> float:
        tm, _ = nap_graph(loop, ("a", 1, []), ("b", 1, [0]), ("c", 1, []), ("long", 3, []))
        return (await tm.invoke(max_concurrency=2, durations=Timeline())).trace.elapsed

    assert run_virtual(main) == 3.0


def test_unknown_durations_are_the_mean_of_the_same_task() -> None:
    """A name that is not in the mapping, or NaN, takes the mean of its task, else the mean of all."""

    async def slow() -> None: ...

    async def fast() -> None: ...

    async def new() -> None: ...

    with build_dag() as tm:
        for task in (slow, slow, slow, fast, fast, new):
            tm.add_node(task)
        tm.add_immediate_node(5)
    given = {"slow": 4.0, "slow_2": 8.0, "slow_3": math.nan, "fast": 1.0, "no such node": 100.0}
    paths = remaining_paths(tm.graph, range(7), given)
    assert paths == [4.0, 8.0, 6.0, 1.0, 1.0, 13 / 3, 0.0]


def test_no_known_duration_means_hops() -> None:
    """A mapping that knows none of the nodes is as good as none."""

    async def main(loop: VirtualLoop) -> list[float]:
        tm, _ = nap_graph(loop, ("a", 1, []), ("b", 1, [0]), ("c", 1, [1]))
        return remaining_paths(tm.graph, range(3), {"other": 3.0})

    assert run_virtual(main) == [3.0, 2.0, 1.0]


def test_a_node_that_waits_for_a_slot_is_ready_and_not_running() -> None:
    """While it runs, the trace says that the second node is ready, and for what it has waited."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = nap_graph(loop, ("first", 2, []), ("second", 2, []))
        runs: list[Any] = []
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke(max_concurrency=1))
            await asyncio.sleep(1)
        seen: Trace = runs[0].trace.snapshot()
        await invoke
        return seen

    seen = run_virtual(main)
    assert seen.states == ["running", "ready"]
    [wait] = seen.waits
    assert wait[:3] == (1, "slot", 0.0)
    assert math.isnan(wait.end)


def test_a_cancelled_invoke_starts_none_of_those_that_wait() -> None:
    """Cancelled while nodes wait for a slot: these are skipped, and their waits have ended."""

    async def main(loop: VirtualLoop) -> ExecutionResult[Any] | None:
        tm, _ = nap_graph(loop, ("first", 2, []), ("second", 2, []), ("third", 2, [1]))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await tm.invoke(max_concurrency=1)
        return tm.last_unfinished

    result = run_virtual(main)
    assert result is not None
    # By hops the chain of two goes first.
    assert result.trace.states == ["skipped", "cancelled", "skipped"]
    assert result.trace.waits == [(0, "slot", 0.0, 1.0)]
    assert Trace.from_json(result.trace.to_json()).waits == result.trace.waits


def test_collect_nodes_take_no_slot() -> None:
    """A collect node is no task: it is there at once although the only slot is taken."""

    async def main(loop: VirtualLoop) -> tuple[object, Trace]:
        async def nap(n: float) -> float:
            await asyncio.sleep(n)
            return n

        tm = TaskManager[None](clock=loop.time)
        first = tm.add_node(nap, 1.0)
        collected = tm.collect([first])
        tm.add_node(nap, 5.0)
        tm.sort()
        result = await tm.invoke(max_concurrency=1, durations={"nap": 9.0, "nap_2": 5.0})
        return result[collected], result.trace

    value, trace = run_virtual(main)
    assert value == [1.0]
    assert list(trace.finished) == [1.0, 1.0, 6.0]


def test_a_deep_chain_and_a_wide_fan_need_no_recursion() -> None:
    """20,000 nodes in a row and as many side by side, through two slots."""

    async def one(*_: object) -> int:
        return 1

    with build_dag() as tm:
        last = tm.add_node(one)
        for _ in range(20_000):
            last = tm.add_node(one, last)
        for _ in range(20_000):
            tm.add_node(one)
    result = asyncio.run(tm.invoke(max_concurrency=2))
    assert set(result.trace.states) == {"done"}
