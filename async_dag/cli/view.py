"""`async-dag view`: a saved trace as a chart in text, a picture, or a file for another program."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from async_dag.cli.command import Command, CommandError
from async_dag.cli.formats import FORMATS, RunToShow, chosen_format, endings_of, names_of, write
from async_dag.trace.trace import Trace


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("trace", metavar="TRACE", help="the file, .json or .json.gz")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write it; without --format the ending of the name says what: "
        f"{', '.join(endings_of('run'))} (.md and .mmd are Mermaid, .json is for ui.perfetto.dev)",
    )
    parser.add_argument("--html", metavar="FILE", help="the same as --format html --output FILE")
    parser.add_argument(
        "-f",
        "--format",
        metavar="FORMAT",
        help=f"one of {', '.join(names_of('run'))}; by default text",
    )
    parser.add_argument(
        "--theme", metavar="THEME", default="light", help="of an svg or png: light or dark"
    )


def _run(arguments: argparse.Namespace) -> int:
    output, format = arguments.output, arguments.format
    if arguments.html is not None:
        if (output, format) != (None, None):
            raise CommandError("--html stands for --output and --format; give one of them")
        output, format = arguments.html, "html"
    path = None if output is None else Path(output)
    name = chosen_format("run", format, path)
    if path is not None and _is_same(path, arguments.trace):
        raise CommandError(f"{output} is the trace itself; write to another file")
    try:
        trace = Trace.load(arguments.trace)
    except OSError as error:
        raise CommandError(f"{arguments.trace}: {error.strerror or error}") from error
    show = FORMATS[name].run
    assert show is not None  # `chosen_format` returns no other
    write(show(RunToShow(trace, arguments.theme, path)), path)
    return 0


def _is_same(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False  # one of them is not there


COMMAND: Final = Command(
    "view",
    help="show a run that trace.save() wrote to a file",
    description=(
        "Show a run that trace.save() wrote to a file: as a chart in text, or written to a file of "
        "another format."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
