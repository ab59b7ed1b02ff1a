"""Limits: async context managers of other libraries, such as semaphores and rate limiters."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongLoopError, WrongTypeError
from async_dag.graph.graph import UniqueNames

Limit = AbstractAsyncContextManager[Any, Any]
LimitOption = Limit | Callable[[], Limit]
"""What `options(limit=)` takes."""


def check_limit(limit: object) -> None:
    """Raise `WrongTypeError` unless `limit` is an async context manager."""
    kind = type(limit)
    if hasattr(kind, "__aenter__") and hasattr(kind, "__aexit__"):
        return
    if isinstance(limit, type) and hasattr(limit, "__aenter__"):
        what = (
            f"the class {limit.__name__}: make one of it, outside the call, for nodes to share, or "
            "give a function that makes one for each event loop"
        )
    elif hasattr(kind, "__enter__"):
        what = f"{short_repr(limit)}, whose 'with' is a plain one and would hold up the event loop"
    else:
        what = short_repr(limit)
    raise WrongTypeError(
        "options(limit=) takes an async context manager, such as asyncio.Semaphore(4), "
        "anyio.CapacityLimiter(4), aiolimiter.AsyncLimiter(10, 1) or async_dag.limit('api', 4), or a "
        f"function that makes one; given was {what}"
    )


def limit_names(limits: Sequence[Limit | None]) -> list[str | None]:
    """What the limit of each node is called: its own name or that of its class, with `_2` if taken."""
    unique = UniqueNames()
    names: dict[int, str] = {}
    for limit in limits:
        if limit is not None and id(limit) not in names:
            own = getattr(limit, "name", None)  # of `async_dag.limit`
            names[id(limit)] = unique.add(own if isinstance(own, str) else type(limit).__name__)
    return [None if limit is None else names[id(limit)] for limit in limits]


def limit_size(limit: object) -> str | None:
    """How many may be within a limit at once, or in which time, as text; None if it does not tell.

    >>> limit_size(asyncio.Semaphore(4)), limit_size(asyncio.Lock()), limit_size(object())
    ('4', '1', None)
    """
    own = getattr(limit, "size", None)  # of `async_dag.limit`
    if isinstance(own, str):
        return own
    if isinstance(limit, asyncio.Lock):
        return "1"
    if isinstance(limit, asyncio.Semaphore):
        # Its repr alone tells, with those that are free.
        free = re.search(r"\bvalue:(\d+)", repr(limit))
        return None if free is None else free[1]
    tokens = getattr(limit, "total_tokens", None)  # anyio
    if isinstance(tokens, (int, float)):
        return f"{tokens:g}"
    rate, seconds = getattr(limit, "max_rate", None), getattr(limit, "time_period", None)
    if isinstance(rate, (int, float)) and isinstance(seconds, (int, float)):  # aiolimiter
        return f"{rate:g} in {seconds:g} s"
    return None


def check_loops(limits: Iterable[tuple[str, Limit]]) -> None:
    """Raise `WrongLoopError` for a limit that is known to belong to another event loop than this one.

    Args:
        limits: nodes' names, and the limit of each.
    """
    here = asyncio.get_running_loop()
    for node, limit in limits:
        # asyncio's own keep the loop as _loop, from the first time that somebody had to wait;
        # aiolimiter's as _event_loop. Neither says it in public, and asyncio notices late.
        if isinstance(limit, (asyncio.Semaphore, asyncio.Lock, asyncio.Condition)):
            loop = getattr(limit, "_loop", None)
        else:
            loop = getattr(limit, "_event_loop", None)
        if isinstance(loop, asyncio.AbstractEventLoop) and loop is not here:
            raise wrong_loop(node, limit)


def is_about_loops(error: BaseException) -> bool:
    """Whether a limit raised this because it belongs to another event loop."""
    text = str(error)
    return isinstance(error, RuntimeError) and "different" in text and "loop" in text


def wrong_loop(node: str, limit: Limit) -> WrongLoopError:
    """The error for a limit that belongs to another event loop."""
    return WrongLoopError(
        f"the limit of node {node!r}, {short_repr(limit)}, belongs to another event loop, such as that "
        "of an earlier asyncio.run; give a function that makes it for each loop, as in "
        "options(limit=lambda: asyncio.Semaphore(4)), or a named limit, async_dag.limit('api', 4)"
    )
