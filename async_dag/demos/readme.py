"""`async-dag demo`: really runs the README's example one by one, wave by wave and as a DAG."""

from __future__ import annotations

import asyncio
import sys
from asyncio import sleep
from typing import TextIO

from async_dag import TaskManager, build_dag
from async_dag.demos.three_ways import run_three_ways, save_ways, seen_live, show


async def fast_task_a(n: int) -> int:
    """0.1 s."""
    await sleep(0.1)
    return n + 1


async def slow_task_a(n: int) -> int:
    """0.5 s."""
    await sleep(0.5)
    return n + 2


async def fast_task_b(n: int) -> int:
    """0.2 s."""
    await sleep(0.2)
    return n + 3


async def slow_task_b(a: int) -> int:
    """1.0 s."""
    await sleep(1.0)
    return a * 10


async def fast_task_c(a: int, b: int) -> int:
    """0.1 s."""
    await sleep(0.1)
    return a + b


async def end_task(b: int, c: int) -> int:
    """0.1 s."""
    await sleep(0.1)
    return b + c


def add_tasks(tm: TaskManager[int]) -> None:
    """Add the six tasks with their dependencies, as in the README."""
    fast_a = tm.add_node(fast_task_a, tm.parameter_node)
    slow_b = tm.add_node(slow_task_b, fast_a)
    slow_a = tm.add_node(slow_task_a, tm.parameter_node)
    fast_b = tm.add_node(fast_task_b, tm.parameter_node)
    fast_c = tm.add_node(fast_task_c, slow_a, fast_b)
    tm.add_node(end_task, slow_b, fast_c)


def main(*, out: TextIO | None = None, width: int | None = None, html: str | None = None) -> int:
    """Run the example each way and print the graph, a chart and the ways. Returns 0.

    `out` is where to print, by default `sys.stdout`; `width` the columns there are, by default those
    of the terminal; `html` the file of a page with all runs, if one is wanted. It takes about five
    seconds: the runs are real.
    """
    stream = sys.stdout if out is None else out
    encoding = stream.encoding or "utf-8"
    with build_dag(int) as tm:
        add_tasks(tm)
    # Flush, also into a pipe, so that the reader sees progress.
    print(tm.draw.text(width, encoding=encoding), end="\n\n", file=stream, flush=True)
    with seen_live(tm, stream, width):
        ways = asyncio.run(run_three_ways(tm, 0))
    for line in show(ways, width=width, encoding=encoding):
        print(line, file=stream)
    if html is None:
        print("\nto see it: async-dag demo --html ways.html", file=stream)
    else:
        save_ways(html, ways)
        print(f"\nto see it: open {html} in a browser", file=stream)
    return 0
