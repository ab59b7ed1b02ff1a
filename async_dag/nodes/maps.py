"""`MapNode`: a node whose task runs once for each element of a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from async_dag.errors import WrongTypeError
from async_dag.graph.graph import Kind
from async_dag.nodes.node import TaskNode

P = TypeVar("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class MapNode(TaskNode[P, list[R]]):
    """A map: its value is the list of what its task returned, in the order of the elements.

    Made by `tm.map`, `tm.starmap`, `tm.zip`, `tm.product` and `tm.flatten`, never directly. Passed to
    another map it goes on element by element; passed to `add_node` it gives the whole list.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def square(n: int) -> int:
    ...     return n * n
    >>> with build_dag() as tm:
    ...     squares = tm.map(square, [1, 2, 3])
    >>> squares, squares.kind, asyncio.run(tm.invoke())[squares]
    (<MapNode 'square'>, 'map', [1, 4, 9])
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __iter__(self) -> NoReturn:
            raise WrongTypeError(
                f"how many items {self.name!r} has is not known before it runs: tm.map(task, node) "
                "goes on with each, tm.add_node(task, node) takes their list"
            )

    def __repr__(self) -> str:
        return f"<MapNode {self.name!r}>"


class ItemNode(TaskNode[P, R_co]):
    """One item of a map in one run: what `tm.stream()` yields, and what `result.failures` names.

    Attributes:
        map: the map.
        path: which item of it; a tuple of one number, unless the map runs within others.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def square(n: int) -> int:
    ...     return n * n
    >>> with build_dag() as tm:
    ...     squares = tm.map(square, [1, 2, 3])
    >>> async def main() -> None:
    ...     async for node, value in tm.stream():
    ...         print(node.name, node.map, node.path, value)
    >>> asyncio.run(main())
    square[0] <MapNode 'square'> (0,) 1
    square[1] <MapNode 'square'> (1,) 4
    square[2] <MapNode 'square'> (2,) 9
    """

    __slots__ = ("map", "path")

    def __init__(self, of: TaskNode[P, list[Any]], path: tuple[int, ...], row: int) -> None:
        super().__init__(of._builder, row)
        self.map: TaskNode[P, list[Any]] = of
        self.path: tuple[int, ...] = path

    @property
    def name(self) -> str:
        """The name of the map, with the number of the item behind it: `fetch[3]`."""
        compiled = self._builder.compiled
        assert compiled is not None
        return compiled.graph.maps[self.map.index].name_of(self.path)

    @property
    def kind(self) -> Kind:
        """`task`: each item of a map is a task."""
        return "task"

    @property
    def dependencies(self) -> tuple[TaskNode[P, Any], ...]:
        """What the map depends on."""
        return self.map.dependencies

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ItemNode) and other.map is self.map and other.path == self.path

    def __hash__(self) -> int:
        return hash((self.map, self.path))

    def __repr__(self) -> str:
        return f"<ItemNode {self.name!r}>"
