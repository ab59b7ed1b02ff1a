"""What workers tell becomes columns: pure, on made-up batches, without Dask."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import Trace
from async_dag.cluster import trace_writer
from async_dag.cluster.clocks import RemoteClock, RoundTrip
from async_dag.cluster.trace_writer import TraceWriter
from async_dag.cluster.worker.journal import Journal, NodeRecord
from async_dag.graph import algorithms
from async_dag.trace.columns import LOST, VALUE_LOST, Attempt, Lane, Move, Wait
from tests.support.made_traces import Bar, made_graph
from tests.support.strategies import Spec, dags

NAN = math.nan


def exact(offset: float = 0.0) -> RemoteClock:
    """A clock that is known exactly: `offset` ahead of ours."""
    return RemoteClock(RoundTrip(0.0, offset, 0.0))


def record(node: int, *times: float, outcome: str = "", error: str = "", left: float = NAN) -> Any:
    """A row of a journal; times are came, able, started, finished, as far as they are there."""
    row = NodeRecord("run", node)
    row.came, row.able, row.started, row.finished = [*times, NAN, NAN, NAN, NAN][:4]
    row.outcome, row.error, row.left = outcome, error, left
    return row.as_list()


class Scene:
    """A run of some nodes on two workers."""

    def __init__(self, *needs: tuple[int, ...], runs: set[int] | None = None) -> None:
        self.now = 0.0
        graph = made_graph([Bar(f"n{index}", needs=need) for index, need in enumerate(needs)])
        self.trace = Trace(graph, clock=lambda: self.now)
        runs = set(range(len(needs))) if runs is None else runs
        dependents = algorithms.dependents_of(graph.dependencies)
        self.columns = TraceWriter(self.trace, runs, graph.dependencies, dependents)
        for name in ("one", "two"):
            self.columns.joined(Lane(name, 1, 0.0, NAN))
        self.columns.begin()

    def tell(self, lane: int, *rows: Any, clock: RemoteClock | None = None, **others: Any) -> None:
        """A worker tells."""
        batch = {"nodes": list(rows), **others}
        self.columns.told(lane, batch, exact() if clock is None else clock)

    def close(self, now: float) -> Trace:
        """The run is over."""
        self.now = now
        self.columns.close()
        self.trace.close(now)
        return self.trace


def test_waits_tile_the_time_from_ready_to_start() -> None:
    """From when it is ready a node waits for the scheduler, its values, and its worker."""
    scene = Scene((), (0,))
    scene.tell(0, record(0, 1.0, 1.0, 1.0, 2.0, outcome="done"))
    scene.tell(1, record(1, 2.25, 2.5, 2.75, 4.0, outcome="done"))
    trace = scene.close(5.0)
    assert [wait for wait in trace.waits if wait.node == 1] == [
        Wait(1, "scheduler", 2.0, 2.25),
        Wait(1, "transfer", 2.25, 2.5),
        Wait(1, "worker", 2.5, 2.75),
    ]
    assert (trace.ready[1], trace.started[1], trace.finished[1]) == (2.0, 2.75, 4.0)
    assert trace.lane_of == {0: 0, 1: 1}
    assert trace.attempts == []


def test_what_comes_before_its_cause_is_kept_until_that_has_come() -> None:
    """A dependent's batch may overtake that of its dependency; the columns never show it."""
    scene = Scene((), (0,), (1,))
    scene.tell(1, record(2, 5.0, 5.0, 5.0, 6.0, outcome="done"))
    scene.tell(1, record(1, 3.0, 3.0, 3.0, 4.0, outcome="done"))
    assert scene.trace.states == ["ready", "waiting", "waiting"]
    scene.tell(0, record(0, 1.0, 1.0, 1.0, 2.0, outcome="done"))
    assert scene.trace.states == ["done", "done", "done"]
    assert list(scene.trace.ready) == [0.0, 2.0, 4.0]
    assert list(scene.columns.ended) == [0, 1, 2]


