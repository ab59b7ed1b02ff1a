"""Histograms on a logarithmic scale: quantiles of any number of durations, to 2 %, in a few bytes.

Each bin is 4 % wider than the one before it, so its middle is within 2 % of all that it holds (as in
DDSketch: Masson, Rim and Lee 2019). A hour of a node fills some thirty bins.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from math import exp, floor, log
from typing import Final, Self

_WIDTH: Final = log(1.04)
SHORTEST: Final = 1e-7
"""Seconds; what is shorter falls into the bin of this."""

MAKESPAN: Final = -1
"""The histogram of the makespans, among those of the nodes by their indices."""


class Histogram:
    """How often durations were of which length.

    >>> histogram = Histogram()
    >>> for milliseconds in range(1, 101):
    ...     histogram.add(milliseconds / 1000)
    >>> histogram.count, round(histogram.quantile(0.5), 3)
    (100, 0.05)
    """

    __slots__ = ("_bins", "count")

    def __init__(self, bins: Mapping[int, int] | None = None) -> None:
        self._bins: dict[int, int] = dict(bins or {})
        self.count: int = sum(self._bins.values())

    def add(self, seconds: float) -> None:
        """Count one duration."""
        place = floor(log(seconds) / _WIDTH) if seconds > SHORTEST else _LOWEST
        bins = self._bins
        bins[place] = bins.get(place, 0) + 1
        self.count += 1

    @classmethod
    def of(cls, durations: Iterable[float]) -> Self:
        """One that has counted these, in seconds.

        >>> Histogram.of([0.1, 0.2]).count
        2
        """
        return cls(
            Counter(
                [
                    floor(log(seconds) / _WIDTH) if seconds > SHORTEST else _LOWEST
                    for seconds in durations
                ]
            )
        )

    def merge(self, other: Histogram) -> None:
        """Count all that the other one has counted."""
        bins = self._bins
        for place, count in other._bins.items():
            bins[place] = bins.get(place, 0) + count
        self.count += other.count

    def quantile(self, share: float) -> float:
        """Seconds that so large a share of the durations stays below; 0 if there are none."""
        wanted = share * self.count
        below = 0
        for place, count in sorted(self._bins.items()):
            below += count
            if below >= wanted and count:
                return exp((place + 0.5) * _WIDTH)
        return 0.0

    def bins(self) -> list[tuple[float, float, int]]:
        """The bins that hold something: from and to in seconds, and how many."""
        return [
            (exp(place * _WIDTH), exp((place + 1) * _WIDTH), count)
            for place, count in sorted(self._bins.items())
        ]


_LOWEST: Final = floor(log(SHORTEST) / _WIDTH)


def pack(histograms: Mapping[int, Histogram]) -> bytes:
    """Histograms by node as bytes; `unpack` reads them."""
    document = {node: sorted(histogram._bins.items()) for node, histogram in histograms.items()}
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 6)


def unpack(packed: bytes) -> dict[int, Histogram]:
    """What `pack` packed. Raises `ValueError` for other bytes."""
    try:
        document = json.loads(zlib.decompress(packed))
        return {int(node): Histogram(dict(bins)) for node, bins in document.items()}
    except (zlib.error, AttributeError, TypeError) as error:
        raise ValueError(f"these bytes are no histograms: {error}") from error


def merged(packs: Iterable[bytes]) -> dict[int, Histogram]:
    """The histograms of several hours, or processes, as one."""
    whole: dict[int, Histogram] = {}
    for packed in packs:
        for node, histogram in unpack(packed).items():
            whole.setdefault(node, Histogram()).merge(histogram)
    return whole
