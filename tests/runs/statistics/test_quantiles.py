"""Quantiles and their bands."""

from __future__ import annotations

from random import Random
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag.runs.statistics.quantiles import least_for_band, quantile, quantile_band


@given(st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_quantiles_are_those_of_the_standard_library(values: list[float]) -> None:
    """Linear between neighbours, as `statistics.quantiles` has them by its inclusive method."""
    ordered = sorted(values)
    expected = quantiles(values, n=10, method="inclusive")
    for tenth, value in enumerate(expected, 1):
        assert quantile(ordered, tenth / 10) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(("share", "least"), [(0.5, 6), (0.95, 72), (0.99, 368)])
def test_a_band_takes_so_many_values(share: float, least: int) -> None:
    """One value fewer, and one side has no bound."""
    assert least_for_band(share) == least
    assert quantile_band([float(n) for n in range(least)], share) is not None
    assert quantile_band([float(n) for n in range(least - 1)], share) is None


@pytest.mark.parametrize(("share", "size"), [(0.5, 20), (0.5, 101), (0.95, 200), (0.99, 1000)])
def test_a_band_holds_the_true_quantile_as_often_as_it_says(share: float, size: int) -> None:
    """In 95 % of samples of a known distribution, at least: ranks are whole numbers."""
    rng = Random(size)
    held = 0
    for _ in range(400):
        band = quantile_band(sorted([rng.random() for _ in range(size)]), share)
        assert band is not None
        held += band.low <= share <= band.high
    assert 0.93 <= held / 400 <= 0.995


def test_a_band_is_mirrored() -> None:
    """The band of the 1 % quantile is that of the 99 % one from the other end."""
    values = [float(n) for n in range(1000)]
    low, high = quantile_band(values, 0.01), quantile_band(values, 0.99)
    assert low is not None
    assert high is not None
    assert (999 - low.high, 999 - low.low) == (high.low, high.high)