def test_no_effect_lies_before_its_cause() -> None:
    """A clock that is off by a little moves times to their cause, not before it."""
    scene = Scene((), (0,))
    scene.tell(0, record(0, 1.0, 1.0, 1.0, 2.0, outcome="done"))
    scene.tell(1, record(1, 1.5, 1.6, 1.9, 3.0, outcome="done"))
    trace = scene.close(3.0)
    assert (trace.ready[1], trace.started[1], trace.finished[1]) == (2.0, 2.0, 3.0)
    assert [wait for wait in trace.waits if wait.node == 1] == []


def test_a_node_ends_of_whose_end_nobody_can_tell_any_more() -> None:
    """Its value is there, but whoever made it is lost, and where it was to run next it never starts."""
    scene = Scene((), (0,))
    scene.tell(0, record(0, 0.5, 0.5, 1.0))
    assert scene.columns.is_told_of(0)
    scene.columns.lost(0, 2.0)
    scene.tell(1, record(0, 2.5))
    assert not scene.columns.is_told_of(0)
    scene.tell(1, record(1, 3.0, 3.0, 3.5, 4.0, outcome="done"))
    scene.columns.ended_untold(0, 6.0)
    assert list(scene.columns.ended) == [0, 1]
    trace = scene.close(6.0)
    assert trace.states == ["done", "done"]
    assert (trace.started[0], trace.finished[0], trace.ready[1]) == (1.0, 3.0, 3.0)
    assert all(wait.end <= 3.0 for wait in trace.waits if wait.node == 0)


def test_a_node_that_waits_again_on_its_worker_has_come_once() -> None:
    """A value that it takes was lost meanwhile; a value that comes by itself ends its stay."""
    journal = Journal(lambda: None, lambda run, batch: None)
    journal.came("run", 3, 1.0)
    journal.able("run", 3, 2.0)
    journal.came("run", 3, 4.0)
    assert journal.waiting == 1
    journal.left("run", 3, 5.0)
    assert journal.waiting == 0
    [batch] = journal.take("run")
    [row] = batch["nodes"]
    assert (row[0], row[1], row[2], row[5]) == (3, 1.0, 2.0, 5.0)


def test_what_ends_while_its_run_is_stopped_comes_with_the_answer() -> None:
    """Sent by itself it might come when the run is over here; the rest is sent once it was stopped."""
    sent: list[str] = []
    journal = Journal(lambda: None, lambda run, batch: sent.append(run))
    records = [journal.started(run, 0, 1.0) for run in ("stopped", "other")]
    with journal.kept_back("stopped"):
        for one in records:
            journal.ended(one, 2.0, "failed")
        journal.flush()
        assert sent == ["other"]
        [batch] = journal.take("stopped")
        assert [row[7] for row in batch["nodes"]] == ["failed"]
    journal.tell("stopped", "reports", 0, 3.0, 1.0, None, "late")
    journal.flush()
    assert sent == ["other", "stopped"]


def test_rows_are_in_order_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told late stands where it belongs; rows are put in order portion by portion."""
    monkeypatch.setattr(trace_writer, "_PORTION", 2)
    scene = Scene((), (), ())
    for node, came in ((2, 3.0), (0, 2.0), (1, 1.0)):
        row = record(node, came, came + 0.25, came + 0.5, came + 1.0, outcome="done")
        scene.tell(0, row)
    waits = scene.close(5.0).waits
    assert [wait.start for wait in waits] == sorted(wait.start for wait in waits)
    assert sorted(waits) == sorted(
        Wait(node, kind, start, end)
        for node, came in ((0, 2.0), (1, 1.0), (2, 3.0))
        for kind, start, end in (
            ("scheduler", 0.0, came),
            ("transfer", came, came + 0.25),
            ("worker", came + 0.25, came + 0.5),
        )
    )


def test_clocks_of_workers_are_mapped_to_ours() -> None:
    """Times on a worker's clock become those of the trace."""
    scene = Scene(())
    scene.tell(0, record(0, 101.0, 101.0, 102.0, 103.0, outcome="done"), clock=exact(100.0))
    assert (scene.trace.started[0], scene.trace.finished[0]) == (2.0, 3.0)


