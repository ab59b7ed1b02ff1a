"""The last runs of a manager, which tell how long its nodes will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.plural import plural
from async_dag.graph.graph import Graph
from async_dag.trace.completeness import is_complete
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from async_dag.engine.result import ExecutionResult

MOST_RUNS: Final = 200
"""The most traces that are kept."""

MOST_ROWS: Final = 50_000
"""The most rows of all traces that are kept, some 5 MB."""

LEARNT_FROM: Final = 50
"""The number of runs whose median is the expected duration of a node."""

_SMALL: Final = 250
"""For graphs with more nodes, of which few traces are kept, durations are packed and kept apart."""

_MOST_PACKED: Final = 2_000_000
"""The most durations that are kept apart, 8 MB."""


class RecentRuns:
    """The traces of the last complete runs of a manager, the earliest first: `tm.history`.

    At most 200 traces with 50,000 rows in total are kept, so fewer of large graphs. Keeping them
    costs an invoke nothing, as it makes the trace anyway.

    Attributes:
        left_out: how many runs were not kept, because they failed, were cancelled, or ran only a
            part of the graph.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> result = asyncio.run(tm.invoke())
    >>> [trace is result.trace for trace in tm.history]
    [True]
    """

    __slots__ = (
        "_learnt",
        "_learnt_after",
        "_number",
        "_packed",
        "_traces",
        "last_unfinished",
        "left_out",
    )

    last_unfinished: ExecutionResult[Any] | None
    """The result of the last run, if that did not succeed (not for users: `tm.last_unfinished` is)."""

    def __init__(self) -> None:
        self.left_out: int = 0
        self.last_unfinished = None
        self._traces: deque[Trace] = deque(maxlen=MOST_RUNS)
        self._packed: deque[Sequence[float]] = deque(maxlen=LEARNT_FROM)
        self._number = 0  # of complete runs
        self._learnt: dict[str, float] | None = None
        self._learnt_after = 0

    def add(self, trace: Trace) -> None:
        """Take a run that has succeeded (not for users).

        >>> RecentRuns().add(Trace(Graph.of([], [], [], [], [])))
        """
        self.last_unfinished = None
        # It left nodes out, or reused values.
        if trace.tables and not is_complete(trace):
            self.left_out += 1
            return
        self._number += 1
        if trace.graph.size > _SMALL:
            self._add_large(trace)
        else:
            self._traces.append(trace)

    def _add_large(self, trace: Trace) -> None:
        from async_dag.trace.durations import durations_of_nodes  # on use: the import is quick

        packed, traces = self._packed, self._traces
        durations = durations_of_nodes(trace)
        packed.append(durations)
        while len(packed) > max(1, _MOST_PACKED // len(durations)):
            packed.popleft()
        traces.append(trace)
        # Not `len(trace)`, which reads a column and so packs all of them.
        while len(traces) * trace.graph.size > MOST_ROWS:
            traces.popleft()

    @property
    def ended(self) -> int:
        """How many runs of the manager have ended, whether they were kept or not.

        >>> RecentRuns().ended
        0
        """
        return self._number + self.left_out

    def __len__(self) -> int:
        return len(self._traces)

    def __iter__(self) -> Iterator[Trace]:
        """The traces that are kept, the earliest first."""
        return iter(list(self._traces))

    def __repr__(self) -> str:
        return f"<RecentRuns: {plural(len(self), 'run')}, {self.left_out:,} left out>"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """In a notebook: the profile of these runs."""
        from async_dag.runs.profile import recent_bundle

        return recent_bundle(self, include, exclude)

    def durations(self, graph: Graph) -> Mapping[str, float] | None:
        """How long each node is expected to take, in seconds by name; None before the first run.

        It is the median of the last runs, computed again when their number has grown by a quarter.

        >>> RecentRuns().durations(Graph.of([], [], [], [], [])) is None
        True
        """
        number = self._number
        if not number:
            return None
        if self._learnt is None or number - self._learnt_after > min(number, LEARNT_FROM) // 4:
            self._learnt = self._medians(graph)
            self._learnt_after = number
        return self._learnt

    def measured(self, most: int) -> list[Sequence[float]]:
        """How long each node took in each of the last runs, in seconds; the earliest run first.

        Args:
            most: how many runs at most. Of graphs with over 250 nodes no more than 50 are known.

        >>> RecentRuns().measured(20)
        []
        """
        from async_dag.trace.durations import durations_of_nodes

        rows: list[Sequence[float]] = list(self._packed)[-most:]
        if not rows:
            rows = [durations_of_nodes(trace) for trace in list(self._traces)[-most:]]
        return _filled(rows) if any(trace.outcomes for trace in list(self._traces)) else rows

    def _medians(self, graph: Graph) -> dict[str, float]:
        runs = self.measured(LEARNT_FROM)
        middle = len(runs) // 2
        return {
            name: sorted(seconds)[middle]
            for name, kind, seconds in zip(
                graph.names, graph.kinds, zip(*runs, strict=True), strict=True
            )
            if kind in ("task", "map")
        }


def _filled(rows: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """What nodes that were not chosen would have taken: what they mostly do; 0 if they never ran."""
    filled = [list(row) for row in rows]
    for node, seconds in enumerate(zip(*rows, strict=True)):
        known = sorted([time for time in seconds if time == time])  # not NaN
        if len(known) < len(seconds):
            usual = known[len(known) // 2] if known else 0.0
            for row in filled:
                if row[node] != row[node]:
                    row[node] = usual
    return list(filled)
