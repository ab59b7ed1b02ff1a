"""Counting what runs at once, against the plain definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag.views.common.facts import most_at_once
from async_dag.views.gantt.text_bars import Scale, _mean_at_once

spans = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)).map(
        lambda pair: (float(min(pair)), float(max(pair)))
    ),
    min_size=1,
    max_size=20,
)


@given(spans)
def test_most_at_once_is_what_counting_finds(made: list[tuple[float, float]]) -> None:
    """At no start of a span are more of them open; where one ends another may begin."""
    lasting = [span for span in made if span[0] < span[1]]
    counted = max(
        (sum(start <= now < end for start, end in lasting) for now, _ in lasting), default=1
    )
    assert most_at_once(lasting or [(0.0, 0.0)]) == counted
    # Those that took no time were there, too, but are not many at once.
    assert 1 <= most_at_once(made) <= len(made)


@given(spans, st.integers(1, 50))
def test_columns_hold_all_the_work(made: list[tuple[float, float]], cells: int) -> None:
    """The area under the picture is the sum of the durations."""
    scale = Scale(20.0, cells)
    area = sum(_mean_at_once(made, scale)) * scale.cell
    assert area == pytest.approx(sum(end - start for start, end in made))
