"""The processor time of the calling thread, where Python can tell it."""

from __future__ import annotations

import time


def own_time() -> float:
    """Seconds. Pyodide has no `thread_time`; with its one thread that of the process is the same."""
    clock = getattr(time, "thread_time", time.process_time)
    return float(clock())
