"""`async-dag draw module:attribute`: the graph of a manager that stands in a module, as a picture."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_args

from async_dag import TaskManager
from async_dag.draw.graph_draw import GraphDraw
from async_dag.errors import AsyncDagError
from async_dag.views.common.terminal import harmless, shorten
from async_dag.views.graph.diagram import Detail, Direction
from async_dag.views.graph.dot_program import run_dot
from async_dag.views.graph.dot_source import dot_source
from async_dag.views.graph.svg_text import centred

FORMATS: Final = ("svg", "png", "mermaid", "dot", "text")
_FORMAT_OF: Final = {
    ".svg": "svg",
    ".png": "png",
    ".md": "mermaid",
    ".mmd": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".txt": "text",
}
_TIMEOUT: Final = 600.0  # seconds; whoever asks for a large picture in full waits for it


class DrawError(Exception):
    """What was wrong, in one sentence."""


def add_parser(commands: Any) -> None:
    """Add the command to the subparsers of `async-dag`."""
    draw: argparse.ArgumentParser = commands.add_parser(
        "draw",
        help="draw the graph of a manager in a module",
        description=(
            "Draw the graph of a manager. The module is imported, from this folder or from where "
            "Python looks; nothing is run."
        ),
    )
    draw.add_argument("target", metavar="MODULE:ATTRIBUTE", help="such as pipeline:tm")
    draw.add_argument(
        "--format",
        choices=FORMATS,
        help="by default what the name of FILE ends with, or text if there is no FILE",
    )
    draw.add_argument("-o", "--output", metavar="FILE", help="by default standard output")
    draw.add_argument("--direction", choices=get_args(Direction), default="auto")
    draw.add_argument("--detail", choices=get_args(Detail), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """Draw, and return the exit status: 2, after one line on stderr, if that can't be done."""
    try:
        _draw(arguments)
    except (DrawError, AsyncDagError) as error:
        print(f"async-dag draw: {harmless(str(error))}", file=sys.stderr)
        return 2
    return 0


def _draw(arguments: argparse.Namespace) -> None:
    path = None if arguments.output is None else Path(arguments.output)
    format = arguments.format or _format_of(path)
    if format == "png" and path is None and sys.stdout.isatty():
        raise DrawError("a PNG is not for a terminal: give a file with -o graph.png")
    draw = GraphDraw(_manager(arguments.target))
    options = {"direction": arguments.direction, "detail": arguments.detail}
    if format == "text":
        # A file holds any character; a terminal those of its encoding.
        text = draw.text() if path is None else draw.text(encoding="utf-8")
        _write((text + "\n").encode(_encoding(path)), path)
        return
    if format == "mermaid":
        diagram = draw.mermaid(**options)
        in_fence = path is not None and path.suffix == ".md"
        _write((diagram.markdown if in_fence else diagram.source).encode(), path)
        return
    source = dot_source(draw.diagram(**options))
    if format == "dot":
        _write(source.encode(), path)
    elif format == "svg":
        _write(centred(run_dot(source, "svg", timeout=_TIMEOUT).decode()).encode(), path)
    else:
        _write(run_dot(source, "png", timeout=_TIMEOUT, dpi=144), path)


def _encoding(path: Path | None) -> str:
    return "utf-8" if path is not None else getattr(sys.stdout, "encoding", None) or "utf-8"


def _format_of(path: Path | None) -> str:
    if path is None:
        return "text"
    format = _FORMAT_OF.get(path.suffix.lower())
    if format is None:
        raise DrawError(
            f"{str(path)!r} ends with none of {', '.join(_FORMAT_OF)}: say --format, one of "
            f"{', '.join(FORMATS)}"
        )
    return format


def _write(data: bytes, path: Path | None) -> None:
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        raise DrawError(f"{str(path)!r} can't be written: {error.strerror or error}") from error


def _manager(target: str) -> TaskManager[Any]:
    module_name, colon, attributes = target.partition(":")
    if not colon or not module_name or not attributes:
        raise DrawError(
            f"it takes a module and the name of a manager in it, such as pipeline:tm, not {target!r}"
        )
    if module_name.endswith(".py") or os.sep in module_name:
        raise DrawError(
            "it takes the name of a module as 'import' has it, such as pipeline:tm, not the file "
            f"{module_name!r}"
        )
    module = _module(module_name)
    found: Any = module
    for name in attributes.split("."):
        if not hasattr(found, name):
            raise DrawError(
                f"module {module_name!r} has no {shorten(attributes, 60, '…')!r}; {_managers(module)}"
            )
        found = getattr(found, name)
    if not isinstance(found, TaskManager):
        raise DrawError(
            f"{shorten(target, 80, '…')!r} is no TaskManager but of type {type(found).__name__}; "
            f"{_managers(module)}"
        )
    return found


def _module(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        # What the module prints must not come before the picture.
        with contextlib.redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise DrawError(
                f"there is no module {shorten(name, 60, '…')!r}, neither in this folder nor where "
                "Python looks"
            ) from error
        raise _failed(name, error) from error
    except (Exception, SystemExit) as error:  # whatever the module does while it is imported
        raise _failed(name, error) from error


def _failed(name: str, error: BaseException) -> DrawError:
    said = shorten(" ".join(str(error).split()), 200, "…")
    return DrawError(f"module {name!r} can't be imported: {type(error).__name__}: {said}")


def _managers(module: ModuleType) -> str:
    """What could have been meant."""
    names = [name for name, value in vars(module).items() if isinstance(value, TaskManager)]
    if not names:
        return "there is no manager in that module, which 'with build_dag() as tm' would make"
    return f"the managers there are {', '.join(map(repr, names[:10]))}"
