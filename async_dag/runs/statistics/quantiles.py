"""Quantiles of a sample, with confidence bands by order statistics.

The band of a quantile is a pair of values of the sample itself. How many of the sample lie below the
true quantile is binomial, whatever the distribution, so the ranks of the pair follow from the size of
the sample alone (Hahn and Meeker 1991, section 5.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, exp, floor, lgamma, log, sqrt
from statistics import NormalDist
from typing import Final

from async_dag._common.band import Band

CONFIDENCE: Final = 0.95
"""The confidence of every band, unless another one is asked for."""


def quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile of a sorted sample, linear between neighbours (R's type 7).

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.5
    """
    position = share * (len(ordered) - 1)
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def quantile_band(
    ordered: Sequence[float], share: float, confidence: float = CONFIDENCE
) -> Band | None:
    """The quantile of a sorted sample with its two-sided band.

    None where the sample is too small for one: the band of a 99 % quantile takes 368 values.

    >>> quantile_band([float(n) for n in range(1, 101)], 0.5)
    Band(low=40.0, estimate=50.5, high=61.0)
    >>> quantile_band([1.0, 2.0, 3.0], 0.99) is None
    True
    """
    ranks = _ranks(len(ordered), share, confidence)
    if ranks is None:
        return None
    low, high = ranks
    return Band(ordered[low - 1], quantile(ordered, share), ordered[high - 1])


@lru_cache(maxsize=1024)
def _ranks(size: int, share: float, confidence: float) -> tuple[int, int] | None:
    """The ranks, from 1, of the two values; each side misses with at most half of the rest."""
    side = (1 - confidence) / 2
    # At least one value below the quantile, and one above: else one side has no bound.
    if size < 1 or (1 - share) ** size > side or share**size > side:
        return None
    # The value of rank r lies above the quantile if fewer than r of the sample lie below it.
    low = _largest(size, share, side)
    high = size + 1 - _largest(size, 1 - share, side)
    return low, high


def _largest(size: int, share: float, most: float) -> int:
    """The largest rank r for which fewer than r of the sample lie below with a chance of `most`."""
    # From far enough out that what lies beyond does not count.
    mean, spread = size * share, sqrt(size * share * (1 - share))
    first = max(0, floor(mean - 12 * spread))
    chance = 0.0
    rank = first
    while True:
        chance += _binomial(size, share, rank)
        if chance > most:
            return max(rank, 1)
        rank += 1


def _binomial(size: int, share: float, count: int) -> float:
    if share in (0.0, 1.0):
        return float(count == size * share)
    ways = lgamma(size + 1) - lgamma(count + 1) - lgamma(size - count + 1)
    return exp(ways + count * log(share) + (size - count) * log(1 - share))


def median_band(ordered: Sequence[float], confidence: float = CONFIDENCE) -> Band | None:
    """The median of a sorted sample with its band; it takes 6 values.

    >>> median_band([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    Band(low=1.0, estimate=3.5, high=6.0)
    """
    return quantile_band(ordered, 0.5, confidence)


def least_for_band(share: float, confidence: float = CONFIDENCE) -> int:
    """How many values the band of a quantile takes.

    >>> least_for_band(0.99), least_for_band(0.5)
    (368, 6)
    """
    rarer = min(share, 1 - share)
    return ceil(log((1 - confidence) / 2) / log(1 - rarer))


def standard_normal(probability: float) -> float:
    """The value below which a standard normal variable lies with that probability."""
    return NormalDist().inv_cdf(probability)
