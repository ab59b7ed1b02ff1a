"""`async-dag demo`: the same tasks one by one, wave by wave and as a DAG."""

from __future__ import annotations

import argparse
from typing import Final

from async_dag.cli.command import Command, CommandError


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_html(parser, default=None)
    demos = parser.add_subparsers(dest="demo", metavar="DEMO")
    readme = demos.add_parser(
        "readme",
        help="the six tasks of the README (the default)",
        description="The six tasks of the README.",
    )
    _add_html(readme)
    cluster = demos.add_parser(
        "cluster",
        help="a workflow on worker processes of this machine (extra dask)",
        description=(
            "Start a cluster of Dask distributed on this machine, and run a workflow in this process "
            "and there, each drawn while it goes on."
        ),
    )
    _add_html(cluster)
    cluster.add_argument("--workers", type=_count, default=2, help="processes (default: 2)")
    cluster.add_argument("--threads", type=_count, default=1, help="threads of each (default: 1)")
    cluster.add_argument(
        "--kill",
        action="store_true",
        help="kill a worker in the middle of the run, to see what runs again",
    )


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:
        raise argparse.ArgumentTypeError(f"takes 1 to 64; given was {number}")
    return number


def _add_html(parser: argparse.ArgumentParser, default: str | None = argparse.SUPPRESS) -> None:
    parser.add_argument(
        "--html",
        metavar="FILE",
        default=default,
        help="also write the runs to a page that any browser opens",
    )


def _run(arguments: argparse.Namespace) -> int:
    # Imported on use, so that `--help` is quick.
    try:
        if arguments.demo == "cluster":
            from async_dag.demos import on_cluster

            return on_cluster.main(
                workers=arguments.workers,
                threads=arguments.threads,
                kill=arguments.kill,
                html=arguments.html,
            )
        from async_dag.demos import readme

        return readme.main(html=arguments.html)
    except OSError as error:
        if arguments.html is None or error.filename != arguments.html:
            raise
        raise CommandError(f"{arguments.html}: {error.strerror}") from error


COMMAND: Final = Command(
    "demo",
    help="run an example one by one, wave by wave and as a DAG, and compare",
    description="Run the same tasks one by one, wave by wave and as a DAG, and compare.",
    add_arguments=_add_arguments,
    run=_run,
)
