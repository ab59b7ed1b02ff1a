"""Numbers of nodes, looked up by the nodes' names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from async_dag._common.names import nearest
from async_dag._common.shortening import short_repr
from async_dag.errors import UnknownNodeError, WrongTypeError
from async_dag.graph.births import Birth
from async_dag.graph.graph import Graph


def index_of(graph: Graph, name: str, where: str = "here") -> int:
    """The index of the node called `name`.

    Raises `UnknownNodeError` (a `KeyError`) with the nearest names if there is none, `WrongTypeError`
    (a `TypeError`) if it is no name. `where` says in the message what was looked up.
    """
    if not isinstance(name, str):
        # A node knows its name: what was meant is clear.
        hint = getattr(name, "name", None)
        meant = f"; by its name: {hint!r}" if isinstance(hint, str) else ""
        raise WrongTypeError(f"{where} takes the name of a node, not {short_repr(name)}{meant}")
    index = graph.find(name)
    if index is None:
        raise UnknownNodeError(f"no node is called {short_repr(name)}{nearest(name, graph.names)}")
    return index


def rows_of(births: Iterable[Birth], node: int) -> list[int]:
    """The rows of the items of a map, or of what a task streams; none for other nodes."""
    return [
        row
        for birth in births
        if birth.node == node
        for row in range(birth.first, birth.first + birth.size)
    ]


class ByName(Mapping[str, float]):
    """A number for some of the nodes of a graph, by their names: `timeline.slack["fetch"]`.

    It is a read-only mapping. Asked for a name that no node has it raises `UnknownNodeError` (a
    `KeyError`) with the nearest names, and for a node without a number one that says so.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds + sum(needed)
    >>> with build_dag() as tm:
    ...     short, long = tm.add_node(nap, 0.01), tm.options(name="long").add_node(nap, 0.1)
    ...     end = tm.options(name="end").add_node(nap, 0.01, short, long)
    >>> timeline = asyncio.run(tm.invoke()).timeline
    >>> timeline.durations["long"] >= 0.1, max(timeline.slack, key=timeline.slack.get)
    (True, 'nap')
    """

    __slots__ = ("_column", "_graph", "_members", "_nodes", "_what")

    def __init__(
        self, graph: Graph, nodes: Sequence[int], column: Sequence[float], what: str
    ) -> None:
        self._graph = graph
        self._nodes = nodes  # those that have a number
        self._column = column  # a row for each node of the graph
        self._what = what
        self._members: frozenset[int] | None = None

    def _number(self, name: object) -> float | None:
        index = self._graph.find(name) if isinstance(name, str) else None
        if index is None:
            return None
        if self._members is None:
            self._members = frozenset(self._nodes)
        return self._column[index] if index in self._members else None

    def __getitem__(self, name: str) -> float:
        number = self._number(name)
        if number is None:
            index = index_of(self._graph, name, f"{self._what}[...]")
            raise UnknownNodeError(f"node {name!r} {self._why_none(index)}")
        return number

    def _why_none(self, index: int) -> str:
        kind = self._graph.kinds[index]
        if kind == "task":
            return f"did not run, so it has no {self._what}"
        if kind != "collect":
            return f"never runs: it is a node of kind {kind!r}, so it has no {self._what}"
        parts = [self._graph.names[part] for part in self._graph.dependencies[index]]
        example = next((part for part in parts if self._number(part) is not None), None)
        such_as = "" if example is None else f"; what it is made of has one, such as {example!r}"
        return f"only puts together what others give, so it has no {self._what}{such_as}"

    # The inherited ones would look for the nearest names each time.
    def __contains__(self, name: object) -> bool:
        return self._number(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """The number of the node called `name`, else `default`."""
        number = self._number(name)
        return default if number is None else number

    def __iter__(self) -> Iterator[str]:
        names = self._graph.names
        return (names[node] for node in self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __repr__(self) -> str:
        first = [f"{self._graph.names[i]!r}: {self._column[i]:.6g}" for i in self._nodes[:6]]
        more = [f"… {len(self._nodes) - 6:,} more"] if len(self._nodes) > 6 else []
        return f"<{self._what} in seconds: {', '.join([*first, *more])}>"
