"""Which run of its manager a run is."""

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
    """Which run of its manager a run that begins is, counted from 1.

    Those that no view has shown count too, once they are over.
    """
    with _lock:
        number = _numbers.get(run)
        if number is None:
            manager = run.result.manager
            number = max(_counts.get(manager, 0), manager.history.ended) + 1
            _counts[manager] = _numbers[run] = number
        return number
