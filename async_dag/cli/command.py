"""`Command`: what each command of `async-dag` declares, and the error that ends one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple


class Command(NamedTuple):
    """One command.

    Attributes:
        name: what follows `async-dag`.
        help: a few words for the list of commands.
        description: sentences for its own `--help`.
        add_arguments: adds its arguments to a parser.
        run: runs it and returns the exit status.
    """

    name: str
    help: str
    description: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


class CommandError(Exception):
    """A command can't do what was asked; its text is one sentence, and the exit status is 2."""
