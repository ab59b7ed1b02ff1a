"""`streaming`: an async generator as a task, whose elements maps take while it still yields."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTaskError

A = ParamSpec("A")
T = TypeVar("T")

_generators: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()


@explains_wrong_calls("streaming(pages)")
def streaming(function: Callable[A, AsyncIterator[T]]) -> Callable[A, Awaitable[list[T]]]:
    """A task whose value is the list of what an async generator yields.

    A map over it starts with each element as soon as it is yielded. Where the map has a window
    (`tm.options(at_once=8)`), the generator is asked for the next element only while fewer than so many
    are in progress.

    Where it runs for each element (`tm.map(sub, sites)` with such a node in `sub`, or
    `tm.map(streaming(list_pages), sites)`, whose lists `tm.flatten` goes through), each has a generator
    of its own, and a window holds all of them back together. (On a cluster such a list is passed on
    when it is complete.)

    Args:
        function: an async generator function, such as one that reads the pages of a listing.

    Returns:
        An async function with the same parameters, for `add_node`.

    Raises `WrongTaskError` (a `TypeError`) if `function` is no async generator function.

    >>> import asyncio
    >>> from collections.abc import AsyncIterator
    >>> from async_dag import build_dag, streaming
    >>> async def pages() -> AsyncIterator[int]:
    ...     for page in range(3):
    ...         await asyncio.sleep(0.01)
    ...         yield page
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> with build_dag() as tm:
    ...     doubled = tm.map(double, tm.add_node(streaming(pages)))
    >>> result = asyncio.run(tm.invoke())
    >>> result[doubled], result.trace.finished[2] <= result.trace.started[4]
    ([0, 2, 4], True)
    """
    plain = function
    while isinstance(plain, functools.partial):
        plain = plain.func
    if not inspect.isasyncgenfunction(plain):
        raise WrongTaskError(
            "streaming takes an async generator function, one with 'async def' and 'yield'; given was "
            f"{short_repr(function)}"
        )

    @functools.wraps(function)
    async def collect(*args: A.args, **kwargs: A.kwargs) -> list[T]:
        generator: Any = function(*args, **kwargs)
        async with aclosing(generator):
            return [element async for element in generator]

    collect.__name__ = getattr(plain, "__name__", "stream")
    _generators[collect] = function
    return collect


def generator_of(task: Any) -> Callable[..., Any] | None:
    """The generator function that `streaming` was given to make a task; None if it did not.

    >>> generator_of(print) is None
    True
    """
    try:
        return _generators.get(task)
    except TypeError:  # an object that can't be hashed, or referred to weakly
        return None
