"""What it would bring to mend each node: every run is played again with that node at half its time.

Seconds on the critical path, or the share of runs in which a node is on it (criticality: Elmaghraby
2000), rank nodes worse: behind a node that is mended another one may take as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from statistics import median
from typing import Final, NamedTuple

from async_dag._common.band import Band
from async_dag.graph.algorithms import Dependencies
from async_dag.runs.statistics.quantiles import CONFIDENCE, quantile
from async_dag.runs.statistics.replay import MeasuredRun, Replay, critical_nodes

RESAMPLES: Final = 200
"""Bootstrap samples behind a band."""


class NodeGain(NamedTuple):
    """What halving one node would save of the median makespan, in seconds."""

    node: int
    gain: Band


def criticality(
    dependencies: Dependencies, runs: Sequence[MeasuredRun], tasks: Sequence[int]
) -> list[float]:
    """For each node the share of the runs in which it was on the critical path; 0 for no task."""
    counts = [0] * len(dependencies)
    for run in runs:
        for node in critical_nodes(dependencies, run.finished):
            counts[node] += 1
    shares = [0.0] * len(dependencies)
    for node in tasks:
        shares[node] = counts[node] / len(runs) if runs else 0.0
    return shares


def gains(
    dependencies: Dependencies,
    runs: Sequence[MeasuredRun],
    tasks: Sequence[int],
    replay: Replay,
    factor: float = 2.0,
    confidence: float = CONFIDENCE,
) -> list[NodeGain]:
    """What it would save to make each node `factor` times as fast, the largest gain first.

    Only nodes that gain anything in some run are named. The bands are by bootstrap over whole runs, as
    the nodes of one run are not independent.
    """
    if not runs:
        return []
    wanted = set(tasks)
    before = [replay(place, {}) for place in range(len(runs))]
    after: dict[int, list[float]] = {}
    for place, run in enumerate(runs):
        for node in critical_nodes(dependencies, run.finished):
            if node not in wanted or not run.durations[node]:
                continue
            mended = replay(place, {node: run.durations[node] / factor})
            after.setdefault(node, list(before))[place] = mended
    whole = median(before)
    estimates = {node: whole - median(makespans) for node, makespans in after.items()}
    bands = _bands(before, after, confidence)
    order = sorted(estimates, key=estimates.__getitem__, reverse=True)
    return [NodeGain(node, Band(bands[node][0], estimates[node], bands[node][1])) for node in order]


def _bands(
    before: Sequence[float], after: dict[int, list[float]], confidence: float
) -> dict[int, tuple[float, float]]:
    rng = Random(0)  # the same runs always give the same bands
    size = len(before)
    saved: dict[int, list[float]] = {node: [] for node in after}
    for _ in range(RESAMPLES):
        chosen = rng.choices(range(size), k=size)
        whole = median([before[place] for place in chosen])
        for node, makespans in after.items():
            saved[node].append(whole - median([makespans[place] for place in chosen]))
    side = (1 - confidence) / 2
    bands = {}
    for node, values in saved.items():
        values.sort()
        bands[node] = (quantile(values, side), quantile(values, 1 - side))
    return bands
