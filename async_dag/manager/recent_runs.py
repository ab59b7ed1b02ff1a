"""The last runs of a manager, kept without being asked for: what they took is what to expect."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

from async_dag.graph.graph import Graph
from async_dag.trace.durations import durations_of
from async_dag.trace.trace import Trace

MOST_RUNS: Final = 200
"""So many traces are kept at most."""

MOST_ROWS: Final = 50_000
"""Rows of all traces that are kept: some 5 MB."""

LEARNT_FROM: Final = 50
"""The median of so many runs is what a node is expected to take."""

_SMALL: Final = 250
"""Of graphs with more nodes the durations are kept apart, packed, as few of their traces are kept."""

_MOST_PACKED: Final = 2_000_000
"""Durations that are kept so: 8 MB."""


class RecentRuns:
    """The traces of the last complete runs of a manager; bounded.

    A trace that is kept costs an invoke nothing: it is there anyway. Runs that failed, were cancelled
    or left nodes out only count.

    Attributes:
        left_out: how many runs were not complete.
    """

    __slots__ = ("_learnt", "_learnt_after", "_number", "_packed", "_traces", "left_out")

    def __init__(self) -> None:
        self.left_out = 0
        self._traces: deque[Trace] = deque(maxlen=MOST_RUNS)
        self._packed: deque[array[float]] = deque(maxlen=LEARNT_FROM)
        self._number = 0  # of complete runs
        self._learnt: dict[str, float] | None = None
        self._learnt_after = 0

    def add(self, trace: Trace) -> None:
        """Take a run that has succeeded."""
        if trace.outcomes:  # it left nodes out, or reused values
            self.left_out += 1
            return
        self._number += 1
        if len(trace) > _SMALL:
            self._add_large(trace)
        else:
            self._traces.append(trace)

    def _add_large(self, trace: Trace) -> None:
        size = len(trace)
        packed, traces = self._packed, self._traces
        packed.append(array("f", durations_of(trace)))
        while len(packed) > max(1, _MOST_PACKED // size):
            packed.popleft()
        traces.append(trace)
        while len(traces) * size > MOST_ROWS:
            traces.popleft()

    def __len__(self) -> int:
        return len(self._traces)

    def __iter__(self) -> Iterator[Trace]:
        """The traces that are kept, the earliest first."""
        return iter(list(self._traces))

    def durations(self, graph: Graph) -> Mapping[str, float] | None:
        """What each node is expected to take, in seconds by name; None before the first run.

        It is the median of the last runs, worked out anew once there are a quarter more of them.
        """
        number = self._number
        if not number:
            return None
        if self._learnt is None or number - self._learnt_after > min(number, LEARNT_FROM) // 4:
            self._learnt = self._medians(graph)
            self._learnt_after = number
        return self._learnt

    def _medians(self, graph: Graph) -> dict[str, float]:
        runs = list(self._packed) or [
            array("f", durations_of(trace)) for trace in list(self._traces)[-LEARNT_FROM:]
        ]
        middle = len(runs) // 2
        return {
            name: sorted(seconds)[middle]
            for name, kind, seconds in zip(
                graph.names, graph.kinds, zip(*runs, strict=True), strict=True
            )
            if kind == "task"
        }
