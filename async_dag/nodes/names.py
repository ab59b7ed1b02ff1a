"""`NodeNames`: what the nodes of a manager are called."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from async_dag._common.names import nearest
from async_dag._common.shortening import short_repr
from async_dag.errors import UnknownNodeError
from async_dag.graph.graph import UniqueNames
from async_dag.nodes.functions import task_name

if TYPE_CHECKING:
    from async_dag.nodes.builder import GraphBuilder


class NodeNames:
    """The names of a builder's nodes: `names[index]`, and `names.find(name)` for the way back.

    They are made when they are first asked for, each after those before it: building and running a
    million nodes needs none.
    """

    def __init__(self, builder: GraphBuilder[Any]) -> None:
        self._builder = builder
        self._names: list[str] = []
        self._unique = UniqueNames()
        self._indices: dict[str, int] = {}
        self._lock = Lock()

    def __getitem__(self, index: int) -> str:
        if index >= len(self._names):
            self._make(index + 1)
        return self._names[index]

    def all(self) -> list[str]:
        """The names of all nodes there are by now."""
        self._make(len(self._builder.nodes))
        return self._names

    def find(self, name: str) -> int:
        """The index of the node of that name; raises `UnknownNodeError`, with the nearest names."""
        self._make(len(self._builder.nodes))
        index = self._indices.get(name)
        if index is None:
            raise UnknownNodeError(
                f"no node is called {short_repr(name)}{nearest(name, self._names)}"
            )
        return index

    def _make(self, most: int) -> None:
        builder = self._builder
        with self._lock:  # a view may ask from a thread of its own
            for index in range(len(self._names), most):
                options = builder.options.get(index)
                task = builder.tasks[index]
                if options is not None and options.name is not None:
                    wanted = options.name
                elif task is not None:
                    wanted = task_name(task)
                elif index in builder.projections:
                    source = builder.slots[index][0]
                    wanted = f"{self._names[source]}[{short_repr(builder.projections[index])}]"
                else:
                    wanted = builder.kind_of(index)
                name = self._unique.add(wanted)
                self._indices[name] = index
                self._names.append(name)
