"""Objects that are awaited by mistake: also `asyncio.run` and `create_task` of one raise its error."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, NoReturn

from async_dag._common.attributes import NoAttributeError

STEP: Final = "send"
"""The method by which an event loop begins what it takes for a coroutine."""


def refuse_awaiting(kind: type[Any], said: Callable[[Any], str]) -> None:
    """Let whatever awaits an object of a class, or runs it as a coroutine, raise what `said` says.

    `asyncio.run(node)` would else end in asyncio's own words, which name no cure. So the objects pass
    for coroutines, and the error is raised where the loop takes the first step. (That step is no
    method of theirs, as editors would offer it: `__getattr__` raises the error.)

    >>> import asyncio
    >>> class Order: ...
    >>> refuse_awaiting(Order, lambda order: "an order is sent: order.send()")
    >>> asyncio.run(Order())
    Traceback (most recent call last):
    async_dag._common.attributes.NoAttributeError: an order is sent: order.send()
    """
    others = kind.__dict__.get("__getattr__")

    def missing(this: Any, name: str) -> Any:
        if name == STEP:
            raise NoAttributeError(said(this))
        if others is None:
            raise AttributeError(f"{type(this).__name__!r} object has no attribute {name!r}")
        return others(this, name)

    def wait(this: Any) -> NoReturn:
        raise NoAttributeError(said(this))

    kind.__await__ = wait
    kind.__getattr__ = missing
    abc: Any = Coroutine  # whose `register` type checkers don't know
    abc.register(kind)
