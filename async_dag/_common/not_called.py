"""Objects that are called by mistake: the call raises an error, and they don't pass for functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeGuard


def refuse_calls(kind: type[Any], refusal: Callable[[Any], NoReturn]) -> None:
    """Let a call of an object of a class raise what `refusal(object)` raises.

    >>> class Order: ...
    >>> def refuse(order):
    ...     raise TypeError("an order is sent: order.send()")
    >>> refuse_calls(Order, refuse)
    >>> Order()("now")
    Traceback (most recent call last):
    TypeError: an order is sent: order.send()
    >>> callable(Order()), can_be_called(Order())
    (True, False)
    """

    def call(this: Any, /, *_: object, **__: object) -> NoReturn:
        refusal(this)

    call.refuses = True  # type: ignore[attr-defined]
    kind.__call__ = call


def can_be_called(given: object) -> TypeGuard[Callable[..., Any]]:
    """Whether a call of it is no mistake: `callable`, but for objects that only refuse.

    >>> can_be_called(print), can_be_called(5)
    (True, False)
    """
    return callable(given) and not hasattr(type(given).__call__, "refuses")
