"""What several adapters need to hand our tasks to their library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from types import FunctionType

from benchmarks.contender import CannotExpressError
from benchmarks.graphs import PARAMETER, TaskGraph
from benchmarks.tasks import Task

# Sizes for libraries whose cost per node is many times ours, or grows with the graph.
SMALL = {"chain": 200, "independent": 500, "layers": 400, "readme": 6}
TINY = {"chain": 10, "independent": 20, "layers": 16, "readme": 6}


def variable(index: int) -> str:
    """A name for the value of a node, for libraries that connect functions by name."""
    return "parameter" if index == PARAMETER else f"value_{index}"


def renamed(task: Task, name: str, parameters: Sequence[str]) -> Task:
    """The same function under another name, with its parameters named so.

    A copy with other names, not a function around it, so the library pays for no extra call.
    """
    assert isinstance(task, FunctionType)
    code = task.__code__
    copy = FunctionType(
        code.replace(
            co_name=name,
            co_qualname=name,
            co_varnames=(*parameters, *code.co_varnames[len(parameters) :]),
        ),
        task.__globals__,
        name,
    )
    copy.__annotations__ = {**dict.fromkeys(parameters, int), "return": int}
    return copy


def without_await(graph: TaskGraph, why: str) -> None:
    """Raises `CannotExpressError` if a task gives the event loop a turn."""
    if graph.paused:
        raise CannotExpressError(why)


def as_plain_function(task: Task) -> Callable[..., int]:
    """An async function that never awaits as a plain one, for libraries that run only those."""

    @wraps(task)
    def function(*arguments: int, **named: int) -> int:
        coroutine = task(*arguments, **named)
        try:
            coroutine.send(None)  # type: ignore[attr-defined]
        except StopIteration as end:
            value: int = end.value
            return value
        raise TypeError(f"{task} awaits")

    return function
