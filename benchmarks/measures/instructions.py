"""Instructions per node of an invoke, as valgrind counts them.

A count differs by a fraction of a percent between two runs, on a busy machine as on a quiet one, so it
shows what a change of the engine costs where times can't.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

from benchmarks.contender import CannotExpressError, Contender
from benchmarks.graphs import SHAPES, TaskGraph

ROOT = Path(__file__).parent.parent.parent
PARAMETER = 7

# The clock counts the calls of it, 10 ns each. On the real clock everything takes fifty times as long
# under valgrind, so the engine would give the event loop more turns than it does in earnest. It is
# exchanged before anything is imported that keeps the function.
_COUNTED = """\
import itertools, sys, time
time.perf_counter = itertools.count(0, 1e-8).__next__
sys.path.append(sys.argv[1])
from benchmarks.measures.instructions import run
run(*sys.argv[2:])
"""


class Instructions(TypedDict):
    """Per node."""

    instructions: float


def measure(
    contender: Contender, shape: str, count: int, paused: bool, few: int, many: int
) -> Instructions:
    """The difference between a process that invokes `many` times and one that invokes `few` times.

    So neither the start of the interpreter nor building the graph counts. Nor does the interpreter's
    end, which is left out: it collects garbage several times, among all that each run has left.
    """
    if shutil.which("valgrind") is None:
        raise CannotExpressError("needs valgrind on PATH")
    options = {"contender": contender.name, "shape": shape, "count": count, "paused": paused}
    nodes = len(SHAPES[shape](count, paused))
    subprocess.run(_program(options, 1), check=True)  # afterwards all modules are compiled
    difference = _counted(options, many) - _counted(options, few)
    return {"instructions": difference / ((many - few) * nodes)}


def _counted(options: dict[str, object], invokes: int) -> int:
    """Instructions of a process that builds the graph and invokes it so many times."""
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}"]
    done = subprocess.run(
        [*tool, *_program(options, invokes)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if collected is None:
        raise RuntimeError(f"valgrind told no count: {done.stderr[-500:]}")
    return int(collected[1])


def _program(options: dict[str, object], invokes: int) -> list[str]:
    start = [sys.executable, "-P", "-c", _COUNTED, str(ROOT)]
    return [*start, json.dumps(options), str(invokes)]


def run(options_text: str, invokes: str) -> None:
    """What the counted process does."""
    from benchmarks.contenders import all_contenders

    options = json.loads(options_text)
    graph = SHAPES[options["shape"]](options["count"], options["paused"])
    asyncio.run(_run(all_contenders()[options["contender"]], graph, int(invokes)))
    os._exit(0)


async def _run(contender: Contender, graph: TaskGraph, invokes: int) -> None:
    async with contender.prepare(graph) as prepared:
        for _ in range(invokes):
            await prepared.invoke(PARAMETER)
