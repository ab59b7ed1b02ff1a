"""The one thread that looks at all runs that are shown, and ends when none is left."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final, Protocol

FRAMES_A_SECOND: Final = 20

SHARE: Final = 0.01
"""How much of the time looking may take: a run pays for it, since Python runs one thread at a time."""


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

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
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
                    target=self._work, name="async_dag sampler", daemon=True
                )
                self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is a thread."""
        return self._thread is not None

    def _work(self) -> None:
        usual = 0.0
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
                self._condition.wait(max(1 / FRAMES_A_SECOND, usual / self._share))

    def _drop(self, one: Looking) -> None:
        with self._condition:
            self._followed.pop(id(one), None)


SAMPLER: Final = Sampler()