def test_a_worker_that_is_lost_ends_an_attempt() -> None:
    """What ran there runs again elsewhere, and both are told, with the reason."""
    scene = Scene(())
    scene.tell(0, record(0, 0.5, 0.5, 1.0))
    scene.columns.lost(0, 2.0)
    scene.tell(1, record(0, 2.5, 2.5, 3.0))
    assert scene.trace.attempts == [
        Attempt(0, 1.0, 2.0, LOST, 0),
        Attempt(0, 3.0, NAN, None, 1),
    ] or (str(scene.trace.attempts[1]) == str(Attempt(0, 3.0, NAN, None, 1)))
    scene.tell(1, record(0, 2.5, 2.5, 3.0, 4.0, outcome="done"))
    trace = scene.close(4.0)
    assert trace.attempts == [Attempt(0, 1.0, 2.0, LOST, 0), Attempt(0, 3.0, 4.0, None, 1)]
    assert (trace.started[0], trace.finished[0], trace.lane_of[0]) == (1.0, 4.0, 1)
    assert trace.lanes[0].end == 2.0
    assert Wait(0, "scheduler", 2.0, 2.5) in trace.waits
    assert Wait(0, "worker", 2.5, 3.0) in trace.waits


def test_a_value_that_is_lost_with_its_worker_is_made_again() -> None:
    """A node that was done stays done while it runs again; its first attempt says why it does."""
    scene = Scene((), (0,))
    scene.tell(0, record(0, 0.5, 0.5, 1.0, 2.0, outcome="done"))
    scene.columns.lost(0, 2.5)
    scene.tell(1, record(0, 3.0, 3.0, 3.0, 4.0, outcome="done"))
    scene.tell(1, record(1, 4.0, 4.0, 4.5, 5.0, outcome="done"))
    trace = scene.close(5.0)
    assert trace.attempts == [Attempt(0, 1.0, 2.0, VALUE_LOST, 0), Attempt(0, 3.0, 4.0, None, 1)]
    assert (trace.finished[0], trace.ready[1]) == (2.0, 2.0)
    assert list(scene.columns.ended) == [0, 1]
    assert Trace.from_json(trace.to_json()).states == ["done", "done"]


def test_what_a_lost_worker_did_not_tell_is_inferred_from_who_used_it() -> None:
    """A node whose value others took has ended, though its worker died before it said so."""
    scene = Scene((), (0,))
    scene.tell(0, record(0, 0.5, 0.5, 1.0))
    scene.tell(1, record(1, 2.0, 2.0, 2.5, 3.0, outcome="done"))
    scene.columns.lost(0, 2.75)
    trace = scene.close(3.0)
    assert trace.states == ["done", "done"]
    assert (trace.finished[0], trace.ready[1]) == (2.0, 2.0)


def test_what_nobody_told_of_at_all_is_inferred_at_the_end() -> None:
    """A node that ran has dependencies that ran; they are given the latest time they can have."""
    scene = Scene((), (0,), (1,))
    scene.tell(1, record(2, 2.0, 2.0, 2.5, 3.0, outcome="done"))
    trace = scene.close(3.0)
    assert trace.states == ["done", "done", "done"]
    assert list(trace.finished) == [2.0, 2.0, 3.0]


def test_a_node_that_another_worker_took_over_has_no_second_attempt() -> None:
    """Work stealing is a longer wait, not a call of the task."""
    scene = Scene(())
    scene.tell(0, record(0, 0.5, 0.5, left=2.0))
    scene.tell(1, record(0, 2.5, 2.5, 3.0, 4.0, outcome="done"))
    trace = scene.close(4.0)
    assert trace.attempts == []
    assert trace.waits == [
        Wait(0, "scheduler", 0.0, 0.5),
        Wait(0, "worker", 0.5, 2.0),
        Wait(0, "scheduler", 2.0, 2.5),
        Wait(0, "worker", 2.5, 3.0),
    ]


