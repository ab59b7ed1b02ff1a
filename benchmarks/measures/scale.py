"""Large graphs: seconds and resident bytes per node, from building to the end of the run."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from pathlib import Path
from typing import TypedDict

from benchmarks.contender import Contender
from benchmarks.graphs import SHAPES, TaskGraph

PARAMETER = 7


class Scale(TypedDict):
    """Per node: seconds (build and sort, invoke, both), and resident bytes."""

    build: float
    invoke: float
    wall: float
    cpu: float
    bytes: float | None


def resident_bytes() -> int | None:
    """Memory of this process that is in RAM now; None where the system has no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure(contender: Contender, shape: str, count: int) -> Scale:
    """One graph, built and run once in a fresh process, its result still held."""
    graph = SHAPES[shape](count, False)
    return asyncio.run(_measure(contender, graph, graph.expected(PARAMETER)))


async def _measure(contender: Contender, graph: TaskGraph, expected: list[int]) -> Scale:
    # The library and what it loads on its first use are no cost of a node.
    warm_up = SHAPES["layers"](300, False)
    async with contender.prepare(warm_up) as prepared:
        await prepared.invoke(PARAMETER)
    del prepared, warm_up
    gc.collect()
    before = resident_bytes()
    cpu, start = time.process_time(), time.perf_counter()
    async with contender.prepare(graph) as prepared:
        built = time.perf_counter()
        result = await prepared.invoke(PARAMETER)
        end, cpu = time.perf_counter(), time.process_time() - cpu
        after = resident_bytes()
        graph.check(prepared.values(result), expected)
    count = len(graph)
    return {
        "build": (built - start) / count,
        "invoke": (end - built) / count,
        "wall": (end - start) / count,
        "cpu": cpu / count,
        "bytes": None if before is None or after is None else (after - before) / count,
    }
