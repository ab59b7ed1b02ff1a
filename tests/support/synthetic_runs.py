"""Runs that were never run: random DAGs whose nodes take random times, with faults planted in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from async_dag.runs.statistics.replay import MeasuredRun

Dependencies = list[tuple[int, ...]]
Speed = Callable[[Random, int], list[float]]
"""Of each run the log of the factor that all its nodes share."""


def random_dag(rng: Random, nodes: int, most_needed: int = 3) -> Dependencies:
    """Each node needs up to three of the ten before it; a tenth of them need none."""
    dependencies: Dependencies = []
    for node in range(nodes):
        nearest = range(max(0, node - 10), node)
        count = 0 if rng.random() < 0.1 else rng.randint(1, most_needed)
        dependencies.append(tuple(sorted(rng.sample(nearest, min(count, len(nearest))))))
    return dependencies


def steady(_: Random, runs: int) -> list[float]:
    """A machine that is always as fast."""
    return [0.0] * runs


def autoregressive(correlation: float, spread: float) -> Speed:
    """A machine whose speed wanders about a mean: AR(1), as log factors."""

    def factors(rng: Random, runs: int) -> list[float]:
        value = rng.gauss(0, spread)
        values = []
        for _ in range(runs):
            values.append(value)
            step = spread * math.sqrt(1 - correlation**2)
            value = correlation * value + rng.gauss(0, step)
        return values

    return factors


def random_walk(step: float) -> Speed:
    """A machine whose speed goes anywhere, as log factors."""

    def factors(rng: Random, runs: int) -> list[float]:
        value = 0.0
        values = []
        for _ in range(runs):
            values.append(value)
            value += rng.gauss(0, step)
        return values

    return factors


def in_batches(size: int, spread: float) -> Speed:
    """A machine on which so many runs go on at once, and share whatever it does meanwhile."""

    def factors(rng: Random, runs: int) -> list[float]:
        of_batches = autoregressive(0.8, spread)(rng, -(-runs // size))
        return [of_batches[run // size] for run in range(runs)]

    return factors


@dataclass
class Machine:
    """What the durations of runs come from: `usual` seconds, log-normal noise, a common factor."""

    dependencies: Dependencies
    usual: list[float]
    sigma: float = 0.1
    common: Speed = steady
    factors: dict[int, float] = field(default_factory=dict)  # of nodes that take longer
    rarely: dict[int, tuple[float, float]] = field(default_factory=dict)  # node -> chance, factor

    @classmethod
    def random(cls, rng: Random, nodes: int = 30, sigma: float = 0.1) -> Machine:
        usual = [math.exp(rng.gauss(math.log(0.02), 0.7)) for _ in range(nodes)]
        return cls(random_dag(rng, nodes), usual, sigma)

    def rows(self, rng: Random, runs: int) -> list[list[float]]:
        """Of each run the seconds of each node."""
        rows = []
        gauss, exp, sigma = rng.gauss, math.exp, self.sigma
        for factor in self.common(rng, runs):
            if self.rarely:
                row = [self._sometimes(rng, node, factor) for node in range(len(self.usual))]
            else:
                row = [seconds * exp(gauss(factor, sigma)) for seconds in self.usual]
            for node, slower in self.factors.items():
                row[node] *= slower
            rows.append(row)
        return rows

    def _sometimes(self, rng: Random, node: int, factor: float) -> float:
        seconds = self.usual[node] * math.exp(rng.gauss(factor, self.sigma))
        chance, slower = self.rarely.get(node, (0.0, 1.0))
        return seconds * (slower if chance and rng.random() < chance else 1.0)

    def makespan(self, row: Sequence[float]) -> float:
        return max(finishes(self.dependencies, row))


def finishes(dependencies: Sequence[Sequence[int]], row: Sequence[float]) -> list[float]:
    """When each node ends, with nothing to wait for but its dependencies."""
    ends: list[float] = []
    for needed, seconds in zip(dependencies, row, strict=True):
        latest = 0.0
        for node in needed:
            # Thousands of rows: `max()` of a list takes three times as long.
            if ends[node] > latest:
                latest = ends[node]
        ends.append(latest + seconds)
    return ends


def recorded(machine: Machine, rows: Sequence[Sequence[float]]) -> list[MeasuredRun]:
    """The runs of these durations, as the statistics see them."""
    runs = []
    for row in rows:
        ends = finishes(machine.dependencies, row)
        starts = [end - seconds for end, seconds in zip(ends, row, strict=True)]
        runs.append(MeasuredRun(starts, ends, row, max(ends)))
    return runs
