"""What can't be done with a node, since it is no value: each operation says what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NoReturn

from async_dag._common.attributes import NoAttributeError, refuse_private
from async_dag._common.not_awaited import refuse_awaiting
from async_dag._common.not_called import refuse_calls
from async_dag._common.operations import refuse_operations
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.nodes.options import NodeOptions

_INSTEAD: Final = {
    "then": "a task that takes the node follows it: tm.add_node(task, node)",
    "map": "tm.map(task, node) runs a task for each of its items",
    "options": "options come before the node: tm.options(timeout=5).add_node(task)",
    "with_options": "options come before the node: tm.options(timeout=5).add_node(task)",
    "set_downstream": "one that must merely be done first: tm.options(after=[node]).add_node(task)",
    "set_upstream": "one that must merely be done first: tm.options(after=[node]).add_node(task)",
}
"""What to write instead of methods that nodes of other libraries have."""


def refuse_all_that_needs_a_value(node_class: type[Any]) -> None:
    """Give a class of nodes methods that raise an error of ours for what needs a value."""
    refuse_operations(node_class, _refuse_operation)
    node_class.__getattr__ = _refuse_attribute
    node_class.__format__ = _formatted  # type: ignore[assignment]  # that of a class
    refuse_awaiting(node_class, _not_awaited)
    refuse_calls(node_class, _refuse_call)
    for option in NodeOptions._fields:
        if option not in vars(node_class):
            setattr(node_class, option, _GivenBefore(option))
    node_class.__dir__ = _dir_without_options  # type: ignore[assignment]  # that of a class
    node_class.__reduce_ex__ = _refuse_pickling  # type: ignore[assignment]  # that of a class


class _GivenBefore:
    """An option, which is no attribute of a node: to set it says where it is given.

    (A `__setattr__` would make each node dearer, as it is asked for the attributes that there are too.)
    """

    def __init__(self, option: str) -> None:
        self._option = option

    def __get__(self, node: object, _: type[Any]) -> NoReturn:
        raise AttributeError(self._option)  # so that `__getattr__` is asked

    def __set__(self, node: Any, value: object) -> NoReturn:
        raise NoAttributeError(
            f"{self._option} can't be set in node {node.name!r}; an option is given as the node is "
            f"added: tm.options({self._option}={short_repr(value)}).add_node(...)"
        )


def _dir_without_options(node: Any) -> list[str]:
    names: Any = object.__dir__(node)
    return [name for name in names if name == "name" or name not in NodeOptions._fields]


def _refuse_operation(node: Any, operation: str) -> NoReturn:
    if operation in (">>", "<<"):
        raise WrongTypeError(
            f"{operation} does not order nodes; a task that takes the value of node {node.name!r} is "
            "tm.add_node(task, node), and one that must merely come after it "
            "tm.options(after=[node]).add_node(task)"
        )
    # From Python 3.12 on `Path(node)` puts words of its own in the place of a `TypeError`.
    kind = WrongArgumentError if operation == "a path" else WrongTypeError
    raise kind(
        f"{operation} needs a value, and node {node.name!r} has none before the DAG runs; do it in a "
        "task that takes the node: tm.add_node(task, node)"
    )


def _refuse_attribute(node: Any, name: str) -> Callable[[], NoReturn]:
    refuse_private(name)
    if name == "keys":  # Python takes what lacks it for no mapping, and says so in words of its own
        return partial(_refuse_operation, node, "keys(), which dict(x) and **x call,")
    if name in _INSTEAD:
        raise NoAttributeError(f"a node has no method {name!r}; {_INSTEAD[name]}")
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


def _not_awaited(node: Any) -> str:
    return (
        f"node {node.name!r} can't be awaited, since a node does not run by itself; run the DAG, then "
        "take its value: result = await tm.invoke(...); result[node]"
    )


def _refuse_call(node: Any) -> NoReturn:
    raise WrongTypeError(
        f"node {node.name!r} can't be called; to make another one, add its function again: "
        "tm.add_node(task, ...), and to run the DAG: result = await tm.invoke(...)"
    )


def _refuse_pickling(node: Any, _protocol: int) -> NoReturn:
    raise WrongTypeError(
        f"node {node.name!r} can't be pickled or copied, since it belongs to its manager; pass its "
        "name, node.name, and take the node of the other manager: tm[name]"
    )
