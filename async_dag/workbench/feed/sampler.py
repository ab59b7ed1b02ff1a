"""The thread that samples all runs that are shown; it ends when none is left."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections import deque
from typing import Final, Protocol

from async_dag.workbench.feed.own_time import own_time

FRAMES_A_SECOND: Final = 20

HEAD_START: Final = 0.03
"""Seconds."""

# The share of the time that sampling may take. If the process always computes, it costs the run
# time, since Python runs one thread at a time; if the process mostly waits, it costs the run
# nothing.
SHARE_OF_BUSY: Final = 0.015
SHARE_OF_IDLE: Final = 0.06

REMEMBERED: Final = 20
"""Rounds."""


class Sampled(Protocol):
    """Something that the thread samples, such as a feed."""

    @property
    def busy(self) -> bool:
        """Whether there is something to look at."""
        ...

    def pump(self, now: float) -> None:
        """Look, and send what is new; `now` is the time of `time.monotonic`."""
        ...


class Sampler:
    """Calls `pump` of all that are busy, up to 20 times a second, or less often if that is costly."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything; also called in a forked child, which has no threads of its parent."""
        self._condition = threading.Condition()
        self._followed: dict[int, Sampled] = {}
        self._thread: threading.Thread | None = None
        self._task: asyncio.Task[None] | None = None

    def follow(self, sampled: Sampled) -> None:
        """Sample it until it is no longer busy. May be called from any thread, any number of times."""
        with self._condition:
            if id(sampled) in self._followed:
                return
            self._followed[id(sampled)] = sampled
            self._condition.notify()
            if not self.running:
                self._start()

    @property
    def running(self) -> bool:
        """Whether there is a thread, or a task in its place."""
        return self._thread is not None or self._task is not None

    def _start(self) -> None:
        # A daemon, so that a program does not wait for its pictures at exit.
        thread = threading.Thread(target=self._work, name="async_dag view: sampler", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # there are no threads, as in Pyodide
            try:
                self._task = asyncio.get_running_loop().create_task(self._work_in_loop())
            except RuntimeError:  # there is no loop either: send what can be sent now
                _Rounds(self).look()
                self._followed.clear()
        else:
            self._thread = thread

    def _work(self) -> None:
        # The first look creates a widget, which takes a while; let the first nodes of the run start
        # before.
        with self._condition:
            self._condition.wait(HEAD_START)
        rounds = _Rounds(self)
        while True:
            rounds.look()
            with self._condition:
                if not self._followed:
                    self._thread = None
                    return
                self._condition.wait(rounds.pause())

    async def _work_in_loop(self) -> None:
        """Sample without threads; this sees nothing while a node holds the loop."""
        try:
            await asyncio.sleep(HEAD_START)
            rounds = _Rounds(self)
            while self._followed:
                rounds.look()
                await asyncio.sleep(rounds.pause())
        finally:
            self._task = None

    def _drop(self, sampled: Sampled) -> None:
        with self._condition:
            self._followed.pop(id(sampled), None)


class _Rounds:
    """Samples all that are followed, and computes the pause before the next round."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._costs = _Costs()
        self._rate = _Busyness()

    def look(self) -> None:
        """One round."""
        sampler = self._sampler
        now = time.monotonic()
        # Count its processor time, not the time in which it waited for the run: waiting costs nothing.
        began = own_time()
        with sampler._condition:
            followed = list(sampler._followed.values())
        for sampled in followed:
            try:
                sampled.pump(now)
            except Exception:  # noqa: BLE001 - it is shown by the hook for threads
                # A picture that fails must not keep the others from being drawn.
                sampler._drop(sampled)
                threading.excepthook(
                    threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread()))
                )
        self._costs.add(own_time() - began)
        with sampler._condition:  # else one that is busy again meanwhile would be forgotten
            for sampled in followed:
                if not sampled.busy:
                    sampler._followed.pop(id(sampled), None)

    def pause(self) -> float:
        """Seconds until the next round."""
        busy = self._rate.since_last(self._costs.total)
        share = max(SHARE_OF_BUSY, SHARE_OF_IDLE * (1 - busy))
        return max(1 / FRAMES_A_SECOND, self._costs.usual / share)


class _Costs:
    """Seconds that rounds take.

    Attributes:
        usual: of a round. Not only of the latest, since rare work may cost more; but what comes once,
            such as imports, the widget, or the analysis of a run that has ended, does not count: it
            would stop the view for seconds.
        total: of all rounds.
    """

    def __init__(self) -> None:
        self.usual = 0.0
        self.total = 0.0
        self._latest: deque[float] = deque(maxlen=REMEMBERED)

    def add(self, seconds: float) -> None:
        """Add a round."""
        usual = min(seconds, max(self._latest, default=0.0))
        self.usual += (usual - self.usual) / 4
        self.total += seconds
        self._latest.append(seconds)


class _Busyness:
    """How much of the time the process computes something else, as a number from 0 to 1."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._used = time.process_time()

    def since_last(self, own: float) -> float:
        """Since this was asked last; `own` is what does not count, in seconds so far."""
        at, used = time.monotonic(), time.process_time() - own
        elapsed = max(at - self._at, 1e-3)
        busy = min(1.0, max(0.0, used - self._used) / elapsed)
        self._at, self._used = at, used
        return busy


SAMPLER: Final = Sampler()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SAMPLER.begin)
