"""Which runs of a busy server are kept."""

from __future__ import annotations

import math
from collections import Counter
from random import Random
from statistics import fmean

import pytest

from async_dag.runs.storage.sampling import KEPT_WHOLE, SLOW_A_MINUTE, Kept, RunSampler


def minutes_of(
    sampler: RunSampler[int], minutes: int, runs: int, rng: Random
) -> tuple[list[float], list[Kept[int]]]:
    """So many minutes of so many runs each; the makespans of all, and what was kept."""
    makespans: list[float] = []
    kept: list[Kept[int]] = []
    for minute in range(minutes):
        for _ in range(runs):
            makespans.append(math.exp(rng.gauss(0, 0.15)))
            kept += sampler.offer(minute, "complete", makespans[-1], len(makespans) - 1)
    kept += sampler.end_minute()
    return makespans, kept


def test_what_runs_seldom_or_in_one_go_is_kept_whole() -> None:
    """A thousand runs in a minute, and then fifty a minute for an hour: none is left out."""
    sampler: RunSampler[int] = RunSampler(per_minute=60, seed=1)
    makespans, kept = minutes_of(sampler, 1, 1000, Random(0))
    assert len(kept) == 1000
    makespans, kept = minutes_of(sampler, 60, 50, Random(0))
    assert len(kept) == len(makespans)
    assert all(one.sample == "random" for one in kept)


def test_of_a_busy_minute_sixty_and_the_slowest_are_kept() -> None:
    """Each minute 60 at random, and at most 20 beside them that were over the p99."""
    sampler: RunSampler[int] = RunSampler(per_minute=60, seed=1)
    _, kept = minutes_of(sampler, 11, 6000, Random(0))
    by_sample = Counter(one.sample for one in kept)
    assert by_sample["random"] == KEPT_WHOLE + 11 * 60
    assert 8 * SLOW_A_MINUTE <= by_sample["slow"] <= 11 * SLOW_A_MINUTE
    assert len({one.item for one in kept}) == len(kept)


def test_the_random_ones_are_a_fair_sample() -> None:
    """Each run of a minute is kept as probably as any other: early and late, slow and quick."""
    places: list[float] = []
    makespans_kept: list[float] = []
    makespans: list[float] = []
    for seed in range(20):
        sampler: RunSampler[int] = RunSampler(per_minute=60, seed=seed)
        minutes_of(sampler, 1, KEPT_WHOLE, Random(seed))
        took, kept = minutes_of(sampler, 1, 3000, Random(seed + 100))
        makespans += took
        chosen = [one.item for one in kept if one.sample == "random"]
        places += [item / 3000 for item in chosen]
        makespans_kept += [took[item] for item in chosen]
    assert len(places) == 20 * 60
    assert fmean(places) == pytest.approx(0.5, abs=0.03)
    assert fmean(makespans_kept) == pytest.approx(fmean(makespans), abs=0.015)


def test_the_slow_ones_are_the_slowest_of_their_minute() -> None:
    """Beside those that were kept at random anyway."""
    sampler: RunSampler[int] = RunSampler(per_minute=60, seed=3)
    minutes_of(sampler, 2, 3000, Random(0))
    makespans, kept = minutes_of(sampler, 1, 6000, Random(1))
    slow = {one.item for one in kept if one.sample == "slow"}
    others = {one.item for one in kept if one.sample == "random"}
    order = sorted(range(6000), key=makespans.__getitem__, reverse=True)
    assert slow <= set(order[:SLOW_A_MINUTE])
    assert set(order[:SLOW_A_MINUTE]) <= slow | others


def test_quiet_minutes_save_up_for_busy_ones() -> None:
    """An idle hour later a benchmark of a thousand runs is kept whole again."""
    sampler: RunSampler[int] = RunSampler(per_minute=60, seed=1)
    minutes_of(sampler, 2, 5000, Random(0))
    for minute in range(100, 130):
        list(sampler.offer(minute, "complete", 1.0, 0))
    _, kept = minutes_of(sampler, 1, 1000, Random(2))
    assert len(kept) == 1000


def test_of_runs_that_failed_a_minute_keeps_sixty() -> None:
    """A service that is down fills no disk; per_minute=None keeps them all."""
    sampler: RunSampler[int] = RunSampler(per_minute=60)
    kept = [one for n in range(500) for one in sampler.offer(0, "failed", 1.0, n)]
    assert len(kept) == 60
    assert {one.sample for one in kept} == {"unfinished"}
    whole: RunSampler[int] = RunSampler(per_minute=None)
    assert len([one for n in range(500) for one in whole.offer(0, "failed", 1.0, n)]) == 500


def test_many_at_once_are_chosen_as_one_by_one() -> None:
    """Whatever the pieces: over the end of what is kept whole, of the first sixty, and of minutes."""
    rng = Random(5)
    makespans = [[math.exp(rng.gauss(0, 0.15)) for _ in range(2500)] for _ in range(3)]
    one_by_one: RunSampler[int] = RunSampler(per_minute=60, seed=9)
    in_pieces: RunSampler[int] = RunSampler(per_minute=60, seed=9)
    singly: list[Kept[int]] = []
    together: list[Kept[int]] = []
    for minute, seconds in enumerate(makespans):
        for item, makespan in enumerate(seconds):
            singly += one_by_one.offer(minute, "complete", makespan, item)
        item = 0
        while item < len(seconds):
            piece = range(item, min(len(seconds), item + rng.randrange(1, 400)))
            item = piece.stop
            some = [seconds[place] for place in piece]
            together += in_pieces.offer_complete(minute, some, piece)
    assert together == singly
    assert [*in_pieces.end_minute()] == [*one_by_one.end_minute()]
    assert len(singly) > KEPT_WHOLE + 2 * 60
