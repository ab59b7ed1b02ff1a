"""What changed between two sets of runs: false alarms, power, and what is named."""

from __future__ import annotations

from functools import cache
from random import Random
from statistics import NormalDist

import pytest

from async_dag.runs.statistics.change import Changes, Side, changes
from async_dag.runs.statistics.rank_test import holm
from tests.support.synthetic_runs import (
    Machine,
    Speed,
    autoregressive,
    in_batches,
    random_walk,
    steady,
)

WANDERING = autoregressive(0.9, 0.1)
"""A machine that is slower for a while and faster for a while, by 10 %."""


def sides_of(machine: Machine, rows: list[list[float]]) -> tuple[Side, Side]:
    """The first and the second half of some runs."""
    half = len(rows) // 2
    before, after = (
        Side(list(zip(*side, strict=True)), [machine.makespan(row) for row in side])
        for side in (rows[:half], rows[half:])
    )
    return before, after


@cache
def compared(
    seed: int, size: int, common: Speed, *, one: float = 1.0, every: float = 1.0
) -> tuple[int, Changes]:
    """Two sides of `size` runs of 30 nodes, σ 0.1; in the second one node, or every node, is slower.

    Several tests look at the same comparisons.
    """
    rng = Random(seed)
    machine = Machine.random(rng, 30, sigma=0.1)
    machine.common = common
    rows = machine.rows(rng, 2 * size)
    slower = rng.randrange(30)
    for row in rows[size:]:
        row[slower] *= one
        row[:] = [seconds * every for seconds in row]
    return slower, changes(*sides_of(machine, rows))


def found(change: Changes) -> set[int | str]:
    """What is said to have changed: nodes by index, or what."""
    verdicts: dict[int | str, str] = {node: one.verdict for node, one in enumerate(change.nodes)}
    assert change.common is not None
    verdicts |= {"common": change.common.verdict, "makespan": change.makespan.verdict}
    return {what for what, verdict in verdicts.items() if verdict in ("slower", "faster")}


@pytest.mark.parametrize(
    "common",
    [steady, WANDERING, autoregressive(0.5, 0.1), random_walk(0.02)],
    ids=["steady", "wandering", "quickly wandering", "anywhere"],
)
def test_the_same_code_twice_gives_at_most_5_percent_false_alarms(common: Speed) -> None:
    """Whatever the machine does meanwhile, of 100 comparisons at most 5 say that anything changed."""
    alarms = sum(bool(found(compared(seed, 50, common)[1])) for seed in range(100))
    assert alarms <= 5


def test_without_what_all_share_taken_out_most_comparisons_would_be_alarms() -> None:
    """The machine of these tests is one that needs it: nodes alone differ in most comparisons."""
    alarms = 0
    for seed in range(40):
        rng = Random(seed)
        machine = Machine.random(rng, 30)
        machine.common = WANDERING
        columns = list(zip(*machine.rows(rng, 100), strict=True))
        alarms += any(holm([_plain_probability(column[:50], column[50:]) for column in columns]))
    assert alarms >= 20


def _plain_probability(before: tuple[float, ...], after: tuple[float, ...]) -> float:
    """Mann and Whitney's, as for independent values."""
    pairs = len(before) * len(after)
    above = sum(late > early for early in before for late in after)
    deviation = (pairs * (len(before) + len(after) + 1) / 12) ** 0.5
    return 2 * NormalDist().cdf(-abs(above - pairs / 2) / deviation)


@pytest.mark.parametrize(("size", "runs", "least"), [(50, 100, 80), (200, 50, 49)])
def test_one_node_of_thirty_that_is_a_tenth_slower_is_found(
    size: int, runs: int, least: int
) -> None:
    """At 50 runs a side in 80 % of the comparisons, at 200 in 98 %, on a machine that wanders."""
    right = 0
    for seed in range(runs):
        slower, change = compared(seed, size, WANDERING, one=1.1)
        right += change.nodes[slower].verdict == "slower"
    assert right >= least


