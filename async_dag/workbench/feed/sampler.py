"""The one thread that looks at all runs that are shown, and ends when none is left."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final, Protocol

FRAMES_A_SECOND: Final = 20

HEAD_START: Final = 0.03
"""Seconds."""

# How much of the time looking may take. Where the process computes all the time a run pays for it,
# since Python runs one thread at a time; where it mostly waits, looking takes nothing from it.
SHARE_OF_BUSY: Final = 0.015
SHARE_OF_IDLE: Final = 0.06


class Looking(Protocol):
    """What the thread keeps going."""

    @property
    def busy(self) -> bool:
        """Whether there is something to look at."""
        ...

    def pump(self, now: float) -> None:
        """Look, and send what is new; `now` is the time of `time.monotonic`."""
        ...


class Sampler:
    """Calls `pump` of all that are busy, up to 20 times a second; less often where that costs much."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._followed: dict[int, Looking] = {}
        self._thread: threading.Thread | None = None

    def follow(self, one: Looking) -> None:
        """Look at it until it is no longer busy; from any thread, any number of times."""
        with self._condition:
            if id(one) in self._followed:
                return
            self._followed[id(one)] = one
            self._condition.notify()
            if self._thread is None:
                # A daemon: a program that ends waits for no picture.
                self._thread = threading.Thread(
                    target=self._work, name="async_dag view: sampler", daemon=True
                )
                self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is a thread."""
        return self._thread is not None

    def _work(self) -> None:
        # The first look makes a widget, which is some work: the run's first nodes go first.
        with self._condition:
            self._condition.wait(HEAD_START)
        usual = 0.0
        rate = _Busyness()
        while True:
            now = time.monotonic()
            # Its own time, not that in which it waited for the run: that one costs the run nothing.
            spent = time.thread_time()
            with self._condition:
                followed = list(self._followed.values())
            for one in followed:
                try:
                    one.pump(now)
                except Exception:  # noqa: BLE001 - it is shown by the hook for threads
                    # A picture that fails must not keep the others from being drawn.
                    self._drop(one)
                    threading.excepthook(
                        threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread()))
                    )
            # Not by the latest round alone: what is seldom done may cost more.
            usual += (time.thread_time() - spent - usual) / 4
            with self._condition:
                for one in followed:
                    if not one.busy:
                        self._followed.pop(id(one), None)
                if not self._followed:
                    self._thread = None
                    return
                share = max(SHARE_OF_BUSY, SHARE_OF_IDLE * (1 - rate.since_last()))
                self._condition.wait(max(1 / FRAMES_A_SECOND, usual / share))

    def _drop(self, one: Looking) -> None:
        with self._condition:
            self._followed.pop(id(one), None)


class _Busyness:
    """How much of the time the process computes, as a number from 0 to 1."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._used = time.process_time()

    def since_last(self) -> float:
        """Since this was asked last."""
        at, used = time.monotonic(), time.process_time()
        elapsed = max(at - self._at, 1e-3)
        busy = min(1.0, (used - self._used) / elapsed)
        self._at, self._used = at, used
        return busy


SAMPLER: Final = Sampler()
