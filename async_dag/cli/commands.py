"""The commands of `async-dag`, in the order in which `--help` lists them."""

from __future__ import annotations

from typing import Final

from async_dag.cli import demo, diff, draw, history, view
from async_dag.cli.command import Command

COMMANDS: Final[tuple[Command, ...]] = (
    demo.COMMAND,
    view.COMMAND,
    draw.COMMAND,
    history.COMMAND,
    diff.COMMAND,
)
