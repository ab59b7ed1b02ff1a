"""Calls with arguments that a function does not take: which it takes, and which may be meant.

Such a function has `*_more: Never, **_unknown: Never` at its end, so that type checkers refuse such a
call, and raises what `wrong_call` returns. (Python's own error names no argument that may be meant
before Python 3.13, and never what to write instead.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from async_dag._common.names import nearest
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError

F = TypeVar("F", bound=Callable[..., Any])

_CATCHING: Final = ("_more", "_unknown")
"""What the parameters are called that catch what is not taken."""


def catches_wrong_calls(function: F) -> F:
    """Leaves `*_more` and `**_unknown` out of the signature that editors, `help` and the site show.

    >>> @catches_wrong_calls
    ... def wait(seconds=1, *_more, **_unknown): ...
    >>> inspect.signature(wait)
    <Signature (seconds=1)>
    """
    full = inspect.signature(function)
    taken = [parameter for name, parameter in full.parameters.items() if name not in _CATCHING]
    function.__signature__ = full.replace(parameters=taken)  # type: ignore[attr-defined]
    return function


def wrong_call(
    function: Callable[..., Any],
    more: Sequence[object],
    unknown: Mapping[str, object],
    *,
    instead: str,
    cures: Mapping[str, str] | None = None,
) -> WrongTypeError:
    """The error about positional arguments or keywords that are not taken.

    Args:
        function: one that `catches_wrong_calls`.
        more: positional arguments beyond those that it takes.
        unknown: keywords that it does not take.
        instead: what to write instead of `more`.
        cures: what to write instead of keywords that are likely to be tried.

    >>> @catches_wrong_calls
    ... def wait(*_more, seconds=1, **_unknown): ...
    >>> wrong_call(wait, (), {"secnods": 2}, instead="wait(seconds=2)")
    WrongTypeError("wait takes no keyword 'secnods'; the nearest are 'seconds'; it takes seconds=")
    >>> wrong_call(wait, (2,), {}, instead="wait(seconds=2)")
    WrongTypeError('wait was given 2 without a keyword, which it does not take: wait(seconds=2)')
    """
    name = function.__name__
    if more:
        given = ", ".join(map(short_repr, more))
        return WrongTypeError(
            f"{name} was given {given} without a keyword, which it does not take: {instead}"
        )
    keyword = next(iter(unknown))
    cure = (cures or {}).get(keyword)
    if cure is not None:
        return WrongTypeError(f"{name} takes no keyword {keyword!r}: {cure}")
    taken = [
        key
        for key, parameter in inspect.signature(function).parameters.items()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and key != "self"
    ]
    return WrongTypeError(
        f"{name} takes no keyword {keyword!r}{nearest(keyword, taken)}; it takes "
        f"{', '.join(f'{key}=' for key in taken)}"
    )
