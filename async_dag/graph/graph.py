"""`Graph`: what a manager's nodes are and what depends on what, as columns; nothing of any run.

It is immutable and shared by the traces of all invokes. Its columns are computed when they are first
asked for: sorting and invoking a manager of a million nodes needs none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, get_args

if TYPE_CHECKING:
    from async_dag.graph.births import MapShape
    from async_dag.graph.choices import Choice
    from async_dag.graph.scope import Scope

Kind = Literal["task", "parameter", "immediate", "collect", "map", "choice"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Origin(NamedTuple):
    """Where a node's task was written; what is not known is None."""

    task: str | None  # the qualified name of the function
    file: str | None  # or a cell of a notebook, such as `In [3]`
    line: int | None

    @property
    def place(self) -> str:
        """File and line in words; of a path its end alone. Empty if nothing is known.

        >>> Origin("load", "src/pipeline.py", 12).place, Origin("load", "In [3]", 9).place
        ('pipeline.py:12', 'In [3], line 9')
        """
        if self.file is None:
            return ""
        # A picture that is handed on need not tell whose computer it was.
        name = self.file.replace("\\", "/").rpartition("/")[2]
        if self.line is None:
            return name
        return f"{name}, line {self.line}" if name.startswith("In [") else f"{name}:{self.line}"


class GraphColumns(Protocol):
    """What a `Graph` reads its columns from, each at most once and when it is asked for."""

    def names(self) -> Sequence[str]:
        """See `Graph.names`; and so on."""
        ...

    def kinds(self) -> Sequence[Kind]:
        """Of each node."""
        ...

    def dependencies(self) -> Sequence[tuple[int, ...]]:
        """Of each node."""
        ...

    def origins(self) -> Sequence[Origin]:
        """Of each node."""
        ...

    def groups(self) -> Sequence[str | None]:
        """Of each node."""
        ...

    def limits(self) -> Sequence[str | None]:
        """Of each node."""
        ...

    def scopes(self) -> Sequence[Scope]:
        """Of all nodes."""
        ...

    def within(self) -> Sequence[int | None]:
        """Of each node."""
        ...

    def maps(self) -> Mapping[int, MapShape]:
        """Of the maps."""
        ...

    def tolerant(self) -> Iterable[int]:
        """See `Graph.tolerant`."""
        ...

    def choices(self) -> Mapping[int, Choice]:
        """See `Graph.choices`."""
        ...

    def unread(self, node: int) -> frozenset[int] | None:
        """See `Graph.unread`."""
        ...


class Graph:
    """The nodes of one manager as columns of equal length, in the order of `tm.nodes`.

    `len(graph)` is the number of nodes. A node is its index in these columns.

    Attributes:
        size: the number of nodes, too.

    >>> async def one() -> int:
    ...     return 1
    >>> async def add(a: int, b: int) -> int:
    ...     return a + b
    >>> from async_dag import build_dag
    >>> with build_dag() as tm:
    ...     first = tm.add_node(one)
    ...     total = tm.add_node(add, first, first)
    >>> tm.graph.names, tm.graph.dependencies
    (('one', 'add'), ((), (0,)))
    """

    def __init__(self, columns: GraphColumns, size: int) -> None:
        self._columns = columns
        self.size: int = size

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        kinds: Sequence[Kind],
        dependencies: Sequence[tuple[int, ...]],
        origins: Sequence[Origin],
        groups: Sequence[str | None],
        limits: Sequence[str | None] | None = None,
        scopes: Sequence[Scope] = (),
        within: Sequence[int | None] | None = None,
        maps: Mapping[int, MapShape] | None = None,
        tolerant: Iterable[int] = (),
        choices: Mapping[int, Choice] | None = None,
    ) -> Graph:
        """A graph of columns that are there already, such as those of a saved trace."""
        graph = cls.__new__(cls)
        graph.size = len(names)
        # Where the cached properties keep what they have computed.
        graph.__dict__.update(
            names=tuple(names),
            kinds=tuple(kinds),
            dependencies=tuple(dependencies),
            origins=tuple(origins),
            groups=tuple(groups),
            limits=(None,) * len(names) if limits is None else tuple(limits),
            scopes=tuple(scopes),
            within=(None,) * len(names) if within is None else tuple(within),
            maps=dict(maps or {}),
            tolerant=frozenset(tolerant),
            choices=dict(choices or {}),
        )
        return graph

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"<Graph of {self.size:,} nodes>"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The nodes' names; no two are equal."""
        return tuple(self._columns.names())

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """`task` for a node that runs, `map` for one that runs once for each of several elements.

        The others, `parameter`, `immediate`, `collect` and `choice`, never run. In the graph of a run
        each item of a map is a `task`, and the map itself the `collect` of its items.
        """
        return tuple(self._columns.kinds())

    @cached_property
    def dependencies(self) -> tuple[tuple[int, ...], ...]:
        """For each node the indices of the nodes it needs, each once, in the order they are passed."""
        return tuple(self._columns.dependencies())

    @cached_property
    def origins(self) -> tuple[Origin, ...]:
        """For each node its function's qualified name, file and line."""
        return tuple(self._columns.origins())

    @cached_property
    def groups(self) -> tuple[str | None, ...]:
        """For each node the group that its user gave it, or None."""
        return tuple(self._columns.groups())

    @cached_property
    def limits(self) -> tuple[str | None, ...]:
        """For each node what its limit is called, or None; nodes that share a limit share its name."""
        return tuple(self._columns.limits())

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The DAGs that `add_dag` inlined, each after the one around it."""
        return tuple(self._columns.scopes())

    @cached_property
    def within(self) -> tuple[int | None, ...]:
        """For each node the index of the innermost scope that it lies in, or None."""
        return tuple(self._columns.within())

    @cached_property
    def maps(self) -> Mapping[int, MapShape]:
        """By the index of each map what its items depend on, and how they are called."""
        return self._columns.maps()

    @cached_property
    def tolerant(self) -> frozenset[int]:
        """The nodes that run whether or not what they depend on failed: they take outcomes."""
        return frozenset(self._columns.tolerant())

    @cached_property
    def choices(self) -> Mapping[int, Choice]:
        """By the index of each choice what it takes; in the graph of a run also which side it took."""
        return self._columns.choices()

    def unread(self, node: int) -> frozenset[int] | None:
        """The dependencies whose values the node's function never looks at, as its code tells.

        None where that can't be known, as in a graph that was read from a file.
        """
        columns: GraphColumns | None = getattr(self, "_columns", None)
        return None if columns is None else columns.unread(node)

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}

    def find(self, name: str) -> int | None:
        """The index of the node with that name, or None."""
        return self._indices.get(name)


class UniqueNames:
    """Hands out each wanted name once: `fetch`, then `fetch_2`, `fetch_3`."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}  # name -> the last number tried behind it

    def add(self, wanted: str) -> str:
        """`wanted` if nobody has it yet, else it with the first free number."""
        if wanted not in self._taken:
            self._taken[wanted] = 1
            return wanted
        number = self._taken[wanted] + 1
        while (name := f"{wanted}_{number}") in self._taken:
            number += 1
        self._taken[wanted] = number
        self._taken[name] = 1
        return name
