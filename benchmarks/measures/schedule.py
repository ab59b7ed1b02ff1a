"""The makespan of a recorded workflow whose critical path takes one second."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median
from typing import TypedDict

from benchmarks.contender import Contender
from benchmarks.graphs import TaskGraph
from benchmarks.recorded import load

PARAMETER = 7
CRITICAL_PATH = 1.0


class Makespan(TypedDict):
    """Seconds."""

    wall: float
    cpu: float


def measure(contender: Contender, workflow: str, runs: int) -> Makespan:
    """The median of `runs` makespans, after one run without durations to warm up."""
    path = Path(workflow)
    expected = load(path, 0).expected(PARAMETER)
    return asyncio.run(_measure(contender, path, expected, runs))


async def _measure(contender: Contender, path: Path, expected: list[int], runs: int) -> Makespan:
    walls: list[float] = []
    cpus: list[float] = []
    await _run(contender, load(path, 0), expected)
    for _ in range(runs):
        wall, cpu = await _run(contender, load(path, CRITICAL_PATH), expected)
        walls.append(wall)
        cpus.append(cpu)
    return {"wall": median(walls), "cpu": median(cpus)}


async def _run(contender: Contender, graph: TaskGraph, expected: list[int]) -> tuple[float, float]:
    async with contender.prepare(graph) as prepared:
        cpu, start = time.process_time(), time.perf_counter()
        result = await prepared.invoke(PARAMETER)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        graph.check(prepared.values(result), expected)
    return wall, cpu
