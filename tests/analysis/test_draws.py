"""How long the rest of a run may take."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from statistics import fmean, median

import pytest

from async_dag.analysis.simulation.draws import draws, interval
from tests.support.synthetic_runs import Machine, Speed, autoregressive, finishes, steady

NODES = 30


def played(
    machine: Machine, row: list[float], ends: dict[int, float], starts: dict[int, float], now: float
) -> float:
    """When the run ends if its nodes take what `row` says: an oracle of its own."""
    result: list[float] = []
    for node, needed in enumerate(machine.dependencies):
        if node in ends:
            result.append(ends[node])
            continue
        start = starts.get(node)
        if start is None:
            start = max(now, max([result[other] for other in needed], default=0.0))
        result.append(max(now, start + row[node]))
    return max(result)


@lru_cache(maxsize=1)  # several moments of one run are looked at
def history(
    seed: int, common: Speed
) -> tuple[Machine, list[list[float]], float, list[float], list[float]]:
    """A machine, 100 runs and their median, and of one more run the durations and the ends."""
    rng = Random(seed)
    machine = Machine.random(rng, NODES)
    machine.common = common
    *earlier, current = machine.rows(rng, 101)
    usual = median([machine.makespan(row) for row in earlier])
    return machine, earlier, usual, current, finishes(machine.dependencies, current)


def expectations(
    seed: int, common: Speed, at: float
) -> tuple[tuple[float, float, float], float, float, float]:
    """The band of the end with its median, the true end, the median of earlier runs, and now."""
    machine, earlier, usual, current, ends = history(seed, common)
    now = at * max(ends)
    ended = {node: end for node, end in enumerate(ends) if end <= now}
    starts = {
        node: end - current[node]
        for node, end in enumerate(ends)
        if end - current[node] <= now < end
    }
    finished = {node: current[node] for node in ended}
    running = {node: now - start for node, start in starts.items()}
    makespans = [
        played(machine, row, ended, starts, now)
        for row in draws(earlier, range(NODES), finished, running)
    ]
    low, high = interval(makespans, 0.8)
    return (low, median(makespans), high), max(ends), usual, now


@pytest.mark.parametrize(
    "common",
    [steady, autoregressive(0.5, 0.1), autoregressive(0.95, 0.1)],
    ids=["steady", "wandering", "slowly wandering"],
)
def test_the_80_percent_band_holds_75_to_85_percent(common: Speed) -> None:
    """Over all moments of a run, on a machine that is steady and on one that is not."""
    held = [
        band[0] <= end <= band[2]
        for seed in range(100)
        for at in (0.25, 0.5, 0.75)
        for band, end, _, _ in [expectations(seed, common, at)]
    ]
    assert 0.75 <= fmean(held) <= 0.85


def test_what_the_run_has_shown_so_far_makes_the_expectation_better() -> None:
    """At a quarter of the way the error of the rest is at most half of what earlier runs alone give."""
    common = autoregressive(0.5, 0.15)
    errors = []
    without = []
    for seed in range(60):
        (_, middle, _), end, usual, now = expectations(seed, common, 0.25)
        errors.append(abs(middle - end) / (end - now))
        without.append(abs(usual - end) / (end - now))
    assert fmean(errors) <= 0.5 * fmean(without)
    assert fmean(errors) <= 0.09


def test_a_node_that_runs_takes_longer_than_it_has() -> None:
    """Draws below what it has taken already are drawn again from those above."""
    rows = draws([[1.0], [2.0], [3.0], [4.0]], [0], {}, {0: 2.5})
    assert {row[0] for row in rows} == {3.0, 4.0}


def test_a_node_that_takes_longer_than_ever_may_end_at_any_moment() -> None:
    """Nothing is known, so nothing is added."""
    assert draws([[1.0], [2.0]], [0], {}, {0: 9.0}) == [[9.0], [9.0]]


def test_an_interval_holds_a_further_value_as_often_as_it_says() -> None:
    """Of 100 exchangeable values the middle 80 % hold the 101st in 80 of 100 cases."""
    rng = Random(0)
    held = 0
    for _ in range(2000):
        *values, further = [rng.random() for _ in range(101)]
        low, high = interval(values, 0.8)
        held += low <= further <= high
    assert held / 2000 == pytest.approx(0.8, abs=0.025)
