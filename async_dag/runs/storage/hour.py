"""What a history counts of all runs of a graph in an hour, also of those that it does not keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from async_dag.runs.storage.histogram import MAKESPAN, Histogram
from async_dag.trace.durations import durations_of
from async_dag.trace.trace import Trace

_COUNTED_RUNS: Final = 8
"""One run of so many counts for the histograms of the nodes; all count for that of the makespan."""

_COUNTED_ROWS: Final = 100
"""Of graphs with so many more nodes one run fewer counts."""


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
