"""What makes the slowest runs slow."""

from __future__ import annotations

from random import Random

import pytest

from async_dag.runs.statistics.gains import criticality
from async_dag.runs.statistics.replay import DependencyReplay
from async_dag.runs.statistics.tail import ALL_ALIKE, tail
from tests.support.synthetic_runs import Machine, Speed, autoregressive, recorded, steady

NODES = 30


def machine_with_a_rare_fault(seed: int, common: Speed) -> tuple[Random, Machine, int]:
    """A node that is hardly ever critical, but takes a run half as long again in 2 % of the runs."""
    rng = Random(seed)
    machine = Machine.random(rng, NODES)
    machine.common = common
    usual = recorded(machine, machine.rows(rng, 200))
    shares = criticality(machine.dependencies, usual, range(NODES))
    culprit = rng.choice([node for node in range(NODES) if shares[node] < 0.05])
    beside_it = list(machine.usual)
    beside_it[culprit] = 1e6
    on_its_path = machine.makespan(beside_it) - 1e6
    wanted = 1.5 * machine.makespan(machine.usual) - on_its_path
    machine.rarely[culprit] = (0.02, wanted / machine.usual[culprit])
    return rng, machine, culprit


@pytest.mark.parametrize("common", [steady, autoregressive(0.5, 0.1)], ids=["steady", "wandering"])
def test_the_rare_culprit_is_named_and_no_other(common: Speed) -> None:
    """Critical in under 10 % of 1,000 runs, it is named in at least 90 %, another in at most 2 %."""
    right = wrong = 0
    for seed in range(25):
        rng, machine, culprit = machine_with_a_rare_fault(seed, common)
        runs = recorded(machine, machine.rows(rng, 1000))
        assert criticality(machine.dependencies, runs, range(NODES))[culprit] < 0.1
        slow = tail(runs, range(NODES), DependencyReplay(machine.dependencies, runs))
        assert slow is not None
        if slow.culprit is not None:
            right += slow.culprit.node == culprit
            wrong += slow.culprit.node != culprit
    assert right >= 23  # 90 % of 25 is 22.5
    assert wrong == 0  # at most 2 %


def test_a_busy_machine_is_no_nodes_fault() -> None:
    """Runs that are slow because all nodes are name no node."""
    for seed in range(4):
        rng = Random(seed)
        machine = Machine.random(rng, NODES, sigma=0.05)
        machine.common = autoregressive(0.5, 0.2)
        runs = recorded(machine, machine.rows(rng, 1000))
        slow = tail(runs, range(NODES), DependencyReplay(machine.dependencies, runs))
        assert slow is not None
        assert slow.culprit is not None
        assert slow.culprit.node == ALL_ALIKE


def test_several_culprits_are_none() -> None:
    """Three rare faults that take turns share the tail, so none is named alone."""
    rng = Random(4)
    machine = Machine([(), (), (), (0, 1, 2)], [1.0, 1.0, 1.0, 0.5], sigma=0.02)
    machine.rarely = dict.fromkeys(range(3), (0.01, 2.0))
    runs = recorded(machine, machine.rows(rng, 1000))
    slow = tail(runs, range(4), DependencyReplay(machine.dependencies, runs))
    assert slow is not None
    assert slow.culprit is None
    assert sum(slow.shares.values()) == pytest.approx(1.0, abs=0.1)


def test_few_runs_have_no_tail() -> None:
    """Of 50 runs the slowest five say nothing."""
    rng = Random(2)
    machine = Machine.random(rng, 5)
    runs = recorded(machine, machine.rows(rng, 50))
    assert tail(runs, range(5), DependencyReplay(machine.dependencies, runs)) is None
