"""Clocks of workers, told by round trips."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from async_dag.cluster.clocks import DRIFT, RemoteClock, RoundTrip

delays = st.floats(0.0, 0.5)


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(delays, delays), min_size=1, max_size=8))
def test_the_error_is_within_what_is_said(offset: float, trips: list[tuple[float, float]]) -> None:
    """However uneven the ways there and back, a time is off by no more than the uncertainty."""
    clock: RemoteClock | None = None
    now = 0.0
    for there, back in trips:
        sample = RoundTrip(now, now + there + offset, now + there + back)
        if clock is None:
            clock = RemoteClock(sample)
        else:
            clock.add(sample)
        now = sample.received
    assert clock is not None
    assert abs(clock.here(now + offset) - now) <= clock.uncertainty(now) + 1e-6


def test_the_shortest_round_trip_counts() -> None:
    """A slow answer does not spoil what a quick one has told."""
    clock = RemoteClock(RoundTrip(0.0, 100.0, 0.001))
    clock.add(RoundTrip(1.0, 101.4, 1.8))
    assert math.isclose(clock.here(100.0), 0.0005)


def test_an_old_sample_gives_way_once_the_clocks_may_have_drifted_further() -> None:
    """After a long while a worse round trip is the surer one."""
    clock = RemoteClock(RoundTrip(0.0, 100.0, 0.001))
    later = 0.1 / DRIFT
    clock.add(RoundTrip(later, later + 100.2, later + 0.01))
    assert math.isclose(clock.here(later + 100.2), later + 0.005)


def test_not_yet_stays_not_yet() -> None:
    """A time that is not there is not there on any clock."""
    assert math.isnan(RemoteClock(RoundTrip(0.0, 1.0, 0.1)).here(math.nan))
