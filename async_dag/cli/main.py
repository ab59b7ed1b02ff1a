"""The command `async-dag`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from async_dag import __version__
from async_dag.cli import draw
from async_dag.errors import AsyncDagError, MissingExtraError
from async_dag.views.common.terminal import harmless

_WRONG_USAGE = 2
_INTERRUPTED = 130
"""128 and the number of the signal, as shells have it."""
_BROKEN_PIPE = 141


class _UsageError(Exception):
    """What was wrong with the arguments, in one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{self.prog}: {harmless(message)}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="async-dag", description="Run DAGs of async tasks, and see it.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="run an example one by one, wave by wave and as a DAG, and compare",
        description="Run the same tasks one by one, wave by wave and as a DAG, and compare.",
    )
    _add_html(demo, default=None)
    demos = demo.add_subparsers(dest="demo", metavar="DEMO")
    readme = demos.add_parser(
        "readme",
        help="the six tasks of the README (this is what runs if you name none)",
        description="The six tasks of the README.",
    )
    _add_html(readme)
    packages = demos.add_parser(
        "packages",
        help="real work: check the files of all installed packages",
        description=(
            "Check the files of the installed Python distributions against the hashes recorded when "
            "they were installed, each after all that it requires. Exits with 1 if a file is changed "
            "or missing, with 2 if there are no distributions."
        ),
    )
    _add_html(packages)
    packages.add_argument(
        "path",
        nargs="*",
        metavar="FOLDER",
        help="where distributions are installed; by default where this Python looks for them",
    )
    _add_view(commands)
    draw.add_parser(commands)
    return parser


def _add_html(parser: argparse.ArgumentParser, default: str | None = argparse.SUPPRESS) -> None:
    parser.add_argument(
        "--html",
        metavar="FILE",
        default=default,
        help="also write the runs to a page that any browser opens",
    )


def _add_view(commands: argparse._SubParsersAction[_Parser]) -> None:
    view = commands.add_parser(
        "view",
        help="show a run that trace.save() wrote to a file",
        description=(
            "Show a run that trace.save() wrote to a file: as a chart in text, or written to a file of "
            "another kind."
        ),
    )
    view.add_argument("trace", metavar="TRACE", help="the file, .json or .json.gz")
    view.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write it; without --format the name's ending says what: "
        ".txt, .html, .svg, .png, .md or .mmd (Mermaid), .json (for ui.perfetto.dev)",
    )
    view.add_argument("--html", metavar="FILE", help="the same as --format html --output FILE")
    view.add_argument(
        "-f",
        "--format",
        metavar="FORMAT",
        help="text, html, svg, png, mermaid or chrome; by default text",
    )
    view.add_argument(
        "--theme", metavar="THEME", default="light", help="of an svg or png: light or dark"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (by default those of the process).

    Returns the exit status: 2 after a single line on stderr if the arguments are wrong, else that of
    the command. `--help` and `--version` raise `SystemExit(0)`, as argparse does.
    """
    try:
        arguments = _parser().parse_args(argv)
    except _UsageError as error:
        print(error, file=sys.stderr)
        return _WRONG_USAGE
    try:
        if arguments.command == "view":
            return _view(arguments)
        if arguments.command == "draw":
            return draw.run(arguments)
        return _run_demo(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`). Python would complain once more when it
        # flushes stdout at its end; there is nothing to flush it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def _run_demo(arguments: argparse.Namespace) -> int:
    # Imported on use: `--help` need not wait for asyncio.
    try:
        if arguments.demo == "packages":
            from async_dag.demos import packages

            return packages.main(arguments.path or None, html=arguments.html)
        from async_dag.demos import readme

        return readme.main(html=arguments.html)
    except MissingExtraError as error:
        print(f"async-dag demo: {error}", file=sys.stderr)
        return _WRONG_USAGE
    except OSError as error:
        if arguments.html is None or error.filename != arguments.html:
            raise
        print(f"async-dag demo: {harmless(f'{arguments.html}: {error.strerror}')}", file=sys.stderr)
        return _WRONG_USAGE


def _view(arguments: argparse.Namespace) -> int:
    from async_dag.cli import view

    if arguments.html is not None and (arguments.output, arguments.format) != (None, None):
        print(
            "async-dag view: --html stands for --output and --format; give one of them",
            file=sys.stderr,
        )
        return _WRONG_USAGE
    try:
        view.view(
            arguments.trace,
            output=arguments.output if arguments.html is None else arguments.html,
            format=arguments.format if arguments.html is None else "html",
            theme=arguments.theme,
        )
    except BrokenPipeError:
        raise
    except OSError as error:
        where = error.filename if error.filename is not None else arguments.trace
        print(f"async-dag view: {harmless(f'{where}: {error.strerror}')}", file=sys.stderr)
        return _WRONG_USAGE
    except AsyncDagError as error:
        print(f"async-dag view: {harmless(str(error))}", file=sys.stderr)
        return _WRONG_USAGE
    return 0
