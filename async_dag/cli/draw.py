"""`async-dag draw module:attribute`: the graph of a manager in a module, as a picture."""

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
from async_dag.cli.command import Command, CommandError
from async_dag.cli.formats import FORMATS, GraphToDraw, chosen_format, endings_of, names_of, write
from async_dag.draw.graph_draw import GraphDraw
from async_dag.views.common.terminal import shorten
from async_dag.views.graph.diagram import Detail, Direction


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="MODULE:ATTRIBUTE", help="such as pipeline:tm")
    parser.add_argument(
        "-f",
        "--format",
        metavar="FORMAT",
        help=f"one of {', '.join(names_of('graph'))}; by default what the ending of FILE says, or "
        "text if there is no FILE",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=f"where to write it ({', '.join(endings_of('graph'))}); by default standard output",
    )
    parser.add_argument("--direction", choices=get_args(Direction), default="auto")
    parser.add_argument("--detail", choices=get_args(Detail), default="auto")


def _run(arguments: argparse.Namespace) -> int:
    path = None if arguments.output is None else Path(arguments.output)
    name = chosen_format("graph", arguments.format, path)
    draw = GraphDraw(_manager(arguments.target))
    show = FORMATS[name].graph
    assert show is not None  # `chosen_format` returns no other
    write(show(GraphToDraw(draw, arguments.direction, arguments.detail, path)), path)
    return 0


def _manager(target: str) -> TaskManager[Any]:
    module_name, colon, attributes = target.partition(":")
    if not colon or not module_name or not attributes:
        raise CommandError(
            f"it takes a module and the name of a manager in it, such as pipeline:tm, not {target!r}"
        )
    if module_name.endswith(".py") or os.sep in module_name:
        raise CommandError(
            "it takes the name of a module as 'import' has it, such as pipeline:tm, not the file "
            f"{module_name!r}"
        )
    module = _module(module_name)
    value: Any = module
    for name in attributes.split("."):
        if not hasattr(value, name):
            raise CommandError(
                f"module {module_name!r} has no {shorten(attributes, 60, '…')!r}; {_managers(module)}"
            )
        value = getattr(value, name)
    if not isinstance(value, TaskManager):
        raise CommandError(
            f"{shorten(target, 80, '…')!r} is no TaskManager but of type {type(value).__name__}; "
            f"{_managers(module)}"
        )
    return value


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
            raise CommandError(
                f"there is no module {shorten(name, 60, '…')!r}, neither in this folder nor where "
                "Python looks"
            ) from error
        raise _failed(name, error) from error
    except (Exception, SystemExit) as error:  # whatever the module does while it is imported
        raise _failed(name, error) from error


def _failed(name: str, error: BaseException) -> CommandError:
    text = shorten(" ".join(str(error).split()), 200, "…")
    return CommandError(f"module {name!r} can't be imported: {type(error).__name__}: {text}")


def _managers(module: ModuleType) -> str:
    """The managers in a module, for an error message."""
    names = [name for name, value in vars(module).items() if isinstance(value, TaskManager)]
    if not names:
        return "there is no manager in that module, which 'with build_dag() as tm' would make"
    return f"the managers there are {', '.join(map(repr, names[:10]))}"


COMMAND: Final = Command(
    "draw",
    help="draw the graph of a manager in a module",
    description=(
        "Draw the graph of a manager. The module is imported, from this folder or from where Python "
        "looks; nothing is run."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
