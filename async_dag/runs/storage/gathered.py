"""`Gathered`: what is counted of runs, and which of them are kept, until it is written to the file."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from async_dag.graph.graph import Graph
from async_dag.runs.storage.histogram import MAKESPAN, Histogram
from async_dag.runs.storage.records import (
    OUTCOMES,
    SAMPLES,
    digest_of,
    graph_text,
    makespan_of,
    outcome_of,
)
from async_dag.runs.storage.sampling import Kept, RunSampler
from async_dag.trace.collapsed import collapsed
from async_dag.trace.durations import FINISHED, columns_of, durations_of
from async_dag.trace.packed import pack
from async_dag.trace.trace import Trace

_MOST_WAITING: Final = 16_000_000
"""Bytes of packed runs that wait to be written: more are dropped."""

_HOUR: Final = 3600

_graph_of: Final = attrgetter("graph")

_OUTCOME_PLACES: Final = {outcome: place for place, outcome in enumerate(OUTCOMES)}
_COMPLETE: Final = _OUTCOME_PLACES["complete"]
_SAMPLE_PLACES: Final = {sample: place for place, sample in enumerate(SAMPLES)}


_COUNTED_RUNS: Final = 8
"""One run of so many counts for the histograms of the nodes; all count for that of the makespan."""

_COUNTED_ROWS: Final = 100
"""Of graphs with so many more nodes one run fewer counts."""


class HourKey(NamedTuple):
    """The runs of one graph that began in one hour."""

    digest: bytes
    number: int  # hours since 1970


class PackedRun(NamedTuple):
    """A run that is to be written."""

    digest: bytes  # of its graph
    began: float  # seconds since 1970
    outcome: int  # its place in `OUTCOMES`
    sample: int  # its place in `SAMPLES`
    packed: bytes


class Gathered:
    """Looks at runs that are over, counts all, and keeps some.

    Args:
        per_minute: how many runs of a minute are kept at random, of each graph; None for all.

    Attributes:
        seen: how many runs it has looked at.
        lost: how many it could not look at, or had no room for.
        waiting: the runs that are kept and not written.
        hours: what was counted.
        texts: the graphs of the runs as JSON, by their digest.
    """

    def __init__(self, per_minute: int | None) -> None:
        self.seen: int = 0
        self.lost: int = 0
        self.waiting: list[PackedRun] = []
        self.hours: dict[HourKey, Hour] = {}
        self.texts: dict[bytes, str] = {}
        self._per_minute = per_minute
        self._waiting_bytes = 0
        self._samplers: dict[bytes, RunSampler[Trace]] = {}
        self._digests: WeakKeyDictionary[Graph, bytes] = WeakKeyDictionary()
        self._last_graph: Graph | None = None
        self._last_digest = b""

    @property
    def holds_runs(self) -> bool:
        """Whether it holds runs of this minute of which it will keep some."""
        return any(sampler.holds for sampler in self._samplers.values())

    @property
    def changed_hours(self) -> list[HourKey]:
        """The hours in which something was counted since they were last written."""
        return [key for key, hour in self.hours.items() if hour.changed]

    def take(self, traces: Iterable[Trace], minute: int) -> None:
        """Count runs, and keep what is to be kept by now; `minute` counts those since 1970."""
        for graph, of_graph in groupby(map(collapsed, traces), key=_graph_of):
            runs = list(of_graph)
            try:
                self._take(graph, runs, minute)
            except Exception:
                self.lost += len(runs)
                raise

    def end_minutes(self, minute: int | None = None) -> None:
        """Keep some of the runs of the minutes before `minute`; None: of all."""
        for digest, sampler in self._samplers.items():
            if minute is None or sampler.minute not in (None, minute):
                self._keep_all(digest, sampler.end_minute())

    def written(self, hours: Sequence[HourKey]) -> None:
        """All runs that waited were written, and these hours: what will not change is let go."""
        self.waiting = []
        self._waiting_bytes = 0
        for key in hours:
            self.hours[key].changed = False
        oldest = int(time.time() // _HOUR) - 1
        for key, hour in list(self.hours.items()):
            if key.number < oldest and not hour.changed:
                del self.hours[key]

    def drop(self) -> None:
        """What waits can't be written."""
        self.lost += len(self.waiting)
        self.waiting = []
        self._waiting_bytes = 0

    def _take(self, graph: Graph, traces: Sequence[Trace], minute: int) -> None:
        self.seen += len(traces)
        digest = self._digest(graph)
        sampler = self._samplers.get(digest)
        if sampler is None:
            sampler = self._samplers[digest] = RunSampler(self._per_minute)
        complete = [trace for trace in traces if not trace.outcomes]
        if len(complete) < len(traces):
            for trace in traces:
                if trace.outcomes:
                    self._take_irregular(digest, trace, minute, sampler)
        if not complete:
            return
        makespans = [max(columns_of(trace)[FINISHED], default=0.0) for trace in complete]
        counted = Histogram.of(makespans)
        starts = [trace.wall_start for trace in complete]
        if min(starts) // _HOUR == max(starts) // _HOUR:
            self._hour(digest, starts[0]).count(complete, counted)
        else:
            for trace, makespan in zip(complete, makespans, strict=True):
                self._hour(digest, trace.wall_start).count([trace], Histogram.of([makespan]))
        kept = sampler.offer_complete(minute, makespans, complete, counted)
        if kept:
            self._keep_all(digest, kept)

    def _take_irregular(
        self, digest: bytes, trace: Trace, minute: int, sampler: RunSampler[Trace]
    ) -> None:
        """Count and keep a run in which not all nodes succeeded; it may be complete all the same."""
        outcome, makespan = outcome_of(trace), makespan_of(trace)
        hour = self._hour(digest, trace.wall_start)
        if outcome == "complete":
            hour.count([trace], Histogram.of([makespan]))
        else:
            hour.count_unfinished()
        self._keep_all(digest, sampler.offer(minute, outcome, makespan, trace))

    def _hour(self, digest: bytes, began: float) -> Hour:
        key = HourKey(digest, int(began // _HOUR))
        hour = self.hours.get(key)
        if hour is None:
            hour = self.hours[key] = Hour()
        return hour

    def _digest(self, graph: Graph) -> bytes:
        if graph is self._last_graph:
            return self._last_digest
        digest = self._digests.get(graph)
        if digest is None:
            digest = self._digests[graph] = digest_of(graph)
            if digest not in self.texts:
                self.texts[digest] = graph_text(graph)
        self._last_graph, self._last_digest = graph, digest
        return digest

    def _keep_all(self, digest: bytes, chosen: Iterable[Kept[Trace]]) -> None:
        for trace, sample in chosen:
            packed = pack(trace)
            if self._waiting_bytes + len(packed) > _MOST_WAITING:
                self.lost += 1
                continue
            outcome = _OUTCOME_PLACES[outcome_of(trace)] if trace.outcomes else _COMPLETE
            place = _SAMPLE_PLACES[sample]
            self.waiting.append(PackedRun(digest, trace.wall_start, outcome, place, packed))
            self._waiting_bytes += len(packed)


# What a history counts of all runs of a graph in an hour, also of those that it does not keep.


class Hour:
    """What was counted of one graph in one hour.

    Attributes:
        seen: complete runs.
        unfinished: runs that failed, were cancelled, or ran a part of the graph.
        histograms: of the durations by node, and of the makespan.
        changed: whether it was counted in since it was last written.
    """

    def __init__(self) -> None:
        self.seen: int = 0
        self.unfinished: int = 0
        self.histograms: dict[int, Histogram] = {MAKESPAN: Histogram()}
        self.changed: bool = True

    def count(self, traces: Sequence[Trace], makespans: Histogram) -> None:
        """Count complete runs."""
        self.changed = True
        self.histograms[MAKESPAN].merge(makespans)
        every = _COUNTED_RUNS * (1 + len(traces[0]) // _COUNTED_ROWS)
        for trace in traces[every - 1 - self.seen % every :: every]:
            self._count_nodes(durations_of(trace))
        self.seen += len(traces)

    def count_unfinished(self) -> None:
        """Count a run that failed, was cancelled or left nodes out."""
        self.changed = True
        self.unfinished += 1

    def _count_nodes(self, durations: Sequence[float]) -> None:
        for node, seconds in enumerate(durations):
            if seconds > 0:
                if node not in self.histograms:
                    self.histograms[node] = Histogram()
                self.histograms[node].add(seconds)
