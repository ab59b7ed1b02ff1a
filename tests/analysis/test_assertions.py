"""Assertions about timelines: what they let pass, and what their failures show."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

import pytest

from async_dag import UnknownNodeError, WrongArgumentError, WrongTypeError
from async_dag.analysis.timeline import Timeline
from tests.support.made_traces import Bar, made_trace
from tests.support.readme_example import README_BARS


@pytest.fixture
def timeline() -> Timeline:
    """1.2 s, at most three tasks at once, a speed-up of 1.67, 0.1 s of held loop."""
    return made_trace(*README_BARS, Bar("never", state="skipped", cause=-1)).timeline


HOLDS: list[Callable[[Timeline], None]] = [
    lambda t: t.assert_parallelism(at_least=3, at_most=3),
    lambda t: t.assert_makespan(at_least=1.2, at_most=1.2),
    lambda t: t.assert_speedup(at_least=1.6, at_most=1.7),
    lambda t: t.assert_held(at_most=0.2),
    lambda t: t.assert_held("slow_b", at_most=0.0),
    lambda t: t.assert_overlap("slow_a", "slow_b"),
    lambda t: t.assert_order("fast_a", "slow_b", "end"),
]

BROKEN: list[tuple[Callable[[Timeline], None], str]] = [
    (
        lambda t: t.assert_parallelism(at_least=4),
        "at least 4 tasks should run at once, but at most 3",
    ),
    (lambda t: t.assert_parallelism(at_most=1), "at most 1 task should run at once, but 3 did"),
    (lambda t: t.assert_makespan(at_most=1.0), "the run should take at most 1 s, but it was 1.2 s"),
    (lambda t: t.assert_makespan(at_least=2), "the run should take at least 2 s, but it was 1.2 s"),
    (
        lambda t: t.assert_speedup(at_least=2),
        "the speed-up should be at least 2×, but it was 1.667×",
    ),
    (
        lambda t: t.assert_held(at_most=0.05),
        "slow_a should hold the event loop for at most 0.05 s",
    ),
    (lambda t: t.assert_overlap("fast_b", "fast_c"), "but fast_b was over before fast_c began"),
    (lambda t: t.assert_overlap("fast_c", "fast_b"), "but fast_b was over before fast_c began"),
    (
        lambda t: t.assert_order("fast_a", "end", "slow_b"),
        "end should be over before slow_b begins",
    ),
    (lambda t: t.assert_complete(), "every task should be done, but not never (skipped)"),
]

WRONG: list[tuple[Callable[[Any], None], type[Exception], str]] = [
    (lambda t: t.assert_parallelism(), WrongArgumentError, "takes a bound: at_least=, at_most="),
    (
        lambda t: t.assert_makespan(at_most="1"),
        WrongTypeError,
        "takes a finite number .*given was '1'",
    ),
    (lambda t: t.assert_speedup(at_least=-1), WrongArgumentError, "at least 0; given was -1"),
    (lambda t: t.assert_speedup(at_least=nan), WrongArgumentError, "at least 0; given was nan"),
    (lambda t: t.assert_held("slow_x", at_most=1), UnknownNodeError, "nearest are 'slow_"),
    (lambda t: t.assert_overlap("slow_a", "slow_x"), UnknownNodeError, "nearest are 'slow_"),
    (lambda t: t.assert_order("slow_a", "never"), UnknownNodeError, "'never' did not run"),
    (lambda t: t.assert_order("slow_a"), WrongArgumentError, "two names or more"),
]


@pytest.mark.parametrize("number", range(len(HOLDS)))
def test_what_holds_passes(timeline: Timeline, number: int) -> None:
    """Bounds that are met exactly are met."""
    HOLDS[number](timeline)


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_what_does_not_hold_shows_the_run(timeline: Timeline, number: int) -> None:
    """A sentence with the figures, then the chart."""
    assertion, message = BROKEN[number]
    with pytest.raises(AssertionError) as caught:
        assertion(timeline)
    first, _, chart = str(caught.value).partition("\n")
    assert message in first
    assert first.endswith(":")
    assert chart == timeline.trace.draw.text()
    assert "slow_b" in chart


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_calls_are_no_failures(timeline: Timeline, number: int) -> None:
    """A misspelt name or a missing bound is an error of its own, never a test that passes or fails."""
    call, error, message = WRONG[number]
    with pytest.raises(error, match=message):
        call(timeline)


def test_a_complete_run() -> None:
    """Done and reused nodes are what a run should end with."""
    made_trace(
        Bar("a", 0.0, 0.0, 0.0, state="reused"), Bar("b", 0.0, 0.0, 1.0)
    ).timeline.assert_complete()


def test_nothing_held_nothing() -> None:
    """A run without tasks holds what is said of any task."""
    made_trace().timeline.assert_held(at_most=0.0)
    made_trace().timeline.assert_parallelism(at_most=0)
