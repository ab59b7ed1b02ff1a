"""The bars of a Gantt chart in seconds, before anything is drawn."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import nan

from hypothesis import given
from hypothesis import strategies as st

from async_dag.trace.columns import Attempt, Wait
from async_dag.views.common.area import Area, area_of, thinned
from async_dag.views.common.facts import RunFacts, most_at_once
from async_dag.views.common.lanes import lanes
from async_dag.views.gantt.bars import BarPiece, RunBars
from tests.support.made_traces import Bar, made_trace

SPANS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda pair: (pair[0], sum(pair)))
)


@given(SPANS)
def test_no_two_spans_of_a_lane_overlap(spans: list[tuple[int, int]]) -> None:
    """Each begins where the one before in its lane has ended, or later."""
    found = lanes(spans)
    for lane in set(found):
        own = sorted(span for span, place in zip(spans, found, strict=True) if place == lane)
        assert all(before[1] <= after[0] for before, after in pairwise(own))


@given(SPANS)
def test_lanes_are_as_few_as_can_be(spans: list[tuple[int, int]]) -> None:
    """Without spans of no length, as many as have a moment in common."""
    spans = [span for span in spans if span[1] > span[0]]
    assert max(lanes(spans), default=-1) + 1 == most_at_once(spans)


@given(SPANS)
def test_an_area_is_how_many_spans_cover_each_moment(spans: list[tuple[int, int]]) -> None:
    """At every half second the area says what counting says."""
    area = area_of(spans)
    for half in range(150):
        moment = half + 0.5
        covering = sum(start <= moment < end for start, end in spans)
        known = [
            count for time, count in zip(area.times, area.counts, strict=True) if time <= moment
        ]
        assert (known[-1] if known else 0) == covering
    assert area.peak == most_at_once([span for span in spans if span[1] > span[0]])


@given(SPANS, st.integers(1, 30))
def test_a_thinned_area_keeps_its_peak(spans: list[tuple[int, int]], columns: int) -> None:
    """It has at most a step a column, begins with what runs and ends with nothing running."""
    area = area_of(spans)
    thin = thinned(area, 70.0, columns)
    assert len(thin.times) <= columns + 1
    assert thin.peak == area.peak
    assert not thin.counts or (thin.counts[0] > 0 and thin.counts[-1] == 0)


def pieces(*bars: Bar, elapsed: float | None = None) -> list[BarPiece]:
    return RunBars(RunFacts(made_trace(*bars, elapsed=elapsed))).of(0)


def test_a_task_waits_awaits_and_holds() -> None:
    """Ready, then running, with a long step where it was recorded."""
    assert pieces(Bar("a", 0.5, 1.0, 4.0, steps=((2.0, 1.0),))) == [
        BarPiece("queued", 0.5, 1.0),
        BarPiece("awaiting", 1.0, 4.0),
        BarPiece("holding", 2.0, 3.0),
    ]


def test_short_steps_are_a_share_of_the_rest() -> None:
    """Two seconds in long steps, one in short ones: half of the two that are left."""
    (body, _) = pieces(Bar("a", 0, 0, 4.0, held=1.0, steps=((2.0, 2.0),)))
    assert body == BarPiece("awaiting", 0, 4.0, 0.5)


def test_a_wait_too_short_to_be_seen_is_no_piece() -> None:
    """Every task waits some microseconds to be started."""
    assert [piece.kind for piece in pieces(Bar("a", 0, 0.001, 4.0))] == ["awaiting"]


def test_attempts_are_pieces_with_pauses_between() -> None:
    """What failed, the pause, the wait for a limit within it, and what succeeded."""
    trace = made_trace(Bar("a", 0, 0, 5.0))
    trace.attempts = [Attempt(0, 0.0, 1.0, "OSError"), Attempt(0, 3.0, 5.0, None)]
    trace.waits = [Wait(0, "limit", 2.0, 3.0)]
    assert RunBars(RunFacts(trace)).of(0) == [
        BarPiece("retried", 0.0, 1.0),
        BarPiece("pause", 1.0, 3.0),
        BarPiece("awaiting", 3.0, 5.0),
        BarPiece("queued", 2.0, 3.0),
    ]


def test_failed_and_cancelled_bars_say_so() -> None:
    """Their last piece is of that kind."""
    assert [piece.kind for piece in pieces(Bar("a", 0, 0, 1.0, "failed"))] == ["failed"]
    assert [piece.kind for piece in pieces(Bar("a", 0, 0, 1.0, "cancelled"))] == ["cancelled"]


def test_what_goes_on_ends_now() -> None:
    """Running, or ready and waiting, up to the end of the trace; nothing for what is not ready."""
    assert pieces(Bar("a", 0, 0, nan), elapsed=2.0) == [BarPiece("awaiting", 0, 2.0)]
    assert pieces(Bar("a", 1, nan, nan), Bar("b", 0, 0, nan), elapsed=2.0) == [
        BarPiece("queued", 1, 2.0)
    ]
    assert pieces(Bar("a", state="skipped")) == []
    assert pieces(Bar("a", 1.0, state="skipped"), Bar("b", 0, 0, 2.0)) == []


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), min_size=1, max_size=12),
    st.integers(1, 20),
)
def test_no_dip_is_narrower_than_a_column(spans: list[tuple[int, int]], shortest: int) -> None:
    """Such dips are filled up to their lower side; all else, peaks among it, stays as it was."""
    area = area_of([(float(start), float(start + length)) for start, length in spans])
    filled = thinned(area, 300.0 * shortest, 300)

    def count(of: Area, second: int) -> int:
        place = bisect_right(of.times, second + 0.5)
        return of.counts[place - 1] if place else 0

    # Of all stretches as long as a column that a second lies in, the one that is lowest at its peak.
    for second in range(300):
        assert count(filled, second) == min(
            max(count(area, one) for one in range(start, start + shortest))
            for start in range(second - shortest + 1, second + 1)
        )
