"""`durations=`: one validator for `invoke`, `simulate` and `expected`."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from async_dag import build_dag
from async_dag._common.durations import checked_durations
from async_dag.errors import WrongArgumentError, WrongTypeError


async def fetch() -> int:
    return 1


def test_a_result_a_timeline_a_trace_and_a_mapping_do_everywhere() -> None:
    """Whatever knows how long nodes took is taken by `invoke` and `simulate` alike."""
    with build_dag() as tm:
        tm.add_node(fetch)
    earlier = asyncio.run(tm.invoke())
    for given in (
        earlier,
        earlier.trace,
        earlier.timeline,
        {"fetch": 1},
        earlier.timeline.durations,
    ):
        assert list(checked_durations("f(durations=)", given)) == ["fetch"]
        assert asyncio.run(tm.invoke(max_concurrency=1, durations=given)).trace.states == ["done"]
        assert earlier.timeline.simulate(durations=given).computed
        assert earlier.timeline.expected(given).computed


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (3, WrongTypeError, "takes seconds by name"),
        ([1.0], WrongTypeError, "takes seconds by name"),
        ({1: 1.0}, WrongTypeError, "among the names was 1"),
        ({"a": "1"}, WrongTypeError, "for 'a', takes seconds, a finite number of at least 0"),
        ({"a": True}, WrongTypeError, "for 'a'"),
        ({"a": -1}, WrongArgumentError, "for 'a', takes seconds, .* given was -1"),
        ({"a": math.inf}, WrongArgumentError, "given was inf"),
        ({"a": 10**400}, WrongArgumentError, "given was 1000"),
    ],
)
def test_anything_else_is_refused(given: Any, error: type[Exception], message: str) -> None:
    """The error names the call, the node and what was given, in `invoke` as in `simulate`."""
    with build_dag() as tm:
        tm.add_node(fetch)
    earlier = asyncio.run(tm.invoke())
    for call in (
        lambda: checked_durations("f(durations=)", given),
        lambda: earlier.timeline.simulate(durations=given),
        lambda: earlier.timeline.expected(given),
    ):
        with pytest.raises(error, match=message):
            call()
    with pytest.raises(error, match=message):
        asyncio.run(tm.invoke(durations=given))


def test_nan_stands_for_a_duration_that_is_not_known() -> None:
    """A column of another table may have gaps."""
    assert math.isnan(checked_durations("f(durations=)", {"a": math.nan})["a"])
