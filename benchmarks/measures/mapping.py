"""Two stages for each element of a list: what an element costs, and when its second stage starts."""

from __future__ import annotations

import asyncio
import gc
import time
from statistics import median
from typing import TypedDict

from benchmarks.contender import CannotExpressError, Contender
from benchmarks.stages import Stage

UNEVEN = 32
"""Elements of the run whose stages sleep."""


class Mapping(TypedDict):
    """Seconds an element of `wall` and `cpu`; the rest of a run whose elements are uneven.

    `handed_on`: by how much the second stage of an element began after its first was done, at most.
    `behind`: how long after the last end of the first stage the first of the second began; 0 if before
    it, so that there is no barrier. `longer`: its makespan over the least that is possible.
    """

    wall: float
    cpu: float
    handed_on: float
    behind: float
    longer: float


def measure(contender: Contender, count: int, runs: int) -> Mapping:
    """Medians of `runs` timings, after one to warm up."""
    if contender.maps is None:
        raise CannotExpressError("has no maps over a list that is known only at run time")
    return asyncio.run(_measure(contender, count, runs))


async def _measure(contender: Contender, count: int, runs: int) -> Mapping:
    assert contender.maps is not None
    walls: list[float] = []
    cpus: list[float] = []
    elements = list(range(count))
    async with contender.maps(Stage(), Stage()) as invoke:
        for timed in [False] + [True] * runs:
            gc.collect()
            cpu, wall = time.process_time(), time.perf_counter()
            values = await invoke(elements)
            if timed:
                walls.append(time.perf_counter() - wall)
                cpus.append(time.process_time() - cpu)
            if list(values) != [element + 2 for element in elements]:
                raise ValueError(f"{contender.name} gives wrong values")
    seconds = [0.02 + 0.18 * (number * 7 % UNEVEN) / UNEVEN for number in range(UNEVEN)]
    first, second = Stage(seconds), Stage(seconds[::-1])
    least = max(a + b for a, b in zip(first.seconds, second.seconds, strict=True))
    async with contender.maps(first, second) as invoke:
        await invoke(list(range(UNEVEN)))
        began = time.perf_counter()
        await invoke(list(range(UNEVEN)))
        makespan = time.perf_counter() - began
    return {
        "wall": median(walls) / count,
        "cpu": median(cpus) / count,
        "handed_on": max(second.began[number] - first.ended[number] for number in range(UNEVEN)),
        "behind": max(0.0, min(second.began.values()) - max(first.ended.values())),
        "longer": makespan / least,
    }
