"""How long each node of a complete run took, from the columns alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import sub
from typing import Final

from async_dag.trace.columns import TIME_COLUMNS
from async_dag.trace.trace import Trace

STARTED: Final = TIME_COLUMNS.index("started")
FINISHED: Final = TIME_COLUMNS.index("finished")


def columns_of(trace: Trace) -> Sequence[Sequence[float]]:
    """The columns of a closed trace in the order of `trace.columns`, as they are.

    Reading an attribute would pack them into arrays.

    >>> from async_dag import Graph
    >>> trace = Trace(Graph.of([], [], [], [], []))
    >>> trace.close()
    >>> len(columns_of(trace))
    5
    """
    return trace._columns()


def durations_of(trace: Trace) -> list[float]:
    """Of each node of a run that is over and complete the seconds that it took.

    That is from its start to its end, without what it then waited for limits and slots, as between two
    attempts. It is 0 for nodes that never run.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float) -> None:
    ...     await asyncio.sleep(seconds)
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(nap, 0.02)
    >>> [seconds > 0.019 for seconds in durations_of(asyncio.run(tm.invoke()).trace)]
    [True]
    """
    columns: Sequence[Sequence[float]] = columns_of(trace)
    started, finished = columns[STARTED], columns[FINISHED]
    durations = list(map(sub, finished, started))
    for wait in trace.waits:
        start, end = started[wait.node], finished[wait.node]
        if wait.end > start and wait.start < end:
            durations[wait.node] -= min(end, wait.end) - max(start, wait.start)
    return durations


def durations_of_nodes(trace: Trace) -> list[float]:
    """As `durations_of`, of the nodes of the manager alone: of a map the median of its items.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float) -> None:
    ...     await asyncio.sleep(seconds)
    >>> with build_dag() as tm:
    ...     _ = tm.map(nap, [0.0, 0.02, 0.02])
    >>> [seconds > 0.019 for seconds in durations_of_nodes(asyncio.run(tm.invoke()).trace)]
    [True]
    """
    durations = durations_of(trace)
    if not trace.births:
        return durations
    of_items: dict[int, list[float]] = defaultdict(list)
    for birth in trace.births:
        of_items[birth.node] += durations[birth.first : birth.first + birth.size]
    del durations[len(trace.template) :]
    for node, some in of_items.items():
        if some:
            durations[node] = sorted(some)[len(some) // 2]
    return durations
