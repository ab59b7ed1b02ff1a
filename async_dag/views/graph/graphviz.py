"""Diagrams as objects of the package graphviz, which renders, saves and pipes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

from async_dag._common.extras import extra
from async_dag.errors import DrawingError
from async_dag.views.graph.alt_text import alt_text
from async_dag.views.graph.diagram import Diagram
from async_dag.views.graph.digraph import Digraph
from async_dag.views.graph.dot_bundle import dot_bundle
from async_dag.views.graph.dot_program import PORT_FORMATS, SIGNS_OF_THE_PORT, is_port, need_dot
from async_dag.views.graph.dot_source import body_lines, first_id
from async_dag.views.graph.svg_text import centred

with extra("diagrams"):
    from graphviz.backend import dot_command

# The package keeps the program that it runs in a global variable.
_binary_lock = Lock()


class GraphvizDiagram(Digraph):
    """A `graphviz.Digraph`: `.render("graph.svg")`, `.save("graph.gv")`, `.pipe("png")`, `.source`.

    Made by `tm.draw.graphviz()` and `result.draw.graphviz()`. It can be extended like any
    `Digraph`. If no `dot` is on PATH, it is drawn with that of the package graphviz-pure, which
    writes SVG and PNG but no PDF.

    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> diagram = tm.draw.graphviz()
    >>> diagram.attr(label="one task")
    >>> diagram.pipe("svg").count(b"one task")
    1
    """

    body: list[str]
    # Stand in for the picture where it can't be shown. Copies and subgraphs have neither.
    _text: Callable[[], str] | None = None
    _diagram: Diagram | None = None

    @classmethod
    def of(cls, diagram: Diagram, text: Callable[[], str]) -> GraphvizDiagram:
        """The diagram, with the plain text that stands in for it where it can't be drawn."""
        digraph = cls(body=[f"{line}\n" for line in body_lines(diagram)], format="svg")
        digraph._text = text
        digraph._diagram = diagram
        return digraph

    def pipe(self, format: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Like `graphviz.Digraph.pipe`: the picture as bytes, or as a str if an `encoding` is given.

        Raises `MissingExtraError` (an `ImportError`) where there is no `dot`.
        """
        format = format or self.format
        with self._drawn_by(format, kwargs):
            picture: Any = super().pipe(format, *args, **kwargs)
        if format != "svg":
            return picture
        if isinstance(picture, str):
            return centred(picture)
        return centred(picture.decode()).encode()

    def render(self, filename: str | PathLike[str] | None = None, *args: Any, **kwargs: Any) -> str:
        """Like `graphviz.Digraph.render`: write the DOT text and the picture; return the latter's path.

        `render("graph.svg")` means `render(outfile="graph.svg")`: the picture is `graph.svg`, and
        the DOT text beside it is `graph.gv`.

        Raises `MissingExtraError` (an `ImportError`) where there is no `dot`.
        """
        if filename is not None and Path(filename).suffix in (".svg", ".png", ".pdf"):
            kwargs.setdefault("outfile", filename)
            filename = None
        outfile = kwargs.get("outfile")
        format = kwargs.get("format") or (Path(outfile).suffix[1:] if outfile else self.format)
        view = kwargs.pop("view", False)
        with self._drawn_by(format, kwargs):
            path: str = super().render(filename, *args, **kwargs)
        if path.endswith(".svg"):
            svg = Path(path).read_text(encoding="utf-8")
            Path(path).write_text(centred(svg), encoding="utf-8", newline="")
        if view:
            self._view(path, format=format, quiet=False)
        return path

    @contextmanager
    def _drawn_by(self, format: str, options: dict[str, Any]) -> Iterator[None]:
        """Make the package run the program that `find_dot` finds, while it draws in that format."""
        program = need_dot()
        if not is_port(program):
            yield
            return
        if format not in PORT_FORMATS:
            raise DrawingError(
                f"{program.name} draws svg and png, not {format}; for that, install Graphviz with "
                "its dot on PATH"
            )
        # It warns about each character whose width it has to guess.
        options.setdefault("quiet", True)
        body = self.body
        binary = dot_command.DOT_BINARY
        with _binary_lock:
            try:
                dot_command.DOT_BINARY = program
                if format == "png":
                    self.body = [line.translate(SIGNS_OF_THE_PORT) for line in body]
                yield
            finally:
                dot_command.DOT_BINARY = binary
                self.body = body

    def _repr_mimebundle_(
        self,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        **_: Any,
    ) -> Any:
        return dot_bundle(
            lambda: self.source,
            self._text or (lambda: self.source),
            self._alt,
            lambda: None if self._diagram is None else first_id(self._diagram),
            include,
            exclude,
            engine=self.engine or "dot",
        )

    def _alt(self) -> str:
        return self.source if self._diagram is None else alt_text(self._diagram)

    def __repr__(self) -> str:
        return f"<GraphvizDiagram of {len(self.source):,} characters: .render('graph.svg')>"
