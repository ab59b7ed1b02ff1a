"""The processor time of the calling thread."""

from __future__ import annotations

import time


def own_time() -> float:
    """Seconds. Pyodide has no `thread_time`, but only one thread, so it uses that of the process."""
    clock = getattr(time, "thread_time", time.process_time)
    return float(clock())
