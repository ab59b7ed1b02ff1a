"""Random DAGs of tasks that do anything: no hang, no leak, no wrong value, state or cause.

`python -m tests.support.fuzz_cases --help` runs more of them, also on real loops.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tests.support.fuzz_cases import fuzz
from tests.support.loops import FACTORIES, RaisingFactory

# A wrapping factory leaves the coroutine alone whose task is cancelled before its first step. Those of
# the engine are closed; `asyncio.sleep` in a task's own children is none of its.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine 'sleep' was never awaited")


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    """Collect here, where the warning is ignored, what would be an error in whatever test is next."""
    yield
    gc.collect()


@pytest.mark.parametrize("factory", FACTORIES)
@pytest.mark.parametrize("block", range(4))
def test_random_dags(factory: str, block: int) -> None:
    """Each run is told apart from a right one by the logs of its tasks; an error names the seed."""
    for seed in range(block * 50, block * 50 + 50):
        fuzz(seed, factory)


@pytest.mark.parametrize("every", [2, 3, 7])
def test_random_dags_under_a_factory_that_raises(every: int) -> None:
    """A node that is given no task has failed; all else holds as ever."""
    for seed in range(60):
        fuzz(seed, RaisingFactory(every))


def test_random_dags_in_debug_mode() -> None:
    """asyncio's debug mode, which wraps coroutines and looks at who calls what, changes nothing."""
    for seed in range(60):
        fuzz(seed, debug=True)


def test_random_dags_on_the_real_clock() -> None:
    """A loop that really waits runs the same cases right."""
    for seed in range(12):
        fuzz(seed, new_loop=asyncio.new_event_loop)


def test_random_dags_on_uvloop() -> None:
    """The same on uvloop."""
    uvloop = pytest.importorskip("uvloop")
    for seed in range(12):
        fuzz(seed, new_loop=uvloop.new_event_loop)
