"""`ExecutionResult`: the values and the trace of one invoke."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, Protocol, TypeVar, overload

from async_dag._common.misuse import PICTURES, explains_wrong_calls, missing_attribute
from async_dag._common.shortening import short_repr
from async_dag.errors import (
    ForeignNodeError,
    MissingParameterError,
    ResultUnavailableError,
    WrongTypeError,
)
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.maps import ItemNode
from async_dag.nodes.node import TaskNode
from async_dag.trace.columns import NOT_CHOSEN, NOT_NEEDED, OUTSIDE
from async_dag.trace.completeness import left_off
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    import networkx

    from async_dag.analysis.timeline import Timeline
    from async_dag.draw.run_draw import RunDraw
    from async_dag.engine.saved_result import SavedResult
    from async_dag.engine.serializer import Serializer
    from async_dag.export.run_export import RunExport
    from async_dag.manager.manager import TaskManager

P = TypeVar("P")
T = TypeVar("T")


class _Missing:
    """The type of `MISSING`, which stands for a value that is not there; None is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class ItemValues(Protocol):
    """The values of the items of maps in one invoke."""

    def value_of(self, node: int, path: tuple[int, ...]) -> Any:
        """The value of an item; `MISSING` if there is none."""
        ...


class _NoItems:
    def value_of(self, node: int, path: tuple[int, ...]) -> Any:  # noqa: ARG002 - as of maps
        return MISSING


_NO_ITEMS: Final = _NoItems()

_ELSEWHERE: Final = {
    **PICTURES,
    **{
        name: f"what a run took is in its timeline: result.timeline.{name}"
        for name in (
            *("critical_path", "durations", "findings", "makespan"),
            *("simulate", "slack", "speedup", "work"),
        )
    },
}
"""What is looked for in a result, and is elsewhere."""


