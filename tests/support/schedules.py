"""Traces that were never run: a schedule worked out from durations, for pictures of any size."""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from async_dag.graph.graph import Graph, Origin
from async_dag.trace.columns import Wait
from async_dag.trace.trace import Trace


class Job(NamedTuple):
    """One task as it would run."""

    label: str  # what tasks have in common that are drawn as one
    seconds: float
    needs: tuple[int, ...] = ()
    held: float = 0.0  # seconds, of its own


def made_trace(jobs: Sequence[Job], slots: int | None = None) -> Trace:
    """The run of these jobs, each after all that it needs, in topological order.

    With `slots` at most so many run at once, in the order in which they become ready.
    """
    names = [f"{job.label}_{index}" for index, job in enumerate(jobs)]
    graph = Graph.of(
        names,
        ["task"] * len(jobs),
        [job.needs for job in jobs],
        [Origin(job.label, f"/home/someone/{job.label}.py", 12) for job in jobs],
        [None] * len(jobs),
    )
    trace = Trace(graph)
    missing = [len(job.needs) for job in jobs]
    dependents: list[list[int]] = [[] for _ in jobs]
    for index, job in enumerate(jobs):
        for needed in job.needs:
            dependents[needed].append(index)
    queue = [index for index, count in enumerate(missing) if not count]
    for index in queue:
        trace.ready[index] = 0.0
    running: list[tuple[float, int]] = []
    now = 0.0
    place = 0
    while place < len(queue) or running:
        while place < len(queue) and (slots is None or len(running) < slots):
            index = queue[place]
            place += 1
            trace.started[index] = now
            if now > trace.ready[index]:
                trace.waits.append(Wait(index, "slot", trace.ready[index], now))
            trace.held[index] = jobs[index].held
            heapq.heappush(running, (now + jobs[index].seconds, index))
        now, done = heapq.heappop(running)
        trace.finished[done] = now
        for dependent in dependents[done]:
            missing[dependent] -= 1
            if not missing[dependent]:
                trace.ready[dependent] = now
                queue.append(dependent)
    trace.max_concurrency = slots
    trace.close(now)
    return trace


def recorded(path: Path, slots: int | None = None) -> Trace:
    """The run of a recorded workflow: `{"tasks": [[label, seconds, [parents]], ...]}`."""
    tasks = json.loads(path.read_text(encoding="utf-8"))["tasks"]
    return made_trace(
        [Job(label.split("_")[0], seconds, tuple(needs)) for label, seconds, needs in tasks],
        slots,
    )


def mosaic(images: int) -> list[Job]:
    """Jobs in the shape of a large astronomical mosaic: about 20 times as many as images."""
    jobs = [Job("project", 90.0 + index % 7) for index in range(images)]
    pairs = [
        (one, other) for one in range(images) for other in range(one + 1, min(one + 18, images))
    ]
    fits = []
    for number, pair in enumerate(pairs):
        fits.append(len(jobs))
        jobs.append(Job("fit_difference", 0.5 + number % 5, pair, held=0.1))
    model = len(jobs)
    jobs.append(Job("model", 30.0, tuple(fits)))
    corrected = []
    for image in range(images):
        corrected.append(len(jobs))
        jobs.append(Job("correct", 4.0 + image % 3, (image, model)))
    jobs.append(Job("add", 40.0, tuple(corrected)))
    return jobs
