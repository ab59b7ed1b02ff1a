"""Charts of runs on a cluster: a band for each worker, what moved, and what was lost."""

from __future__ import annotations

import pytest

from async_dag.views.common.facts import RunFacts
from async_dag.views.gantt.worker_rows import bands_of, cluster_sentence, moves_drawn
from tests.support.cluster_runs import run_with_a_loss, run_with_a_move


def test_text_has_the_rows_of_each_worker_and_what_moved() -> None:
    """Rows stand under their worker; a transfer has a sign of its own, and moves are told."""
    text = run_with_a_move().draw.text(60)
    lines = text.splitlines()
    assert lines[0] == "worker 0, 1 thread, busy 88%"
    assert [line.split(" ")[0] for line in lines[1:4]] == ["load", "near", "end"]
    assert lines[4] == "worker 1, 1 thread, busy 19%"
    far = lines[5]
    assert far.startswith("far ")
    assert far.index("·") < far.index("»") < far.index("░")
    assert "» waiting for values from other workers" in text
    assert "moved 20 MB in 2 moves" in text
    assert "load 20 MB worker 0 → worker 1 in 0.50 s" in " ".join(text.split())


def test_text_says_what_ran_again_and_why() -> None:
    """A lost worker is told with its time, what was lost ends with a mark, and a note says why."""
    text = run_with_a_loss().draw.text(70)
    assert "worker 1, 1 thread, busy 100%, lost at 1.50 s" in text
    rows = {line.split(" ")[0]: line for line in text.splitlines()}
    assert "x" in rows["load"]
    assert "again: worker 1 lost" in rows["load"]
    parse = rows["parse"]
    assert parse.index("x") < parse.rindex("·") < parse.rindex("░")
    assert "x worker lost" in text
    assert "failed" not in text


def test_bands_have_bars_that_do_not_overlap_with_their_waits() -> None:
    """Each bar stands on the worker where it ran, after what it waited for there."""
    near, far = bands_of(RunFacts(run_with_a_move()))
    assert [[bar.stay.node for bar in row] for row in near.rows] == [[0, 1, 3]]
    [[bar]] = far.rows
    assert [wait.kind for wait in bar.waits] == ["scheduler", "transfer"]
    assert near.worker.busy == pytest.approx(3.5)
    assert far.worker.idle_share == pytest.approx(1 - 0.75 / 4)


def test_a_worker_with_too_many_rows_shows_how_many_ran_at_once() -> None:
    """Beyond the rows that fit, a band has an area instead of bars."""
    trace = run_with_a_move()
    assert [band.area for band in bands_of(RunFacts(trace), most=2)] == [None, None]
    trace.lane_of[2] = 0  # now two run there at once
    first, second = bands_of(RunFacts(trace), most=1)
    assert first.area is not None
    assert first.area.peak == 2
    assert second.area is None


def test_small_moves_are_counted_and_not_drawn() -> None:
    """What is neither large nor slow would hide what is."""
    facts = RunFacts(run_with_a_move())
    assert [move.node for move in moves_drawn(facts)] == [0]
    assert cluster_sentence(facts) == "2 workers × 1 thread, 20 MB moved in 2 moves"
    assert cluster_sentence(RunFacts(run_with_a_loss())).endswith("1 worker lost")


def test_the_figure_has_bands_moves_and_the_time_at_home() -> None:
    """Names of workers, the share of their time, a curve for the move, and what one process takes."""
    pytest.importorskip("matplotlib")
    svg = run_with_a_move().draw.gantt().as_svg()
    for text in (">worker 0<", ">worker 1<", ">88%<", ">19%<", "load 20 MB", ">at home<"):
        assert text in svg, text
    assert 'id="moves"' in svg
    assert 'id="lost"' not in svg
    lost = run_with_a_loss().draw.gantt().as_svg()
    assert 'id="lost"' in lost
    assert 'id="again"' in lost
    assert "lost at 1.50 s" in lost
    by_task = run_with_a_loss().draw.gantt(sort="start").as_svg()
    assert 'id="again"' not in by_task


def test_at_home_is_a_range_where_functions_may_share_the_lock() -> None:
    """Nobody knows whether plain functions computed; what was lost is no work."""
    timeline = run_with_a_loss().timeline
    assert timeline.work == pytest.approx(2.5)
    home = run_with_a_move().timeline.simulate().makespan_range
    assert home.low == pytest.approx(0.75 + 2.0 + 0.75)
    assert home.high == pytest.approx(0.75 + 2.75 + 0.75)


def test_what_ran_on_no_worker_has_a_band_behind_the_others() -> None:
    """The parts of streaming nodes, which run in the process that invokes."""
    trace = run_with_a_move()
    del trace.lane_of[1]
    *workers, here = bands_of(RunFacts(trace))
    assert [band.worker.name for band in workers] == ["worker 0", "worker 1"]
    assert (here.worker.name, here.worker.busy) == ("on no worker", 2.0)
    assert [[bar.stay.node for bar in row] for row in here.rows] == [[1]]
    assert "on no worker" in trace.draw.gantt().as_svg()
