"""What is measured, as lists of jobs: a case is one line of the table for each contender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.contender import Contender
from benchmarks.contenders import OURS
from benchmarks.measures.looking import loops_per_node
from benchmarks.rounds import Job

FULL_SIZE = {"chain": 5_000, "independent": 10_000, "layers": 10_000, "readme": 6}
"""Nodes of the graph of each shape."""

COUNTED_SIZE = {"chain": 1_000, "independent": 1_000, "layers": 1_000, "readme": 6}
"""The same where instructions are counted, which takes fifty times as long."""

README_REPEATS = 500
"""So often the README's small graph runs for one timing."""

SCALES = (10_000, 100_000, 1_000_000)
"""Nodes."""

RUNS = 9
"""Timings in one process; the process answers with their median."""

SLOW_RUNS = 2
"""The same for the slow contenders, which differ from the others by far more than the noise."""


def overhead(contenders: Sequence[Contender], shapes: Sequence[str]) -> Iterator[Job]:
    """Every shape, with tasks that never await and with one `sleep(0)`.

    Ours is measured at every size that some other contender is given.
    """
    for shape in shapes:
        for paused in (False, True):
            line = f"{shape}, {'sleep(0)' if paused else 'never awaits'}"
            sizes = {_size(one, shape) for one in contenders}
            for contender in contenders:
                wanted = sizes if contender.name == OURS else {_size(contender, shape)}
                for size in sorted(wanted, reverse=True):
                    options = {
                        "shape": shape,
                        "count": size,
                        "paused": paused,
                        "runs": RUNS if contender.sizes is None else SLOW_RUNS,
                        "repeats": _repeats(contender, shape, size),
                    }
                    yield Job(line, contender, "overhead", options)


def instructions(contenders: Sequence[Contender], shapes: Sequence[str]) -> Iterator[Job]:
    """Every shape at a size that valgrind can run; a count needs no repeating to be exact."""
    for shape in shapes:
        few, many = (20, 120) if shape == "readme" else (3, 8)
        for paused in (False, True):
            line = f"{shape}, {'sleep(0)' if paused else 'never awaits'}, counted"
            for contender in contenders:
                if contender.sizes is None:
                    options = {
                        "shape": shape,
                        "count": COUNTED_SIZE[shape],
                        "paused": paused,
                        "few": few,
                        "many": many,
                    }
                    yield Job(line, contender, "instructions", options)


def mapping(contenders: Sequence[Contender]) -> Iterator[Job]:
    """Two stages for each of 10,000 elements that never await, and of a few that are uneven."""
    mapping = [contender for contender in contenders if contender.maps is not None]
    sizes = {contender.map_size for contender in mapping}
    for contender in mapping:
        runs = RUNS if contender.sizes is None else SLOW_RUNS
        for size in sorted(sizes if contender.name == OURS else {contender.map_size}, reverse=True):
            yield Job("map, two stages", contender, "mapping", {"count": size, "runs": runs})


def scale(contenders: Sequence[Contender], sizes: Sequence[int]) -> Iterator[Job]:
    """Layers of 100 nodes with three dependencies each."""
    for size in sizes:
        for contender in contenders:
            if contender.sizes is None:
                options = {"shape": "layers", "count": size}
                yield Job(f"scale {size:,}", contender, "scale", options)


def schedule(contenders: Sequence[Contender], folder: Path) -> Iterator[Job]:
    """Every recorded workflow of a folder."""
    for workflow in sorted(folder.glob("*.json")):
        for contender in contenders:
            if contender.sizes is None:
                options = {"workflow": str(workflow.resolve()), "runs": 3}
                yield Job(workflow.stem, contender, "schedule", options)


def startup(contenders: Sequence[Contender]) -> Iterator[Job]:
    """Importing ours, and the small library, beside importing asyncio."""
    modules = {OURS: "async_dag", "asyncio: counters": "asyncio", "async-dag 0.3.1": "async_dag"}
    for contender in contenders:
        if contender.name in modules:
            options = {"module": modules[contender.name], "runs": RUNS}
            yield Job("start-up", contender, "startup", options, f"(import {options['module']})")


def looking(contenders: Sequence[Contender]) -> Iterator[Job]:
    """The same run twice without a reader, which shows the spread, and once with."""
    loops = loops_per_node()
    for contender in contenders:
        if contender.name == OURS:
            for variant, read in {
                "alone": False,
                "alone again": False,
                "read at 10 Hz": True,
            }.items():
                options = {"read": read, "loops": loops}
                yield Job("looking", contender, "looking", options, variant)


def _size(contender: Contender, shape: str) -> int:
    return (contender.sizes or {}).get(shape, FULL_SIZE[shape])


def _repeats(contender: Contender, shape: str, size: int) -> int:
    """A timing of a small graph is of many invokes; of slow contenders, fewer."""
    if shape == "readme":
        return README_REPEATS if contender.sizes is None else 2
    return max(1, 1_000 // size) if contender.name == OURS else 1
