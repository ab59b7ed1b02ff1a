"""What all programs of the machine compute while a run has functions called off the loop.

A thread that waited for a processor waited for other programs, or for other threads of the same run.
Its own counters don't tell which; how long the processors had nothing to do does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from async_dag.trace.trace import Trace

_FILE: Final = Path("/proc/uptime")
_LONGEST: Final = 64
"""Bytes of that file, at most: two numbers."""

_has_file = _FILE.exists()
_processors: Final = os.cpu_count() or 1

_before: WeakKeyDictionary[Trace, float] = WeakKeyDictionary()


def busy_seconds() -> float | None:
    """Seconds for which the processors of the machine were busy, in all, since it was started.

    To a hundredth of a second, and with what a hypervisor took from them. Only differences mean
    anything. None where the system does not tell: Linux alone does.

    >>> seconds = busy_seconds()
    >>> seconds is None or isinstance(seconds, float)
    True
    """
    if not _has_file:
        return None
    try:
        file = os.open(_FILE, os.O_RDONLY)
        try:
            up, idle = os.read(file, _LONGEST).split()
        finally:
            os.close(file)
    except (OSError, ValueError):
        return None
    return float(up) * _processors - float(idle)


def call_was_asked_for(trace: Trace) -> None:
    """A node asks for a call off the loop: from the first one of a run on, the machine is observed."""
    if trace not in _before and (busy := busy_seconds()) is not None:
        _before[trace] = busy


def call_is_over(trace: Trace) -> None:
    """Such a call has ended: write down what the machine has computed up to now."""
    before = _before.get(trace)
    if before is not None and (busy := busy_seconds()) is not None:
        trace.machine_busy = max(0.0, busy - before)
