"""`async-dag demo packages`: real work as a DAG, the check of the installed distributions.

Each node checks the files of one distribution, in a thread, once all that the distribution requires
is checked. Distributions that require each other in a circle are one node.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TextIO

from async_dag import TaskManager, TaskNode, build_dag, in_thread
from async_dag._common.harmless import harmless
from async_dag.demos.components import strong_components
from async_dag.demos.installed import Installed, check_files, find_installed
from async_dag.demos.three_ways import ThreeWays, run_three_ways, save_ways, seen_live, show
from async_dag.demos.verdicts import Verdict, report

Verdicts = tuple[Verdict, ...]


def check_group(group: Sequence[Installed], *required: Verdicts) -> Verdicts:
    """Check the files of all in a group, given the verdicts on all that the group requires."""
    files = [check_files(distribution) for distribution in group]
    culprits = {name for verdicts in required for verdict in verdicts for name in verdict.culprits}
    culprits |= {
        distribution.name
        for distribution, checked in zip(group, files, strict=True)
        if not checked.match
    }
    return tuple(
        Verdict(distribution, checked, tuple(sorted(culprits - {distribution.name})))
        for distribution, checked in zip(group, files, strict=True)
    )


def build_checks(
    installed: Sequence[Installed],
) -> tuple[TaskManager[None], list[TaskNode[None, Verdicts]]]:
    """The DAG of all checks, and its nodes: one for each distribution, or each circle of them."""
    position = {distribution.key: index for index, distribution in enumerate(installed)}
    requirements = [
        [position[key] for key in distribution.requires if key in position]
        for distribution in installed
    ]
    check = in_thread(check_group)
    nodes: list[TaskNode[None, Verdicts]] = []
    node_of: dict[int, TaskNode[None, Verdicts]] = {}
    with build_dag() as tm:
        # Each group comes after all that it requires, so their nodes are there already.
        for members in strong_components(requirements):
            group = [installed[member] for member in members]
            needed = {id(n): n for m in members for r in requirements[m] if (n := node_of.get(r))}
            named = tm.options(name=" + ".join(distribution.name for distribution in group))
            node = named.add_node(check, group, *needed.values())
            nodes.append(node)
            node_of.update(dict.fromkeys(members, node))
    return tm, nodes


def main(
    path: Sequence[str] | None = None,
    *,
    out: TextIO | None = None,
    width: int | None = None,
    html: str | None = None,
) -> int:
    """Check the distributions installed on `path` (by default `sys.path`) and print the verdicts.

    `out` is where to print, by default `sys.stdout`; `width` the columns there are, by default those
    of the terminal; `html` the file of a page with all runs, if one is wanted. Returns the exit
    status: 1 if a file is changed or missing, 2 if nothing is installed there, else 0.
    """
    stream = sys.stdout if out is None else out
    encoding = stream.encoding or "utf-8"

    def say(line: str = "") -> None:
        # Names may have characters that the terminal can't show; an escape beats a traceback.
        printable = line.encode(encoding, "backslashreplace").decode(encoding)
        # Flush, also into a pipe: the checks take seconds, and the reader should see progress.
        print(printable, file=stream, flush=True)

    installed = find_installed(path)
    if not installed:
        places = ", ".join(harmless(place) for place in (sys.path if path is None else path))
        say(f"no installed distributions were found in: {places}")
        return 2
    requirements = sum(len(distribution.requires) for distribution in installed)
    say(f"{len(installed)} distributions, {requirements} requirements among them")
    say()
    tm, nodes = build_checks(installed)
    say(tm.draw.text(width, encoding=encoding))
    say()
    with seen_live(tm, stream, width):
        verdicts, ways = asyncio.run(_check(tm, nodes))
    for line in show(ways, width=width, encoding=encoding):
        say(line)
    say()
    for line in report(verdicts):
        say(line)
    if html is not None:
        save_ways(html, ways)
    return 1 if any(verdict.has_damage for verdict in verdicts) else 0


async def _check(
    tm: TaskManager[None], nodes: Sequence[TaskNode[None, Verdicts]]
) -> tuple[list[Verdict], ThreeWays]:
    """The verdicts, and the checks run each way."""
    # The first run reads from the disk, later ones from the system's cache: it gives the verdicts
    # and is not measured, so that the order in which the ways are tried decides nothing.
    result = await tm.invoke()
    verdicts = [verdict for node in nodes for verdict in result[node]]
    return verdicts, await run_three_ways(tm)
