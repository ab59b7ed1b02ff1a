"""Checks of arguments: each returns the argument, or raises an error that says what is expected."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError, WrongTypeError

T = TypeVar("T", bound=str)


def whole_number(
    where: str, given: Any, *, at_least: int, meaning: str = "", or_none: bool = False
) -> int:
    """`given`, if it is an int of at least `at_least`.

    Args:
        where: the argument as the user writes it, such as `invoke(max_concurrency=)`.
        given: what was passed for it.
        at_least: the smallest number that is allowed.
        meaning: what the number counts, for the error: `how many nodes may run at once`.
        or_none: whether the error says that None is allowed. (The caller handles None.)

    Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`).

    >>> whole_number("tm.draw.text(rows=)", 12, at_least=1)
    12
    >>> whole_number("tm.draw.text(rows=)", 0, at_least=1)
    Traceback (most recent call last):
    async_dag.errors.WrongArgumentError: tm.draw.text(rows=) takes a whole number of at least 1; \
given was 0
    """
    wrong: type[WrongTypeError | WrongArgumentError]
    if isinstance(given, bool) or not isinstance(given, int):
        wrong = WrongTypeError
    elif given < at_least:
        wrong = WrongArgumentError
    else:
        return given
    what = f"a whole number of at least {at_least}"
    raise wrong(_message(where, what, given, meaning, or_none))


def finite_number(
    where: str,
    given: Any,
    *,
    at_least: float | None = None,
    above: float | None = None,
    what: str = "a number",
    or_none: bool = False,
) -> float:
    """`given` as a float, if it is a finite number of at least `at_least`, or above `above`.

    `what` names it in the error: `seconds`, `a factor`. Numbers of numpy and other types that
    convert to float are accepted; strings, bools and ints too large for a float are not.

    Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`).

    >>> finite_number("options(timeout=)", 2, above=0, what="seconds")
    2.0
    >>> finite_number("options(timeout=)", 10**400, above=0, what="seconds")
    Traceback (most recent call last):
    async_dag.errors.WrongArgumentError: options(timeout=) takes seconds, a finite number above 0; \
given was 1000...
    """
    bound = "" if at_least is None else f" of at least {at_least:g}"
    bound = bound if above is None else f" above {above:g}"
    kind = "a finite number" if what == "a number" else f"{what}, a finite number"
    wrong: type[WrongTypeError | WrongArgumentError] = WrongArgumentError
    number = as_float(given)
    if number is None:
        wrong = WrongTypeError
    elif (
        math.isfinite(number)
        and (at_least is None or number >= at_least)
        and (above is None or number > above)
    ):
        return number
    raise wrong(_message(where, kind + bound, given, "", or_none))


def as_float(given: Any) -> float | None:
    """`given` as a float, infinite if it is too large; None if it is not a number.

    >>> as_float(3), as_float(10**400), as_float(True), as_float("3")
    (3.0, inf, None, None)
    """
    if isinstance(given, (bool, str, bytes)) or not hasattr(given, "__float__"):
        return None
    try:
        return float(given)
    except OverflowError:
        return math.inf if given > 0 else -math.inf
    except Exception:  # noqa: BLE001 - a foreign `__float__`, such as that of an array of two numbers
        return None


def one_of(where: str, given: Any, choices: Collection[T]) -> T:
    """`given`, if it is one of `choices`; a mapping adds explanations to the error.

    Raises `WrongArgumentError` (a `ValueError`) that lists them.

    >>> one_of("invoke(on_error=)", "end", ["cancel", "continue"])
    Traceback (most recent call last):
    async_dag.errors.WrongArgumentError: invoke(on_error=) takes 'cancel' or 'continue'; given was 'end'
    """
    if isinstance(given, str) and given in choices:
        return given  # type: ignore[return-value]  # it is among them
    texts = [
        f"{choice!r} ({choices[choice]})" if isinstance(choices, Mapping) else repr(choice)
        for choice in choices
    ]
    *others, last = texts
    allowed = f"{', '.join(others)} or {last}" if others else last
    raise WrongArgumentError(f"{where} takes {allowed}; given was {short_repr(given)}")


def text_or_none(where: str, given: Any) -> str | None:
    """`given`, if it is a text or None.

    Raises `WrongTypeError` (a `TypeError`) for anything else.

    >>> text_or_none("title=", 3)
    Traceback (most recent call last):
    async_dag.errors.WrongTypeError: title= takes a text, or None; given was 3
    """
    if given is None or isinstance(given, str):
        return given
    raise WrongTypeError(f"{where} takes a text, or None; given was {short_repr(given)}")


def _message(where: str, what: str, given: Any, meaning: str, or_none: bool) -> str:
    counted = f", {meaning}" if meaning else ""
    none = ", or None" if or_none else ""
    return f"{where} takes {what}{counted}{none}; given was {short_repr(given)}"
