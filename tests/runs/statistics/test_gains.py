"""Criticality, and what mending a node brings."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from statistics import median

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag.runs.statistics.gains import criticality, gains
from async_dag.runs.statistics.replay import DependencyReplay, critical_nodes
from tests.support.synthetic_runs import Machine, recorded


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_a_replay_is_the_longest_path_by_networkx(seed: int) -> None:
    """With any durations changed, a replay takes as long as the heaviest path of the graph."""
    rng = Random(seed)
    machine = Machine.random(rng, rng.randint(1, 15))
    runs = recorded(machine, machine.rows(rng, 1))
    size = len(machine.dependencies)
    changed = {node: rng.random() for node in rng.sample(range(size), rng.randint(0, size))}
    graph: nx.DiGraph = nx.DiGraph()
    for node, needed in enumerate(machine.dependencies):
        weight = changed.get(node, runs[0].durations[node])
        graph.add_edges_from([(other, node, {"weight": weight}) for other in needed])
        graph.add_edge("start", node, weight=weight)
    expected = nx.dag_longest_path_length(graph)
    replay = DependencyReplay(machine.dependencies, runs)
    assert replay(0, changed) == pytest.approx(expected)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_the_critical_nodes_are_a_path_as_long_as_the_run(seed: int) -> None:
    """Each depends on the one before it, and together they take the whole makespan."""
    rng = Random(seed)
    machine = Machine.random(rng, rng.randint(1, 20))
    [run] = recorded(machine, machine.rows(rng, 1))
    path = critical_nodes(machine.dependencies, run.finished)
    for one, other in pairwise(path):
        assert one in machine.dependencies[other]
    assert sum(run.durations[node] for node in path) == pytest.approx(run.makespan)


def test_the_gain_is_what_mending_the_node_brings() -> None:
    """The band holds what new runs gain in the median once the node really takes half its time."""
    held = 0
    for seed in range(20):
        rng = Random(seed)
        machine = Machine.random(rng, 12)
        runs = recorded(machine, machine.rows(rng, 200))
        replay = DependencyReplay(machine.dependencies, runs)
        best = gains(machine.dependencies, runs, range(12), replay)[0]
        many = machine.rows(rng, 2000)
        before = median([machine.makespan(row) for row in many])
        for row in many:
            row[best.node] /= 2
        really = before - median([machine.makespan(row) for row in many])
        held += best.gain.low <= really <= best.gain.high
    assert held >= 17  # 95 % of 20 is 19


def test_the_first_of_the_gains_is_the_best_to_mend() -> None:
    """Where the longest node hides behind another one, the ranking by gain is not fooled."""
    machine = Machine([(), (), (0, 1), (2,)], [1.0, 0.98, 0.6, 0.3], sigma=0.01)
    runs = recorded(machine, machine.rows(Random(0), 100))
    replay = DependencyReplay(machine.dependencies, runs)
    order = gains(machine.dependencies, runs, range(4), replay)
    assert order[0].node == 2  # halving node 0 brings 0.02: node 1 takes as long
    shares = criticality(machine.dependencies, runs, range(4))
    assert shares[0] > 0.5
    assert shares[2] == shares[3] == 1.0


def test_no_runs_no_gains() -> None:
    """Nothing is said of nothing."""
    assert gains([()], [], [0], DependencyReplay([()], [])) == []
    assert criticality([()], [], [0]) == [0.0]
