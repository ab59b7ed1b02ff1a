"""`async-dag diff FILE --label A B`: what changed between two labels of a history, for CI."""

from __future__ import annotations

import argparse
import math
from typing import Final

from async_dag._common.harmless import harmless
from async_dag.cli.command import Command, CommandError
from async_dag.runs.difference import diff
from async_dag.runs.profile import profile

_FAILED: Final = 1


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help="a history, as async_dag.history(FILE) writes it"
    )
    parser.add_argument(
        "--label", nargs=2, required=True, metavar=("BEFORE", "AFTER"), help="the two labels"
    )
    parser.add_argument("--dag", metavar="NAME", help="which graph, if the history has several")
    parser.add_argument("--html", metavar="PAGE", help="write the difference as a page, too")
    parser.add_argument(
        "--fail-over",
        metavar="PERCENT",
        help="exit with status 1 if a node, all nodes alike, or the makespan is slower by more, beyond "
        "noise",
    )


def _run(arguments: argparse.Namespace) -> int:
    limit = None if arguments.fail_over is None else _share(arguments.fail_over)
    before, after = (
        profile(arguments.file, dag=arguments.dag, label=label) for label in arguments.label
    )
    difference = diff(before, after)
    if arguments.html is not None:
        difference.draw.html(arguments.html)
    print("\n".join(harmless(line) for line in difference.text().splitlines()))
    if limit is None or difference.slowdown <= 1 + limit:
        return 0
    print(f"\nslower by more than {arguments.fail_over}: {100 * (difference.slowdown - 1):.1f}%")
    return _FAILED


def _share(text: str) -> float:
    """`5%` or `5` as 0.05."""
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = math.nan
    if not 0 <= percent < math.inf:
        raise CommandError(
            f"--fail-over takes a percentage of at least 0, such as 5%, not {text!r}"
        )
    return percent / 100


COMMAND: Final = Command(
    "diff",
    help="show what changed between two labels of a history",
    description=(
        "Show what changed between the runs of two labels of a history, beyond noise. Exit status: 0; "
        "1 if --fail-over is passed; 2 for bad input."
    ),
    add_arguments=_add_arguments,
    run=_run,
)
