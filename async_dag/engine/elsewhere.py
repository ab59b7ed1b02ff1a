"""What threads of this process compute of which no call of `in_thread` tells.

A task may start threads in its own way: by `asyncio.to_thread`, by an executor. What such a thread
computes with Python's lock is done one after the other, and the task awaits for as long as that takes,
which looks like any other awaiting. What the process computed in all gives it away.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from threading import Lock, get_ident
from typing import Final

WORTH_NOTING: Final = 0.1
"""The share of a run's time below which what other threads computed in it is nothing."""

LEAST: Final = 0.005
"""Seconds likewise."""

SHORTEST: Final = 0.001
"""Seconds below which a run is not asked: in less, even several threads compute too little."""

RECENT: Final = 0.0002
"""Seconds for which what was read of the processor's clocks is good enough for another run.

To read them are two calls of the system, a thirtieth of a run of six nodes, and such runs follow one
another faster than that. In a server runs begin and end by turns, and share what was read.
"""

thread_time: Final[Callable[[], float]] = getattr(time, "thread_time", float)
"""Seconds that the calling thread has computed; 0 on Pyodide, which does not tell."""

# None where only one of the two clocks is there.
_process_time: Final[Callable[[], float] | None] = (
    getattr(time, "process_time", None) if hasattr(time, "thread_time") else None
)
_known = 0.0
_lock = Lock()
_NEVER: Final = (float("-inf"), 0, 0.0, 0.0)
_latest = _NEVER
"""When the clocks were read last, by which thread, and what came of it."""


def call_computed(seconds: float) -> None:
    """A call in a thread, which the trace has, computed for so long."""
    global _known, _latest  # noqa: PLW0603 - of all runs of this process
    with _lock:
        _known += seconds
    _latest = _NEVER  # was read when what this call computed was not known yet


def elsewhere(here: float) -> float:
    """Seconds, up to now, that neither the calling thread nor known calls computed in this process.

    `here` is what the calling thread has computed, in seconds. Only differences mean anything. 0 where
    the system does not tell.

    >>> before = elsewhere(time.thread_time())
    >>> elsewhere(time.thread_time()) - before < 1
    True
    """
    return 0.0 if _process_time is None else _process_time() - here - _known


def processor_clocks(now: float) -> tuple[float, float]:
    """What the calling thread has computed, and what `elsewhere` says, when a run begins or ends.

    `now` is the time, in seconds since the epoch. If the thread has asked less than `RECENT` before,
    they are not read again.

    >>> here, there = processor_clocks(time.time())
    >>> processor_clocks(time.time() + 1)[0] >= here
    True
    """
    global _latest  # noqa: PLW0603 - of all runs of this process
    when, thread, here, there = _latest
    if abs(now - when) < RECENT and thread == get_ident():
        return here, there
    here = thread_time()
    there = elsewhere(here)
    _latest = (now, get_ident(), here, there)
    return here, there


def _forget() -> None:
    global _latest  # noqa: PLW0603
    _latest = _NEVER


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # in which these clocks begin anew
