"""`NodeNames`: what the nodes of a manager are called."""

from __future__ import annotations

import re
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
            why = self._of_item(name) or nearest(name, self._names)
            raise UnknownNodeError(f"no node is called {short_repr(name)}{why}")
        return index

    def _of_item(self, name: str) -> str | None:
        """What to say of a name such as `fetch[3]`, which only a run has; None for other names."""
        places = re.findall(r"\[\d+\]", name)
        node = re.sub(r"\[\d+\]", "", name)
        spec = self._builder.maps.get(self._indices.get(node, -1))
        if not places or spec is None:
            return None
        if spec.is_fold:
            return f", and of the fold {node!r} the last value alone is kept: result[{node!r}]"
        return (
            f", as items of the map {node!r} come to be only when the DAG runs; the value of this one: "
            f"result[{node!r}]{''.join(places)}"
        )

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
