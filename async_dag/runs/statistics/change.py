"""What changed between two sets of runs: node by node, in all nodes alike, and in the whole.

Machines are slower on some days, and then all nodes are. So of each run the factor that its nodes
share is taken out first (the median over the nodes of how long each took beside its usual time) and
tested on its own. What is left of each node, and of the makespan, is compared by ranks. All these tests
count as one question: Holm's correction keeps the chance of any false alarm below 5 %.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import exp, log
from statistics import median
from typing import Final, Literal, NamedTuple

from async_dag._common.band import Band
from async_dag.runs.statistics.quantiles import CONFIDENCE
from async_dag.runs.statistics.rank_test import (
    RankTest,
    holm,
    rank_test,
    robust_spread,
    shift_band,
    smallest_seen,
)

LEAST_RUNS: Final = 6
"""Fewer runs on one side say nothing."""

LEAST_NODES: Final = 5
"""With fewer nodes, what they share can't be told from what one of them does."""

SHORTEST: Final = 1e-6
"""Seconds below which durations are taken as the same."""

Verdict = Literal["slower", "faster", "unchanged", "drifts"]


class Change(NamedTuple):
    """How one quantity changed.

    Attributes:
        verdict: `slower` and `faster` are beyond noise; `unchanged` is not; `drifts` means that runs
            which follow each other are too much alike to tell.
        ratio: after ÷ before, with its band.
        seen: the smallest ratio above 1 that would have been seen with a chance of 80 %.
        test: the test behind the verdict.
    """

    verdict: Verdict
    ratio: Band
    seen: float
    test: RankTest


class Changes(NamedTuple):
    """What changed.

    Attributes:
        nodes: each node, in the order that was given.
        common: what all nodes share; None with too few nodes to tell.
        makespan: the makespan, but for what all nodes share.
    """

    nodes: tuple[Change, ...]
    common: Change | None
    makespan: Change


class Side(NamedTuple):
    """The runs of one side, in the order of time.

    Attributes:
        durations: of each node its seconds, run by run.
        makespans: seconds, run by run.
    """

    durations: Sequence[Sequence[float]]
    makespans: Sequence[float]


def changes(
    before: Side,
    after: Side,
    order: Sequence[int] | None = None,
    level: float = 1 - CONFIDENCE,
    at_once: int = 1,
) -> Changes:
    """What changed from `before` to `after`.

    Args:
        before: the runs of one side; each side has at least `LEAST_RUNS` of them.
        after: the runs of the other one, with the same nodes.
        order: the positions of all runs, `before` and then `after`, in the order of time, if they were
            not made one side after the other.
        level: the chance of any false alarm.
        at_once: how many of the runs went on at the same time.
    """
    split = len(before.makespans)
    logs = [
        [log(max(seconds, SHORTEST)) for seconds in (*early, *late)]
        for early, late in zip(before.durations, after.durations, strict=True)
    ]
    usual = [median(values) for values in logs]
    whole = [log(max(seconds, SHORTEST)) for seconds in (*before.makespans, *after.makespans)]
    separable = len(logs) >= LEAST_NODES
    apart: set[int] = set()
    while True:
        shared = _shared(logs, usual, apart) if separable else [0.0] * len(whole)
        series = [
            [value - factor for value, factor in zip(values, shared, strict=True)]
            for values in (*logs, whole)
        ]
        tests = [
            rank_test(values[:split], values[split:], order, at_once=at_once) for values in series
        ]
        if separable:
            series.append(shared)
            test = rank_test(shared[:split], shared[split:], order, detrended=True, at_once=at_once)
            tests.append(test)
        # Where no verdict is given none can be false: such a test does not count.
        judged = [index for index, test in enumerate(tests) if not test.drifts]
        refused = holm([tests[index].probability for index in judged], level)
        clear = {index for index, far in zip(judged, refused, strict=True) if far}
        # A node that changed moves the median over the nodes, and so every other node seems to change
        # the other way: it is left out of the median, and all are tested again.
        new = [node for node in range(len(logs)) if node in clear and node not in apart]
        if not separable or not new or len(logs) - len(apart) <= LEAST_NODES:
            break
        apart.add(max(new, key=lambda node: abs(tests[node].z)))
    tested = [
        _change(values, split, test, index in clear, max(1, len(judged)), level)
        for index, (values, test) in enumerate(zip(series, tests, strict=True))
    ]
    return Changes(tuple(tested[: len(logs)]), tested[-1] if separable else None, tested[len(logs)])


def _shared(
    logs: Sequence[Sequence[float]], usual: Sequence[float], apart: Collection[int]
) -> list[float]:
    """Run by run the log of the factor that all nodes share, but for those in `apart`."""
    members = [node for node in range(len(logs)) if node not in apart]
    middles = [usual[node] for node in members]
    return [
        median([value - middle for value, middle in zip(run, middles, strict=True)])
        for run in zip(*(logs[node] for node in members), strict=True)
    ]


def _change(
    values: Sequence[float],
    split: int,
    test: RankTest,
    clear: bool,
    hypotheses: int,
    level: float,
) -> Change:
    early, late = values[:split], values[split:]
    shift = shift_band(early, late, test.inflation)
    spread = (robust_spread(early) + robust_spread(late)) / 2
    seen = smallest_seen(spread, len(early), len(late), hypotheses, test.inflation, level=level)
    verdict: Verdict = "unchanged"
    if test.drifts:
        verdict = "drifts"
    elif clear:
        verdict = "slower" if test.z > 0 else "faster"
    return Change(verdict, Band(*map(exp, shift)), exp(seen), test)
