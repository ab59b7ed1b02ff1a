"""The tests of the engine on other event loops than asyncio's own: `nox -s loops`."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from tests.support.loops import make_default

EAGER = "an eager start is asked for, which this factory does not have"
INEXACT = "it compares times exactly, and timers of uvloop go by milliseconds"
UVLOOP_EAGER = "uvloop passes eager factories an option twice"

#: By kind of loop the tests that can't hold on it, and why; a test by its name without parameters.
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "plain": {"test_nodes_that_never_await_cost_no_turn_of_the_loop": EAGER},
    "wrapping": {
        "test_nodes_that_never_await_cost_no_turn_of_the_loop": EAGER,
        "test_cancelling_before_anything_ran": "it leaves the coroutine that it wraps alone",
    },
    "eager": {
        "test_cancelling_before_anything_ran": "the invoke itself begins at once",
    },
    "uvloop": {
        "test_real_loop_forty_sleep_and_compute": INEXACT,
        "test_real_loop_sleeping_and_computing_by_turns": INEXACT,
        "test_a_factory_of_the_user_that_starts_eagerly": UVLOOP_EAGER,
        "test_a_long_chain": UVLOOP_EAGER,
    },
    "debug": {},
}


@pytest.fixture(autouse=True)
def loops_as_asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ASYNC_DAG_TEST_LOOP=wrapping`, for one, gives each loop that task factory."""
    kind = os.environ.get("ASYNC_DAG_TEST_LOOP")
    if kind:
        reason = LEFT_OUT[kind].get(request.node.originalname)
        if reason is not None:
            pytest.skip(f"not on {kind}: {reason}")
        make_default(kind, monkeypatch)
