"""`add_dag` and `map` of a DAG: the nodes of another manager, inlined.

The nodes become nodes of the outer manager, so each starts as soon as its own dependencies are
done. A node that takes a quick node of the sub-DAG does not wait for its slow ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import (
    ForeignNodeError,
    LifecycleError,
    MissingParameterError,
    WrongArgumentError,
    WrongTaskError,
    WrongTypeError,
)
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.inlining import Inlining
from async_dag.nodes.mapped_dag import DagMapping
from async_dag.nodes.maps import MapNode
from async_dag.nodes.nesting import NEVER_ARGUMENTS
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions

if TYPE_CHECKING:
    from async_dag.manager.manager import TaskManager

P = TypeVar("P")
Q = TypeVar("Q")
T = TypeVar("T")

DEFAULT_NAME = "sub"


class InlinedDag(Generic[P, Q]):
    """One use of a DAG within another one: what `add_dag` returns.

    `used[node]` is the node that stands for `node` of the sub-DAG in the outer one.

    Attributes:
        name: the prefix of the names of its nodes, without the `/`.

    >>> from async_dag import build_dag
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> with build_dag(int) as sub:
    ...     doubled = sub.add_node(double, sub.parameter_node)
    >>> with build_dag() as tm:
    ...     used = tm.add_dag(sub, 21)
    >>> used, used[doubled]
    (<InlinedDag 'sub' of 2 nodes>, <TaskNode 'sub/double'>)
    """

    __slots__ = ("_builder", "_nodes", "_sub", "name")

    def __init__(
        self,
        builder: GraphBuilder[P],
        sub: GraphBuilder[Q],
        name: str,
        nodes: Sequence[TaskNode[P, Any]],
    ) -> None:
        self._builder = builder
        self._sub = sub
        self._nodes = nodes  # for each node of `sub` the one that stands for it
        self.name: str = name

    def __getitem__(self, node: TaskNode[Q, T]) -> TaskNode[P, T]:
        """The node that stands for `node` of the sub-DAG.

        Raises `ForeignNodeError` (a `ValueError`) if `node` is not a node of the sub-DAG.
        """
        return self._nodes[_index_in(self, self._sub, self._builder, node)]

    def __repr__(self) -> str:
        return f"<InlinedDag {self.name!r} of {len(self._nodes):,} nodes>"


class MappedDag(Generic[P, Q]):
    """A DAG that runs for each element of a collection: what `tm.map(sub, collection)` returns.

    `parts[node]` is the map that stands for `node` of the sub-DAG: an item for each element.

    Attributes:
        name: the prefix of the names of its nodes, without the `/`.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def double(n: int) -> int:
    ...     return 2 * n
    >>> with build_dag(int) as sub:
    ...     doubled = sub.add_node(double, sub.parameter_node)
    ...     four_times = sub.add_node(double, doubled)
    >>> with build_dag() as tm:
    ...     parts = tm.map(sub, [1, 2, 3])
    >>> result = asyncio.run(tm.invoke())
    >>> result[parts[four_times]], result.trace.graph.names[-1]
    ([4, 8, 12], 'sub[2]/double_2')
    """

    __slots__ = ("_builder", "_nodes", "_sub", "name")

    def __init__(
        self,
        builder: GraphBuilder[P],
        sub: GraphBuilder[Q],
        name: str,
        nodes: Sequence[MapNode[P, Any]],
    ) -> None:
        self._builder = builder
        self._sub = sub
        self._nodes = nodes  # for each node of `sub` the map that stands for it
        self.name: str = name

    def __getitem__(self, node: TaskNode[Q, T]) -> MapNode[P, T]:
        """The map that stands for `node` of the sub-DAG.

        Raises `ForeignNodeError` (a `ValueError`) if `node` is not a node of the sub-DAG.
        """
        return self._nodes[_index_in(self, self._sub, self._builder, node)]

    def __repr__(self) -> str:
        return f"<MappedDag {self.name!r} of {len(self._nodes):,} nodes>"


def _index_in(use: object, sub: GraphBuilder[Any], builder: GraphBuilder[Any], node: object) -> int:
    """The index of a node of the sub-DAG; raises what the look-up raises for what is none."""
    if not isinstance(node, TaskNode):
        raise WrongTypeError(f"{use!r}[...] takes a node of the sub-DAG, not {short_repr(node)}")
    if not sub.owns(node):
        if builder.owns(node):
            raise ForeignNodeError(
                f"node {node.name!r} is a node of the outer DAG already, so it can be passed as it "
                f"is; {use!r}[...] takes the nodes of the sub-DAG, as its own manager has them"
            )
        raise ForeignNodeError(
            f"node {node.name!r} belongs to another TaskManager; {use!r}[...] takes the nodes of "
            "the sub-DAG that was passed to add_dag or map"
        )
    return node.index


def map_dag(
    builder: GraphBuilder[P],
    sub: TaskManager[Q],
    args: tuple[Any, ...],
    keywords: Mapping[str, Any],
    options: NodeOptions | None,
) -> MappedDag[P, Q]:
    """Add the nodes of `sub` to `builder`, to run for each element of a collection."""
    builder.refuse_if_compiled("map")
    inner = _checked(builder, sub, "map")
    if len(args) != 1 or keywords:
        raise WrongTaskError(
            f"map takes a sub-DAG and a collection, of which each element is its parameter; given were "
            f"{len(args) + len(keywords)} arguments: let the elements be tuples, as zip makes them"
        )
    use = options or NodeOptions()
    _check_options(use, "map of a sub-DAG")
    mapping = DagMapping(
        builder, inner, lambda: builder.scopes.unique(use.name or DEFAULT_NAME), args[0], use
    )
    nodes = mapping.nodes()
    return MappedDag(builder, inner, mapping.name, nodes)


def inline(
    builder: GraphBuilder[P], sub: TaskManager[Q], parameter: Any, options: NodeOptions | None
) -> InlinedDag[P, Q]:
    """Add the nodes of `sub` to `builder`; `options` are those of this use."""
    builder.refuse_if_compiled("add_dag")
    inner = _checked(builder, sub)
    use = options or NodeOptions()
    _check_options(use)
    if isinstance(parameter, EllipsisType):
        _refuse_missing_parameter(inner)
    name = builder.scopes.unique(use.name or DEFAULT_NAME)
    node = None
    if inner.parameter is not None:
        node = _parameter_node(builder, parameter, name)
    return InlinedDag(builder, inner, name, Inlining(builder, inner, name, node, use).nodes())


def _checked(builder: GraphBuilder[Any], sub: object, what: str = "add_dag") -> GraphBuilder[Any]:
    """The nodes of `sub`; raises an error unless it is a sorted manager of other nodes."""
    inner = getattr(sub, "_builder", None)
    if not isinstance(inner, GraphBuilder) or inner.manager is not sub:
        raise WrongTypeError(
            f"{what} takes a sorted TaskManager, such as 'with build_dag() as sub' makes; given was "
            f"{short_repr(sub)}"
        )
    if inner is builder:
        raise WrongArgumentError(f"{what} takes another TaskManager: a DAG can't contain itself")
    if inner.compiled is None:
        raise LifecycleError(
            f"{what} takes a TaskManager that is complete: call its sort() first (build_dag does it at "
            "the end of its block)"
        )
    return inner


def _check_options(options: NodeOptions, what: str = "add_dag") -> None:
    """Raise an error for options of single tasks: the tasks of a sub-DAG have their own."""
    for key in ("timeout", "retry", "limit", "at_once", "key"):
        if getattr(options, key) is not None:
            raise WrongArgumentError(
                f"options({key}=) says how one task is called, and {what} adds many: give it to the "
                "nodes of the sub-DAG where they are added"
            )


def _refuse_missing_parameter(sub: GraphBuilder[Any]) -> None:
    for node in sub.nodes:
        if sub.parameter in sub.dependencies_of(node.index):
            raise MissingParameterError(
                f"add_dag was called without a parameter, but node {node.name!r} of the sub-DAG takes "
                "parameter_node: call add_dag(sub, node) or add_dag(sub, value)"
            )


def _parameter_node(builder: GraphBuilder[P], parameter: Any, name: str) -> TaskNode[P, Any]:
    """The node that takes the place of the parameter of a sub-DAG."""
    if isinstance(parameter, TaskNode):
        if not builder.owns(parameter):
            raise ForeignNodeError(
                f"node {parameter.name!r}, passed to add_dag, belongs to another TaskManager; pass a "
                "node of the manager that the sub-DAG is added to, or a value"
            )
        return parameter
    value = None if isinstance(parameter, EllipsisType) else parameter
    return builder.add_immediate(value, NodeOptions(name=f"{name}/parameter"))


NEVER_ARGUMENTS[InlinedDag] = NEVER_ARGUMENTS[MappedDag] = (
    "it stands for many nodes; used[node] is the one that stands for a node of the other DAG"
)
