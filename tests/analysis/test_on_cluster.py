"""What-ifs and findings of runs on a cluster."""

from __future__ import annotations

from math import nan

import pytest

from async_dag import UnknownNodeError, WrongArgumentError
from async_dag.trace.columns import Lane, Move, Wait
from async_dag.trace.trace import Trace
from tests.support.cluster_runs import run_with_a_loss, run_with_a_move
from tests.support.made_traces import Bar, made_trace


def test_as_it_was_it_takes_as_long() -> None:
    """Played again with the same workers and placements, a run comes out as it was."""
    trace = run_with_a_move()
    again = trace.timeline.simulate(moves=True).trace
    assert list(again.started) == pytest.approx(list(trace.started))
    assert list(again.finished) == pytest.approx(list(trace.finished))
    assert again.lane_of == trace.lane_of
    assert (again.moves[0].node, again.moves[0].end) == (0, pytest.approx(1.75))
    assert [piece.kind for piece in again.timeline.pieces] == [
        piece.kind for piece in trace.timeline.pieces
    ]


@pytest.mark.parametrize(
    ("changed", "makespan"),
    [
        ({"workers": 1}, 4.75),  # `far` has to wait for the only slot
        ({"workers": 1, "threads": 2}, 4.0),
        ({"placement": {"far": "worker 0"}}, 4.75),
        ({"moves": True, "faster": {"near": 2.0}}, 3.5),  # now `far` and its move decide
        ({"moves": False, "faster": {"near": 2.0}}, 3.0),
    ],
)
def test_what_other_clusters_would_take(changed: dict[str, object], makespan: float) -> None:
    """Slots are waited for, and values that move take the time that they took."""
    computed = run_with_a_move().timeline.simulate(**changed)  # type: ignore[arg-type]
    assert computed.computed
    assert computed.makespan == pytest.approx(makespan, abs=0.002)  # a move of 1 ms


def test_what_ran_on_no_worker_needs_none() -> None:
    """A streaming node runs in the process that invokes: beside what the only worker does."""
    trace = made_trace(
        Bar("pages", 0.0, 0.0, 2.0),
        Bar("other", 0.0, 0.0, 1.5),
        Bar("use", 2.0, 2.0, 3.0, needs=(0,)),
    )
    trace.lanes = [Lane("worker 0", 1, 0.0, nan)]
    trace.lane_of = {1: 0, 2: 0}
    for changed in ({"moves": True}, {"workers": 1}):
        computed = trace.timeline.simulate(**changed).trace  # type: ignore[arg-type]
        assert computed.lane_of == {1: 0, 2: 0}
        assert computed.elapsed == pytest.approx(3.0)
        assert not computed.moves


def test_pieces_of_waits_on_a_cluster_tile_the_makespan() -> None:
    """Waits for the scheduler, for values and for a worker are pieces of the critical path."""
    trace = run_with_a_move()
    trace.finished[2] = 3.5  # now the path leads over the move
    trace.ready[3], trace.started[3], trace.finished[3] = 3.5, 3.75, 4.5
    trace.waits[3] = Wait(3, "worker", 3.5, 3.75)
    pieces = trace.timeline.pieces
    assert [piece.kind for piece in pieces] == [
        *("scheduler", "running", "scheduler", "transfer", "running", "worker", "running")
    ]
    assert pieces[0].start == 0.0
    assert [piece.end for piece in pieces[:-1]] == [piece.start for piece in pieces[1:]]
    assert pieces[-1].end == trace.timeline.makespan == 4.5


def test_what_can_not_be_simulated_is_refused() -> None:
    """A run in one process tells no sizes; arguments about one loop don't go with a cluster's."""
    home = made_trace(Bar("a", 0.0, 0.0, 1.0)).timeline
    with pytest.raises(WrongArgumentError, match="this one was in one process"):
        home.simulate(workers=2)
    there = run_with_a_move().timeline
    with pytest.raises(WrongArgumentError, match=r"simulate\(strategy='waves'\) does not go with"):
        there.simulate("waves", workers=2)
    with pytest.raises(WrongArgumentError, match=r"simulate\(workers=\) takes a whole number"):
        there.simulate(workers=0)
    with pytest.raises(UnknownNodeError, match="no worker is called 'worker 7'"):
        there.simulate(placement={"far": "worker 7"})
    with pytest.raises(UnknownNodeError, match="the nearest are 'far'"):
        there.simulate(placement={"fra": "worker 1"})


def kinds_of(trace: Trace) -> dict[str, str]:
    return {finding.kind: str(finding) for finding in trace.timeline.findings()}


def test_a_lost_worker_is_a_finding() -> None:
    """What had to run again, and by how much later the end was."""
    found = kinds_of(run_with_a_loss())["lost worker"]
    assert found.startswith(
        "worker 1 was lost at 1.50 s; running load and parse again made the end"
    )
    assert "2.00 s" in found