def test_what_the_scheduler_keeps_back_waits_for_a_worker() -> None:
    """A root task is queued at the scheduler while every worker is busy: that is no delay of its."""
    scene = Scene(())
    scene.columns.queued(0, 0.25)
    scene.tell(0, record(0, 2.0, 2.0, 2.0, 3.0, outcome="done"))
    scene.columns.unqueued(0, 1.75)
    assert scene.close(3.0).waits == [
        Wait(0, "scheduler", 0.0, 0.25),
        Wait(0, "worker", 0.25, 1.75),
        Wait(0, "scheduler", 1.75, 2.0),
    ]


def test_what_a_node_waited_for_here_comes_before_what_it_waits_for_there() -> None:
    """Limits and slots are kept at the client; only then the scheduler is asked."""
    scene = Scene(())
    scene.columns.waited(0, "limit", 0.0, 1.0)
    scene.columns.submitted(0, 1.0)
    scene.tell(0, record(0, 1.5, 1.5, 1.5, 2.0, outcome="done"))
    assert scene.close(3.0).waits == [Wait(0, "limit", 0.0, 1.0), Wait(0, "scheduler", 1.0, 1.5)]


def test_attempts_of_a_retry_are_told_by_the_worker() -> None:
    """Each call of the task is an attempt on that worker's lane, of so many that are allowed."""
    scene = Scene(())
    scene.tell(0, record(0, 0.5, 0.5, 1.0), attempts=[[0, 0, 1.0, 1.5, "OSError: no", 5]])
    second = [0, 1, 2.0, 3.0, None, 5]
    scene.tell(0, record(0, 0.5, 0.5, 1.0, 3.0, outcome="done"), attempts=[second])
    assert scene.close(3.0).attempts == [
        Attempt(0, 1.0, 1.5, "OSError: no", 0, 5),
        Attempt(0, 2.0, 3.0, None, 0, 5),
    ]


def test_moves_begin_when_the_value_is_there() -> None:
    """A move is kept until its node has ended, and does not begin before that."""
    scene = Scene(())
    scene.tell(1, moves=[[0, 0, 1.9, 2.5, 1000]])
    assert scene.trace.moves == []
    scene.tell(0, record(0, 0.5, 0.5, 1.0, 2.0, outcome="done"))
    assert scene.trace.moves == [Move(0, 0, 1, 2.0, 2.5, 1000)]


def test_sizes_are_told_before_the_ends_that_they_come_with() -> None:
    """Who waits for a slot is chosen when a node ends, and by the size of its value."""
    scene = Scene((), (0,))
    told: list[object] = []
    scene.columns.tell_size = lambda node, size: told.append((node, size))
    scene.columns.tell_ready = told.append
    scene.tell(0, record(0, 0.1, 0.1, 0.2, 0.3, outcome="done"), sizes=[[0, 20_000]])
    assert told == [(0, 20_000), 1]

    journal = Journal(lambda: None, lambda *_: None)
    journal.ended(journal.started("run", 0, 0.2), 0.3, "done")
    journal.tell("run", "reports", 0, 0.2, 1.0, None, "half")
    journal.tell("run", "sizes", 0, 20_000)
    assert [sorted(batch) for batch in journal.take("run")] == [["sizes"], ["nodes"], ["reports"]]


def test_collects_end_with_the_last_of_what_they_collect() -> None:
    """They are no tasks: nobody tells of them."""
    graph = made_graph([Bar("a"), Bar("all", needs=(0,), kind="collect"), Bar("b", needs=(1,))])
    trace = Trace(graph, clock=lambda: 0.0)
    columns = TraceWriter(trace, {0, 1, 2}, graph.dependencies, [[1], [2], []])
    columns.joined(Lane("one", 1, 0.0, NAN))
    columns.begin()
    columns.told(0, {"nodes": [record(0, 0.5, 0.5, 1.0, 2.0, outcome="done")]}, exact())
    assert (trace.started[1], trace.finished[1], trace.ready[2]) == (2.0, 2.0, 2.0)


def test_a_long_chain_that_comes_at_once_needs_no_recursion() -> None:
    """Ten thousand nodes that wait for one batch are settled in a loop."""
    size = 10_000
    scene = Scene(*[(index - 1,) if index else () for index in range(size)])
    rows = [record(i, i + 0.25, i + 0.25, i + 0.5, i + 1.0, outcome="done") for i in range(size)]
    scene.tell(0, *reversed(rows))
    assert scene.trace.finished[size - 1] == size


