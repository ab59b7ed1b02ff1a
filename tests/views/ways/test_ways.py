"""Ways of running the same tasks, as bands of lanes: all that a picture of them says."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given

from async_dag.analysis.timeline import Timeline
from async_dag.graph.waves import waves
from async_dag.trace.columns import Attempt
from async_dag.trace.trace import Trace
from async_dag.views.ways.ways import Band, Way, ways_compared, ways_expected, ways_of, ways_of_run
from tests.support.made_traces import Bar, made_trace, made_uncertain_trace
from tests.support.readme_example import README_BARS
from tests.support.strategies import Spec, dags
from tests.support.timelines import trace_of


@given(dags())
def test_each_task_is_a_segment_in_the_lowest_lane_that_is_free(specs: list[Spec]) -> None:
    """No two of a lane overlap, and there are as many lanes as ever run at once, in each way."""
    trace = trace_of(specs)
    ways = ways_of_run(trace.timeline)
    tasks = {node for node, kind in enumerate(trace.graph.kinds) if kind == "task"}
    if ways is None:
        assert trace.timeline.makespan == 0
        return
    assert [band.way for band in ways.bands] == ["sequential", "waves", "dag"]
    for band in ways.bands:
        assert set(band.rows) == tasks
        lanes = defaultdict(list)
        for lane, start, end in zip(band.lane, band.start, band.end, strict=True):
            below = [lanes[other][-1][1] for other in range(lane)]
            assert all(start < busy for busy in below)
            lanes[lane].append((start, end))
        for segments in lanes.values():
            assert all(one[1] <= other[0] for one, other in pairwise(segments))
        assert band.lanes == most_at_once(band)
        assert max(band.end) == band.seconds.low <= ways.until


def most_at_once(band: Band) -> int:
    """By trying the start of each segment, when as many run as ever do."""
    spans = list(zip(band.start, band.end, strict=True))
    return max(sum(start <= time < end for start, end in spans) or 1 for time, _ in spans)


@given(dags())
def test_ways_keep_to_what_they_are_called(specs: list[Spec]) -> None:
    """One by one has one lane; no wave begins before the one before ends; the DAG is the run itself."""
    trace = trace_of(specs)
    ways = ways_of_run(trace.timeline)
    if ways is None:
        return
    one_by_one, in_waves, dag = ways.bands
    assert one_by_one.lanes == 1
    assert one_by_one.seconds.low == pytest.approx(sum(spec.duration for spec in specs))
    wave_of = {node: number for number, wave in enumerate(waves(trace.graph)) for node in wave}
    ends = [0.0] * len(wave_of)
    for row, end in zip(in_waves.rows, in_waves.end, strict=True):
        ends[wave_of[row]] = max(ends[wave_of[row]], end)
    for row, start in zip(in_waves.rows, in_waves.start, strict=True):
        assert wave_of[row] == 0 or start >= ends[wave_of[row] - 1]
    assert set(in_waves.wave_ends) == {end for end in ends if 0 < end < max(ends)}
    assert dict(zip(dag.rows, dag.start, strict=True)) == {
        row: trace.started[row] for row in dag.rows
    }
    assert {trace.graph.names[row] for row in dag.critical} == set(trace.timeline.critical_path)
    assert not one_by_one.critical
    assert not in_waves.critical


def test_example_of_the_readme() -> None:
    """Its words, and what of it is measured."""
    ways = ways_of_run(made_trace(*README_BARS).timeline)
    assert ways is not None
    assert ways.headline == (
        "1.20 s instead of 2.00 s: 1.7× as fast as one by one, 1.3× as fast as wave by wave"
    )
    assert [band.note for band in ways.bands] == ["2.00 s", "1.60 s · 1.2×", "1.20 s · 1.7×"]
    assert [band.under for band in ways.bands] == ["", "at most 3 at once", "at most 3 at once"]
    assert ways.saved == (1.2, pytest.approx(2.0), "0.80 s saved")
    assert ways.note == (
        "measured as a DAG, otherwise computed from this run; at the limit of its critical path"
    )


def test_what_is_known_as_a_range_is_told_as_one() -> None:
    """Never the flattering end of it alone."""
    ways = ways_of_run(made_uncertain_trace().timeline)
    assert ways is not None
    assert ways.bands[0].seconds == (2.5, 3.5)
    assert ways.headline.startswith("2.00 s instead of 2.50–3.50 s: 1.2–1.8× as fast as one by one")
    assert ways.saved
    assert ways.saved.text == "at least 0.50 s saved"


def test_where_nothing_is_gained_nothing_is_claimed() -> None:
    """A chain is as fast in each way; a run whose tasks got in each other's way is slower."""
    chain = ways_of_run(
        made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 1.0, 1.0, 2.0, needs=(0,))).timeline
    )
    assert chain is not None
    assert chain.headline == "2.00 s: as fast as one by one, as fast as wave by wave"
    assert chain.saved is None
    slow = Way("dag", "as a DAG", made_trace(Bar("a", 0.0, 0.0, 4.0)).timeline, "measured")
    fast = Way("sequential", "one by one", made_trace(Bar("a", 0.0, 0.0, 2.0)).timeline, "measured")
    both = ways_of([fast, slow])
    assert both is not None
    assert both.headline == "4.00 s: 0.5× as fast as one by one"
    assert (both.saved, both.note) == (None, "all measured")


