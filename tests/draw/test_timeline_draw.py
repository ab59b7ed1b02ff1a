"""What was computed is drawn beside what was: two bands on one axis."""

from __future__ import annotations

import re

import pytest

from async_dag import Timeline
from async_dag.views.ways.ways import ways_what_if
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS


@pytest.fixture
def timeline() -> Timeline:
    return made_trace(*README_BARS).timeline


def test_two_bands_as_long_as_their_times(timeline: Timeline) -> None:
    """What was is measured, what was asked is named by it; the headline says how much it gains."""
    slower = timeline.simulate(max_concurrency=1)
    ways = ways_what_if(slower)
    assert ways is not None
    before, asked = ways.bands
    assert (before.label, before.basis) == ("as it was", "measured")
    assert (asked.label, asked.basis) == ("with 1 slot", "computed")
    assert (before.seconds.high, asked.seconds.high) == (timeline.makespan, slower.makespan)
    assert asked.lanes == 1
    assert ways.headline == "with 1 slot: 2.00 s instead of 1.20 s"
    faster = ways_what_if(slower.simulate())
    assert faster is not None
    assert faster.headline == "with any number of slots: 1.20 s instead of 2.00 s: 1.7× as fast"
    assert (ways.note, faster.note) == ("measured as it was, computed from that", "both computed")
    svg = slower.draw().as_svg()
    assert re.findall(r'data-way="([^"]+)" data-seconds="([\d.]+)"', svg) == [
        ("dag", "1.2"),
        ("what-if", "2"),
    ]


def test_other_ways_are_named_as_everywhere(timeline: Timeline) -> None:
    """One by one and wave by wave are the bands that they are beside a run."""
    for strategy, label in (("sequential", "one by one"), ("waves", "wave by wave")):
        ways = ways_what_if(timeline.simulate(strategy))  # type: ignore[arg-type]
        assert ways is not None
        assert (ways.bands[-1].way, ways.bands[-1].label) == (strategy, label)


def test_a_cell_shows_what_was_computed(timeline: Timeline) -> None:
    """A run has a cell of its own; its timeline is a line of text there, as before."""
    data, metadata = timeline.simulate(max_concurrency=1)._repr_mimebundle_()
    assert list(data) == ["text/html", "image/svg+xml", "image/png", "text/plain"]
    assert data["text/plain"].startswith("<Timeline of 6 tasks, computed")
    assert metadata["image/png"]["width"] > 400
    assert timeline._repr_mimebundle_() == ({"text/plain": repr(timeline)}, {})


def test_a_run_is_drawn_as_the_three_ways(timeline: Timeline) -> None:
    """By its timeline, too."""
    ways = re.findall(r'data-way="([^"]+)"', timeline.draw(title="Mine").as_svg())
    assert ways == ["sequential", "waves", "dag"]


def test_no_bands_beside_a_run_that_goes_on() -> None:
    """What it has done so far is no measure of all of it."""
    trace = made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 1.0, float("nan"), float("nan")))
    assert ways_what_if(trace.timeline.simulate(durations={"b": 2.0})) is None
