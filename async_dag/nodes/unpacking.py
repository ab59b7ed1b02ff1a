"""How many items a task's value has, as far as its annotation tells: for `a, b = node`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, get_args, get_origin, get_type_hints


def annotated_length(task: Callable[..., Any] | None) -> int | None:
    """The length of the tuple that a task returns; None where its annotation does not tell.

    >>> async def divide(a: int, b: int) -> tuple[int, int]:
    ...     return divmod(a, b)
    >>> annotated_length(divide)
    2
    """
    while isinstance(task, functools.partial):
        task = task.func
    if task is None:
        return None
    function: Any = inspect.unwrap(task)
    if not hasattr(function, "__annotations__") and not inspect.isclass(function):
        function = getattr(type(function), "__call__", None)  # noqa: B004 - read, not tested for
    try:
        returned = get_type_hints(function).get("return")
    except Exception:  # noqa: BLE001 - a name that only type checkers know, or a foreign annotation
        return None
    origin = get_origin(returned)
    if isinstance(origin, type) and issubclass(origin, Awaitable):  # of a plain function
        returned = get_args(returned)[-1]
        origin = get_origin(returned)
    if isinstance(returned, type) and issubclass(returned, tuple):
        fields = getattr(returned, "_fields", None)  # a named tuple
        if fields is not None:
            return len(fields)
    if origin is tuple:
        items = get_args(returned)
        return None if ... in items else len([item for item in items if item != ()])
    return None
