"""What changed between two sets of runs: node by node, in all nodes alike, and in the whole.

Machines are slower on some days, and then all nodes are. So of each run the factor that its nodes
share is taken out first (the median over the nodes of how long each took beside its usual time) and
tested on its own. What is left of each node, and of the makespan, is compared by ranks. All these tests
count as one question: Holm's correction keeps the chance of any false alarm below 5 %.

Where many runs went on at once and were alike for that, and all of one side came before the other, a
thousand of them are few measurements of the machine (Hurlbert 1984 on pseudoreplication; Kalibera and
Jones 2013 on benchmarks, whose variance between repetitions does not show within one). Then long parts
of the sides are compared, so only a change counts that is large beside what either side wandered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property, partial
from math import exp, log
from statistics import median
from typing import Final, Literal, NamedTuple

from async_dag._common.band import Band
from async_dag.runs.statistics.quantiles import CONFIDENCE
from async_dag.runs.statistics.rank_test import (
    ALIKE_AT_ONCE,
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


class Change:
    """How one quantity changed.

    Attributes:
        verdict: `slower` and `faster` are beyond noise; `unchanged` is not; `drifts` means that runs
            which follow each other, or go on at once, are too much alike to tell.
        test: the test behind the verdict.
    """

    def __init__(
        self,
        verdict: Verdict,
        test: RankTest,
        before: Sequence[float],
        after: Sequence[float],
        hypotheses: int,
        level: float,
    ) -> None:
        self.verdict: Verdict = verdict
        self.test: RankTest = test
        self._before, self._after = before, after  # logs of seconds
        self._hypotheses, self._level = hypotheses, level

    # When they are asked for: they take three times as long as the verdict.

    @cached_property
    def ratio(self) -> Band:
        """After ÷ before, with its band."""
        return Band(*map(exp, shift_band(self._before, self._after, self.test.inflation)))

    @cached_property
    def seen(self) -> float:
        """The smallest ratio above 1 that would have been seen with a chance of 80 %."""
        before, after = self._before, self._after
        spread = (robust_spread(before) + robust_spread(after)) / 2
        sizes = len(before), len(after)
        inflation = self.test.inflation
        return exp(smallest_seen(spread, *sizes, self._hypotheses, inflation, level=self._level))


class Changes(NamedTuple):
    """What changed.

    Attributes:
        nodes: each node, in the order that was given.
        common: what all nodes share; None with too few nodes to tell.
        makespan: the makespan, but for what all nodes share.
        in_parts: runs that went on at once are alike, so long parts of the sides were compared.
    """

    nodes: tuple[Change, ...]
    common: Change | None
    makespan: Change
    in_parts: bool


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
        if separable:
            series.append(shared)
        test = partial(_tests, series, split, order, at_once, len(logs) + 1)
        tests = test()
        alike = max(test.inflation for test in tests) > ALIKE_AT_ONCE
        in_parts = at_once > 1 and order is None and alike
        if in_parts:
            tests = test(in_parts=True)
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
    hypotheses = max(1, len(judged))
    tested = [
        Change(
            _verdict(test, index in clear), test, values[:split], values[split:], hypotheses, level
        )
        for index, (values, test) in enumerate(zip(series, tests, strict=True))
    ]
    common = tested[-1] if separable else None
    return Changes(tuple(tested[: len(logs)]), common, tested[len(logs)], in_parts)


def _tests(
    series: Sequence[Sequence[float]],
    split: int,
    order: Sequence[int] | None,
    at_once: int,
    wandering: int,
    *,
    in_parts: bool = False,
) -> list[RankTest]:
    """The test of each series; the one at place `wandering` is what all nodes share."""
    return [
        rank_test(
            values[:split],
            values[split:],
            order,
            detrended=place == wandering,
            at_once=at_once,
            in_parts=in_parts,
        )
        for place, values in enumerate(series)
    ]


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


def _verdict(test: RankTest, clear: bool) -> Verdict:
    if test.drifts:
        return "drifts"
    if not clear:
        return "unchanged"
    return "slower" if test.z > 0 else "faster"
