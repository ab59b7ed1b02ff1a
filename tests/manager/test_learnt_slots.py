"""`max_concurrency` with nothing passed: from the second run on slots go by what was measured."""

from __future__ import annotations

import asyncio
import math
from random import Random
from statistics import fmean

from async_dag import TaskManager, TaskNode
from tests.support.virtual import VirtualLoop, run_virtual

Tasks = list[tuple[float, tuple[int, ...]]]
"""Of each task its seconds and what it needs."""


def recorded_like(rng: Random, samples: int) -> Tasks:
    """A workflow as scientists have them: a chain for each sample, steps over all, a report.

    Steps of one kind take alike, some samples are large, and some chains branch.
    """
    tasks: Tasks = [(2.0, ())]
    steps = [math.exp(rng.gauss(1.0, 1.2)) for _ in range(5)]
    ends: list[int] = []
    for _ in range(samples):
        size = math.exp(rng.gauss(0.0, 0.6))
        last = 0
        for step in steps[: rng.randint(2, 5)]:
            if rng.random() < 0.3:
                tasks.append((step * size * rng.uniform(0.2, 0.8), (last,)))
                ends.append(len(tasks) - 1)
            tasks.append((step * size, (last,)))
            last = len(tasks) - 1
        ends.append(last)
    tasks.append((3.0, tuple(ends)))
    tasks.append((1.0, (len(tasks) - 1,)))
    return tasks


def lower_bound(tasks: Tasks, slots: int) -> float:
    """No schedule is shorter: the longest path, and all work shared out evenly."""
    ends: list[float] = []
    for seconds, needed in tasks:
        ends.append(max([ends[other] for other in needed], default=0.0) + seconds)
    return max(*ends, sum(seconds for seconds, _ in tasks) / slots)


def makespans(tasks: Tasks, slots: int) -> tuple[float, float, float]:
    """Of the first run, of the second one, and of one that is told all durations."""

    async def main(loop: VirtualLoop) -> tuple[float, float, float]:
        tm = TaskManager[None](clock=loop.time)
        nodes: list[TaskNode[None, None]] = []
        for seconds, needed in tasks:
            after = [nodes[other] for other in needed]
            nodes.append(tm.options(after=after).add_node(asyncio.sleep, seconds))
        tm.sort()
        first = await tm.invoke(max_concurrency=slots)
        second = await tm.invoke(max_concurrency=slots)
        known = {node.name: seconds for node, (seconds, _) in zip(nodes, tasks, strict=True)}
        told = await tm.invoke(max_concurrency=slots, durations=known)
        return tuple(run.timeline.makespan for run in (first, second, told))  # type: ignore[return-value]

    return run_virtual(main)


def test_the_second_run_is_as_good_as_with_known_durations() -> None:
    """Over workflows and numbers of slots: at most 3 % above the lower bound on average."""
    firsts: list[float] = []
    seconds: list[float] = []
    for seed in range(8):
        tasks = recorded_like(Random(seed), 25)
        for slots in (2, 4, 8, 16):
            first, second, told = makespans(tasks, slots)
            assert second <= told * 1.005
            bound = lower_bound(tasks, slots)
            firsts.append(first / bound)
            seconds.append(second / bound)
    assert fmean(seconds) <= 1.03
    assert fmean(firsts) > fmean(seconds) + 0.01
