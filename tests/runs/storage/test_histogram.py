"""Histograms on a logarithmic scale."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag.runs.storage.histogram import Histogram, merged, pack, unpack

SECONDS = st.floats(1e-6, 1e6)


@given(st.lists(SECONDS, min_size=1, max_size=50), st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0]))
def test_quantiles_are_within_2_percent(values: list[float], share: float) -> None:
    """Of what is recorded, at that rank."""
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    assert Histogram.of(values).bins() == histogram.bins()
    rank = max(1, math.ceil(share * len(values) - 1e-9))
    assert histogram.quantile(share) == pytest.approx(sorted(values)[rank - 1], rel=0.0201)


@given(st.lists(st.lists(SECONDS, max_size=20), max_size=4))
def test_histograms_of_parts_are_that_of_the_whole(parts: list[list[float]]) -> None:
    """Packed, unpacked and merged, as those of several hours and processes are."""
    whole = Histogram()
    packs = []
    for part in parts:
        histogram = Histogram()
        for value in part:
            histogram.add(value)
            whole.add(value)
        packs.append(pack({3: histogram}))
    again = merged(packs).get(3, Histogram())
    assert again.count == whole.count
    assert again.bins() == whole.bins()


def test_an_hour_of_a_node_takes_some_hundred_bytes() -> None:
    """Ten thousand log-normal durations of six nodes fit into a kilobyte."""
    rng = Random(0)
    histograms = {node: Histogram() for node in range(6)}
    for histogram in histograms.values():
        for _ in range(10_000):
            histogram.add(math.exp(rng.gauss(-4, 0.3)))
    assert len(pack(histograms)) <= 1500


@pytest.mark.parametrize("packed", [b"", b"nonsense", pack({})[:-3]])
def test_other_bytes_are_refused(packed: bytes) -> None:
    """With a ValueError, whatever they are."""
    with pytest.raises(ValueError, match="no histograms"):
        unpack(packed)


def test_no_time_at_all_counts_too() -> None:
    """A duration of nothing falls into the lowest bin."""
    histogram = Histogram()
    histogram.add(0.0)
    assert histogram.count == 1
    assert 0 < histogram.quantile(0.5) < 1e-6
    assert Histogram().quantile(0.5) == 0.0
