"""The trace: its columns, its states, the steps that held the loop, and reading it meanwhile."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from array import array
from typing import Any

import pytest
from hypothesis import given

from async_dag import OUTSIDE, ExecutionResult, InvocationError, Run, TaskManager, Trace, build_dag
from async_dag.graph.graph import Graph, Origin
from async_dag.trace.columns import LONG_STEP, STATES, Step
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual

COLUMNS = ("ready", "started", "finished", "held")


async def sleep(seconds: float, *_: object) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def fail(seconds: float, *_: object) -> None:
    await asyncio.sleep(seconds)
    raise OSError("no route")


def trace_of(specs: list[Spec]) -> Trace:
    """The trace of one invoke of these tasks, whether it fails or not."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        try:
            return (await tm.invoke()).trace
        except InvocationError as error:
            return error.result.trace

    return run_virtual(main)


@given(dags(failures=True))
def test_columns_have_one_row_a_node_and_follow_each_other(specs: list[Spec]) -> None:
    """After any run, each column has a row a node, and times are there as far as the state says."""
    trace = trace_of(specs)
    assert len(trace) == len(trace.graph) == len(trace.states) == len(specs)
    for column in COLUMNS:
        values = getattr(trace, column)
        assert isinstance(values, array)
        assert values.typecode == "d"
        assert len(values) == len(specs)
    rows = zip(trace.states, trace.ready, trace.started, trace.finished, trace.held, strict=True)
    for state, ready, started, finished, held in rows:
        if state == "skipped":
            assert math.isnan(started)
            assert math.isnan(finished)
            assert held == 0.0
        else:
            assert state in ("done", "failed", "cancelled")
            assert 0 <= ready <= started <= finished <= trace.elapsed
            assert 0 <= held <= finished - started


@given(dags(failures=True))
def test_outcomes_causes_and_errors_agree_with_the_states(specs: list[Spec]) -> None:
    """Failed nodes have an error text; cancelled and skipped ones the failed node that caused it."""
    trace = trace_of(specs)
    for index, state in enumerate(trace.states):
        assert (state != "done") == (index in trace.outcomes)
        assert (state == "failed") == (index in trace.errors)
        assert (state in ("cancelled", "skipped")) == (index in trace.causes)
    first_failed = next(iter(trace.errors), None)
    assert set(trace.causes.values()) <= {first_failed}
    assert all(text.startswith("Boom: ") for text in trace.errors.values())


def test_states_of_a_run_in_the_middle() -> None:
    """A snapshot shows each state that a run can be in, and the later life leaves it as it is."""

    async def main(loop: VirtualLoop) -> tuple[Trace, ExecutionResult[None]]:
        runs: list[Run] = []
        tm = TaskManager[None](clock=loop.time)
        done = tm.add_node(sleep, 1)
        running = tm.add_node(sleep, 5)
        tm.add_node(sleep, 1, running)
        looking = tm.add_node(sleep, 2)
        tm.collect([done, looking])
        tm.sort()
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1.5)
            snapshot = runs[0].trace.snapshot()
            return snapshot, await invoke

    snapshot, result = run_virtual(main)
    assert snapshot.states == ["done", "running", "waiting", "running", "waiting"]
    assert snapshot.over
    assert snapshot.elapsed == 1.5
    assert (snapshot.finished[0], snapshot.started[1]) == (1.0, 0.0)
    assert result.trace.states == ["done"] * 5
    assert result.trace.elapsed == 6.0


def test_a_node_that_waits_for_the_loop_is_ready() -> None:
    """A node whose dependencies are done but whose task was not called yet is 'ready'."""

    async def main(loop: VirtualLoop) -> list[str]:
        runs: list[Run] = []
        seen: list[list[str]] = []

        async def hog() -> None:
            seen.append(runs[0].trace.states)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(hog)
        tm.add_node(hog)
        tm.sort()
        with tm.watch(runs.append):
            await tm.invoke()
        return seen[0]

    assert run_virtual(main) == ["running", "ready"]


def test_long_steps_are_recorded() -> None:
    """A step that holds the loop for over a millisecond is recorded; a shorter one adds to held."""

    async def main(loop: VirtualLoop) -> Trace:
        async def hold(*steps: float) -> None:
            for seconds in steps:
                loop.hold(seconds)
                await asyncio.sleep(1)

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(hold, 0.25, 0.0005, 0.5)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert [step.node for step in trace.long_steps] == [0, 0]
    assert [step.start for step in trace.long_steps] == pytest.approx([0.0, 2.2505])
    assert [step.length for step in trace.long_steps] == pytest.approx([0.25, 0.5])
    assert trace.held[0] == pytest.approx(0.7505)
    assert trace.finished[0] == pytest.approx(3.7505)


