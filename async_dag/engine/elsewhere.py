"""What threads of this process compute of which no call of `in_thread` tells.

A task may start threads in its own way: by `asyncio.to_thread`, by an executor. What such a thread
computes with Python's lock is done one after the other, and the task awaits for as long as that takes,
which looks like any other awaiting. What the process computed in all gives it away.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

WORTH_NOTING: Final = 0.1
"""The share of a run's time below which what other threads computed in it is nothing."""

LEAST: Final = 0.005
"""Seconds likewise."""

SHORTEST: Final = 0.001
"""Seconds below which a run is not asked: in less, even several threads compute too little."""

# None where only one of the two clocks is there.
_process_time: Final[Callable[[], float] | None] = (
    getattr(time, "process_time", None) if hasattr(time, "thread_time") else None
)
_known = 0.0
_lock = Lock()


def call_computed(seconds: float) -> None:
    """A call in a thread, which the trace has, computed for so long."""
    global _known  # noqa: PLW0603 - of all runs of this process
    with _lock:
        _known += seconds


def elsewhere(here: float) -> float:
    """Seconds, up to now, that neither the calling thread nor known calls computed in this process.

    `here` is what the calling thread has computed, in seconds. Only differences mean anything. 0 where
    the system does not tell.

    >>> before = elsewhere(time.thread_time())
    >>> elsewhere(time.thread_time()) - before < 1
    True
    """
    return 0.0 if _process_time is None else _process_time() - here - _known
