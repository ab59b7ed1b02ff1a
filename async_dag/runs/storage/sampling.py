"""Which runs of a busy server are kept: some at random, the slowest, and those that failed.

A service that is invoked a thousand times a second would write gigabytes a day. So after a number of
runs that are kept as they come, each minute keeps so many at random (reservoir sampling: Vitter 1985),
the slowest of those over the 99 % quantile so far, and some that failed. Quiet minutes save up for busy
ones: what is invoked a few times a minute, or a thousand times in a row by a benchmark, is kept whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappush, heapreplace
from random import Random
from typing import Final, Generic, NamedTuple, TypeVar

from async_dag.runs.storage.histogram import Histogram
from async_dag.runs.storage.records import Outcome, Sample

T = TypeVar("T")

SLOW_A_MINUTE: Final = 20
UNFINISHED_A_MINUTE: Final = 60
KEPT_WHOLE: Final = 1000
"""So many runs are kept as they come, before a minute keeps only some."""

_ENOUGH: Final = 1000
"""From so many runs on their 99 % quantile says what is slow."""


class Kept(NamedTuple, Generic[T]):
    """Something that is kept, and why."""

    item: T
    sample: Sample


class RunSampler(Generic[T]):
    """Chooses among the runs of one graph.

    Args:
        per_minute: how many runs of a minute are kept at random; None for all.
        seed: of the random choice.

    >>> sampler = RunSampler(per_minute=None)
    >>> [kept.sample for kept in sampler.offer(0, "complete", 0.1, "a run")]
    ['random']
    """

    def __init__(self, per_minute: int | None, seed: int | None = None) -> None:
        self._per_minute = per_minute
        self._rng = Random(seed)
        self._credit = KEPT_WHOLE
        self._makespans = Histogram()
        self._slow_from = float("inf")
        self._minute: int | None = None
        self._seen = 0  # complete runs of this minute that were not kept as they came
        self._came = 0  # complete runs of this minute
        self._unfinished = 0
        self._reservoir: list[tuple[int, T]] = []
        self._slowest: list[tuple[float, int, T]] = []

    def offer(self, minute: int, outcome: Outcome, makespan: float, item: T) -> Sequence[Kept[T]]:
        """Take note of a run, and return what is to be kept by now: of it and of earlier ones."""
        if minute == self._minute:
            ended: Sequence[Kept[T]] = ()
        else:
            ended = list(self.end_minute())
            self._minute = minute
        sample = self._taken(outcome, makespan, item)
        if sample is None:
            return ended
        return [*ended, Kept(item, sample)]

    def _taken(self, outcome: Outcome, makespan: float, item: T) -> Sample | None:
        """Why a run is kept as it comes; None for one that waits for the end of the minute."""
        if outcome != "complete":
            self._unfinished += 1
            if self._per_minute is None or self._unfinished <= UNFINISHED_A_MINUTE:
                return "unfinished"
            return None
        if self._per_minute is None:
            return "random"
        self._makespans.add(makespan)
        self._came += 1
        if self._credit and not self._reservoir:
            self._credit -= 1
            return "random"
        self._choose(makespan, item)
        return None

    def _choose(self, makespan: float, item: T) -> None:
        assert self._per_minute is not None
        self._seen += 1
        number = self._seen
        if len(self._reservoir) < self._per_minute:
            self._reservoir.append((number, item))
        else:
            place = self._rng.randrange(number)
            if place < self._per_minute:
                self._reservoir[place] = (number, item)
        if makespan < self._slow_from:
            return
        if len(self._slowest) < SLOW_A_MINUTE:
            heappush(self._slowest, (makespan, number, item))
        elif makespan > self._slowest[0][0]:
            heapreplace(self._slowest, (makespan, number, item))

    @property
    def minute(self) -> int | None:
        """The minute that is going on; None before the first run of one."""
        return self._minute

    @property
    def holds(self) -> bool:
        """Whether runs wait for the end of the minute."""
        return bool(self._reservoir or self._slowest)

    def end_minute(self) -> Iterator[Kept[T]]:
        """The minute is over: what it keeps."""
        at_random = {number for number, _ in self._reservoir}
        for _, item in self._reservoir:
            yield Kept(item, "random")
        for _, number, item in self._slowest:
            if number not in at_random:
                yield Kept(item, "slow")
        if self._per_minute is not None and self._minute is not None:
            saved = self._per_minute - self._came
            self._credit = max(self._credit, min(KEPT_WHOLE, self._credit + saved))
        if self._makespans.count >= _ENOUGH:
            self._slow_from = self._makespans.quantile(0.99)
        self._seen = self._came = self._unfinished = 0
        self._reservoir = []
        self._slowest = []
        self._minute = None