def test_the_step_in_which_a_node_fails_is_recorded() -> None:
    """Time that a node held the loop before it raised is held time, and a long step, too."""

    async def main(loop: VirtualLoop) -> Trace:
        async def hold_and_fail(wait: bool) -> None:
            if wait:
                await asyncio.sleep(1)
            loop.hold(0.25)
            raise OSError

        tm = TaskManager[bool](clock=loop.time)
        tm.add_node(hold_and_fail, tm.parameter_node)
        tm.sort()
        with pytest.raises(InvocationError) as first:
            await tm.invoke(True)
        with pytest.raises(InvocationError) as second:
            await tm.invoke(False)
        assert first.value.result.trace.held[1] == 0.25
        assert [step[:3] for step in first.value.result.trace.long_steps] == [(1, 1.0, 0.25)]
        return second.value.result.trace

    trace = run_virtual(main)
    assert trace.held[1] == 0.25
    assert [step[:3] for step in trace.long_steps] == [(1, 0.0, 0.25)]


def test_who_holds_the_loop_is_seen_while_it_does() -> None:
    """In a step of a node, `holding` names it, its begin and its length so far; between steps none."""

    async def main(loop: VirtualLoop) -> list[Step | None]:
        runs: list[Run] = []
        seen: list[Step | None] = []

        async def hold() -> None:
            await asyncio.sleep(1)
            loop.hold(0.5)
            seen.append(runs[0].trace.holding())

        tm = TaskManager[None](clock=loop.time)
        tm.add_node(sleep, 0.25)
        tm.add_node(hold)
        tm.sort()
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(0.5)
            seen.append(runs[0].trace.holding())
            await invoke
        seen.append(runs[0].trace.holding())
        return seen

    assert run_virtual(main) == [None, Step(1, 1.0, 0.5), None]


def test_a_failure_stops_the_others() -> None:
    """One fails, one is cancelled, one never starts: states, causes, times and errors say so."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        failing = tm.add_node(fail, 1)
        tm.add_node(sleep, 3)
        tm.add_node(sleep, 1, failing)
        tm.add_node(sleep, 0.5)
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke()
        return caught.value.result.trace

    trace = run_virtual(main)
    assert trace.states == ["failed", "cancelled", "skipped", "done"]
    assert trace.causes == {1: 0, 2: 0}
    assert trace.errors == {0: "OSError: no route"}
    assert trace.finished[0] == trace.finished[1] == trace.elapsed == 1.0
    assert math.isnan(trace.ready[2])


def test_a_cancellation_from_outside() -> None:
    """A cancelled invoke leaves a trace whose cancelled and skipped nodes have the cause OUTSIDE."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        first = tm.add_node(sleep, 3)
        tm.add_node(sleep, 1, first)
        tm.sort()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await tm.invoke()
        assert tm.last_unfinished is not None
        return tm.last_unfinished.trace

    trace = run_virtual(main)
    assert trace.states == ["cancelled", "skipped"]
    assert trace.causes == {0: OUTSIDE, 1: OUTSIDE}
    assert trace.errors == {}
    assert trace.elapsed == 1.0


