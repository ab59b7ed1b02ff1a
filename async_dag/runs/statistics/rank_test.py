"""Two samples compared by ranks: no distribution is assumed, and one wild value can't decide.

- The Mann-Whitney test (Mann and Whitney 1947) with the correction for ties.
- Runs that follow each other are alike: the variance of the test is that of an autoregressive series
  of order 1, in the order of time, instead of that of independent values.
- Runs that go on at once are alike in whatever way: the variance is estimated from the series (Newey
  and West 1987), or from five long parts of each sample, which are compared by Student's t with four
  degrees of freedom (Ibragimov and Müller 2016: valid with few parts that differ among themselves).
- The shift between the samples is estimated by the median of all differences (Hodges and Lehmann
  1963), and its band is what the test would not refuse.
- Holm's correction (Holm 1979) for testing many nodes at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, pairwise, repeat
from math import copysign, floor, sqrt
from operator import mul
from statistics import NormalDist, fmean
from typing import Final, NamedTuple

from async_dag._common.band import Band
from async_dag.runs.statistics.quantiles import CONFIDENCE, quantile, standard_normal

_EFFICIENCY: Final = 0.955
"""That of the test beside the t-test, where values are normal (3/π)."""

_SOME_TREND: Final = 1.0
"""How many standard errors a trend must have to be taken out."""

_CLEAR_TREND: Final = 2.5
"""How many standard errors a trend must have for a test to be refused."""

_BLOCKS: Final = 5
"""Into so many blocks each sample is cut to see whether it wanders."""

ALIKE_AT_ONCE: Final = 5.0
"""Runs at once are alike if they make the variance of a test so many times as large.

Independent ones do so by up to 3.6, as it is an estimate; those of a loop on a busy machine by 6 to 60.
"""

_WIDER_BY_FEW: Final = (2.776 / 1.96) ** 2
"""By how much the variance counts for more where it has four degrees of freedom."""

_SHORTEST_BLOCK: Final = 4

_SOME_WANDERING: Final = 1.5
"""Blocks that differ so much more than their values make them (an F ratio) count."""

_WANDERS: Final = 2.5
"""Blocks that differ so much more than their values make them (an F ratio) tell of wandering."""

_SHARES: Final = 5
"""What neighbours share is told from at least so many independent parts of the series."""

_FEW: Final = 10
"""So few independent values, in each sample, say nothing of values that wander."""

_ALIKE: Final = 0.3
"""The autocorrelation from which on values are said to wander."""

_PAIRS_SORTED: Final = 5_000
"""Up to so many differences are sorted; of more, the quantiles are found by bisection."""

_NORMAL: Final = NormalDist()


class RankTest(NamedTuple):
    """What a test of two samples found.

    Attributes:
        z: the standardised rank sum, positive if the second sample is larger.
        probability: that of a z as far from 0 if both samples come from the same source (two-sided).
        inflation: by what factor the variance is larger than that of independent values.
        autocorrelation: that of neighbours in time, lag 1, at least 0.
        drifts: the values wander so much within each sample, beside how many there are, that no test
            can tell a change between the samples from that; taking the two by turns would.
    """

    z: float
    probability: float
    inflation: float
    autocorrelation: float
    drifts: bool


def midranks(values: Sequence[float]) -> list[float]:
    """For each value its rank among all, from 1; equal ones share the mean of theirs.

    >>> midranks([3.0, 1.0, 3.0])
    [2.5, 1.0, 2.5]
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    if len(set(values)) == len(values):
        for place, member in enumerate(order, 1):
            ranks[member] = float(place)
        return ranks
    first = 0
    for _, tied in groupby(order, key=values.__getitem__):
        members = list(tied)
        rank = first + (len(members) + 1) / 2
        for member in members:
            ranks[member] = rank
        first += len(members)
    return ranks


