"""`TaskNode`: one node of a DAG, as `add_node` hands it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from async_dag.graph.graph import Kind
from async_dag.nodes.options import NodeOptions

if TYPE_CHECKING:
    from async_dag.engine.result import ExecutionResult
    from async_dag.manager.manager import TaskManager

P = TypeVar("P")
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

    # A slot is an index into the values of an invoke: that of a node, or from the end (negative) that
    # of an immediate; so the engine fills in the arguments without asking what they are.
    __slots__ = ("_index", "_keyword_slots", "_manager", "_options", "_slots", "_task")

    def __init__(
        self,
        manager: TaskManager[P],
        index: int,
        task: Callable[..., Any] | None,
        slots: tuple[int, ...],
        keyword_slots: dict[str, int] | None,
        options: NodeOptions | None,
    ) -> None:
        self._manager = manager
        self._index = index
        self._task: Any = task  # a callable; None for a node that never runs
        self._slots = slots
        self._keyword_slots = keyword_slots
        self._options = options

    @property
    def name(self) -> str:
        """The node's name, unique in its manager: `name=` of its options, else its function's name."""
        return self._manager._name_of(self._index)

    @property
    def kind(self) -> Kind:
        """`task` for a node that runs; `parameter`, `immediate` and `collect` never run."""
        return self._manager._kind_of(self._index)

    @property
    def dependencies(self) -> tuple[TaskNode[P, Any], ...]:
        """The nodes whose values this one takes, each once, in the order they were passed."""
        nodes = self._manager._nodes
        return tuple(nodes[index] for index in needed_by(self))

    def extract_result(self, execution_result: ExecutionResult[P]) -> R_co:
        """The value that this node's task returned in the invoke that gave `execution_result`.

        The same as `execution_result[node]`. Raises `ForeignNodeError` (a `ValueError`) if the result
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
        return execution_result[self]

    def __repr__(self) -> str:
        return f"<TaskNode {self.name!r}>"


def needed_by(node: TaskNode[Any, Any]) -> Sequence[int]:
    """The indices of the nodes that `node` depends on, each once, in the order they were passed."""
    slots = node._slots
    if node._keyword_slots is not None:
        slots = (*slots, *node._keyword_slots.values())
    if len(slots) == 1:  # by far the most common
        return slots if slots[0] >= 0 else ()
    distinct = list(dict.fromkeys(slots))
    if not distinct or min(distinct) >= 0:
        return distinct
    return [slot for slot in distinct if slot >= 0]
