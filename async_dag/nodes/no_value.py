"""What can't be done with a node, since it is no value: each operation says what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from async_dag._common.attributes import NoAttributeError, refuse_private
from async_dag.errors import WrongTypeError

OPERATORS: Final = {
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

OTHERS: Final = {
    "__neg__": "-node",
    "__pos__": "+node",
    "__invert__": "~node",
    "__abs__": "abs(node)",
    "__round__": "round(node)",
    "__int__": "int(node)",
    "__float__": "float(node)",
    "__complex__": "complex(node)",
    "__index__": "an index",
    "__len__": "len(node)",
    "__lt__": "<",
    "__le__": "<=",
    "__gt__": ">",
    "__ge__": ">=",
    "__aiter__": "async for",
    "__contains__": "in",
    "__setitem__": "to set an item",
    "__delitem__": "to delete an item",
}


def refuse_operations(node_class: type[Any]) -> None:
    """Give a class of nodes methods that raise `WrongTypeError` for what needs a value.

    Only at run time: type checkers, which know no such methods, refuse the operations anyway.
    """
    for name, symbol in OPERATORS.items():
        for method in (f"__{name}__", f"__r{name}__"):
            setattr(node_class, method, _refusal(symbol))
    for method, symbol in OTHERS.items():
        setattr(node_class, method, _refusal(symbol))
    node_class.__getattr__ = _refuse_attribute
    node_class.__format__ = _formatted  # type: ignore[assignment]  # that of a class
    node_class.__await__ = _refuse_await
    node_class.__bool__ = _is_true  # which `__len__` would decide otherwise


def _refusal(symbol: str) -> Callable[..., NoReturn]:
    def refuse(node: Any, *_: object) -> NoReturn:
        raise WrongTypeError(
            f"{symbol} needs a value, and node {node.name!r} has none before the DAG runs; do it in a "
            "task that takes the node: tm.add_node(task, node)"
        )

    return refuse


def _refuse_attribute(node: Any, name: str) -> NoReturn:
    refuse_private(name)
    raise NoAttributeError(
        f"a node has no attribute {name!r}, and node {node.name!r} has no value before the DAG runs; "
        "take it from the result, result[node], or do it in a task that takes the node: "
        "tm.add_node(task, node)"
    )


def _formatted(node: Any, how: str) -> str:
    if not how:
        return str(node)
    raise WrongTypeError(
        f"format {how!r} needs a value, and node {node.name!r} has none before the DAG runs; do it in "
        "a task that takes the node: tm.add_node(task, node)"
    )


def _is_true(_: object) -> bool:
    return True


def _refuse_await(node: Any) -> NoReturn:
    raise WrongTypeError(
        f"node {node.name!r} can't be awaited, since a node does not run by itself; run the DAG, then "
        "take its value: result = await tm.invoke(...); result[node]"
    )