def rank_test(
    before: Sequence[float],
    after: Sequence[float],
    order: Sequence[int] | None = None,
    *,
    detrended: bool = False,
    at_once: int = 1,
    in_parts: bool = False,
) -> RankTest:
    """Whether `after` tends to be larger or smaller than `before`.

    Args:
        before: one sample, in the order of time.
        after: the other one, likewise.
        order: the positions of all values, `before` and then `after`, in the order of time, where the
            two were taken by turns; by default all of `before` came first.
        detrended: take out what a trend within both samples adds to the shift between them. That costs
            power, and pays for what is known to wander.
        at_once: how many of the runs went on at the same time: these share the machine, whatever
            lies between them.
        in_parts: compare long parts, where all of `before` came first: the runs of a part may be alike
            in any way. That costs power.

    >>> test = rank_test([1.0, 3.0, 2.0, 4.0], [13.0, 11.0, 14.0, 12.0])
    >>> round(test.z, 2), test.probability < 0.05
    (2.31, True)
    """
    size_before, size_after = len(before), len(after)
    size = size_before + size_after
    ranks = midranks([*before, *after])
    middle = (size + 1) / 2
    spread = _square([rank - middle for rank in ranks]) / (size - 1)
    if spread == 0:  # all values are the same
        return RankTest(0.0, 1.0, 1.0, 0.0, False)
    places = range(size) if order is None else order
    times = [0.0] * size
    for time, place in enumerate(places):
        times[place] = float(time)
    residuals, shift = _centred(ranks, size_before)
    moments, distance = _centred(times, size_before)
    correlation = _autocorrelation([residuals[place] for place in places], size_before, order)
    weights = [-1 / size_before if place < size_before else 1 / size_after for place in places]
    inflation = max(1.0, _inflation(weights, correlation))
    noise = _square(residuals) / max(1, size - 3)
    if at_once > 1 and noise:
        series = [residuals[place] for place in places]
        inflation = max(inflation, _shared_inflation(weights, series, noise, at_once))
    apart = abs(distance) > size / 4
    blocks = _block_variance([residuals[place] for place in places], size_before) if apart else 0.0
    in_parts = in_parts and apart and blocks > 0
    if in_parts:
        inflation = max(inflation, blocks / noise)
    if detrended and blocks > _SOME_WANDERING * noise:
        inflation = max(inflation, blocks / noise)
    of_shift = spread * (1 / size_before + 1 / size_after) * inflation
    # The trend within both samples, and by how much it may be wrong.
    square = _square(moments)
    slope = sum(map(mul, moments, residuals)) / square
    steep = slope / sqrt(noise * inflation / square) if noise else 0.0
    if detrended and abs(steep) > _SOME_TREND:
        shift -= slope * distance
        of_shift += distance * distance * noise * inflation / square
    z = shift / sqrt(of_shift)
    # Taken by turns, both samples wander alike.
    wanders = blocks > _WANDERS * noise * inflation
    few = min(size_before, size_after) * (1 - correlation) / (1 + correlation) < _FEW
    drifts = apart and (abs(steep) > _CLEAR_TREND or wanders or (few and correlation > _ALIKE))
    probability = 2 * _NORMAL.cdf(-abs(z))
    if in_parts:
        probability = _student(z)
        z = copysign(standard_normal(1 - probability / 2), z) if 0 < probability < 1 else z
        inflation *= _WIDER_BY_FEW
    return RankTest(z, probability, inflation, correlation, drifts)


def _student(t: float) -> float:
    """The probability of a t as far from 0, with four degrees of freedom.

    >>> round(_student(2.776), 3)
    0.05
    """
    sine = abs(t) / sqrt(4 + t * t)
    return 1 - sine * (1 + (1 - sine * sine) / 2)  # Abramowitz and Stegun 1964, 26.7.4


def _square(values: Sequence[float]) -> float:
    """The sum of the squares."""
    total: float = sum(map(mul, values, values))
    return total


def _centred(values: Sequence[float], size_before: int) -> tuple[list[float], float]:
    """The values less the mean of their sample, and the distance between the two means."""
    mean_before, mean_after = fmean(values[:size_before]), fmean(values[size_before:])
    centred = [value - mean_before for value in values[:size_before]]
    centred += [value - mean_after for value in values[size_before:]]
    return centred, mean_after - mean_before


def _block_variance(residuals: Sequence[float], size_before: int) -> float:
    """The variance of one value, told from the means of blocks: larger where values wander slowly."""
    total = 0.0
    for side in (residuals[:size_before], residuals[size_before:]):
        length = len(side) // _BLOCKS
        if length < _SHORTEST_BLOCK:
            return 0.0
        means = [fmean(side[at * length : (at + 1) * length]) for at in range(_BLOCKS)]
        total += _square([mean - fmean(means) for mean in means]) / (_BLOCKS - 1) * length
    return total / 2


def _autocorrelation(
    series: Sequence[float], first_of_after: int, order: Sequence[int] | None
) -> float:
    """The lag-1 autocorrelation of residuals in the order of time, at least 0.

    Where one sample follows the other, the pair at the seam is no pair of neighbours.
    """
    square = _square(series)
    if square == 0:
        return 0.0
    products = [earlier * later for earlier, later in pairwise(series)]
    if order is None and 0 < first_of_after < len(series):
        del products[first_of_after - 1]
    if not products:
        return 0.0
    # The estimate is too small by about (1 + 3ρ)/n in a short series (Marriott and Pope 1954), as the
    # mean of each sample was taken out of it.
    size = len(series) / (2 if order is None else 1)
    raw = sum(products) / square * len(series) / len(products)
    corrected = (raw * size + 1) / (size - 3) if size > 6 else raw
    return min(max(corrected, 0.0), 0.99)


def _inflation(weights: Sequence[float], correlation: float) -> float:
    """The variance of a weighted sum of an autoregressive series, beside that of independent values."""
    alone = _square(weights)
    carried = crossed = 0.0  # what earlier values add to each value
    for weight in weights:
        crossed += weight * carried
        carried = (carried + weight) * correlation
    return (alone + 2 * crossed) / alone


