"""Calls with arguments that a function does not take: which it takes, and which may be meant.

Such a function has `*_more: Never, **_unknown: Never` at its end, so that type checkers refuse such a
call, and raises what `wrong_call` returns. One that is not called often is wrapped by
`explains_wrong_calls` instead, which also tells what is missing. (Python's own error names no argument
that may be meant before Python 3.13, and never what to write instead.)
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, Final, TypeVar

from async_dag._common.names import nearest
from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type[Any])

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


def explains_wrong_calls(written: str, **cures: str) -> Callable[[F], F]:
    """Lets a function raise `WrongTypeError` where it can't be called with what it is given.

    Args:
        written: a right call, as users write it.
        cures: what to write instead of keywords that are likely to be tried.

    >>> @explains_wrong_calls("wait(2)", minutes="60 seconds are a minute: wait(60 * minutes)")
    ... def wait(seconds): ...
    >>> for call in (lambda: wait(), lambda: wait(1, 2), lambda: wait(minutes=2)):
    ...     try:
    ...         call()
    ...     except WrongTypeError as error:
    ...         print(error)
    wait lacks 'seconds': wait(2)
    wait takes at most 1 argument, and was given 2: wait(2)
    wait takes no keyword 'minutes': 60 seconds are a minute: wait(60 * minutes)
    """
    return lambda function: _explaining(function, lambda: written, cures)


def _explaining(function: F, written: Callable[[], str], cures: Mapping[str, str]) -> F:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            traceback = error.__traceback__
            if traceback is None or traceback.tb_next is not None:
                raise  # raised within the function
            raise _why_not(function, args, kwargs, written(), cures) from None

    return call  # type: ignore[return-value]


def explains_all_wrong_calls(owner: str) -> Callable[[C], C]:
    """Lets all public methods of a class explain calls that don't fit, unless they do so by themselves.

    Args:
        owner: what users write before the dot of a method.

    >>> @explains_all_wrong_calls("order")
    ... class Order:
    ...     def send(self, to, *, by=None): ...
    >>> for call in (lambda: Order().send(), lambda: Order().send("me", bye="ship")):
    ...     try:
    ...         call()
    ...     except WrongTypeError as error:
    ...         print(error)
    order.send lacks 'to': order.send(to, by=...)
    order.send takes no keyword 'bye': order.send(to, by=...); the nearest are 'by'
    """

    def explaining(kind: C) -> C:
        for name, method in list(vars(kind).items()):
            if isinstance(method, FunctionType) and not name.startswith("_"):
                explains_by_itself = hasattr(method, "__wrapped__") or set(_CATCHING).intersection(
                    method.__code__.co_varnames
                )
                if not explains_by_itself:
                    # Its signature is read by the first wrong call, and not by each import.
                    written = functools.partial(_as_written, owner, method)
                    setattr(kind, name, _explaining(method, written, {}))
        return kind

    return explaining


def _as_written(owner: str, method: FunctionType) -> str:
    """A call of a method as users may write it."""
    parameters = list(inspect.signature(method).parameters.values())[1:]  # without `self`
    stars = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in stars]
    others = [f"{p.name}=..." for p in parameters if p.default is not p.empty]
    return f"{owner}.{method.__name__}({', '.join(needed + others)})"


def _why_not(
    function: Callable[..., Any],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    written: str,
    cures: Mapping[str, str],
) -> WrongTypeError:
    """The error about a call whose arguments do not fit."""
    name = written.partition("(")[0]
    parameters = dict(inspect.signature(function).parameters)
    if parameters.pop("self", None) is not None:
        args = args[1:]
    by_place = [
        key
        for key, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    by_keyword = [
        key
        for key, parameter in parameters.items()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    unknown = [] if takes_all else [key for key in kwargs if key not in by_keyword]
    if unknown and unknown[0] in by_place:
        return WrongTypeError(f"{name} takes {unknown[0]!r} without its keyword: {written}")
    if unknown:
        keyword = unknown[0]
        cure = cures.get(keyword, f"{written}{nearest(keyword, by_keyword)}")
        return WrongTypeError(f"{name} takes no keyword {keyword!r}: {cure}")
    more = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters.values())
    if len(args) > len(by_place) and not more:
        most = f"at most {plural(len(by_place), 'argument')}" if by_place else "no argument"
        return WrongTypeError(f"{name} takes {most}, and was given {len(args)}: {written}")
    lacking = [
        repr(key)
        for place, (key, parameter) in enumerate(parameters.items())
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and place >= len(args)
        and key not in kwargs
    ]
    if lacking:
        return WrongTypeError(f"{name} lacks {' and '.join(lacking)}: {written}")
    return WrongTypeError(f"{name} was given an argument twice: {written}")
