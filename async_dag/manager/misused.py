"""What is said where a manager is used as what it is not: called, awaited, entered, iterated over."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from async_dag._common.attributes import NoAttributeError, refuse_private
from async_dag._common.names import nearest
from async_dag._common.not_awaited import refuse_awaiting
from async_dag._common.not_called import can_be_called, refuse_calls
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions

OF_A_RUN: Final = "how many nodes run at once is said of a run: tm.invoke(max_concurrency=8)"
"""What is said where a manager is given `max_concurrency`."""

_ADD_NODE: Final = "tm.add_node(task, ...)"
_DEPENDS: Final = (
    "a task depends on the nodes that are its arguments: tm.add_node(task, node); on one that must "
    "merely come first by tm.options(after=[node]).add_node(task)"
)

_ATTRIBUTES: Final = {
    "parameter": "tm.parameter_node is what may be meant",
    "add_parameter": "tm.parameter_node is what may be meant",
    "run": "tm.invoke is what may be meant",
    "execute": "tm.invoke is what may be meant",
    "ainvoke": "tm.invoke is what may be meant",
    "start": "tm.invoke is what may be meant",
    "submit": f"{_ADD_NODE} adds a task, await tm.invoke(...) runs all of them",
    "gather": "tm.collect([a, b]) makes one node of several; await tm.invoke(...) runs all of them",
    "compile": "tm.sort() is what may be meant; 'with build_dag() as tm' calls it",
    "build": "tm.sort() is what may be meant; 'with build_dag() as tm' calls it",
    "plot": "tm.draw.graphviz() is what may be meant",
    "visualize": "tm.draw.graphviz() is what may be meant",
    **dict.fromkeys(("add", "add_task", "task", "node", "step"), f"a task is added by {_ADD_NODE}"),
    **dict.fromkeys(
        ("add_edge", "add_dependency", "set_entry_point", "set_finish_point"), _DEPENDS
    ),
    "add_conditional_edges": "tm.choose(flag, then=..., other=...) runs one side or the other",
    **dict.fromkeys(
        ("result", "results", "extract_result", "value", "values"),
        "values are in the result of a run: result = await tm.invoke(...); result[node]",
    ),
    **dict.fromkeys(
        ("timeline", "trace"),
        "each run has its own: result = await tm.invoke(...); result.timeline",
    ),
}
"""What is called so in other libraries, in a hurry, or is looked for in the wrong object."""


def no_attribute(manager: object, name: str) -> NoReturn:
    """Raise the error about an attribute that a manager does not have."""
    refuse_private(name)
    meant = _ATTRIBUTES.get(name)
    public = (key for key in dir(type(manager)) if not key.startswith("_"))
    instead = nearest(name, public) if meant is None else f"; {meant}"
    raise NoAttributeError(f"a manager has no attribute {name!r}{instead}")


def _refuse_to_set(manager: object, name: str, value: object) -> NoReturn:
    """Raise the error about an attribute that would do nothing in a manager, or can't be changed."""
    given = short_repr(value)
    if name == "max_concurrency":
        meant = OF_A_RUN
    elif name in NodeOptions._fields:
        meant = f"that is an option of nodes: tm.options({name}={given}).add_node(task, ...)"
    elif hasattr(type(manager), name):
        meant = f"tm.{name} is there to be read or called"
    else:
        meant = (
            "it would do nothing; tm.invoke(...) takes what is said of a run, tm.options(...) what is "
            "said of nodes"
        )
    raise NoAttributeError(f"tm.{name} = {given} can't be set: {meant}")


def no_name(given: object) -> WrongTypeError:
    """The error about what is no name of a node, in `tm[...]`."""
    instead = (
        "its value is in a result: result = await tm.invoke(...); result[node]"
        if isinstance(given, TaskNode)
        else "by position: tm.nodes[0]"
    )
    return WrongTypeError(f"tm[...] takes the name of a node, not {short_repr(given)}; {instead}")


def refuse_no_clock(given: object) -> None:
    """Raise `WrongTypeError` for what can't be a clock."""
    if not can_be_called(given):
        raise WrongTypeError(
            "TaskManager(clock=) takes a function that returns seconds, such as time.monotonic; given "
            f"was {short_repr(given)}"
        )


def refuse_no_type(given: Any) -> None:
    """Raise `WrongTypeError` for what can't be the type of a parameter.

    Types are classes and what `typing` makes, in many ways; refused are plain values and functions.

    >>> refuse_no_type(list[int])
    >>> refuse_no_type(5)
    Traceback (most recent call last):
    async_dag.errors.WrongTypeError: build_dag takes the type of what invoke passes to parameter_node, \
as in build_dag(int), or nothing; given was 5
    """
    kind = type(given)
    if given is None or isinstance(given, type) or kind.__module__ not in ("builtins", __name__):
        return
    if hasattr(given, "close") and hasattr(given, "cr_frame"):
        given.close()  # a coroutine, of which Python would say that it was never awaited
    raise WrongTypeError(
        "build_dag takes the type of what invoke passes to parameter_node, as in build_dag(int), or "
        f"nothing; given was {short_repr(given)}"
    )


def refuse_misuse(manager_class: type[Any]) -> None:
    """Give the class of managers methods that raise `WrongTypeError`.

    Only at run time: type checkers, which know no such methods, refuse such uses anyway.
    """
    refuse_calls(manager_class, _refuse_call)
    refuse_awaiting(manager_class, _not_awaited)
    for method, written in _MISUSES.items():
        setattr(manager_class, method, _refusal(written))

    def set_attribute(manager: Any, name: str, value: object) -> None:
        # A subclass may keep what it likes.
        if type(manager) is manager_class and not name.startswith("_"):
            _refuse_to_set(manager, name, value)
        object.__setattr__(manager, name, value)

    manager_class.__setattr__ = set_attribute  # type: ignore[assignment]  # that of a class
    manager_class.__bool__ = _is_true  # which `__len__` would decide otherwise


_BLOCK: Final = (
    "a manager is no block; with build_dag() as tm: ... makes one, and sorts it at its end"
)
_NODES: Final = "tm.nodes has the nodes of a manager: len(tm.nodes), for node in tm.nodes"

_MISUSES: Final = {
    "__enter__": _BLOCK,
    "__exit__": _BLOCK,
    "__aenter__": _BLOCK,
    "__aexit__": _BLOCK,
    "__len__": _NODES,
    "__iter__": _NODES,
    "__contains__": f"{_NODES}; by name: tm['name']",
    "__setitem__": f"a node is added by {_ADD_NODE}; its name is an option: tm.options(name='a name')",
    "__delitem__": "a node can't be removed; invoke(targets=) leaves out what others don't need",
    "__reduce_ex__": "a manager can't be pickled or copied; build it where it is needed: a module, or "
    "a function that the other process calls, makes it anew",
}


def _not_awaited(_: object) -> str:
    return "a manager is awaited by a run of it: result = await tm.invoke(...)"


def _refuse_call(_: object) -> NoReturn:
    raise WrongTypeError(
        f"a manager is not called; result = await tm.invoke(...) runs it, {_ADD_NODE} adds a node"
    )


def _refusal(said: str) -> Any:
    def refuse(*_: object) -> NoReturn:
        raise WrongTypeError(said)

    return refuse


def _is_true(_: object) -> bool:
    return True