class ExecutionResult(Generic[P]):
    """What one invoke gave: `result[node]` is the value of a node, `result.trace` what happened when.

    Results are made by `TaskManager.invoke`, never directly.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> with build_dag(int) as tm:
    ...     twice = tm.add_node(double, tm.parameter_node)
    >>> result = asyncio.run(tm.invoke(21))
    >>> result[twice], result.trace.states, dict(result.failures)
    (42, ['done', 'done'], {})
    """

    __slots__ = (
        "__weakref__",
        "_compiled",
        "_parameter",
        "_values",
        "errors",
        "item_values",
        "trace",
    )

    trace: Trace
    """When each node was ready, started and finished, and how it ended."""
    errors: dict[int, BaseException]
    """The exceptions of the nodes that failed, by index; `failures` has them by node."""
    item_values: ItemValues
    """The values of the items of maps (not for users: `result[node]` is)."""

    def __init__(
        self,
        compiled: CompiledGraph[P],
        parameter: P | _Missing,
        runs: Container[int] | None = None,
    ) -> None:
        """A result with the values that are given, for an invoke to fill in.

        `runs` are the nodes that will run; by default all. Raises `MissingParameterError`.
        """
        if parameter is MISSING and compiled.parameter is not None:
            refuse_missing_parameter(compiled, runs)
        values: list[Any] = [MISSING] * len(compiled.nodes)
        values += compiled.constants
        for index in compiled.given:
            slots = compiled.slots[index]
            values[index] = values[slots[0]] if slots else parameter
        self._compiled = compiled
        self._parameter = parameter
        self._values = values  # of the nodes, and behind them the immediates; by slot
        self.trace = Trace(compiled.graph, compiled.clock)
        self.errors = {}
        self.item_values = _NO_ITEMS

    @property
    def manager(self) -> TaskManager[P]:
        """The manager whose `invoke` gave this result."""
        return self._compiled.manager

    @property
    def compiled(self) -> CompiledGraph[P]:
        """The nodes of the invoke (not for users: `manager` is)."""
        return self._compiled

    @property
    def parameter(self) -> Any:
        """What `invoke` was given as the parameter; `MISSING` if it was given none (not for users)."""
        return self._parameter

    @explains_wrong_calls(
        "result.save('run.zip', json)",
        format="what writes values is an object with dumps and loads: result.save('run.zip', json)",
    )
    def save(
        self,
        path: str | PathLike[str],
        serializer: Serializer,
        *,
        nodes: Iterable[TaskNode[P, Any]] | None = None,
    ) -> Path:
        """Write the values to a file, to go on from with `invoke(reuse=)` after the program has ended.

        The file holds the value of each node that has one, the trace, and what tells whether a node
        is still the same: digests of its function's code and of its arguments. Values that are read
        back as something else (`json` makes lists of tuples) are refused. A map is saved as the list
        that it gave; of one that was not finished the items that were.

        Args:
            path: the file to write; an existing file is replaced, once the new one is whole.
            serializer: what writes values: an object with `dumps` and `loads`, such as the module
                `json`. `pickle` writes nearly everything, but whoever can change the file can then run
                code where it is loaded; so it is used only if you pass it.
            nodes: the nodes whose values to write; by default all. Others run again.

        Returns:
            The path.

        Raises:
            SavedResultError: a value can't be written without a loss (a `ValueError`).
            WrongTypeError, ForeignNodeError: an argument can't be used (a `TypeError`, a `ValueError`).
            OSError: the file can't be written.

        >>> import asyncio, json, tempfile
        >>> from async_dag import build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     asyncio.run(tm.invoke()).save(f"{folder}/result.zip", json).name
        'result.zip'
        """
        from async_dag.engine.saved_result import save

        return save(self, path, serializer, nodes)

    @staticmethod
    @explains_wrong_calls("ExecutionResult.load('run.zip', json)")
    def load(path: str | PathLike[str], serializer: Serializer) -> SavedResult:
        """What `save` wrote, for `invoke(reuse=)`.

        Args:
            path: the file.
            serializer: the one that it was saved with. For a file that somebody else may have changed,
                never pass `pickle`.

        Raises:
            SavedResultError: it is no such file, or was written by another serializer (a `ValueError`).
            WrongTypeError: an argument can't be used (a `TypeError`).
            OSError: the file can't be read.
        """
        from async_dag.engine.saved_result import load

        return load(path, serializer)

    @property
    def draw(self) -> RunDraw:
        """Pictures of the run: `print(result.draw.text())`."""
        from async_dag.draw.run_draw import RunDraw

        return RunDraw(self)

    @property
    def export(self) -> RunExport:
        """The run in the formats of other programs: `result.export.chrome_trace("run.json")`."""
        from async_dag.export.run_export import RunExport

        return RunExport(self.trace)

    @property
    def timeline(self) -> Timeline:
        """Where the time went: makespan, critical path, slack, findings, what-if."""
        return self.trace.timeline

    def to_networkx(self) -> networkx.DiGraph[Any]:
        """The graph with what happened, as a `networkx.DiGraph`.

        To what `TaskManager.to_networkx` gives it adds, of each node: `state`; `ready`, `started` and
        `finished` (seconds since the invoke began, None for 'not yet'), `held`, `duration` and `slack`
        (seconds; the last two None for nodes that did not run), `critical` (whether it is on the
        critical path), and `error` (as text, or None). Edges have `critical`, too. The graph's own
        attributes are `makespan` and `work` (seconds), `critical_path` (names) and `wall_start`
        (seconds since the epoch).

        Raises `MissingExtraError` (an `ImportError`) without networkx.
        """
        from async_dag.export.networkx import run_to_networkx

        return run_to_networkx(self)

    @property
    def failures(self) -> Mapping[TaskNode[P, Any], BaseException]:
        """The nodes that failed and the exception of each, in the order in which they failed.

        An item of a map that failed is an `ItemNode`.
        """
        return {self.node_of(index): error for index, error in self.errors.items()}

    def node_of(self, index: int) -> TaskNode[P, Any]:
        """The node of that index in the columns of the trace; an `ItemNode` for an item of a map."""
        nodes = self._compiled.nodes
        if index < len(nodes):
            return nodes[index]
        node, path = self.trace.item_of(index)
        return ItemNode(nodes[node], path, index)

    @overload
    def __getitem__(self, node: TaskNode[P, T]) -> T: ...
    @overload
    def __getitem__(self, node: str) -> Any: ...
    def __getitem__(self, node: TaskNode[P, T] | str) -> Any:
        """The value of `node`, which may be given by its name.

        Raises `ForeignNodeError` (a `ValueError`) for a node of another manager, `UnknownNodeError` (a
        `KeyError`) for a name that no node has, `ResultUnavailableError` (a `ValueError`) for a node
        that has no value, saying why.
        """
        if isinstance(node, str):
            node = self.manager[node]
        if not isinstance(node, TaskNode):
            raise WrongTypeError(
                "result[...] takes a node, such as add_node returns, or its name, not "
                f"{short_repr(node)}"
            )
        if not self._compiled.owns(node.map if isinstance(node, ItemNode) else node):
            raise ForeignNodeError(
                f"node {node.name!r} belongs to another TaskManager than this result; "
                "extract it from a result of the manager that it was added to"
            )
        if isinstance(node, ItemNode):
            value = self.item_values.value_of(node.map.index, node.path)
        else:
            value = self._values[node.index]
        if value is MISSING:
            raise self._unavailable(node) from self.errors.get(node.index)
        return value

    def to_dict(self) -> dict[str, Any]:
        """The values of all tasks that have one, by the names of their nodes.

        A map is there with the list of its items' values. For JSON: `json.dumps(result.to_dict())`.
        """
        return {
            node.name: self._values[node.index]
            for node in self._compiled.nodes
            if node.kind not in ("parameter", "immediate")
            and self._values[node.index] is not MISSING
        }

    def to_dataframe(self) -> Any:
        """The run as a `pandas.DataFrame`: the rows of `Trace.to_rows`, and the `value` of each node.

        The index is the name. A node without a value has None; its `state` says why.

        Raises `MissingExtraError` (an `ImportError`) without pandas.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def double(n: int) -> int:
        ...     return 2 * n
        >>> with build_dag(int) as tm:
        ...     twice = tm.add_node(double, tm.parameter_node)
        >>> table = asyncio.run(tm.invoke(21)).to_dataframe()
        >>> table.loc["double", ["state", "value"]].tolist()
        ['done', 42]
        """
        from async_dag.export.dataframe import to_dataframe

        return to_dataframe(self)

    def _unavailable(self, node: TaskNode[P, Any]) -> ResultUnavailableError:
        index = node.index
        if node.kind == "parameter":
            reason = "invoke was called without an argument"
        else:
            state = self.trace.outcomes.get(index)
            finished = self.trace.finished[index]
            if state is None and finished == finished:  # not NaN
                reason = "a fold keeps its last value alone"
            elif state is None:
                reason = "it had not finished yet" if self.trace.over else "it has not finished yet"
            elif state == "failed":
                reason = f"it failed: {self.trace.errors.get(index, 'unknown error')}"
            else:
                subject = (
                    "it was cancelled"
                    if state == "cancelled"
                    else "not all of its items are done"
                    if index in left_off(self.trace)
                    else "it never started"
                )
                cause = self.trace.causes.get(index, OUTSIDE)
                because = (
                    "the invoke was cancelled"
                    if cause == OUTSIDE
                    else "no target of the invoke needs it"
                    if cause == NOT_NEEDED
                    else "no choice took what needs it"
                    if cause == NOT_CHOSEN
                    else f"node {self.trace.name_of(cause)!r} failed"
                )
                reason = f"{subject}, because {because}"
        return ResultUnavailableError(f"node {node.name!r} has no value: {reason}")

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """In a notebook: the Gantt chart, with what limited the run."""
        from async_dag.draw.run_cell import run_bundle

        return run_bundle(self.trace, include, exclude)

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> Any:
            value = "the value of a node: result[node]; all values by name: result.to_dict()"
            instead = _ELSEWHERE.get(name, value)
            missing_attribute(self, name, called="result", instead=instead)

        def __contains__(self, _: object) -> NoReturn:
            self.__iter__()

        def __reduce_ex__(self, _protocol: int) -> NoReturn:
            raise WrongTypeError(
                "a result can't be pickled or copied, since it belongs to its manager; its values by "
                "name are result.to_dict(), and result.save('run.zip', pickle) writes a file for "
                "invoke(reuse=)"
            )

        def __iter__(self) -> NoReturn:
            raise WrongTypeError(
                "a result can't be iterated over; all values by name: result.to_dict(); the value of a "
                "node: result[node]"
            )

    def __repr__(self) -> str:
        return f"<ExecutionResult of {self.trace!r}: print(result.draw.text()) draws it>"


