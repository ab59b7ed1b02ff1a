"""What can be known of a task, the function behind a node, before it is called."""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from opcode import opmap
from typing import Any, Final, get_type_hints

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTaskError
from async_dag.graph.graph import Origin
from async_dag.nodes.options import NodeOptions

# A function annotated to return one of these can't return an awaitable: it was meant to be `async def`
# or to be wrapped in `in_thread`.
_NEVER_AWAITABLE = (
    type(None),
    int,
    float,
    complex,
    str,
    bytes,
    bytearray,
    list,
    tuple,
    dict,
    set,
    frozenset,
)

_YIELD: Final = opmap["YIELD_VALUE"]  # all that waits ends in this instruction

_NO_FUNCTION: Final = {
    "str": ", which is not callable; a name is an option: tm.options(name='a name').add_node(task)",
    "TaskManager": ", which is not called: tm.add_dag(other, parameter) adds the nodes of another DAG",
    "TaskNode": ", which is not called; nodes are arguments: tm.add_node(task, node)",
    "MapNode": ", which is not called; nodes are arguments: tm.add_node(task, node)",
}
"""What is said of objects that are given as a function, by the name of their class."""

_MOVE_OFF_LOOP = "write 'async def', or for blocking work pass in_thread(function)"


_MADE_UP: Final = ("<ipython-input-", "ipykernel_")
"""In the names that IPython gives to the code of a cell; no other name is looked up."""


def task_name(task: Callable[..., Any]) -> str:
    """What a task is called: its function's `__name__`, for a callable object its class's."""
    while isinstance(task, functools.partial):
        task = task.func
    name = getattr(task, "__name__", None)
    return name if isinstance(name, str) else type(task).__name__


def task_origin(task: Callable[..., Any]) -> Origin:
    """Where a task was written, as far as that can be known."""
    task = inspect.unwrap(task) if not isinstance(task, functools.partial) else task
    while isinstance(task, functools.partial):
        task = task.func
    name = getattr(task, "__qualname__", None)
    if not isinstance(name, str):  # a callable object: its class, and where its __call__ stands
        name = type(task).__qualname__
        task = getattr(type(task), "__call__", task)  # noqa: B004 - it is read, not tested for
    code = getattr(task, "__code__", None)
    if not isinstance(code, types.CodeType):
        return Origin(name, None, None)
    return Origin(name, file_or_cell(code.co_filename), code.co_firstlineno)


def call_error(
    task: Any, args: Sequence[object], kwargs: Mapping[str, object], taker: str = "add_node"
) -> WrongTaskError | None:
    """Why `task(*args, **kwargs)` can't be the call of an async task; None if it can.

    `taker` is what the user called.
    """
    return task_error(task, taker) or arguments_error(task, args, kwargs, taker)


def task_error(task: Any, taker: str = "add_node") -> WrongTaskError | None:
    """Why `task` can't be an async function; None if it can."""
    if inspect.iscoroutine(task):
        task.close()  # else Python warns that it was never awaited
        name = task.__name__
        return WrongTaskError(
            f"{taker} was given {name}(...), a coroutine that has been called already; give the "
            f"function and its arguments apart: {taker}({name}, ...)"
        )
    if not callable(task):
        kind = type(task).__name__
        return WrongTaskError(
            f"{taker} takes an async function first, then its arguments; given was {short_repr(task)} "
            f"of type {kind}{_NO_FUNCTION.get(kind, ', which is not callable')}"
        )
    function = task
    while isinstance(function, functools.partial):
        function = function.func
    if inspect.isasyncgenfunction(function) or (
        inspect.isgeneratorfunction(function)
        and not _code_flags(function) & inspect.CO_ITERABLE_COROUTINE
    ):
        if inspect.isasyncgenfunction(function):
            name = task_name(task)
            return WrongTaskError(
                f"{name} is an async generator function, whose calls can't be awaited; for a list of "
                f"what it yields, which maps take element by element, pass streaming({name})"
            )
        return WrongTaskError(
            f"{task_name(task)} is a generator function, whose calls can't be awaited; a task is an "
            "async function that returns its value once"
        )
    if isinstance(function, type):
        if not hasattr(function, "__await__"):
            return WrongTaskError(
                f"{task_name(task)} is a class, and its instances can't be awaited; {_MOVE_OFF_LOOP}"
            )
    elif not inspect.iscoroutinefunction(function):
        returned = _annotated_result(function)
        if returned is not None and issubclass(returned, _NEVER_AWAITABLE):
            return WrongTaskError(
                f"{task_name(task)} is a plain function that returns {returned.__name__}, which can't "
                f"be awaited; {_MOVE_OFF_LOOP}"
            )
    return None