def _shared_inflation(
    weights: Sequence[float], series: Sequence[float], noise: float, at_once: int
) -> float:
    """The same as `_inflation`, of a series in which so many neighbours have something in common.

    Nothing is assumed of how alike they are: the variance of the sum is estimated from products of
    values up to four times as many places apart (Newey and West 1987).
    """
    size = len(series)
    reach = min(4 * at_once, size // _SHARES)
    terms = [weight * value for weight, value in zip(weights, series, strict=True)]
    total = sum(map(mul, terms, terms))
    for lag in range(1, reach + 1):
        total += 2 * (1 - lag / (reach + 1)) * sum(map(mul, terms, terms[lag:]))
    alone = noise * _square(weights)
    # It is an estimate from few independent parts: so much wider the test has to be (Kiefer and
    # Vogelsang 2005).
    share: float = reach / size
    wider = (1.96 + 2.9694 * share + 0.416 * share**2 - 0.5324 * share**3) / 1.96
    return float(total / alone * wider**2)


def shift_band(
    before: Sequence[float],
    after: Sequence[float],
    inflation: float = 1.0,
    confidence: float = CONFIDENCE,
) -> Band:
    """By how much `after` is larger: the median of all differences, and its band.

    Args:
        before: one sample, in any order.
        after: the other one.
        inflation: that of the variance, as `rank_test` found it.
        confidence: of the band.

    >>> shift_band([1.0, 2.0, 3.0, 4.0], [11.0, 12.0, 13.0, 14.0])
    Band(low=7.0, estimate=10.0, high=13.0)
    """
    pairs = len(before) * len(after)
    deviation = sqrt(pairs * (len(before) + len(after) + 1) / 12 * inflation)
    lowest = max(1, floor(pairs / 2 - standard_normal(0.5 + confidence / 2) * deviation))
    if pairs <= _PAIRS_SORTED:
        differences = sorted([late - early for early in before for late in after])
        middle = quantile(differences, 0.5)
        return Band(differences[lowest - 1], middle, differences[pairs - lowest])
    first, second = sorted(before), sorted(after)
    low, middle, high = (
        _shift_by_bisection(first, second, rank) for rank in (lowest, pairs / 2, pairs + 1 - lowest)
    )
    return Band(low, middle, high)


def _shift_by_bisection(before: Sequence[float], after: Sequence[float], rank: float) -> float:
    """The difference of that rank between two sorted samples, to 1 part in 10⁵ of their range."""
    low, high = after[0] - before[-1], after[-1] - before[0]
    exact = (high - low) * 1e-5
    while high - low > exact:
        middle = (low + high) / 2
        # Differences of at most `middle`: for each late value the early ones of at least that less.
        less = [late - middle for late in after]
        count = len(before) * len(after) - sum(map(bisect_left, repeat(before), less))
        if count < rank:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def holm(probabilities: Sequence[float], level: float = 1 - CONFIDENCE) -> list[bool]:
    """Which of several hypotheses are refused, so that none is refused wrongly with chance 1 - `level`.

    >>> holm([0.001, 0.02, 0.9])
    [True, True, False]
    """
    refused = [False] * len(probabilities)
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    for place, index in enumerate(order):
        if probabilities[index] > level / (len(probabilities) - place):
            break
        refused[index] = True
    return refused


def smallest_seen(
    spread: float,
    size_before: int,
    size_after: int,
    hypotheses: int,
    inflation: float = 1.0,
    power: float = 0.8,
    level: float = 1 - CONFIDENCE,
) -> float:
    """The smallest shift that would have been seen with a chance of `power`.

    Args:
        spread: the standard deviation of one value.
        size_before: how many there are in one sample.
        size_after: and in the other one.
        hypotheses: how many are tested at once.
        inflation: that of the variance, as `rank_test` found it.
        power: with what chance it would have been seen.
        level: the chance of any false alarm.

    >>> round(smallest_seen(0.1, 50, 50, 30), 3)
    0.082
    """
    quantiles = standard_normal(1 - level / (2 * hypotheses)) + standard_normal(power)
    return quantiles * spread * sqrt((1 / size_before + 1 / size_after) * inflation / _EFFICIENCY)


def robust_spread(values: Sequence[float]) -> float:
    """The standard deviation, from the middle half of the values: outliers do not count.

    >>> round(robust_spread([-2.0, -1.0, 0.0, 1.0, 2.0, 1000.0]), 2)
    2.22
    """
    ordered = sorted(values)
    quarter = len(ordered) / 4
    low = ordered[min(int(quarter), len(ordered) - 1)]
    high = ordered[min(int(3 * quarter), len(ordered) - 1)]
    return (high - low) / (_NORMAL.inv_cdf(0.75) - _NORMAL.inv_cdf(0.25))
