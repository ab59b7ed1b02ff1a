"""The rows of a Gantt chart: who shares one, in which order, and what is said."""

from __future__ import annotations

from itertools import pairwise
from math import nan
from typing import Any

import pytest

from async_dag.errors import UnknownNodeError, WrongArgumentError
from async_dag.graph.bundling import MOST_BOXES
from async_dag.trace.columns import Attempt
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.views.gantt.rows import Row, gantt_rows
from tests.support.made_traces import Bar, made_trace


def rows(trace: Trace, **options: Any) -> list[Row]:
    return gantt_rows(RunFacts(trace), **options)


def map_and_merge(count: int = 200) -> Trace:
    """So many maps, five at once, each held up by the next one's start; then a merge of them all."""
    bars = [
        Bar(f"map_{n}", 0, n // 5, n // 5 + 1.0, task="map", steps=((n // 5, 0.25),))
        for n in range(count)
    ]
    end = count / 5
    return made_trace(*bars, Bar("merge", end, end, end + 2, needs=tuple(range(count))))


def test_rows_stand_in_the_order_of_their_start() -> None:
    """What never started comes last; `graph` keeps the order in which nodes were added."""
    trace = made_trace(
        Bar("never", state="skipped"),
        Bar("late", 2, 2, 3),
        Bar("early", 0, 0, 1),
        Bar("able", 1, nan),
    )
    assert [row.title for row in rows(trace)] == ["early", "late", "able", "never"]
    assert [row.title for row in rows(trace, sort="graph")] == ["never", "late", "early", "able"]


def test_nodes_that_never_run_have_no_row() -> None:
    """Parameters, immediates and collects are left out, in bundles too."""
    bars = [Bar("p", 0, 0, 0, kind="parameter"), Bar("c", 1, 1, 1, kind="collect", needs=(2,))]
    assert [row.title for row in rows(made_trace(*bars, Bar("a", 0, 0, 1)))] == ["a"]
    many = made_trace(*bars, *[Bar(f"a{n}", 0, 0, 1, task="a") for n in range(MOST_BOXES + 1)])
    assert sum(row.count for row in rows(many)) == MOST_BOXES + 1
    assert all(many.graph.kinds[node] == "task" for row in rows(many) for node in row.nodes)


def test_a_large_run_is_bundled() -> None:
    """A row for the maps: an area of five at once, and who was on the critical path."""
    first, second = rows(map_and_merge(), critical=[199, 200])
    assert (first.title, first.count, first.under) == ("map", 200, "peak 5")
    assert first.area is not None
    assert first.area.peak == 5
    assert (first.area.times[0], first.area.times[-1]) == (0, 40)
    assert first.critical == ((39, 40.0),)
    assert len(first.held) == 200
    assert (second.title, second.is_single, second.critical) == ("merge", True, ((40, 42),))


def test_a_bundle_tells_how_its_tasks_ended() -> None:
    """Counts by state, unless all are done; failures have their times."""
    bars = [Bar(f"map_{n}", 0, 0, 1, task="map") for n in range(198)]
    failed = Bar("map_198", 0, 0, 0.5, "failed", task="map")
    skipped = Bar("map_199", state="skipped", task="map")
    (row,) = rows(made_trace(*bars, failed, skipped))
    assert row.under == "198 done, 1 failed, 1 never started, peak 199"
    assert row.failed_at == (0.5,)


@pytest.mark.parametrize("opened", [True, ["map"], ["map_17"]])
def test_a_bundle_opens_into_lanes(opened: Any) -> None:
    """As many lanes as run at once; all bars are in them, none over another."""
    first, _ = rows(map_and_merge(), opened=opened)
    assert first.area is None
    assert len(first.lanes) == 5
    bodies = [[piece for piece in lane if piece.kind == "awaiting"] for lane in first.lanes]
    assert sum(map(len, bodies)) == 200
    for lane in bodies:
        assert all(a.end <= b.start for a, b in pairwise(lane))


def test_full_detail_has_a_row_each() -> None:
    """However many there are."""
    assert len(rows(map_and_merge(), detail="full")) == 201


def test_wrong_options_are_told() -> None:
    """TextArtist that are none, and names that nobody has, with the nearest that somebody has."""
    trace = map_and_merge()
    with pytest.raises(WrongArgumentError, match="sort= takes 'start' or 'graph'; given was 'end'"):
        rows(trace, sort="end")
    with pytest.raises(WrongArgumentError, match="detail= takes 'auto' or 'full'"):
        rows(trace, detail=3)
    with pytest.raises(UnknownNodeError, match="no node is called 'merg'; the nearest are 'merge'"):
        rows(trace, opened=["merg"])
    with pytest.raises(UnknownNodeError, match="no node is called 'x'"):
        rows(made_trace(Bar("a", 0, 0, 1)), opened=["x"])


def test_a_pause_between_attempts_is_not_running() -> None:
    """In a bundle of retried tasks only those that run count."""
    trace = made_trace(*[Bar(f"map_{n}", 0, 0, 3.0, task="map") for n in range(200)])
    trace.attempts = [Attempt(0, 0, 1, "OSError"), Attempt(0, 2, 3, None)]
    (row,) = rows(trace)
    assert row.area is not None
    assert list(zip(row.area.times, row.area.counts, strict=True)) == [
        *((0, 200), (1, 199)),
        *((2, 200), (3, 0)),
    ]
