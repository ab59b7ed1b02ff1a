"""The command `async-dag`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from async_dag._common.harmless import harmless
from async_dag.cli.command import CommandError
from async_dag.cli.commands import COMMANDS
from async_dag.errors import AsyncDagError

_WRONG_USAGE = 2
_INTERRUPTED = 130
"""128 plus the number of the signal, as in shells."""
_BROKEN_PIPE = 141


class _UsageError(Exception):
    """What was wrong with the arguments, in one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{self.prog}: {harmless(message)}; see {self.prog} --help")


class _Version(argparse.Action):
    """Prints the version, which takes a while to look up, only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from async_dag._common.version import __version__

        print(f"{parser.prog} {__version__}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="async-dag", description="Run DAGs of async tasks, and see them run.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_arguments(
            commands.add_parser(command.name, help=command.help, description=command.description)
        )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (by default those of the process).

    Returns the exit status: 2 after a single line on stderr if the command can't do what was asked,
    else that of the command. `--help` and `--version` raise `SystemExit(0)`, as argparse does.
    """
    try:
        arguments = _parser().parse_args(argv)
    except _UsageError as error:
        print(error, file=sys.stderr)
        return _WRONG_USAGE
    (command,) = (command for command in COMMANDS if command.name == arguments.command)
    try:
        return command.run(arguments)
    except (CommandError, AsyncDagError) as error:
        print(f"async-dag {command.name}: {harmless(str(error))}", file=sys.stderr)
        return _WRONG_USAGE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has closed the pipe (`| head`). Redirect stdout, so that Python does not fail
        # again when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
