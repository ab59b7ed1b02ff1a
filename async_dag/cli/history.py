"""`async-dag history FILE`: what makes the runs of a history slow."""

from __future__ import annotations

import argparse
from typing import Final

from async_dag._common.harmless import harmless
from async_dag.cli.command import Command
from async_dag.runs.cells import profile_text
from async_dag.runs.profile import profile


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help="a history, as async_dag.history(FILE) writes it"
    )
    parser.add_argument("--dag", metavar="NAME", help="which graph, if the history has several")
    parser.add_argument("--label", help="only runs that were recorded with this label")
    parser.add_argument(
        "--last", metavar="TIME", help="only runs that began within it, such as 24h"
    )
    parser.add_argument("--html", metavar="PAGE", help="write the profile as a page, too")


def _run(arguments: argparse.Namespace) -> int:
    profiled = profile(
        arguments.file, dag=arguments.dag, label=arguments.label, last=arguments.last
    )
    text = profile_text(profiled)
    if arguments.html is not None:
        profiled.draw.html(arguments.html)
    print("\n".join(harmless(line) for line in text.splitlines()))
    return 0


COMMAND: Final = Command(
    "history",
    help="show what makes the runs of a history slow",
    description=(
        "Show what makes the runs of a history slow: for each node, in how many runs it is critical, "
        "what halving it would save of the median, and what makes the slowest 1%% slow."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