def plausible(specs: list[Spec], chosen: random.Random) -> tuple[list[list[Any]], list[int]]:
    """For each node the states of its journal, one after the other, and its lane."""
    journals: list[list[Any]] = []
    lanes: list[int] = []
    ends: list[float] = []
    for node, spec in enumerate(specs):
        now = max((ends[needed] for needed in spec.dependencies), default=0.0)
        times: list[float] = []
        rows: list[Any] = []
        for _ in range(4):
            now += chosen.choice([0.0, 0.25, 1.0])
            times.append(now)
            if chosen.random() < 0.4:
                rows.append(record(node, *times, outcome="done" if len(times) == 4 else ""))
        rows.append(record(node, *times, outcome="done"))
        journals.append(rows)
        lanes.append(chosen.randrange(2))
        ends.append(now)
    return journals, lanes


@given(dags(), st.randoms(use_true_random=False))
def test_the_order_of_batches_does_not_matter(specs: list[Spec], chosen: random.Random) -> None:
    """However the batches of two workers are mixed, the trace is the same and always consistent."""
    needs = [tuple(spec.dependencies) for spec in specs]
    journals, lanes = plausible(specs, chosen)
    pending = [[(lane, row) for row in rows] for lane, rows in zip(lanes, journals, strict=True)]
    scene = Scene(*needs)
    while pending:
        rows = chosen.choice(pending)
        lane, row = rows.pop(0)
        scene.tell(lane, row)
        pending = [rest for rest in pending if rest]
        trace = scene.trace
        for node in range(len(specs)):
            assert not trace.started[node] < trace.ready[node]
            assert not trace.finished[node] < trace.started[node]
            known = trace.finished[node] == trace.finished[node]
            assert not known or trace.started[node] == trace.started[node]
            for needed in needs[node]:
                assert trace.ready[node] != trace.ready[node] or (
                    trace.ready[node] >= trace.finished[needed]
                )
    trace = scene.close(1000.0)
    assert trace.states == ["done"] * len(specs)
    for node, rows in enumerate(journals):
        came, able, started, finished = rows[-1][1:5]
        assert (trace.started[node], trace.finished[node]) == (started, finished)
        ready = max((trace.finished[needed] for needed in needs[node]), default=0.0)
        edges = [("scheduler", ready, came), ("transfer", came, able), ("worker", able, started)]
        expected = [Wait(node, kind, since, until) for kind, since, until in edges if until > since]  # type: ignore[arg-type]
        assert [wait for wait in trace.waits if wait.node == node] == expected


def test_a_trace_of_a_cluster_comes_back_from_json() -> None:
    """Lanes, moves, waits and attempts on lanes are kept."""
    scene = Scene((), (0,))
    scene.tell(0, record(0, 0.5, 0.5, 1.0))
    scene.columns.lost(0, 1.5)
    scene.tell(
        1, record(0, 2.0, 2.0, 2.0, 3.0, outcome="done"), moves=[[0, 1, 3.0, 3.5, 20_000_000]]
    )
    scene.tell(1, record(1, 3.25, 3.5, 4.0, 5.0, outcome="done"))
    trace = scene.close(5.0)
    again = Trace.from_json(trace.to_json())
    assert str(again.lanes) == str(trace.lanes)
    assert (again.lane_of, again.moves) == (trace.lane_of, trace.moves)
    assert (again.attempts, again.waits) == (trace.attempts, trace.waits)
    assert again.timeline.pieces == trace.timeline.pieces


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_nodes_that_did_not_succeed_release_nobody(outcome: str) -> None:
    """What depends on them never becomes ready."""
    scene = Scene((), (0,))
    scene.tell(0, record(0, 0.5, 0.5, 1.0, 2.0, outcome=outcome, error="OSError: no"))
    assert scene.trace.states == [outcome, "waiting"]
    assert math.isnan(scene.trace.ready[1])
