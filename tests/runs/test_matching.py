"""Which node of one graph is which node of another one."""

from __future__ import annotations

from random import Random

import pytest

from async_dag import Graph
from async_dag.graph.graph import Origin, UniqueNames
from async_dag.runs.matching import match_nodes
from tests.support.synthetic_runs import Dependencies, random_dag


def graph_of(labels: list[str], dependencies: Dependencies) -> Graph:
    """A graph of tasks whose names are made unique as a manager makes them."""
    unique = UniqueNames()
    return Graph.of(
        [unique.add(label) for label in labels],
        ["task"] * len(labels),
        dependencies,
        [Origin(label, None, None) for label in labels],
        [None] * len(labels),
    )


def with_one_more(rng: Random, labels: list[str], dependencies: Dependencies, at: int) -> Graph:
    """The same graph with a node put in at `at`, which up to two later nodes need as well."""
    moved = [tuple(node + (node >= at) for node in needed) for needed in dependencies]
    moved.insert(at, tuple(sorted(rng.sample(range(at), min(at, rng.randint(0, 3))))))
    more = [*labels[:at], rng.choice(labels), *labels[at:]]
    later = range(at + 1, len(moved))
    for node in rng.sample(later, min(len(later), rng.randint(0, 2))):
        moved[node] = (*moved[node], at)
    return graph_of(more, moved)


@pytest.mark.parametrize("functions", [3, 6, 12])
def test_one_inserted_node_matches_at_most_one_in_two_hundred_wrongly(functions: int) -> None:
    """By names alone some 4 to 17 % would be; and nearly all are matched."""
    total = matched = wrong = wrong_by_name = 0
    for seed in range(200):
        rng = Random(seed)
        dependencies = random_dag(rng, 30)
        labels = [f"task{rng.randrange(functions)}" for _ in range(30)]
        at = rng.randrange(31)
        before = graph_of(labels, dependencies)
        after = with_one_more(rng, labels, dependencies, at)
        pairs = match_nodes(before, after).pairs
        total += 30
        matched += len(pairs)
        wrong += sum(other != one + (one >= at) for one, other in pairs)
        for node, name in enumerate(before.names):
            wrong_by_name += after.find(name) not in (None, node + (node >= at))
    assert wrong <= 0.005 * total
    assert matched >= 0.99 * total
    assert wrong_by_name >= 0.03 * total


def test_names_that_the_user_gave_count_whatever_the_structure() -> None:
    """A node of its own name is the same node, with other dependencies too."""
    before = graph_of(["users", "posts", "join"], [(), (), (0, 1)])
    after = graph_of(["posts", "join", "users"], [(), (0,), (1,)])
    assert match_nodes(before, after).pairs == ((0, 2), (1, 0), (2, 1))


def test_what_cannot_be_told_apart_is_a_bundle() -> None:
    """Three calls alike, and a fourth: nobody knows which one is new."""
    before = graph_of(["root", *["fetch"] * 3, "end"], [(), (0,), (0,), (0,), (1, 2, 3)])
    after = graph_of(["root", *["fetch"] * 4, "end"], [(), *[(0,)] * 4, (1, 2, 3, 4)])
    matching = match_nodes(before, after)
    assert matching.pairs == ((0, 0), (4, 5))
    assert matching.bundles == {"fetch": ((1, 2, 3), (1, 2, 3, 4))}


def test_what_is_new_and_what_is_gone_is_said() -> None:
    """A name that the other graph has not."""
    before = graph_of(["load", "old"], [(), (0,)])
    after = graph_of(["load", "new"], [(), (0,)])
    matching = match_nodes(before, after)
    assert (matching.removed, matching.added) == ((1,), (1,))


def test_a_graph_matches_itself() -> None:
    """Every node is itself, also those that are alike."""
    graph = graph_of(["task"] * 300, random_dag(Random(8), 300))
    assert match_nodes(graph, graph).pairs == tuple((node, node) for node in range(300))


def test_large_graphs_are_matched_in_time() -> None:
    """Two thousand nodes of eight functions, one inserted."""
    rng = Random(9)
    dependencies = random_dag(rng, 2000)
    labels = [f"task{rng.randrange(8)}" for _ in range(2000)]
    after = with_one_more(rng, labels, dependencies, 700)
    pairs = match_nodes(graph_of(labels, dependencies), after).pairs
    assert sum(other == one + (one >= 700) for one, other in pairs) >= 1990
