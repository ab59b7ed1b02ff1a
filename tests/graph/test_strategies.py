"""The table of strategies: whatever runs, simulates or names one knows all of them."""

from __future__ import annotations

import asyncio
from typing import get_args

from async_dag import build_dag
from async_dag.baselines.compare import RUNNERS
from async_dag.graph.strategies import STRATEGIES, Strategy


async def nap() -> None:
    """A task that does nothing."""


def test_the_table_has_every_strategy() -> None:
    """A strategy that is new in the type needs a title."""
    assert list(STRATEGIES) == list(get_args(Strategy))


def test_every_strategy_has_a_runner() -> None:
    """`compare` can run all of them, in the order of the table."""
    assert list(RUNNERS) == list(STRATEGIES)


def test_every_strategy_can_be_simulated() -> None:
    """`simulate` and `comparison` take all of them."""
    with build_dag() as tm:
        tm.add_node(nap)
    timeline = asyncio.run(tm.invoke()).timeline
    for strategy in STRATEGIES:
        assert timeline.simulate(strategy).strategy == strategy
    assert [row["strategy"] for row in timeline.comparison().rows] == list(STRATEGIES)