def slow_move() -> Trace:
    """`use` runs on worker 1, and waits 2 s for a value that worker 0 has, which then idles."""
    trace = made_trace(
        Bar("load", 0.0, 0.0, 1.0),
        Bar("use", 1.0, 3.0, 3.5, needs=(0,)),
        Bar("next", 3.5, 3.5, 4.0, needs=(1,)),
    )
    trace.lanes = [Lane("worker 0", 1, 0.0, nan), Lane("worker 1", 1, 0.0, nan)]
    trace.lane_of = {0: 0, 1: 1, 2: 1}
    trace.sizes = {0: 20_000_000}
    trace.moves = [Move(0, 0, 1, 1.0, 3.0, 20_000_000)]
    trace.waits = [Wait(1, "transfer", 1.0, 3.0)]
    return trace


def test_a_move_that_costs_more_than_running_where_the_value_is() -> None:
    """The finding names the value, its size, the other worker, and what that would save."""
    found = kinds_of(slow_move())
    assert found["transfer"] == (
        "use waited 2.00 s for values, of which load (20 MB) is the largest; running it on worker 0, "
        "where that was, saves 2.00 s."
    )
    assert found["idle worker"].startswith(
        "worker 0 was idle for 75% of the run; placing each node"
    )


def test_slots_that_were_waited_for() -> None:
    """Two long functions on one worker: a worker more would have run them at once."""
    trace = made_trace(Bar("a", 0.0, 0.0, 2.0), Bar("b", 0.0, 2.0, 4.0))
    trace.lanes = [Lane("worker 0", 1, 0.0, nan)]
    trace.lane_of = {0: 0, 1: 0}
    trace.waits = [Wait(1, "worker", 0.0, 2.0)]
    assert kinds_of(trace)["worker slot"] == (
        "b waited 2.00 s in all for a slot of their workers; 2 workers instead of 1 save 2.00 s, if "
        "each has a processor to itself."
    )


@pytest.mark.parametrize(
    ("hosts", "condition"),
    [
        ([("here", 2), None], ", if each has a processor to itself"),
        ([("here", 3), ("here", 3)], ""),
        ([("here", 1), ("there", 2)], ""),
        ([("here", 2), ("here", 2)], ", with 1 processor more than the 2 there are"),
        ([("here", 1), ("there", 1)], ", with 1 processor more than the 2 there are"),
    ],
)
def test_where_one_worker_more_has_a_processor(
    hosts: list[tuple[str, int] | None], condition: str
) -> None:
    """The machines of the workers tell whether there is room on one of them; lost ones count none."""
    trace = made_trace(Bar("a", 0.0, 0.0, 2.0), Bar("b", 0.0, 2.0, 4.0), Bar("c", 0.0, 0.0, 2.0))
    trace.lanes = [
        Lane(f"worker {number}", 1, 0.0, nan, *(host or ())) for number, host in enumerate(hosts)
    ]
    trace.lanes.append(Lane("lost", 1, 0.0, 0.0, "here", 9))
    trace.lane_of = {0: 0, 1: 0, 2: 1}
    trace.waits = [Wait(1, "worker", 0.0, 2.0)]
    assert kinds_of(trace)["worker slot"].endswith(
        f"; 3 workers instead of 2 save 2.00 s{condition}."
    )


def test_what_the_scheduler_costs() -> None:
    """Waits for it on the critical path, for each of its nodes, and what is gained without."""
    bars = [Bar(f"n{i}", float(i), i + 0.5, i + 1.0, needs=(i - 1,) if i else ()) for i in range(4)]
    trace = made_trace(*bars)
    trace.lanes = [Lane("worker 0", 1, 0.0, nan)]
    trace.lane_of = dict.fromkeys(range(4), 0)
    trace.waits = [Wait(i, "scheduler", float(i), i + 0.5) for i in range(4)]
    found = kinds_of(trace)["scheduler"]
    assert "2.00 s of the critical path" in found
    assert "500.0 ms for each of its nodes" in found
    assert "saves 2.00 s" in found


def test_what_is_kept_back_here_is_not_the_scheduler_s() -> None:
    """Without the scheduler's part a node waits as long for its window, its limit or a slot."""
    bars = [Bar(f"n{i}", float(i), i + 0.5, i + 1.0, needs=(i - 1,) if i else ()) for i in range(4)]
    trace = made_trace(*bars)
    trace.lanes = [Lane("worker 0", 1, 0.0, nan)]
    trace.lane_of = dict.fromkeys(range(4), 0)
    trace.waits = [
        wait
        for i in range(4)
        for wait in (Wait(i, "slot", i, i + 0.25), Wait(i, "scheduler", i + 0.25, i + 0.5))
    ]
    found = kinds_of(trace)["scheduler"]
    assert "1.00 s of the critical path" in found
    assert "saves 1.00 s" in found
    again = trace.timeline.simulate(moves=True).trace
    assert list(again.started) == pytest.approx(list(trace.started))
    assert [wait.start for wait in again.waits] == pytest.approx([i + 0.25 for i in range(4)])
