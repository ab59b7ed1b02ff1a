"""What is remembered of each manager while it lives: how many runs, and how the last one went."""

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
# By name, and no trace: that would keep its graph, which is the key, alive for good.
_durations: WeakKeyDictionary[Graph, dict[str, float]] = WeakKeyDictionary()


def number_of(run: Run) -> int:
    """The how-manieth invoke of its manager a run is, from 1, among those that were shown."""
    with _lock:
        number = _numbers.get(run)
        if number is None:
            manager = run.result.manager
            number = _counts[manager] = _numbers[run] = _counts.get(manager, 0) + 1
        return number


def remember(trace: Trace) -> None:
    """A run has succeeded: from now on it says how long each node takes."""
    durations = dict(trace.timeline.durations)
    with _lock:
        _durations[trace.graph] = durations


def earlier(trace: Trace) -> dict[str, float] | None:
    """Seconds by name, of the latest run of the same graph that succeeded, if there was one."""
    with _lock:
        return _durations.get(trace.graph)