@pytest.mark.parametrize(
    "trace",
    [
        made_trace(),
        made_trace(Bar("a", 0.0, 0.0, 1.0, state="failed"), Bar("b", 0.0, 0.0, 2.0)),
        made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 0.0, 0.0, 1.0, state="cancelled")),
        made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", state="skipped", cause=-2)),
        made_trace(Bar("a", 0.0, 0.0)),
    ],
    ids=["empty", "failed", "cancelled", "a part", "running"],
)
def test_a_run_that_does_not_tell_has_no_bands(trace: Trace) -> None:
    """What a failed run, or one that goes on, would take other ways is not known."""
    assert ways_of_run(trace.timeline) is None


def test_what_no_choice_took_is_no_gap() -> None:
    """It runs in no way."""
    trace = made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", state="skipped", cause=-3))
    ways = ways_of_run(trace.timeline)
    assert ways is not None
    assert [list(band.rows) for band in ways.bands] == [[0]] * 3


def test_pauses_between_attempts_take_no_lane() -> None:
    """Each attempt is a segment of its own; so there are as many lanes as ever run at once."""
    trace = made_trace(Bar("again", 0.0, 0.0, 3.0), Bar("between", 1.0, 1.0, 2.0))
    trace.attempts = [Attempt(0, 0.0, 1.0, "E"), Attempt(0, 2.0, 3.0, None)]
    ways = ways_of_run(trace.timeline)
    assert ways is not None
    dag = ways.bands[-1]
    assert (list(dag.rows), dag.lanes) == ([0, 1, 0], trace.timeline.peak_parallelism)


def test_expected_run() -> None:
    """Its end is a range where a schedule of means is earlier than what is most likely."""
    now = made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 0.0, 0.0), Bar("c", needs=(0,)), elapsed=1.0)
    whole = Timeline(now).expected({"b": 4.0, "c": 2.0})
    ways = ways_expected(whole, 5.0)
    assert ways is not None
    assert ways.bands[-1].seconds == (4.0, 5.0)
    assert {band.basis for band in ways.bands} == {"expected"}
    assert ways.headline.startswith("expected: 4.00–5.00 s instead of 7.00 s: ")


def test_repeated_runs_have_a_spread() -> None:
    """And which run is drawn is said."""
    comparison = made_trace(*README_BARS).timeline.comparison()
    comparison.makespans["dag"] = (1.1, 1.2, 1.4)
    ways = ways_compared(comparison)
    assert ways is not None
    assert [band.spread for band in ways.bands] == [None, None, (1.1, 1.4)]
    assert "each the median of 3 runs" in ways.note
