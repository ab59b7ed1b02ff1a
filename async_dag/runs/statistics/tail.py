"""What makes the slowest runs slow.

The tail is the slowest 1 % of the runs, the body those in the middle. Of each node the excess over its
median is undone in the runs of the tail, and they are played again: what that takes off, as a share of
what the tail takes longer than the body, is the node's share. That all nodes are slow alike, as on a
busy machine, is one more candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from random import Random
from statistics import fmean, median
from typing import Final, NamedTuple

from async_dag._common.band import Band
from async_dag.analysis.simulation.draws import shared_factor
from async_dag.runs.statistics.quantiles import quantile
from async_dag.runs.statistics.replay import MeasuredRun, Replay

TAIL: Final = 0.01
"""The share of the runs that is the tail."""

LEAST_TAIL: Final = 5
"""A tail of fewer runs says nothing; it is made as long where there are runs enough."""

LEAST_RUNS: Final = 100
"""Of fewer runs the slowest five are no tail."""

LEAST_SHARE: Final = 1 / 3
"""A culprit explains at least that much, beyond doubt."""

LEADS: Final = 0.9
"""The share of the bootstrap samples in which a culprit is the first of all candidates."""

_RESAMPLES: Final = 1000
_BODY: Final = (0.4, 0.6)
_SURE: Final = 0.05

ALL_ALIKE: Final = -1
"""Instead of a node: all nodes were slow alike."""


class Culprit(NamedTuple):
    """What makes the tail slow: a node (or `ALL_ALIKE`), and its share of the excess with its band."""

    node: int
    share: Band


class Tail(NamedTuple):
    """The slowest runs.

    Attributes:
        runs: their places, the slowest first.
        excess: how many seconds they take longer than the middle ones, on average.
        shares: by candidate (a node, or `ALL_ALIKE`) what share of that it explains.
        culprit: the candidate that clearly explains most of it; None if there is none.
    """

    runs: tuple[int, ...]
    excess: float
    shares: Mapping[int, float]
    culprit: Culprit | None


def tail(
    runs: Sequence[MeasuredRun],
    tasks: Sequence[int],
    replay: Replay,
    *,
    at_random: int | None = None,
    slow_from: float = 0.0,
) -> Tail | None:
    """What makes the slowest runs slow; None for fewer than `LEAST_RUNS` runs.

    Args:
        runs: the runs.
        tasks: the nodes that run.
        replay: plays one of the runs again.
        at_random: how many of the runs, from the first, are a fair sample; the others were kept for
            being slow. By default all are.
        slow_from: where only a sample was kept, the makespan from which on a run is of the slowest 1 %.
    """
    fair = len(runs) if at_random is None else at_random
    if fair < LEAST_RUNS or not tasks:
        return None
    order = sorted(range(fair), key=lambda place: runs[place].makespan)
    slowest = order[: -max(LEAST_TAIL, round(TAIL * fair)) - 1 : -1]
    if fair < len(runs):
        slowest = [place for place, run in enumerate(runs) if run.makespan >= slow_from]
        if len(slowest) < LEAST_TAIL:
            return None
    count = len(slowest)
    body = order[int(_BODY[0] * fair) : int(_BODY[1] * fair) + 1]
    usual = {node: median([run.durations[node] for run in runs[:fair]]) for node in tasks}
    middle = fmean([runs[place].makespan for place in body])
    saved: dict[int, list[float]] = {}
    excesses: list[float] = []
    for at, place in enumerate(slowest):
        durations = runs[place].durations
        before = replay(place, {})
        excesses.append(before - middle)
        for node in tasks:
            if durations[node] > usual[node]:
                after = replay(place, {node: usual[node]})
                saved.setdefault(node, [0.0] * count)[at] = before - after
        factor = shared_factor([durations[node] for node in tasks], list(usual.values()))
        if factor > 1:
            after = replay(place, {node: durations[node] / factor for node in tasks})
            saved.setdefault(ALL_ALIKE, [0.0] * count)[at] = before - after
    excess = fmean(excesses)
    if excess <= 0:
        return Tail(tuple(slowest), 0.0, {}, None)
    shares = {candidate: fmean(seconds) / excess for candidate, seconds in saved.items()}
    return Tail(tuple(slowest), excess, shares, _culprit(saved, excesses, shares))


def _culprit(
    saved: Mapping[int, Sequence[float]], excesses: Sequence[float], shares: Mapping[int, float]
) -> Culprit | None:
    """The candidate that leads, if it does so clearly in samples of the tail's runs."""
    if not shares:
        return None
    first = max(shares, key=shares.__getitem__)
    if shares[first] < LEAST_SHARE:
        return None
    rng = Random(0)  # the same runs always name the same
    places = range(len(excesses))
    led = 0
    resampled: list[float] = []
    for _ in range(_RESAMPLES):
        chosen = itemgetter(*rng.choices(places, k=len(places)))
        excess = sum(chosen(excesses))
        sums = {candidate: sum(chosen(seconds)) for candidate, seconds in saved.items()}
        led += max(sums, key=sums.__getitem__) == first
        resampled.append(sums[first] / excess)
    resampled.sort()
    if led < LEADS * _RESAMPLES or quantile(resampled, _SURE) < LEAST_SHARE:
        return None
    low, high = quantile(resampled, 0.025), quantile(resampled, 0.975)
    return Culprit(first, Band(low, shares[first], high))
