"""`Scope`: a DAG within the DAG, which pictures draw as a frame."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

ScopeKind = Literal["dag", "map"]
SCOPE_KINDS: Final[tuple[ScopeKind, ...]] = get_args(ScopeKind)


class Scope(NamedTuple):
    """A sub-DAG within a graph.

    `kind` is `dag` for one that `add_dag` inlined, `map` for one that runs once for each element.

    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as sub:
    ...     _ = sub.add_node(one)
    >>> with build_dag() as tm:
    ...     _ = tm.add_dag(sub)
    >>> tm.graph.scopes, tm.graph.within
    ((Scope(name='sub', kind='dag', parent=None),), (0,))
    """

    name: str  # the whole path, such as `shop/region`; the names of its nodes begin with it
    kind: ScopeKind
    parent: int | None  # the index of the scope around it
