"""`Scopes`: the sub-DAGs of a graph that is being built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from async_dag.graph.graph import UniqueNames

if TYPE_CHECKING:
    from async_dag.graph.scope import Scope, ScopeKind


class Scopes:
    """The scopes of a graph that is being built, and which nodes lie in them.

    Attributes:
        scopes: the scopes, each after the one around it.
        of: by the index of a node the innermost scope it lies in.

    >>> inner, outer = Scopes(), Scopes()
    >>> scope = inner.add("region", "dag")
    >>> inner.of[0] = scope
    >>> outer.add_all(inner, outer.unique("shop"), "dag", {0: 7, 1: 8})
    >>> [scope.name for scope in outer.scopes], outer.of
    (['shop', 'shop/region'], {7: 1, 8: 0})
    """

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.of: dict[int, int] = {}
        self._unique_names = UniqueNames()

    def unique(self, wanted: str) -> str:
        """`wanted` for the first scope that asks for it, then it with `_2` and so on."""
        return self._unique_names.add(wanted)

    def add(self, name: str, kind: ScopeKind, parent: int | None = None) -> int:
        """Add a scope; returns its index."""
        from async_dag.graph.scope import Scope

        self.scopes.append(Scope(name, kind, parent))
        return len(self.scopes) - 1

    def add_all(self, inner: Scopes, name: str, kind: ScopeKind, nodes: Mapping[int, int]) -> None:
        """Add a scope for a sub-DAG, with the scopes within it.

        `nodes` has for each node of the sub-DAG the one that stands for it.
        """
        own = self.add(name, kind)
        scopes = [
            self.add(
                f"{name}/{scope.name}",
                scope.kind,
                own if scope.parent is None else own + 1 + scope.parent,
            )
            for scope in inner.scopes
        ]
        for node, copy in nodes.items():
            within = inner.of.get(node)
            self.of[copy] = own if within is None else scopes[within]
