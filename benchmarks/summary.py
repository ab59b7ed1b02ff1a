"""From answers to figures: medians over the rounds, and ratios between contenders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean, median, quantiles

from benchmarks.contenders import OURS
from benchmarks.rounds import Job


@dataclass(frozen=True, slots=True)
class Row:
    """One contender on one line of the table.

    Attributes:
        line: the case.
        label: the contender.
        measure: what was measured, which says the unit.
        size: nodes, where they can be chosen.
        medians: of every figure, over the rounds. Seconds (of overhead and scale: per node), bytes,
            instructions (per node).
        spread: half of the distance between the quartiles of the main figure, over its median.
        ratios: ours over this contender's, of every figure: the median over the rounds of the ratio
            within a round, so that a slow spell of the machine cancels out.
        cannot: why there are no figures.
    """

    line: str
    label: str
    measure: str
    size: int | None
    medians: Mapping[str, float]
    spread: float
    ratios: Mapping[str, float]
    cannot: str | None


def rows(jobs: Sequence[Job]) -> list[Row]:
    """One row a job, in their order."""
    ours: dict[tuple[str, int | None], Job] = {}
    for job in jobs:
        if job.contender.name == OURS:
            ours.setdefault((job.line, job.size), job)
    return [_row(job, ours.get((job.line, job.size))) for job in jobs]


def _row(job: Job, ours: Job | None) -> Row:
    figures = [key for key, value in job.answers[0].items() if value] if job.answers else []
    medians = {key: median(answer[key] for answer in job.answers) for key in figures}
    ratios = {}
    if ours is not None and ours.answers:
        for key in figures:
            pairs = zip(ours.answers, job.answers, strict=False)
            ratios[key] = median(mine[key] / other[key] for mine, other in pairs)
    spread = _spread([answer[main_figure(job.measure)] for answer in job.answers])
    return Row(job.line, job.label, job.measure, job.size, medians, spread, ratios, job.cannot)


def main_figure(measure: str) -> str:
    """The figure that a measure is about."""
    return "instructions" if measure == "instructions" else "wall"


def _spread(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle


def mean_of_counts(found: Iterable[Row]) -> dict[str, tuple[float, int]]:
    """For each contender ours over its instructions as geometric mean, and the number of cases."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for row in found:
        if row.measure == "instructions" and row.label != OURS and row.ratios:
            ratios[row.label].append(row.ratios["instructions"])
    return {label: (geometric_mean(some), len(some)) for label, some in ratios.items()}


def geometric_means(found: Iterable[Row]) -> dict[str, tuple[float, float, int]]:
    """For each contender ours over its overhead as geometric mean: wall, processor, number of cases."""
    walls: dict[str, list[float]] = defaultdict(list)
    cpus: dict[str, list[float]] = defaultdict(list)
    for row in found:
        if row.measure == "overhead" and row.label != OURS and row.ratios:
            walls[row.label].append(row.ratios["wall"])
            cpus[row.label].append(row.ratios["cpu"])
    return {
        label: (geometric_mean(walls[label]), geometric_mean(cpus[label]), len(walls[label]))
        for label in walls
    }