def test_snapshots_from_another_thread_are_consistent() -> None:
    """A thread that copies the trace again and again never sees a row that contradicts itself."""
    runs: list[Run] = []
    snapshots: list[Trace] = []
    over = threading.Event()

    def copy_it() -> None:
        while not over.is_set():
            if runs:
                snapshots.append(runs[0].trace.snapshot())
            time.sleep(0)

    async def work(*_: object) -> None:
        await asyncio.sleep(0)

    async def wait_for_the_reader(*_: object) -> None:
        seen = len(snapshots)
        while len(snapshots) == seen:  # however busy the machine, it copies in every layer
            await asyncio.sleep(0.0001)

    with build_dag() as tm:
        layer: list[Any] = [tm.add_node(work) for _ in range(20)]
        for _ in range(40):
            layer = [
                tm.add_node(work if position else wait_for_the_reader, node, layer[0])
                for position, node in enumerate(layer)
            ]
    thread = threading.Thread(target=copy_it)
    thread.start()
    try:
        with tm.watch(runs.append):
            result = asyncio.run(tm.invoke())
    finally:
        over.set()
        thread.join()
    assert len(snapshots) >= 40
    counts = []
    for trace in snapshots[:: max(1, len(snapshots) // 50)]:
        again = Trace.from_json(trace.to_json())  # which checks each row
        assert again.states == trace.states
        assert trace.over
        counts.append(trace.states.count("done"))
    assert counts == sorted(counts)
    assert result.trace.states == ["done"] * len(tm.nodes)


def test_a_snapshot_taken_while_a_failure_stops_the_others_is_consistent() -> None:
    """Also in the very moment of a failure each row of a snapshot has the times its state needs."""
    runs: list[Run] = []
    snapshots: list[Trace] = []

    class Spy(asyncio.Future[None]):
        """Takes a snapshot when it is cancelled, as a thread might in that moment."""

        def cancel(self, msg: object = None) -> bool:
            snapshots.append(runs[0].trace.snapshot())
            return super().cancel(msg)

    async def wait() -> None:
        await Spy()

    with build_dag() as tm:
        tm.add_node(wait)
        tm.add_node(fail, 0)
    with tm.watch(runs.append), pytest.raises(InvocationError):
        asyncio.run(tm.invoke())
    assert len(snapshots) == 1
    for row, (state, finished) in enumerate(
        zip(snapshots[0].states, snapshots[0].finished, strict=True)
    ):
        assert (state in ("done", "failed", "cancelled")) == (not math.isnan(finished)), row
    assert Trace.from_json(snapshots[0].to_json()).states == snapshots[0].states


def test_a_trace_that_is_written_counts_the_seconds() -> None:
    """While a run goes on, `over` is false and `elapsed` grows; afterwards it stands still."""

    async def main(loop: VirtualLoop) -> None:
        runs: list[Run] = []
        tm = TaskManager[None](clock=loop.time)
        tm.add_node(sleep, 2)
        tm.sort()
        with tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1)
        trace = runs[0].trace
        assert (trace.over, trace.elapsed, runs[0].done) == (False, 1.0, False)
        assert "running" in repr(trace)
        await invoke
        await asyncio.sleep(5)
        assert (trace.over, trace.elapsed, runs[0].done) == (True, 2.0, True)
        assert repr(trace) == "<Trace of 1 node, 2.000 s>"

    run_virtual(main)


def test_all_traces_share_one_graph() -> None:
    """The graph of a manager is one object, whose columns tell names, kinds, origins and groups."""
    with build_dag(int) as tm:
        first = tm.add_node(sleep, tm.parameter_node)
        tm.collect([first])
        tm.add_immediate_node(3)
    traces = [asyncio.run(tm.invoke(0)).trace for _ in range(2)]
    graph = traces[0].graph
    assert graph is traces[1].graph is tm.graph
    assert graph.names == ("parameter", "sleep", "collect", "immediate")
    assert graph.kinds == ("parameter", "task", "collect", "immediate")
    assert graph.dependencies == ((), (0,), (1,), ())
    assert graph.groups == (None,) * 4
    assert graph.origins[0] == (None, None, None)
    assert graph.origins[1] == ("sleep", __file__, sleep.__code__.co_firstlineno)
    assert (graph.find("collect"), graph.find("nobody")) == (2, None)


def test_wall_start_is_the_time_of_day() -> None:
    """`wall_start` is in seconds since the epoch, taken when the invoke begins."""
    with build_dag() as tm:
        tm.add_node(sleep, 0)
    before = time.time()
    trace = asyncio.run(tm.invoke()).trace
    assert before <= trace.wall_start <= time.time()


def test_the_words_of_the_trace() -> None:
    """The states and the limit of a long step are part of the format."""
    assert STATES == (
        "waiting",
        "ready",
        "running",
        "done",
        "failed",
        "cancelled",
        "skipped",
        "reused",
    )
    assert LONG_STEP == 0.001


def test_columns_of_a_closed_trace_are_packed_when_they_are_read() -> None:
    """Whichever column is read first, all are arrays then, with the values they had as lists."""
    for first in COLUMNS:
        trace = Trace(Graph.of(["one"], ["task"], [()], [Origin("one", None, None)], [None]))
        trace.ready[0], trace.started[0], trace.finished[0], trace.held[0] = 1.0, 2.0, 4.0, 0.5
        trace.close()
        assert isinstance(getattr(trace, first), array)
        columns = [list(getattr(trace, column)) for column in COLUMNS]
        assert columns == [[1.0], [2.0], [4.0], [0.5]]


def test_what_a_trace_does_not_have_is_an_attribute_error() -> None:
    """A misspelt column is refused as on any object, before and after the run."""
    trace = Trace(Graph.of([], [], [], [], []))
    for _ in range(2):
        with pytest.raises(AttributeError, match="finish"):
            trace.finish  # type: ignore[attr-defined]  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]
        trace.close()
