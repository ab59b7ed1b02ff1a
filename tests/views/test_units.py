"""Times as numbers: units, and the ticks of an axis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag.views.units import ticks, unit_for

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
        (86400.0, "86400 s"),
    ],
)
def test_a_time_has_three_digits_or_so(longest: float, text: str) -> None:
    """Milliseconds below a tenth of a second; no decimals that nobody reads."""
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
