"""`topology.py` on large graphs: iterative and linear. On small ones networkx checks it."""

from __future__ import annotations

import pytest

from async_dag.graph import algorithms

SIZE = 100_000


@pytest.mark.parametrize("backwards", [False, True])
def test_a_long_chain(backwards: bool) -> None:
    """A chain of 100,000 needs no recursion, whichever end of it comes first."""
    chain: list[tuple[int, ...]] = [(), *((node,) for node in range(SIZE - 1))]
    if backwards:
        chain = [*((node,) for node in range(1, SIZE)), ()]
    first, last = (SIZE - 1, 0) if backwards else (0, SIZE - 1)
    order = algorithms.topological_order(chain)
    assert (order[0], order[-1], len(order)) == (first, last, SIZE)
    assert algorithms.find_cycle(chain) is None
    assert algorithms.levels(chain)[last] == SIZE - 1
    assert algorithms.remaining_path(chain, [1.0] * SIZE)[first] == SIZE
    assert len(algorithms.reachable(chain, [last])) == SIZE


def test_a_long_cycle() -> None:
    """A cycle of 100,000 is found, whole."""
    cycle = algorithms.find_cycle([(SIZE - 1,), *((node,) for node in range(SIZE - 1))])
    assert cycle == [*range(SIZE), 0]


def test_many_dependents_and_many_dependencies() -> None:
    """A node with 100,000 dependents, and one with as many dependencies, take no square of time."""
    fan: list[tuple[int, ...]] = [(), *[(0,)] * SIZE, tuple(range(1, SIZE + 1))]
    assert algorithms.levels(fan) == [0, *[1] * SIZE, 2]
    assert len(algorithms.dependents_of(fan)[0]) == SIZE
    assert algorithms.remaining_path(fan, [1.0] * (SIZE + 2))[0] == 3.0
