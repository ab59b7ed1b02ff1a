"""Slots of a run on a cluster, without Dask."""

from __future__ import annotations

from collections import deque

import pytest

from async_dag.cluster.gate import Gate


@pytest.mark.parametrize("slots", [1, 4])
def test_who_takes_a_large_value_goes_before_who_takes_none(slots: int) -> None:
    """Of sixty chains of a maker and a user of a large value, `slots` values are alive at most."""
    chains = 60
    running: deque[int] = deque()
    waited: list[int] = []
    gate = Gate(
        slots,
        [2.0] * chains + [1.0] * chains,  # a maker has the longer path
        {},
        [],
        (),
        lambda: 0.0,
        running.append,
        lambda node, *_: waited.append(node),
        lambda *_: None,
    )
    for maker in range(chains):
        gate.ready(maker)
    alive, most, ended = 0, 0, 0
    while running:
        node = running.popleft()
        ended += 1
        if node < chains:
            alive += 1
            gate.ready(node + chains)
            gate.takes_large(node + chains)
        else:
            alive -= 1
        most = max(most, alive)
        gate.ended(node)
        assert len(running) <= slots
    assert (ended, most) == (2 * chains, slots)
    assert len(waited) == len(set(waited))


def test_the_longest_path_goes_first_else() -> None:
    """Where values are small, or all are large, the remaining path decides, then who came first."""
    passed: list[int] = []
    gate = Gate(
        1,
        [1.0, 1.0, 3.0, 2.0],
        {},
        [],
        (),
        lambda: 0.0,
        passed.append,
        lambda *_: None,
        lambda *_: None,
    )
    for node in range(4):
        gate.takes_large(node)
        gate.ready(node)
    for _ in range(4):
        gate.ended(passed[-1])
    assert passed == [0, 2, 3, 1]
