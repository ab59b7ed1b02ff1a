"""`Adds`: the calls that add nodes, typed once for managers and for what their `options` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from async_dag.manager.signatures import AddNode
from async_dag.nodes.node import TaskNode

if TYPE_CHECKING:
    from async_dag.manager.manager import TaskManager
    from async_dag.manager.sub_dag import InlinedDag

P = TypeVar("P")
Q = TypeVar("Q")


class Adds(AddNode[P]):
    """Whatever nodes can be added to."""

    __slots__ = ()

    @overload
    def add_dag(self, sub: TaskManager[None], /) -> InlinedDag[P, None]: ...
    @overload
    def add_dag(
        self, sub: TaskManager[Q], parameter: TaskNode[P, Q] | Q, /
    ) -> InlinedDag[P, Q]: ...
    def add_dag(self, sub: TaskManager[Any], parameter: Any = ..., /) -> InlinedDag[P, Any]:
        """Add all nodes of another DAG, as a part of this one.

        Each of them starts as soon as its own dependencies are done, wherever they lie: what takes a
        quick node of the sub-DAG does not wait for its slow ones. Their names are `sub/fetch` and so
        on, for a second use `sub_2/fetch`; with `tm.options(name="shop").add_dag(...)` `shop/fetch`.
        The nodes keep the options that they have in `sub`; a limit is one for all uses.

        Args:
            sub: a sorted `TaskManager`. It stays as it is, and may be added any number of times.
            parameter: what takes the place of its `parameter_node`: a node of this DAG or a value. Left
                out if `sub` takes no parameter.

        Returns:
            An `InlinedDag`: `used[node]` is the node of this DAG that stands for `node` of `sub`.

        Raises:
            LifecycleError: (a `ValueError`) `sub` is not sorted yet, or this manager is already.
            MissingParameterError: (a `ValueError`) A node of `sub` takes its parameter, and none was
                given.
            WrongArgumentError: (a `ValueError`) `sub` is this manager itself; or the options are some
                for a single node, such as a timeout.
            WrongTypeError: (a `TypeError`) `sub` is no `TaskManager`.
            ForeignNodeError: (a `ValueError`) The parameter is a node of another manager.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def length(word: str) -> int:
        ...     return len(word)
        >>> async def double(n: int) -> int:
        ...     return 2 * n
        >>> async def add(a: int, b: int) -> int:
        ...     return a + b
        >>> with build_dag(str) as sub:
        ...     doubled = sub.add_node(double, sub.add_node(length, sub.parameter_node))
        >>> with build_dag() as tm:
        ...     here = tm.options(name="here").add_dag(sub, "Oslo")
        ...     there = tm.options(name="there").add_dag(sub, "Haifa")
        ...     total = tm.add_node(add, here[doubled], there[doubled])
        >>> asyncio.run(tm.invoke())[total], there[doubled].name
        (18, 'there/double')
        """
        from async_dag.manager.sub_dag import inline

        return inline(self._builder, sub, parameter, self._options)
