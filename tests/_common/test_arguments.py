"""The one set of argument checks: what passes, and the errors for all else."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import async_dag
from async_dag import build_dag
from async_dag._common.arguments import as_float, finite_number, one_of, whole_number
from async_dag.errors import AsyncDagError, WrongArgumentError, WrongTypeError

HUGE = 10**400


async def nap() -> None:
    """A task that does nothing."""


@given(st.integers(min_value=1))
def test_whole_numbers_pass_as_they_are(number: int) -> None:
    """Any int of at least the bound is taken, however large."""
    assert whole_number("f(x=)", number, at_least=1) is number


@pytest.mark.parametrize("given_value", [True, 1.0, "1", None, math.nan])
def test_what_is_no_whole_number_is_a_type_error(given_value: Any) -> None:
    """A bool, a float and a text are no counts; the error shows what was given."""
    with pytest.raises(
        WrongTypeError, match=r"f\(x=\) takes a whole number of at least 1, or None"
    ):
        whole_number("f(x=)", given_value, at_least=1, or_none=True)


@given(st.floats(min_value=0, allow_infinity=False, allow_nan=False) | st.integers(0, 10**300))
def test_finite_numbers_come_back_as_floats(number: float) -> None:
    """Ints and floats of at least the bound are taken, as a float."""
    assert finite_number("f(x=)", number, at_least=0) == float(number)


@pytest.mark.parametrize("number", [HUGE, -HUGE, math.inf, math.nan, -1, -0.5])
def test_a_number_out_of_range_is_our_own_error(number: float) -> None:
    """Also one that no float can hold: never an OverflowError."""
    with pytest.raises(WrongArgumentError, match="takes seconds, a finite number of at least 0"):
        finite_number("f(x=)", number, at_least=0, what="seconds")


@pytest.mark.parametrize("value", ["2", b"2", None, True, [1], object()])
def test_what_is_no_number_is_a_type_error(value: Any) -> None:
    """Nothing is converted that was not meant as a number."""
    with pytest.raises(WrongTypeError, match="takes a finite number above 0"):
        finite_number("f(x=)", value, above=0)


def test_a_foreign_number_that_raises_is_no_number() -> None:
    """An array of two numbers has `__float__`, and raises in it."""

    class Array:
        def __float__(self) -> float:
            raise TypeError("only length-1 arrays can be converted")

    assert as_float(Array()) is None


def test_one_of_lists_the_choices() -> None:
    """The error names all that is allowed, also for what can't be compared or hashed."""
    assert one_of("f(x=)", "b", ["a", "b"]) == "b"
    with pytest.raises(
        WrongArgumentError, match=r"f\(x=\) takes 'a', 'b' or 'c'; given was \['a'\]"
    ):
        one_of("f(x=)", ["a"], ["a", "b", "c"])


def test_no_public_argument_gives_an_overflow_error() -> None:
    """`10**400` as timeout, factor, duration, bound or progress is refused by an error of ours."""
    with build_dag() as tm:
        tm.add_node(nap)
    result = asyncio.run(tm.invoke())
    timeline = result.timeline
    calls: list[Any] = [
        lambda: tm.options(timeout=HUGE),
        lambda: timeline.simulate(faster={"nap": HUGE}),
        lambda: timeline.expected({"nap": HUGE}),
        lambda: timeline.assert_makespan(at_most=HUGE),
        lambda: async_dag.report(HUGE),
        lambda: result.draw.text(until=HUGE),
    ]
    for call in calls:
        with pytest.raises(AsyncDagError):
            call()
    with pytest.raises(WrongArgumentError):
        asyncio.run(tm.invoke(durations={"nap": HUGE}))
