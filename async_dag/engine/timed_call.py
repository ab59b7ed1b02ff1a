"""Calls that `in_thread` or `in_process` make for a node, timed where they run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from async_dag.engine.elsewhere import call_computed
from async_dag.engine.report import node_here
from async_dag.engine.run_delay import run_delay
from async_dag.trace.columns import LATE, NOT_YET, Call, CallKind, LateStep, Wait
from async_dag.trace.trace import Trace

try:
    import resource
except ImportError:  # not on Windows, not on Pyodide
    resource = None  # type: ignore[assignment]

R = TypeVar("R")

_thread_time: Final[Callable[[], float] | None] = getattr(time, "thread_time", None)
_OF_THREAD: Final[int | None] = getattr(resource, "RUSAGE_THREAD", None)  # Linux alone


_FILE: Final = Path("/proc/uptime")

_LONGEST: Final = 64
"""Bytes of that file, at most: two numbers."""

_has_file = _FILE.exists()

_processors: Final = os.cpu_count() or 1

_before: WeakKeyDictionary[Trace, float] = WeakKeyDictionary()


class Usage(NamedTuple):
    """What a call took, on clocks of which only differences mean something."""

    seconds: float
    processor: float | None
    switches: int | None
    run_delay: float | None

    @classmethod
    def now(cls) -> Usage:
        """The usage of this thread so far."""
        switches = None
        if _OF_THREAD is not None:
            switches = resource.getrusage(_OF_THREAD).ru_nvcsw  # pyright: ignore[reportOptionalMemberAccess]
        processor = None if _thread_time is None else _thread_time()
        return cls(time.perf_counter(), processor, switches, run_delay())

    def since(self, before: Usage) -> Usage:
        """The usage since then."""
        return Usage(
            self.seconds - before.seconds,
            _difference(self.processor, before.processor),
            _difference(self.switches, before.switches),
            _difference(self.run_delay, before.run_delay),
        )


N = TypeVar("N", int, float)


def _difference(now: N | None, before: N | None) -> N | None:
    return None if now is None or before is None else now - before


class Answer(NamedTuple, Generic[R]):
    """What another process sends back: the value, and what the call took there."""

    value: R
    usage: Usage


class _TimedCall(Generic[R]):
    """A call for the node in whose step this is made.

    Attributes:
        ended: when the call ended, in seconds since the invoke began; NaN before.
        is_lateness_known: whether it is recorded how much later than that its node went on.
    """

    kind: CallKind

    def __init__(self, call: Callable[[], R]) -> None:
        self._function = call
        self._for = node_here()
        if self._for is not None:
            call_was_asked_for(self._for[0])
        self._asked = self._now()
        self.ended: float = NOT_YET
        self.is_lateness_known: bool = False

    def _now(self) -> float:
        return NOT_YET if self._for is None else self._for[0].elapsed

    def went_on(self) -> None:
        """The node goes on after its call: record by how much it is late.

        The engine looks for lateness only where steps kept the loop busy. Here it was idle, as far as
        the engine can see: but the loop's own thread may have waited, for threads that compute.
        """
        if self.is_lateness_known or self._for is None:
            return
        self.is_lateness_known = True
        trace, node = self._for
        # In a task other than the node's own it is unknown whether the node itself is late.
        if trace.over or trace.holder != node or not trace.knows_lateness:
            return
        # Since the step began: what it has taken up to here, it has held the loop.
        began = trace.holder_since
        seconds = began - self.ended
        if seconds > 0:
            late = trace.late[node]
            trace.late[node] = seconds if late != late else late + seconds
            if seconds > LATE:
                trace.late_steps.append(LateStep(node, began, seconds, seconds))

    def _record(self, began: float, ended: float, usage: Usage) -> None:
        self.ended = ended
        if self._for is None:
            return
        trace, node = self._for
        # The call of a cancelled node runs to its end, though nobody waits for it any more.
        if trace.over or trace.finished[node] == trace.finished[node]:
            return
        if began - self._asked > LATE:
            trace.waits.append(Wait(node, "pool", self._asked, began))
        trace.calls.append(Call(node, self.kind, began, ended, *usage[1:]))
        call_is_over(trace)


class ThreadCall(_TimedCall[R]):
    """What a thread runs: the call, between two readings of the clocks."""

    kind: CallKind = "thread"

    def __init__(self, call: Callable[[], R]) -> None:
        super().__init__(call)
        self._context = copy_context()

    def __call__(self) -> R:
        """Make the call, in a copy of the context of the node."""
        before, began = Usage.now(), self._now()
        try:
            return self._context.run(_called, self._function)
        finally:
            usage = Usage.now().since(before)
            if usage.processor is not None:
                call_computed(usage.processor)
            self._record(began, self._now(), usage)


class ProcessCall(_TimedCall[R]):
    """What another process runs, and what is recorded here when its answer arrives."""

    kind: CallKind = "process"

    @property
    def task(self) -> Callable[[], Answer[R]]:
        """The callable to submit to the pool."""
        return _InProcess(self._function)

    def over(self, future: Future[Answer[R]]) -> None:
        """Receive the answer; called in a thread of the pool."""
        ended = self._now()
        self.ended = ended
        if not future.cancelled() and future.exception() is None:
            usage = future.result().usage
            began = max(self._asked, ended - usage.seconds) if self._for is not None else ended
            self._record(began, ended, usage)


class _InProcess(Generic[R]):
    """Created in this process, called in the other."""

    def __init__(self, call: Callable[[], R]) -> None:
        self._function = call

    def __call__(self) -> Answer[R]:
        before = Usage.now()
        value = _called(self._function)
        return Answer(value, Usage.now().since(before))


def _called(function: Callable[[], R]) -> R:
    # asyncio can't raise a StopIteration in the coroutine that awaits it, which would wait for ever.
    try:
        return function()
    except StopIteration as error:
        raise RuntimeError("the function raised StopIteration") from error


# What all programs of the machine compute while a run has functions called off the loop.
#
# A thread that waited for a processor waited for other programs, or for other threads of the same run.
# Its own counters don't tell which; how long the processors had nothing to do does.


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
