"""`RemoteClock`: what time it is here when a clock elsewhere says so and so.

Cristian's algorithm (Cristian, "Probabilistic clock synchronization", 1989): ask for the time, and take
it for the middle of the round trip. The error is at most half the round trip, so the sample with the
shortest one counts, until it is so old that the clocks may have drifted apart by more.
"""

from __future__ import annotations

from typing import Final, NamedTuple

DRIFT: Final = 100e-6
"""Seconds a second by which two clocks may drift apart; the quartz of a computer keeps to less."""


class RoundTrip(NamedTuple):
    """One round trip: `sent` and `received` on the clock here, `there` on the other one; seconds."""

    sent: float
    there: float
    received: float

    @property
    def offset(self) -> float:
        """What to add to a time there, to have it here."""
        return (self.sent + self.received) / 2 - self.there

    def uncertainty(self, now: float) -> float:
        """Seconds by which that may be wrong at a time here."""
        return (self.received - self.sent) / 2 + abs(now - self.received) * DRIFT


class RemoteClock:
    """A clock elsewhere.

    >>> clock = RemoteClock(RoundTrip(10.0, 510.0, 10.8))
    >>> clock.add(RoundTrip(11.0, 511.0, 11.2))
    >>> round(clock.here(600.0), 3), round(clock.uncertainty(11.2), 3)
    (100.1, 0.1)
    """

    __slots__ = ("_best",)

    def __init__(self, first: RoundTrip) -> None:
        self._best = first

    def add(self, sample: RoundTrip) -> None:
        """Another round trip: it counts if it is the surer one by now."""
        now = sample.received
        if sample.uncertainty(now) <= self._best.uncertainty(now):
            self._best = sample

    def here(self, there: float) -> float:
        """A time there, in seconds of the clock here; NaN stays NaN."""
        return there + self._best.offset

    def uncertainty(self, now: float) -> float:
        """Seconds by which `here` may be wrong at a time here."""
        return self._best.uncertainty(now)