def arguments_error(
    task: Callable[..., Any],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    taker: str = "add_node",
) -> WrongTaskError | None:
    """Why `task` can't be called with these arguments; None if it can."""
    try:
        signature = inspect.signature(task)
    except (TypeError, ValueError) as error:  # some built-in callables tell no signature
        if isinstance(task, functools.partial) and "incorrect arguments" in str(error):
            return arguments_error(
                task.func, (*task.args, *args), {**task.keywords, **kwargs}, taker
            )
        return None
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        name = task_name(task)
        given = [short_repr(argument) for argument in args]
        given += [f"{key}={short_repr(value)}" for key, value in kwargs.items()]
        return WrongTaskError(
            f"{name} can't be called with the arguments given to {taker}: {error}; "
            f"its signature is {_signature_text(name, signature)}, given were ({', '.join(given)})"
            f"{_meant_as_options(signature, kwargs, taker)}"
        )
    return None


def _meant_as_options(
    signature: inspect.Signature, kwargs: Mapping[str, object], taker: str
) -> str:
    """What to write where a keyword that the task does not take is the name of an option."""
    for key in kwargs:
        if key in NodeOptions._fields and key not in signature.parameters:
            return f"; {key} as an option of the node: options({key}=...).{taker}(...)"
    return ""


def positional_range(task: types.FunctionType) -> tuple[int, float] | None:
    """How many positional arguments a plain function takes, at least and at most.

    None where only `inspect.signature` can tell, or where a keyword is required. This is the quick
    check of `add_node`: `inspect.signature` takes ten times as long as adding a node.
    """
    if task.__dict__:
        return None  # attributes such as __wrapped__ and __signature__ change what is true
    code = task.__code__
    if code.co_kwonlyargcount > len(task.__kwdefaults__ or ()):
        return None
    least = code.co_argcount - len(task.__defaults__ or ())
    most = float("inf") if code.co_flags & inspect.CO_VARARGS else code.co_argcount
    return least, most


def can_wait(task: Any) -> bool:
    """Whether there is an `await` in the code of an async function, or anything else that waits.

    >>> async def add(a: int, b: int) -> int:
    ...     return a + b
    >>> async def later(a: int) -> int:
    ...     return await add(a, 1)
    >>> can_wait(add), can_wait(later)
    (False, True)
    """
    return _YIELD in task.__code__.co_code[::2]  # at odd places are arguments


def _code_flags(function: Any) -> int:
    code = getattr(function, "__code__", None)
    return code.co_flags if isinstance(code, types.CodeType) else 0


def _annotated_result(function: Any) -> type | None:
    """The class that a plain function is annotated to return, if it is a class."""
    annotations = getattr(function, "__annotations__", None)
    if not isinstance(annotations, dict) or "return" not in annotations:
        return None
    if hasattr(function, "__wrapped__"):  # a decorator: they are those of the function it wraps
        return None
    returned = annotations["return"]
    if isinstance(returned, str):
        try:
            returned = get_type_hints(function)["return"]
        except Exception:  # noqa: BLE001 - a name that is only there for type checkers; we can't tell
            return None
    if returned is None:
        return type(None)
    returned = getattr(returned, "__origin__", returned)  # list[int] -> list
    return returned if isinstance(returned, type) else None


def _signature_text(name: str, signature: inspect.Signature) -> str:
    try:
        return f"{name}{signature}"
    except Exception:  # noqa: BLE001 - the repr of a default value may fail, too
        return f"{name}({', '.join(signature.parameters)})"


def positional_names(task: object) -> list[str]:
    """The names of the parameters that take positional arguments one by one; none if unknown.

    >>> async def scale(number: float, by: float = 2.0, *more: float) -> float: ...
    >>> positional_names(scale)
    ['number', 'by']
    """
    try:
        parameters = inspect.signature(task).parameters.values()  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter.name for parameter in parameters if parameter.kind in kinds]


# Which cell of a notebook a function was written in, by the file name that IPython makes up for it.


def file_or_cell(filename: str) -> str:
    """`In [3]` for the code of a cell, as tracebacks call it; else the name as it is.

    >>> file_or_cell("pipeline.py")
    'pipeline.py'
    """
    if not any(part in filename for part in _MADE_UP):
        return filename
    return _cell(filename) or filename


@lru_cache(maxsize=256)
def _cell(filename: str) -> str | None:
    # Where there is a cell, IPython is loaded: nothing is imported here.
    ipython = sys.modules.get("IPython")
    try:
        shell = ipython.get_ipython() if ipython is not None else None
        named = None if shell is None else shell.compile.format_code_name(filename)
    except Exception:  # noqa: BLE001 - another version of IPython: the file's name has to do
        return None
    # IPython 8 and later answer with a pair such as `Cell` and `In[3]`.
    cell = named[1] if isinstance(named, tuple) and len(named) == 2 else None
    return cell.replace("In[", "In [") if isinstance(cell, str) and cell.startswith("In[") else None
