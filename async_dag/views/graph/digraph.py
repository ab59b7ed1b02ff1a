"""`graphviz.Digraph`, with the type annotations that the package graphviz lacks.

The class below is for type checkers; at run time `Digraph` is that of graphviz.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any

from async_dag._common.extras import extra

if TYPE_CHECKING:

    class Digraph:
        """The part of `graphviz.Digraph` that users of a diagram call."""

        body: list[str]
        name: str | None
        comment: str | None
        format: str
        engine: str
        renderer: str | None
        formatter: str | None
        graph_attr: dict[str, str]
        node_attr: dict[str, str]
        edge_attr: dict[str, str]

        def __init__(self, *, body: Iterable[str] = (), format: str = "", **options: Any) -> None:
            """As `graphviz.Digraph`."""

        @property
        def source(self) -> str:
            """The DOT text."""
            ...

        def attr(self, kw: str | None = None, **attributes: str) -> None:
            """Set attributes of the graph, or of all nodes or edges added later."""

        def node(self, name: str, label: str | None = None, **attributes: str) -> None:
            """Add a node."""

        def edge(self, tail_name: str, head_name: str, **attributes: Any) -> None:
            """Add an edge."""

        def subgraph(self, graph: Any = None, **options: Any) -> Any:
            """Add a subgraph, or return a context manager that does."""

        def save(self, filename: str | PathLike[str] | None = None, **options: Any) -> str:
            """Write the DOT text to a file and return its path."""
            ...

        def pipe(self, format: str | None = None, *args: Any, **options: Any) -> Any:
            """The picture as bytes, or as a str if an `encoding` is given."""

        def render(
            self, filename: str | PathLike[str] | None = None, *args: Any, **options: Any
        ) -> str:
            """Write the DOT text and the picture, and return the path of the picture."""
            ...

        def view(self, filename: str | PathLike[str] | None = None, **options: Any) -> str:
            """Render the picture and open it."""
            ...

        def _view(self, filepath: str, *, format: str, quiet: bool) -> None: ...

else:
    with extra("diagrams"):
        from graphviz import Digraph  # noqa: F401 - other modules import it from here
