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
        if outcome == "complete":
            return self.offer_complete(minute, [makespan], [item])
        kept = self._turn_to(minute)
        self._unfinished += 1
        if self._per_minute is None or self._unfinished <= UNFINISHED_A_MINUTE:
            kept.append(Kept(item, "unfinished"))
        return kept

    def offer_complete(
        self,
        minute: int,
        makespans: Sequence[float],
        items: Sequence[T],
        counted: Histogram | None = None,
    ) -> Sequence[Kept[T]]:
        """As `offer`, of several complete runs, which takes half the time.

        Args:
            minute: in which they came.
            makespans: theirs, in seconds.
            items: they.
            counted: the histogram of the makespans, where the caller has it.
        """
        kept = self._turn_to(minute)
        first = len(items)  # of those that are not kept as they come
        if self._per_minute is not None:
            self._makespans.merge(Histogram.of(makespans) if counted is None else counted)
            self._came += first
            if self._reservoir:
                first = 0
            else:
                first = min(first, self._credit)
                self._credit -= first
        kept += [Kept(item, "random") for item in items[:first]]
        if first < len(items):
            self._choose(makespans[first:], items[first:])
        return kept

    def _turn_to(self, minute: int) -> list[Kept[T]]:
        """What the minute before kept, if this is another one."""
        if minute == self._minute:
            return []
        ended = list(self.end_minute())
        self._minute = minute
        return ended

    def _choose(self, makespans: Sequence[float], items: Sequence[T]) -> None:
        assert self._per_minute is not None
        per_minute, reservoir, random = self._per_minute, self._reservoir, self._rng.random
        seen, slow_from = self._seen, self._slow_from
        for number, item in enumerate(items, seen + 1):
            if number <= per_minute:
                reservoir.append((number, item))
            else:
                place = int(random() * number)
                if place < per_minute:
                    reservoir[place] = (number, item)
        for number, makespan in enumerate(makespans, seen + 1):
            if makespan >= slow_from:
                self._keep_slow(makespan, number, items[number - seen - 1])
        self._seen += len(items)

    def _keep_slow(self, makespan: float, number: int, item: T) -> None:
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
