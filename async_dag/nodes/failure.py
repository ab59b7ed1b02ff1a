"""`Failure`: what `tm.outcomes` has in place of the value of an item that failed."""

from __future__ import annotations

from typing import Any, NamedTuple

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError
from async_dag.nodes.node import TaskNode


class NameOfNode(NamedTuple):
    """In place of a node that is in another process."""

    name: str


class Failure:
    """Stands in a list of outcomes for an item without a value.

    Attributes:
        node: what failed: the item itself (an `ItemNode`), or what the item would have needed. On a
            cluster a task finds only its `name` here.
        error: its exception.

    Raises `WrongTypeError` (a `TypeError`) if it is made of anything else.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def invert(n: int) -> float:
    ...     return 1 / n
    >>> with build_dag() as tm:
    ...     outcomes = tm.outcomes(tm.map(invert, [2, 0]))
    >>> asyncio.run(tm.invoke())[outcomes]
    [0.5, <Failure of 'invert[1]': ZeroDivisionError>]
    """

    __slots__ = ("error", "node")

    def __init__(self, node: TaskNode[Any, Any], error: BaseException) -> None:
        if not isinstance(node, (TaskNode, NameOfNode)):
            raise WrongTypeError(
                "Failure() takes the node that failed, then its exception; given was "
                f"{short_repr(node)}"
            )
        if not isinstance(error, BaseException):
            raise WrongTypeError(
                f"Failure() takes the exception of the node second; given was {short_repr(error)}"
            )
        self.node: TaskNode[Any, Any] = node
        self.error: BaseException = error

    def __reduce__(self) -> tuple[Any, ...]:
        return Failure, (NameOfNode(self.node.name), self.error)

    def __repr__(self) -> str:
        return f"<Failure of {self.node.name!r}: {type(self.error).__name__}>"
