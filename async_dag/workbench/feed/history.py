"""The number of runs of each manager, and the durations of its last run, while the manager lives."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from async_dag.engine.run import Run
from async_dag.graph.graph import Graph
from async_dag.manager.manager import TaskManager
from async_dag.trace.trace import Trace

_lock = threading.Lock()
_counts: WeakKeyDictionary[TaskManager[Any], int] = WeakKeyDictionary()
_numbers: WeakKeyDictionary[Run, int] = WeakKeyDictionary()
# Durations by name, not traces: a trace would keep its graph, which is the key, alive.
_durations: WeakKeyDictionary[Graph, dict[str, float]] = WeakKeyDictionary()


def number_of(run: Run) -> int:
    """The number of a run among the shown runs of its manager, counted from 1."""
    with _lock:
        number = _numbers.get(run)
        if number is None:
            manager = run.result.manager
            number = _counts[manager] = _numbers[run] = _counts.get(manager, 0) + 1
        return number


def remember(trace: Trace) -> None:
    """Remember how long each node of a successful run took."""
    durations = dict(trace.timeline.durations)
    with _lock:
        _durations[trace.graph] = durations


def earlier(trace: Trace) -> dict[str, float] | None:
    """Seconds by name from the latest successful run of the same graph; None if there was none."""
    with _lock:
        return _durations.get(trace.graph)
