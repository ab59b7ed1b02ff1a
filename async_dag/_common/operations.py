"""Refuses operations on an object that is no value: each raises an error that says what to do instead.

Only at run time: type checkers, which know no such methods, refuse the operations anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

_TWO_SIDED: Final = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "matmul": "@",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
}
"""The operators that have a mirrored method too, by the name of the method."""

_OTHERS: Final = {
    "__neg__": "-x",
    "__pos__": "+x",
    "__invert__": "~x",
    "__abs__": "abs(x)",
    "__round__": "round(x)",
    "__int__": "int(x)",
    "__float__": "float(x)",
    "__complex__": "complex(x)",
    "__index__": "an index",
    "__fspath__": "a path",
    "__len__": "len(x)",
    "__lt__": "<",
    "__le__": "<=",
    "__gt__": ">",
    "__ge__": ">=",
    "__aiter__": "async for",
    "__contains__": "in",
    "__setitem__": "to set an item",
    "__delitem__": "to delete an item",
}


def refuse_operations(kind: type[Any], refusal: Callable[[Any, str], NoReturn]) -> None:
    """Give a class the methods of all operators, of `len`, `int` and so on, where it has none itself.

    Args:
        kind: the class. Its objects stay true.
        refusal: called with the object and the operation, such as `"+"`; raises the error.

    >>> class Order: ...
    >>> def refuse(order, operation):
    ...     raise TypeError(f"an order has no {operation}")
    >>> refuse_operations(Order, refuse)
    >>> Order() + 1
    Traceback (most recent call last):
    TypeError: an order has no +
    """
    refused = {f"__{name}__": symbol for name, symbol in _TWO_SIDED.items()}
    refused |= {f"__r{name}__": symbol for name, symbol in _TWO_SIDED.items()}
    for method, symbol in (refused | _OTHERS).items():
        if method not in vars(kind):
            setattr(kind, method, _refusing(refusal, symbol))
    kind.__bool__ = _is_true  # which `__len__` would decide otherwise


def _refusing(refusal: Callable[[Any, str], NoReturn], symbol: str) -> Callable[..., NoReturn]:
    def refuse(this: Any, *_: object) -> NoReturn:
        refusal(this, symbol)

    return refuse


def _is_true(_: object) -> bool:
    return True
