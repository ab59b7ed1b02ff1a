"""The number of runs of each manager, while the manager lives."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from async_dag.engine.run import Run
from async_dag.manager.manager import TaskManager

_lock = threading.Lock()
_counts: WeakKeyDictionary[TaskManager[Any], int] = WeakKeyDictionary()
_numbers: WeakKeyDictionary[Run, int] = WeakKeyDictionary()


def number_of(run: Run) -> int:
    """The number of a run among the shown runs of its manager, counted from 1."""
    with _lock:
        number = _numbers.get(run)
        if number is None:
            manager = run.result.manager
            number = _counts[manager] = _numbers[run] = _counts.get(manager, 0) + 1
        return number
