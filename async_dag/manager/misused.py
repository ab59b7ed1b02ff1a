"""What is said where a manager is used as what it is not, or given what other libraries take."""

from __future__ import annotations

from typing import Any, Final

from async_dag._common.misuse import PICTURES, NoAttributeError, explains_wrong_calls, refuse
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions

OF_A_RUN: Final = "how many nodes run at once is said of a run: tm.invoke(max_concurrency=8)"
"""What is said where a manager is given `max_concurrency`."""

_ADD_NODE: Final = "tm.add_node(task, ...) adds a task"
_RUNS: Final = "result = await tm.invoke(...) runs it"
_SORTS: Final = "tm.sort() is what may be meant; 'with build_dag() as tm' calls it"
_IN_RESULT: Final = "values are in the result of a run: result = await tm.invoke(...); result[node]"
_DEPENDS: Final = (
    "a task depends on the nodes that are its arguments: tm.add_node(task, node); on one that must "
    "merely come first by tm.options(after=[node]).add_node(task)"
)

INSTEAD: Final = {
    **PICTURES,
    "parameter": "tm.parameter_node is what may be meant",
    **dict.fromkeys(("run", "execute", "start"), _RUNS),
    **dict.fromkeys(("add", "add_task", "submit", "task"), _ADD_NODE),
    **dict.fromkeys(("add_dependency", "add_edge"), _DEPENDS),
    **dict.fromkeys(("build", "compile"), _SORTS),
    **dict.fromkeys(("result", "value", "values", "timeline", "trace"), _IN_RESULT),
    "gather": "tm.collect([a, b]) makes one node of several",
    "compare": "await async_dag.compare(tm)",
    "profile": "async_dag.profile(runs), or tm.history.profile()",
}
"""What other libraries, or other objects, call so."""

EXPLAINS_INVOKE: Final = explains_wrong_calls(
    "tm.invoke(value); several values as a tuple or a dict, tm.invoke((a, b)), of which "
    "tm.parameter_node[0] and so on are nodes",
    timeout="for the whole run, write 'async with asyncio.timeout(5):' around it; for single nodes, "
    "tm.options(timeout=5).add_node(...)",
    return_exceptions="with on_error='continue' all runs that does not depend on a failed node",
    **{
        option: f"that is an option of nodes: tm.options({option}=...).add_node(...)"
        for option in NodeOptions._fields
        if option != "timeout"
    },
    **dict.fromkeys(
        ("input", "inputs", "params", "state"),
        "what a run is given is the value of parameter_node: tm.invoke({'url': url}), of which "
        "tm.parameter_node['url'] is a node",
    ),
    **dict.fromkeys(
        ("final_vars", "outputs"), "which nodes are wanted is targets=: tm.invoke(targets=['name'])"
    ),
)
"""For `invoke` and `stream`."""


def no_name(given: object) -> WrongTypeError:
    """The error about what is no name of a node, in `tm[...]`."""
    instead = (
        "its value is in a result: result = await tm.invoke(...); result[node]"
        if isinstance(given, TaskNode)
        else "by position: tm.nodes[0]"
    )
    return WrongTypeError(f"tm[...] takes the name of a node, not {short_repr(given)}; {instead}")


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
    """Give the class of managers methods that raise `WrongTypeError`."""
    block = "with build_dag() as tm: ... makes a manager, and sorts it at its end"
    nodes = "the nodes of a manager are tm.nodes; by name: tm['name']"
    refuse(manager_class, enter=block, exit=block, aenter=block, aexit=block)
    refuse(manager_class, iter=nodes, contains=nodes)
    refuse(
        manager_class,
        await_=_RUNS,
        reduce_ex="a manager can't be pickled or copied; build it where it is needed: a module, or "
        "a function that the other process calls, makes it anew",
    )

    def set_attribute(manager: Any, name: str, value: object) -> None:
        # A subclass may keep what it likes.
        if type(manager) is manager_class and not name.startswith("_"):
            raise NoAttributeError(
                f"tm.{name} = {short_repr(value)} would do nothing; tm.invoke(...) takes what is said "
                "of a run, tm.options(...) what is said of nodes"
            )
        object.__setattr__(manager, name, value)

    manager_class.__setattr__ = set_attribute  # type: ignore[assignment]  # that of a class
