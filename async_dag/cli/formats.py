"""The formats in which commands write pictures: one table for graphs and runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

from async_dag._common.shortening import short_repr
from async_dag.cli.command import CommandError
from async_dag.draw.graph_draw import GraphDraw
from async_dag.export.chrome_trace import chrome_json
from async_dag.trace.trace import Trace
from async_dag.views.common.axis import unbroken
from async_dag.views.common.terminal import Terminal
from async_dag.views.gantt.text import gantt_text
from async_dag.views.graph.dot_program import run_dot
from async_dag.views.graph.dot_source import dot_source
from async_dag.views.graph.svg_text import centred

_PAGE_WIDTH: Final = 100
"""Columns of a chart that is written to a text file."""
_DOT_TIMEOUT: Final = 600.0
"""Seconds that drawing may take; a large graph in full takes long."""


class GraphToDraw(NamedTuple):
    """A graph to draw, and how."""

    draw: GraphDraw
    direction: str
    detail: str
    path: Path | None


class RunToShow(NamedTuple):
    """A run to show, and how."""

    trace: Trace
    theme: Literal["light", "dark"]
    path: Path | None


class Format(NamedTuple):
    """One format: its file endings, and the functions that write a graph and a run in it."""

    endings: tuple[str, ...]
    graph: Callable[[GraphToDraw], str | bytes] | None
    run: Callable[[RunToShow], str | bytes] | None


def _terminal(path: Path | None, width: int | None = None) -> Terminal:
    """A terminal for the text: a file holds any character, stdout those of its encoding."""
    return Terminal() if path is None else Terminal(width, "utf-8")


def _graph_text(graph: GraphToDraw) -> str:
    terminal = _terminal(graph.path)
    return graph.draw.text(terminal.width, encoding=terminal.encoding) + "\n"


def _graph_mermaid(graph: GraphToDraw) -> str:
    diagram = graph.draw.mermaid(graph.direction, graph.detail)
    return diagram.markdown if _is_markdown(graph.path) else diagram.source


def _graph_dot(graph: GraphToDraw) -> str:
    return dot_source(graph.draw.diagram(graph.direction, graph.detail))


def _graph_svg(graph: GraphToDraw) -> str:
    return centred(run_dot(_graph_dot(graph), "svg", timeout=_DOT_TIMEOUT).decode())


def _graph_png(graph: GraphToDraw) -> bytes:
    return run_dot(_graph_dot(graph), "png", timeout=_DOT_TIMEOUT, dpi=144)


def _run_text(run: RunToShow) -> str:
    terminal = _terminal(run.path, _PAGE_WIDTH)
    findings = [terminal.harmless(str(finding)) for finding in run.trace.timeline.findings()]
    chart = gantt_text(
        run.trace, width=terminal.width, encoding=terminal.encoding, errors=not findings
    )
    lines = [line for text in findings for line in terminal.fill(unbroken(text), " ", indent="  ")]
    return "\n".join([chart, *([""] if lines else []), *lines, ""])


def _run_mermaid(run: RunToShow) -> str:
    chart = run.trace.draw.mermaid_gantt()
    return chart.markdown if _is_markdown(run.path) else chart.source


def _run_html(run: RunToShow) -> str:
    from async_dag.workbench.standalone import ShownRun, page

    return page([ShownRun(run.trace)])


def _run_svg(run: RunToShow) -> str:
    return run.trace.draw.gantt(theme=run.theme, findings=True).as_svg()


def _run_png(run: RunToShow) -> bytes:
    return run.trace.draw.gantt(theme=run.theme, findings=True).as_png()


def _run_chrome(run: RunToShow) -> str:
    return chrome_json(run.trace)


def _is_markdown(path: Path | None) -> bool:
    """Whether to put Mermaid text into a code fence."""
    return path is not None and path.suffix.lower() == ".md"


FORMATS: Final[dict[str, Format]] = {
    "text": Format((".txt",), _graph_text, _run_text),
    "html": Format((".html",), None, _run_html),
    "svg": Format((".svg",), _graph_svg, _run_svg),
    "png": Format((".png",), _graph_png, _run_png),
    "mermaid": Format((".md", ".mmd"), _graph_mermaid, _run_mermaid),
    "dot": Format((".dot", ".gv"), _graph_dot, None),
    "chrome": Format((".json",), None, _run_chrome),
}


def names_of(subject: Literal["graph", "run"]) -> list[str]:
    """The formats in which a graph, or a run, can be written."""
    return [name for name, format in FORMATS.items() if getattr(format, subject) is not None]


def endings_of(subject: Literal["graph", "run"]) -> Iterator[str]:
    """The endings of files in these formats."""
    for name in names_of(subject):
        yield from FORMATS[name].endings


def chosen_format(subject: Literal["graph", "run"], name: str | None, path: Path | None) -> str:
    """The format with that name, or that of the file, or text.

    Raises `CommandError` for an unknown name or ending, and for a PNG without a file.
    """
    names = names_of(subject)
    if name is None and path is not None:
        ending = path.suffix.lower()
        name = next((known for known in names if ending in FORMATS[known].endings), None)
        if name is None:
            raise CommandError(
                f"{path} has none of the endings {', '.join(endings_of(subject))}; give --format, "
                f"one of {', '.join(names)}"
            )
    name = name or "text"
    if name not in names:
        raise CommandError(f"there is no format {short_repr(name)}; there are {', '.join(names)}")
    if name == "png" and path is None and sys.stdout.isatty():
        raise CommandError(
            "a PNG can't be written to a terminal; give a file, such as -o picture.png"
        )
    return name


def write(picture: str | bytes, path: Path | None) -> None:
    """Write to a file, or to stdout. Raises `CommandError` if the file can't be written."""
    if path is None:
        data = _encoded(picture, _stdout_encoding())
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        path.write_bytes(_encoded(picture, "utf-8"))
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror or error}") from error


def _encoded(picture: str | bytes, encoding: str) -> bytes:
    """A picture as bytes; of characters that the encoding lacks, their escapes."""
    return picture if isinstance(picture, bytes) else picture.encode(encoding, "backslashreplace")


def _stdout_encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"