def refuse_missing_parameter(
    compiled: CompiledGraph[Any], runs: Container[int] | None = None, call: str = "invoke"
) -> None:
    """Raise `MissingParameterError` if one of the nodes that run takes the parameter.

    `call` is what was called without it.
    """
    parameter = compiled.parameter
    if parameter is None:
        return
    for node in compiled.nodes:
        if parameter in compiled.dependencies_of(node.index) and (
            runs is None or node.index in runs
        ):
            raise MissingParameterError(
                f"{call}() was called without a parameter, but node {node.name!r} takes "
                f"parameter_node: call {call}(value); {call}(None) passes None"
            )


def value_at(result: ExecutionResult[Any], row: int) -> Any:
    """The value of the node, or of the item of a map, in that row of the trace; or `MISSING`."""
    if row < len(result._compiled.nodes):
        return result._values[row]  # behind them are no items, but immediates
    return result.item_values.value_of(*result.trace.item_of(row))


def with_values(result: ExecutionResult[P], values: Mapping[int, object]) -> ExecutionResult[P]:
    """A copy of a result in which nodes have other values, by index."""
    copy: ExecutionResult[P] = ExecutionResult(result._compiled, result._parameter, ())
    copy._values = list(result._values)
    for index, value in values.items():
        copy._values[index] = value
    copy.trace = result.trace
    return copy
