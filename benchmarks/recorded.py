"""Recorded workflows as graphs of tasks that sleep as long as the real ones ran.

A file is a JSON object whose `tasks` are `[label, seconds, [indices of parents]]`, in topological
order.
"""

from __future__ import annotations

import json
from asyncio import sleep
from pathlib import Path

from benchmarks.graphs import Node, TaskGraph
from benchmarks.tasks import Task


def load(path: Path, critical_path: float) -> TaskGraph:
    """The workflow of a file, its durations scaled so that its longest chain takes so many seconds.

    With 0 no task sleeps, which is how the right values are found without waiting for the work.
    """
    tasks: list[tuple[str, float, list[int]]] = json.loads(path.read_text(encoding="utf-8"))[
        "tasks"
    ]
    ends: list[float] = []
    for _, seconds, parents in tasks:
        ends.append(seconds + max((ends[parent] for parent in parents), default=0.0))
    scale = critical_path / max(ends)
    nodes = (Node(_sleeper(seconds * scale), tuple(parents)) for _, seconds, parents in tasks)
    return TaskGraph(tuple(nodes), paused=True)


def _sleeper(seconds: float) -> Task:
    async def work(*values: int) -> int:
        await sleep(seconds)
        return (1 + sum(values)) & 0xFFFF

    return work
