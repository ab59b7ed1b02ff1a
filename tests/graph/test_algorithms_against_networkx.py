"""`topology.py` against networkx, on random graphs with and without cycles."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from async_dag.graph import algorithms

Graph = list[tuple[int, ...]]


@st.composite
def dag_dependencies(draw: st.DrawFn, max_nodes: int = 12) -> Graph:
    """DAGs whose nodes stand in any order, so that a dependency may come after its dependent."""
    size = draw(st.integers(0, max_nodes))
    place = draw(st.permutations(range(size)))
    dependencies: Graph = [()] * size
    for position in range(size):
        earlier = st.lists(st.integers(0, position - 1), unique=True) if position else st.just([])
        dependencies[place[position]] = tuple(place[other] for other in draw(earlier))
    return dependencies


@st.composite
def any_dependencies(draw: st.DrawFn, max_nodes: int = 9) -> Graph:
    """Any directed graph: cycles and nodes that depend on themselves included."""
    size = draw(st.integers(0, max_nodes))
    needed = st.lists(st.integers(0, size - 1), unique=True, max_size=3) if size else st.just([])
    return [tuple(draw(needed)) for _ in range(size)]


def as_networkx(dependencies: Graph) -> nx.DiGraph[int]:
    """The same graph, with an edge from each dependency to its dependent."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(dependencies)))
    graph.add_edges_from((d, node) for node, needed in enumerate(dependencies) for d in needed)
    return graph


@given(any_dependencies() | dag_dependencies())
def test_dependents_are_the_successors(dependencies: Graph) -> None:
    """The dependents of a node are networkx's successors, in the order of their indices."""
    graph = as_networkx(dependencies)
    expected = [sorted(graph.successors(node)) for node in range(len(dependencies))]
    assert algorithms.dependents_of(dependencies) == expected


@given(dag_dependencies())
def test_topological_order(dependencies: Graph) -> None:
    """Every node once, after everything that it depends on."""
    order = algorithms.topological_order(dependencies)
    assert sorted(order) == list(range(len(dependencies)))
    position = {node: place for place, node in enumerate(order)}
    graph = as_networkx(dependencies)
    assert all(position[before] < position[after] for before, after in graph.edges)


@given(any_dependencies())
def test_topological_order_leaves_out_what_can_never_run(dependencies: Graph) -> None:
    """With cycles, exactly the nodes that are on one or depend on one are left out."""
    graph = as_networkx(dependencies)
    on_cycles = {
        node
        for component in nx.strongly_connected_components(graph)
        for node in component
        if len(component) > 1 or graph.has_edge(node, node)
    }
    left_out = on_cycles.union(*(nx.descendants(graph, node) for node in on_cycles))
    order = algorithms.topological_order(dependencies)
    assert sorted(order) == sorted(set(graph) - left_out)


@given(any_dependencies() | dag_dependencies())
def test_find_cycle(dependencies: Graph) -> None:
    """A cycle is found if and only if there is one, and each of its steps is a dependency."""
    graph = as_networkx(dependencies)
    cycle = algorithms.find_cycle(dependencies)
    assert (cycle is None) == nx.is_directed_acyclic_graph(graph)
    if cycle is not None:
        assert cycle[0] == cycle[-1] == min(cycle)
        assert len(set(cycle)) == len(cycle) - 1
        assert all(graph.has_edge(a, b) for a, b in pairwise(cycle))


@given(dag_dependencies())
def test_levels_are_the_longest_paths(dependencies: Graph) -> None:
    """A node's level is the number of edges on the longest path to it: networkx's generations."""
    expected = {
        node: level
        for level, generation in enumerate(nx.topological_generations(as_networkx(dependencies)))
        for node in generation
    }
    assert dict(enumerate(algorithms.levels(dependencies))) == expected


@given(dag_dependencies(max_nodes=8), st.data())
def test_remaining_path(dependencies: Graph, data: st.DataObject) -> None:
    """The heaviest path that starts with a node: networkx's longest path in what is behind it."""
    size = len(dependencies)
    weights = data.draw(st.lists(st.integers(0, 9).map(float), min_size=size, max_size=size))
    graph = as_networkx(dependencies)
    for before, after in graph.edges:
        graph.edges[before, after]["weight"] = weights[after]
    remaining = algorithms.remaining_path(dependencies, weights)
    for node in range(size):
        behind = graph.subgraph({node, *nx.descendants(graph, node)})
        assert remaining[node] == weights[node] + nx.dag_longest_path_length(behind)


@given(any_dependencies() | dag_dependencies(), st.data())
def test_reachable(dependencies: Graph, data: st.DataObject) -> None:
    """Along dependencies the ancestors, along dependents the descendants, the start included."""
    graph = as_networkx(dependencies)
    nodes = st.lists(st.integers(0, len(dependencies) - 1), max_size=3)
    start = data.draw(nodes) if dependencies else []
    ancestors = set(start).union(*(nx.ancestors(graph, node) for node in start))
    descendants = set(start).union(*(nx.descendants(graph, node) for node in start))
    assert algorithms.reachable(dependencies, start) == ancestors
    assert algorithms.reachable(algorithms.dependents_of(dependencies), start) == descendants


@given(dag_dependencies())
def test_what_follows_from_other_dependencies_is_left_out(dependencies: Graph) -> None:
    """What is left is networkx's transitive reduction."""
    reduced = nx.transitive_reduction(as_networkx(dependencies))
    left = algorithms.without_implied(dependencies)
    assert {(d, node) for node, needed in enumerate(left) for d in needed} == set(reduced.edges)
