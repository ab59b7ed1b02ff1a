"""Full garbage collections are short while a large run goes on, and as ever afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from async_dag.cluster.calm_collector import MANY, CalmCollector


@pytest.fixture(autouse=True)
def _as_in_a_program() -> Iterator[None]:
    """The tests themselves set objects aside once; a program has not."""
    is_set_aside = gc.get_freeze_count() > 0
    gc.unfreeze()
    yield
    if is_set_aside:
        gc.freeze()


def test_what_is_there_is_set_aside_and_given_back() -> None:
    """Of two runs at once the last one to end gives it back."""
    with CalmCollector(MANY):
        assert gc.get_freeze_count() > 1000
        with CalmCollector(MANY):
            pass
        assert gc.get_freeze_count() > 1000
    assert gc.get_freeze_count() == 0


def test_what_is_made_meanwhile_is_set_aside_now_and_then() -> None:
    """After some thousand nodes, so that what these are made of is not looked at either."""
    with CalmCollector(MANY) as collector:
        before = gc.get_freeze_count()
        made = [[number] for number in range(50_000)]
        collector.made(10)
        assert gc.get_freeze_count() <= before  # some may be gone, none was added
        collector.made(5_000)
        assert gc.get_freeze_count() >= before + 0.9 * len(made)  # others may be gone
    assert gc.get_freeze_count() == 0


def test_small_runs_and_others_who_do_so_are_left_alone() -> None:
    """Nothing is given back that somebody else has set aside."""
    with CalmCollector(MANY - 1):
        assert gc.get_freeze_count() == 0
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with CalmCollector(MANY):
            assert 0 < gc.get_freeze_count() <= frozen
        assert 0 < gc.get_freeze_count() <= frozen
    finally:
        gc.unfreeze()
