"""Times as numbers: units, and the ticks of an axis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag._common.units import unit_for
from async_dag.views.common.axis import ticks, unbroken

seconds = st.floats(1e-9, 1e9)


@pytest.mark.parametrize(
    ("longest", "text"),
    [
        (0.0, "0.00 s"),
        (1.2, "1.20 s"),
        (0.1, "0.10 s"),
        (0.0999, "99.9 ms"),
        (0.0012, "1.20 ms"),
        (75.04, "75.0 s"),
        (599.0, "599.0 s"),
        (600.0, "10.0 min"),
        (10_799.0, "180.0 min"),
        (10_800.0, "3.00 h"),
        (86_400.0, "24.0 h"),
    ],
)
def test_a_time_has_three_digits_or_so(longest: float, text: str) -> None:
    """Milliseconds below a tenth of a second, minutes and hours for long runs."""
    assert unit_for(longest).text(longest) == text


@given(seconds, st.integers(2, 12))
def test_ticks_are_round_few_and_within(until: float, at_most: int) -> None:
    """From zero, evenly spaced by 1, 2 or 5 of a power of ten, not beyond the end."""
    found = list(ticks(until, at_most))
    assert found[0] == 0
    assert 1 <= len(found) <= at_most
    assert found[-1] <= until * (1 + 1e-6)
    if len(found) > 1:
        assert f"{found[1]:e}"[:8] in ("1.000000", "2.000000", "5.000000")
        assert found == pytest.approx([found[1] * number for number in range(len(found))])


@given(seconds)
def test_wide_axes_have_ticks_enough(until: float) -> None:
    """Where ten fit there are at least four."""
    assert len(list(ticks(until, 10))) >= 4


@given(st.floats(600, 1e7), st.integers(4, 12))
def test_ticks_of_a_long_run_are_round_in_its_unit(until: float, at_most: int) -> None:
    """Whole minutes or hours, or 0.1, 0.2 or 0.5 of them: not 1,000 seconds as 16.7 minutes."""
    unit = unit_for(until)
    found = list(ticks(until, at_most, unit))
    assert f"{found[1] / unit.seconds:.6e}"[:8] in ("1.000000", "2.000000", "5.000000")
    assert 2 <= len(found) <= at_most
    assert found[-1] <= until * (1 + 1e-6)


def test_a_time_far_below_the_picture_s_has_a_unit_of_its_own() -> None:
    """A task of two seconds is not told as 0.0 minutes; nothing is 0 of the picture's unit."""
    unit = unit_for(1200.0)
    assert [unit.duration(seconds) for seconds in (0.0, 2.0, 90.0)] == [
        "0.0 min",
        "2.00 s",
        "1.5 min",
    ]


def test_a_line_does_not_break_between_a_number_and_its_unit() -> None:
    """Whatever the unit is."""
    assert unbroken("saves 1.50 min of 2 h") == ["saves", "1.50 min", "of", "2 h"]
