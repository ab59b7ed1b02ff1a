"""`add_dag`: the nodes of another manager, inlined.

The nodes become nodes of the outer manager, so each starts as soon as its own dependencies are
done. A node that takes a quick node of the sub-DAG does not wait for its slow ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import (
    ForeignNodeError,
    LifecycleError,
    MissingParameterError,
    WrongArgumentError,
    WrongTypeError,
)
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.inlining import Inlining
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
        if not isinstance(node, TaskNode):
            raise WrongTypeError(
                f"{self!r}[...] takes a node of the sub-DAG, not {short_repr(node)}"
            )
        if not self._sub.owns(node):
            if self._builder.owns(node):
                raise ForeignNodeError(
                    f"node {node.name!r} is a node of the outer DAG already, so it can be passed as it "
                    f"is; {self!r}[...] takes the nodes of the sub-DAG, as its own manager has them"
                )
            raise ForeignNodeError(
                f"node {node.name!r} belongs to another TaskManager; {self!r}[...] takes the nodes of "
                "the sub-DAG that was passed to add_dag"
            )
        return self._nodes[node.index]

    def __repr__(self) -> str:
        return f"<InlinedDag {self.name!r} of {len(self._nodes):,} nodes>"


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


def _checked(builder: GraphBuilder[Any], sub: object) -> GraphBuilder[Any]:
    """The nodes of `sub`; raises an error unless it is a sorted manager of other nodes."""
    inner = getattr(sub, "_builder", None)
    if not isinstance(inner, GraphBuilder) or inner.manager is not sub:
        raise WrongTypeError(
            "add_dag takes a sorted TaskManager, such as 'with build_dag() as sub' makes; given was "
            f"{short_repr(sub)}"
        )
    if inner is builder:
        raise WrongArgumentError("add_dag takes another TaskManager: a DAG can't contain itself")
    if inner.compiled is None:
        raise LifecycleError(
            "add_dag takes a TaskManager that is complete: call its sort() first (build_dag does it at "
            "the end of its block)"
        )
    return inner


def _check_options(options: NodeOptions) -> None:
    """Raise an error for options of single tasks: the tasks of a sub-DAG have their own."""
    for key in ("timeout", "retry", "limit", "at_once", "key"):
        if getattr(options, key) is not None:
            raise WrongArgumentError(
                f"options({key}=) says how one task is called, and add_dag adds many: give it to the "
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
