"""`ExecutionResult`: the values and the trace of one invoke."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from async_dag import accessors
from async_dag.errors import ForeignNodeError, ResultUnavailableError, WrongTypeError
from async_dag.node import TaskNode
from async_dag.tasks import short_repr
from async_dag.trace import NOT_NEEDED, OUTSIDE, Trace

if TYPE_CHECKING:
    from async_dag.manager import TaskManager
    from async_dag.timeline import Timeline
    from async_dag.views.draw import RunDraw

P = TypeVar("P")
T = TypeVar("T")


class _Missing:
    """The type of `MISSING`, which stands for a value that is not there; None is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class ExecutionResult(Generic[P]):
    """What one invoke gave: `result[node]` is the value of a node, `result.trace` what happened when.

    Results are made by `TaskManager.invoke`, never directly.
    """

    __slots__ = ("__weakref__", "_manager", "_parameter", "_values", "errors", "trace")

    trace: Trace
    """When each node was ready, started and finished, and how it ended."""

    def __init__(
        self,
        manager: TaskManager[P],
        parameter: P | _Missing,
        trace: Trace,
        values: list[Any],
        errors: dict[int, BaseException],
    ) -> None:
        self._manager = manager
        self._parameter = parameter
        self._values = values
        self.trace = trace
        self.errors = errors

    @property
    def manager(self) -> TaskManager[P]:
        """The manager whose `invoke` gave this result."""
        return self._manager

    @property
    def draw(self) -> RunDraw:
        """Pictures of the run: `print(result.draw.text())`."""
        return accessors.draw_run(self)

    @property
    def timeline(self) -> Timeline:
        """Where the time went: makespan, critical path, slack, findings, what-if."""
        return self.trace.timeline

    @property
    def failures(self) -> Mapping[TaskNode[P, Any], BaseException]:
        """The nodes that failed and the exception of each, in the order in which they failed."""
        nodes = self._manager._nodes
        return {nodes[index]: error for index, error in self.errors.items()}

    def __getitem__(self, node: TaskNode[P, T]) -> T:
        """The value of `node`.

        Raises `ForeignNodeError` (a `ValueError`) for a node of another manager,
        `ResultUnavailableError` (a `ValueError`) for a node that has no value, saying why.
        """
        if not isinstance(node, TaskNode):
            raise WrongTypeError(
                f"result[...] takes a node, such as add_node returns, not {short_repr(node)}"
            )
        if node._manager is not self._manager:
            raise ForeignNodeError(
                f"node {node.name!r} belongs to another TaskManager than this result; "
                "extract it from a result of the manager that it was added to"
            )
        value = self._values[node._index]
        if value is MISSING:
            raise self._unavailable(node) from self.errors.get(node._index)
        result: T = value
        return result

    def _unavailable(self, node: TaskNode[P, Any]) -> ResultUnavailableError:
        index = node._index
        if node.kind == "parameter":
            reason = "invoke was called without an argument"
        else:
            state = self.trace.outcomes.get(index)
            if state is None:
                reason = "it had not finished yet" if self.trace.over else "it has not finished yet"
            elif state == "failed":
                reason = f"it failed: {self.trace.errors.get(index, 'unknown error')}"
            else:
                verb = "was cancelled" if state == "cancelled" else "never started"
                cause = self.trace.causes.get(index, OUTSIDE)
                because = (
                    "the invoke was cancelled"
                    if cause == OUTSIDE
                    else "no target of the invoke needs it"
                    if cause == NOT_NEEDED
                    else f"node {self.trace.graph.names[cause]!r} failed"
                )
                reason = f"it {verb}, because {because}"
        return ResultUnavailableError(f"node {node.name!r} has no value: {reason}")

    def __repr__(self) -> str:
        return f"<ExecutionResult of {self.trace!r}>"
