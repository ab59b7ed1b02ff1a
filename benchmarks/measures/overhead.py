"""The time of one invoke, per node, of a graph whose tasks do next to nothing."""

from __future__ import annotations

import asyncio
import gc
import time
from statistics import median
from typing import TypedDict

from benchmarks.contender import Contender
from benchmarks.graphs import SHAPES, TaskGraph

PARAMETER = 7


class Overhead(TypedDict):
    """Seconds per node."""

    wall: float
    cpu: float


def measure(
    contender: Contender, shape: str, count: int, paused: bool, runs: int, repeats: int
) -> Overhead:
    """The medians of `runs` timings, each of `repeats` invokes in a row, after one to warm up.

    The garbage collector is left as it is, so what a contender leaves to it is part of its time; what
    the previous run left is cleared away before each.
    """
    graph = SHAPES[shape](count, paused)
    return asyncio.run(_measure(contender, graph, graph.expected(PARAMETER), runs, repeats))


async def _measure(
    contender: Contender, graph: TaskGraph, expected: list[int], runs: int, repeats: int
) -> Overhead:
    walls: list[float] = []
    cpus: list[float] = []
    async with contender.prepare(graph) as prepared:
        invoke = prepared.invoke
        graph.check(prepared.values(await invoke(PARAMETER)), expected)
        for _ in range(runs):
            gc.collect()
            result = None
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(repeats):
                result = await invoke(PARAMETER)
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
            graph.check(prepared.values(result), expected)
            del result
    nodes = len(graph) * repeats
    return {"wall": median(walls) / nodes, "cpu": median(cpus) / nodes}
