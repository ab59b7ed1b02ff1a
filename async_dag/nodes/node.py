"""`TaskNode`: one node of a DAG, as `add_node` hands it out."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Generic,
    Literal,
    NoReturn,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from async_dag._common.misuse import missing_attribute, refuse
from async_dag._common.shortening import short_repr
from async_dag.errors import AsyncDagError, WrongTypeError
from async_dag.graph.graph import Kind

if TYPE_CHECKING:
    from async_dag.engine.result import ExecutionResult
    from async_dag.nodes.builder import GraphBuilder

P = TypeVar("P")
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
R_co = TypeVar("R_co", covariant=True)


class TaskNode(Generic[P, R_co]):
    """A node of the DAG: a task, or a value that other tasks take.

    Nodes are made by `TaskManager.add_node`, `add_immediate_node`, `collect` and `parameter_node`,
    never directly. Pass a node to `add_node` to make another node depend on it.

    >>> from async_dag import build_dag
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> with build_dag(int) as tm:
    ...     twice = tm.add_node(double, tm.parameter_node)
    ...     four_times = tm.add_node(double, twice)
    >>> four_times.name, four_times.kind, four_times.dependencies
    ('double_2', 'task', (<TaskNode 'double'>,))
    """

    # What a node calls, and with which arguments, is in the columns of its builder.
    __slots__ = ("_builder", "_index")

    def __init__(self, builder: GraphBuilder[P], index: int) -> None:
        self._builder = builder
        self._index = index

    @property
    def index(self) -> int:
        """The position of the node in `tm.nodes` and in the columns of a trace."""
        return self._index

    @property
    def name(self) -> str:
        """The node's name, unique in its manager: `name=` of its options, else its function's name."""
        return self._builder.names[self._index]

    if not TYPE_CHECKING:  # type checkers find this mistake by themselves

        @name.setter
        def name(self, name: object) -> None:
            raise WrongTypeError(
                f"node {self.name!r} can't be renamed; a name is given as the node is added: "
                f"tm.options(name={short_repr(name)}).add_node(...)"
            )

    @property
    def kind(self) -> Kind:
        """`task` for a node that runs; `parameter`, `immediate` and `collect` never run."""
        return self._builder.kind_of(self._index)

    @property
    def dependencies(self) -> tuple[TaskNode[P, Any], ...]:
        """The nodes this one waits for, each once: those passed to it, then those of `after=`."""
        builder = self._builder
        return tuple(builder.nodes[index] for index in builder.dependencies_of(self._index))

    def extract_result(self, execution_result: ExecutionResult[P]) -> R_co:
        """The value that this node's task returned in the invoke that gave `execution_result`.

        The same as `execution_result[node]`. Raises `WrongTypeError` (a `TypeError`) for what is no
        result, `ForeignNodeError` (a `ValueError`) if the result
        is that of another manager, and `ResultUnavailableError` (a `ValueError`) if the node has no
        value because it failed, was cancelled or never ran; it never returns None in its place.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def double(n: int) -> int:
        ...     return 2 * n
        >>> with build_dag(int) as tm:
        ...     twice = tm.add_node(double, tm.parameter_node)
        >>> twice.extract_result(asyncio.run(tm.invoke(21)))
        42
        """
        try:
            return execution_result[self]
        except AsyncDagError:
            raise
        except Exception as error:  # whatever an object of another kind raises
            raise WrongTypeError(
                "extract_result takes the result of a run, result = await tm.invoke(...); given was "
                f"{short_repr(execution_result)}"
            ) from error

    @overload
    def __getitem__(
        self: TaskNode[P, tuple[T, *tuple[Any, ...]]], key: Literal[0]
    ) -> TaskNode[P, T]: ...
    @overload
    def __getitem__(
        self: TaskNode[P, tuple[Any, T, *tuple[Any, ...]]], key: Literal[1]
    ) -> TaskNode[P, T]: ...
    @overload
    def __getitem__(
        self: TaskNode[P, tuple[Any, Any, T, *tuple[Any, ...]]], key: Literal[2]
    ) -> TaskNode[P, T]: ...
    @overload
    def __getitem__(self: TaskNode[P, Mapping[K, V]], key: K) -> TaskNode[P, V]: ...
    @overload
    def __getitem__(self: TaskNode[P, Sequence[T]], key: int) -> TaskNode[P, T]: ...
    def __getitem__(self, key: Any) -> TaskNode[P, Any]:
        """A node whose value is that item of this one's value; it is no task.

        The same key gives the same node. `a, b = node` makes one for each item, where the task of the
        node is annotated to return a tuple of so many.

        Raises `LifecycleError` (a `ValueError`) for a new one after `sort`, `WrongTypeError` (a
        `TypeError`) for unpacking where the annotation does not tell how many items there are. Where
        the value has no such item, the new node fails when it runs.
        """
        return self._builder.project(self._index, key)

    def __iter__(self: TaskNode[P, tuple[T, ...]]) -> Iterator[TaskNode[P, T]]:
        length = annotated_length(self._builder.tasks[self._index])
        if length is None:
            raise WrongTypeError(
                f"how many items the value of node {self.name!r} has is not known before it runs: "
                "annotate its task, as in '-> tuple[int, str]', or name the items: "
                "a, b = node[0], node[1]"
            )
        return iter([self._builder.project(self._index, place) for place in range(length)])

    def __repr__(self) -> str:
        return f"<TaskNode {self.name!r}>"

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> NoReturn:
            missing_attribute(self, name, called="a node", instead=_INSTEAD.get(name, _NO_VALUE))

        def __format__(self, how: str) -> str:
            if how:
                raise WrongTypeError(f"format {how!r} needs a value, and {_NO_VALUE}")
            return str(self)


_NO_VALUE: Final = (
    "a node has no value before the DAG runs: result = await tm.invoke(...), then result[node]; what "
    "needs the value is done in a task that takes the node: tm.add_node(task, node)"
)
_AFTER: Final = (
    "a task that takes the value of a node depends on it: tm.add_node(task, node); one that must "
    "merely come later: tm.options(after=[node]).add_node(task)"
)
_OPTIONS: Final = "options come before the node: tm.options(timeout=5).add_node(task)"
_INSTEAD: Final = {
    **dict.fromkeys(("then", "set_downstream", "set_upstream"), _AFTER),
    **dict.fromkeys(("options", "with_options", "timeout", "retry", "limit"), _OPTIONS),
    "map": "tm.map(task, node) runs a task for each of its items",
}
"""What to write instead of attributes that nodes of other libraries have."""

refuse(
    TaskNode,
    await_=_NO_VALUE,
    rshift=_AFTER,
    reduce_ex="a node can't be pickled or copied, since it belongs to its manager; pass its name, "
    "node.name, and take the node of the other manager: tm[name]",
)


# How many items a task's value has, as far as its annotation tells: for `a, b = node`.


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