def test_a_node_that_changed_lets_no_other_seem_to_change() -> None:
    """Of ten nodes one is a fifth slower: in 40 comparisons others are named in at most 2."""
    wrong = 0
    for seed in range(40):
        rng = Random(seed)
        machine = Machine.random(rng, 10, sigma=0.05)
        rows = machine.rows(rng, 200)
        for row in rows[100:]:
            row[4] *= 1.2
        names = found(changes(*sides_of(machine, rows)))
        assert 4 in names
        wrong += bool(names - {4, "makespan"})
    assert wrong <= 2


def test_a_found_change_has_its_size() -> None:
    """The band of a node that is a tenth slower holds 1.1 in about 95 % of the comparisons."""
    held = 0
    for seed in range(60):
        slower, change = compared(seed, 50, WANDERING, one=1.1)
        ratio = change.nodes[slower].ratio
        held += ratio.low <= 1.1 <= ratio.high
    assert held >= 54


def test_all_nodes_slower_is_one_finding_that_names_no_node() -> None:
    """5 % on every node is what they share, and neither any node nor the rest of the makespan."""
    speed = autoregressive(0.5, 0.02)
    sets = [found(compared(seed, 100, speed, every=1.05)[1]) for seed in range(40)]
    assert sum(one == {"common"} for one in sets) >= 36
    assert all("makespan" not in one for one in sets)


def test_what_would_have_been_seen_is_seen_as_often_as_it_says() -> None:
    """A node slower by its smallest visible change is found in about 80 % of the comparisons."""
    hits = 0
    for seed in range(60):
        slower, same = compared(seed, 50, steady)
        _, change = compared(seed, 50, steady, one=same.nodes[slower].seen)
        hits += change.nodes[slower].verdict == "slower"
    assert 0.65 <= hits / 60 <= 0.95


def test_a_node_that_drifts_on_its_own_gets_no_verdict() -> None:
    """It is said to drift; the other nodes are judged all the same."""
    rng = Random(1)
    machine = Machine.random(rng, 10)
    rows = machine.rows(rng, 200)
    for factor, row in zip(random_walk(0.1)(rng, 200), rows, strict=True):
        row[3] *= 2.718**factor
    for row in rows[100:]:
        row[5] *= 1.2
    change = changes(*sides_of(machine, rows))
    assert change.nodes[3].verdict == "drifts"
    assert change.nodes[5].verdict == "slower"


def test_of_few_nodes_none_can_be_told_from_what_all_share() -> None:
    """With three nodes nothing is taken out, and each is compared as it is."""
    rng = Random(5)
    machine = Machine([(), (0,), (1,)], [1.0, 1.0, 1.0], sigma=0.01)
    rows = machine.rows(rng, 40)
    for row in rows[20:]:
        row[1] *= 1.2
    change = changes(*sides_of(machine, rows))
    assert change.common is None
    assert [one.verdict for one in change.nodes] == ["unchanged", "slower", "unchanged"]
    assert change.makespan.verdict == "slower"


def test_runs_at_once_on_a_busy_machine_give_no_false_alarms() -> None:
    """A hundred and then a hundred others, 20 at a time: in 40 comparisons at most 2 alarms.

    As if each had run alone, there would be ten times as many. A change that is large beside what the
    machine does is found all the same, and a small one where runs at once are not alike.
    """
    alarms = as_if_alone = hits = 0
    for seed in range(40):
        rng = Random(seed)
        machine = Machine.random(rng, 6)
        machine.common = in_batches(20, 0.4)
        rows = machine.rows(rng, 200)
        for row in rows:  # a busy machine slows short nodes by a larger factor
            row[5] *= (row[0] / machine.usual[0]) ** 0.5
        sides = sides_of(machine, rows)
        same = changes(*sides, at_once=20)
        assert same.in_parts
        alarms += bool(found(same))
        as_if_alone += bool(found(changes(*sides)))
        for row in rows[100:]:
            row[2] *= 2.0
        hits += 2 in found(changes(*sides_of(machine, rows), at_once=20))
    assert alarms <= 2
    assert as_if_alone >= 10
    assert hits >= 36

    rng = Random(1)
    machine = Machine.random(rng, 6)
    rows = machine.rows(rng, 200)
    for row in rows[100:]:
        row[2] *= 1.1
    change = changes(*sides_of(machine, rows), at_once=20)
    assert not change.in_parts
    assert 2 in found(change)
