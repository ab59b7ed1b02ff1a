"""Two samples compared by ranks."""

from __future__ import annotations

from itertools import product
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag.runs.statistics.rank_test import holm, midranks, rank_test, shift_band
from tests.support.synthetic_runs import autoregressive, random_walk

NUMBERS = st.lists(st.integers(-20, 20).map(float), min_size=3, max_size=30)


@given(NUMBERS, NUMBERS)
def test_the_rank_sum_counts_pairs(before: list[float], after: list[float]) -> None:
    """Mann and Whitney's U, counted pair by pair, is what the mean ranks say."""
    pairs = sum((late > early) + (late == early) / 2 for early, late in product(before, after))
    rank_sum = sum(midranks([*before, *after])[len(before) :])
    assert rank_sum - len(after) * (len(after) + 1) / 2 == pytest.approx(pairs)


@given(NUMBERS, NUMBERS)
def test_swapping_the_samples_changes_the_sign_alone(
    before: list[float], after: list[float]
) -> None:
    """What is slower one way is faster the other way, and as probable."""
    one, other = rank_test(before, after), rank_test(after, before)
    assert one.z == pytest.approx(-other.z)
    assert one.probability == pytest.approx(other.probability)


@given(NUMBERS, NUMBERS)
def test_the_shift_is_the_median_of_all_differences(
    before: list[float], after: list[float]
) -> None:
    """Hodges and Lehmann's estimate, and a band around it made of differences."""
    differences = [late - early for early, late in product(before, after)]
    band = shift_band(before, after)
    assert band.estimate == median(differences)
    assert band.low <= band.estimate <= band.high
    assert {band.low, band.high} <= set(differences)


def test_the_shift_of_large_samples_is_the_same_by_bisection() -> None:
    """Where the differences are too many to be sorted the answer does not change."""
    rng = Random(7)
    before = [rng.gauss(0, 1) for _ in range(90)]
    after = [rng.gauss(0.3, 1) for _ in range(80)]  # 7,200 pairs: more than are sorted
    differences = sorted(late - early for early, late in product(before, after))
    pairs = len(differences)
    rank = int(pairs / 2 - 1.959964 * (pairs * 171 / 12) ** 0.5)
    band = shift_band(before, after)
    assert band.estimate == pytest.approx(median(differences), abs=1e-3)
    assert band.low == pytest.approx(differences[rank - 1], abs=1e-4)
    assert band.high == pytest.approx(differences[pairs - rank], abs=1e-4)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6])
def test_neighbours_that_are_alike_give_no_false_alarms(correlation: float) -> None:
    """Two samples of one autoregressive series differ in 5 % of the tests, not in 30 %."""
    alarms = 0
    for seed in range(300):
        series = autoregressive(correlation, 1.0)(Random(seed), 400)
        test = rank_test(series[:200], series[200:])
        alarms += test.probability < 0.05 and not test.drifts
    assert alarms / 300 <= 0.08  # of 300 tests at 5 %, 24 or fewer in 99 of 100


def test_what_wanders_is_not_judged() -> None:
    """A series that goes anywhere says nothing of a change in its middle."""
    judged = 0
    for seed in range(100):
        series = random_walk(1.0)(Random(seed), 100)
        judged += not rank_test(series[:50], series[50:]).drifts
    assert judged <= 3


def test_taking_turns_judges_what_wanders() -> None:
    """Runs taken by turns wander alike, so a trend is no reason to refuse, and no false alarm."""
    rng = Random(3)
    series = [0.05 * n + rng.gauss(0, 1) for n in range(200)]
    order = [place for pair in zip(range(100), range(100, 200), strict=True) for place in pair]
    by_turns = rank_test(series[0::2], series[1::2], order)
    assert not by_turns.drifts
    assert by_turns.probability > 0.05
    assert rank_test(series[:100], series[100:]).drifts


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_refuses_as_its_definition_says(probabilities: list[float]) -> None:
    """The k-th smallest is refused if it and all smaller ones pass 0.05 / (m − k)."""
    refused = holm(probabilities)
    ordered = sorted(probabilities)
    passed = 0
    while passed < len(ordered) and ordered[passed] <= 0.05 / (len(ordered) - passed):
        passed += 1
    chosen = sorted(p for p, far in zip(probabilities, refused, strict=True) if far)
    assert chosen == ordered[:passed]


def test_runs_that_went_on_at_the_same_time_count_as_what_they_are() -> None:
    """Ten at once share the machine: two samples that take turns so differ in 5 % of the tests."""
    alarms = naive = 0
    for seed in range(300):
        rng = Random(seed)
        before: list[float] = []
        after: list[float] = []
        order: list[int] = []
        for batch in range(20):
            shared = rng.gauss(0, 0.07)
            sample, first = (before, 0) if batch % 2 == 0 else (after, 100)
            order += [first + len(sample) + place for place in range(10)]
            sample += [rng.gauss(shared, 0.1) for _ in range(10)]
        alarms += rank_test(before, after, order, at_once=10).probability < 0.05
        naive += rank_test(before, after, order).probability < 0.05
    assert alarms / 300 <= 0.09
    assert naive / 300 >= 0.15
