"""Circles of dependencies are found, and come in the order in which they can run."""

import networkx
from hypothesis import given
from hypothesis import strategies as st

from async_dag.demos.components import strong_components


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """Any directed graph of up to 12 nodes, loops and double edges included."""
    count = draw(st.integers(0, 12))
    targets = st.lists(st.integers(0, max(0, count - 1)), max_size=4)
    return [draw(targets) for _ in range(count)]


@given(graphs())
def test_components_are_those_of_networkx(dependencies: list[list[int]]) -> None:
    """The same groups as networkx finds, each node in one."""
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(len(dependencies)))
    graph.add_edges_from((n, d) for n, needed in enumerate(dependencies) for d in needed)
    expected = {frozenset(group) for group in networkx.strongly_connected_components(graph)}
    found = strong_components(dependencies)
    assert {frozenset(group) for group in found} == expected
    assert sum(map(len, found)) == len(dependencies)
    assert found == [sorted(group) for group in found]


@given(graphs())
def test_each_component_comes_after_what_it_needs(dependencies: list[list[int]]) -> None:
    """Read in order, every dependency outside the group is there already."""
    done: set[int] = set()
    for group in strong_components(dependencies):
        done.update(group)
        assert all(needed in done for node in group for needed in dependencies[node])


def test_long_chains_and_circles_need_no_recursion() -> None:
    """100,000 nodes in a row, and the same closed to a circle."""
    chain = [[node + 1] for node in range(99_999)]
    assert len(strong_components([*chain, []])) == 100_000
    assert len(strong_components([*chain, [0]])) == 1
