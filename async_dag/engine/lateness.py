"""By how much a step of a node began late: what the node awaited was there, but the loop was held.

A node that awaits goes on when the event loop calls it again. If the loop is busy, that happens
later than it could, and the time in between is neither work of the node nor awaiting. The engine calls
this module only when a step begins right behind others that kept the loop busy for over a millisecond;
a run in which that never happens pays one comparison per await.

When a step was due is known exactly:

- for `asyncio.sleep`, which keeps its timer handle in a local variable until it goes on;
- for `in_thread` and `in_process`, which record when their call ended;
- for a bare yield (`asyncio.sleep(0)`), which is due at once.

For everything else (a socket, a lock, a `gather`) it lies between two bounds. The step can't have been
due before the loop was last idle: an idle loop calls whatever is due. And each long step leaves a mark,
a callback of `call_soon`: callbacks run in the order in which they were scheduled, so a step that
begins before the mark has come was due before that long step ended.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from types import CodeType, CoroutineType, FrameType, GeneratorType
from typing import TYPE_CHECKING, Any, Final

from async_dag.engine.elsewhere import thread_time
from async_dag.trace.columns import LATE, LONG_STEP, LateStep, Step

if TYPE_CHECKING:
    from async_dag.engine.run import Run

BREAK: Final = 0.0002
"""Seconds between two steps of a run from which on the loop is taken to have been idle meanwhile.

From one callback to the next of a busy loop it is some ten microseconds; a larger pause that was none
only makes lateness go unnoticed where it was too short to matter.
"""

_TURNS: Final = 8
"""Turns of the loop for which a mark follows itself.

A timer that is due while the loop is held runs in the next turn, and what sleeps until then in the one
after; a `gather` of sleeps goes on two turns later, and one within another two more. In a loop that has
nothing else to do so many turns take less than a tenth of a millisecond.
"""

_NEGLIGIBLE: Final = 0.05
"""The share of an await up to which nobody minds how late its end was, if no step was long."""

_SLEEP: Final[CodeType] = asyncio.sleep.__code__

_HAS_THREAD_TIME: Final = hasattr(time, "thread_time")  # not on Pyodide


class Lateness:
    """Finds out, for one run, which steps began late.

    Args:
        run: the run.
        processor: what the thread of the loop had computed when the run began, in seconds.
    """

    __slots__ = ("_ahead", "_ends", "_held_until", "_long_ends", "_processor", "_run")

    def __init__(self, run: Run, processor: float) -> None:
        self._run = run
        self._processor = processor
        self._ends: deque[float] = deque()  # of the long steps whose mark has not come yet
        self._long_ends: list[float] = []  # of all long steps
        self._held_until: list[float] = [0.0]  # seconds that those before each of them held, in all
        # By how much the loop's time is ahead of the trace's. uvloop's stands still within a turn, so
        # the largest difference is the right one.
        self._ahead = float("-inf")

    def held_long(self, node: int, start: float, end: float) -> None:
        """A step held the loop for over a millisecond: record it, and leave a mark behind it."""
        run = self._run
        length = end - start
        processor = None
        if _HAS_THREAD_TIME:
            now = thread_time()
            # Includes what short steps computed since the last long one: an upper bound.
            processor = min(length, max(0.0, now - self._processor))
            self._processor = now
        run.trace.long_steps.append(Step(node, start, length, processor))
        run._long_end = end
        self._long_ends.append(end)
        self._held_until.append(self._held_until[-1] + length)
        if not run._loop.is_closed():
            self._ends.append(end)
            run._marks += 1
            run._loop.call_soon(self._mark_came, _TURNS, context=run._context.copy())

    def _mark_came(self, turns: int) -> None:
        run = self._run
        if turns == _TURNS:
            self._ends.popleft()
        if turns:
            run._loop.call_soon(self._mark_came, turns - 1, context=run._context.copy())
        else:
            run._marks -= 1

    def began(self, node: int, now: float, since: float, awaited: object) -> None:
        """A step of a node begins now, behind a busy loop: record by how much it is late.

        `since` is when the node began to await, `awaited` the coroutine or generator that goes on.
        """
        run, trace = self._run, self._run.trace
        if trace.over:
            return
        held = self._held_since(since)
        idle = run._alert - LONG_STEP
        if not run._marks and max(held, now - idle) < _NEGLIGIBLE * (now - since):
            return
        due = self._due(awaited)
        if due is not None and due <= now:
            at_least = at_most = now - max(due, since)
        else:
            at_most = max(now - max(since, idle), held)
            at_least = max(0.0, now - max(since, self._ends[0])) if self._ends else 0.0
            at_least = min(at_least, at_most)
        trace.late[node] += at_least
        # Of short steps the sum is enough: so a node that wakes among thousands needs no row.
        if at_most - at_least > LATE or (run._marks and at_most > LATE):
            trace.late_steps.append(LateStep(node, now, at_least, at_most))

    def pause_is_over(self, node: int, awaited: object) -> None:
        """The pause between two attempts of a node, for which `awaited` slept, ends now.

        It is no time of the node's, so `trace.late` has nothing of it.
        """
        trace = self._run.trace
        due = self._due(awaited)
        if due is None or trace.over:
            return
        now = trace.elapsed
        if now - due > LATE:
            trace.late_steps.append(LateStep(node, now, now - due, now - due))

    def _held_since(self, time: float) -> float:
        """Seconds for which long steps have held the loop since a time at which none did."""
        if self._run._long_end <= time:
            return 0.0
        from bisect import bisect_right  # on use: `import async_dag` does without

        return self._held_until[-1] - self._held_until[bisect_right(self._long_ends, time)]

    def _due(self, awaited: Any) -> float | None:
        """When what the innermost coroutine awaits was there, in the time of the trace, if it tells."""
        innermost: Any = None
        while True:
            if type(awaited) is CoroutineType:
                innermost, awaited = awaited, awaited.cr_await
            elif type(awaited) is GeneratorType:
                innermost, awaited = awaited, awaited.gi_yieldfrom
            else:
                break
        if type(innermost) is not CoroutineType or innermost.cr_frame is None:
            return None
        code, frame = innermost.cr_code, innermost.cr_frame
        if code is _SLEEP:
            return self._end_of_sleep(frame)
        # Imported on use: it loads thread pools, which `import async_dag` does without.
        from async_dag.engine.offload import DUE_IN_TRACE_TIME

        variable = DUE_IN_TRACE_TIME.get(code)
        if variable is None:
            return None
        call = frame.f_locals[variable]
        due: float = call.ended
        call.is_lateness_known = due == due  # not NaN: it has ended
        return due

    def _end_of_sleep(self, frame: FrameType) -> float | None:
        when = getattr(frame.f_locals.get("h"), "when", None)
        if when is None:
            return None
        self._ahead = max(self._ahead, self._run._loop.time() - self._run.trace.elapsed)
        due: float = when() - self._ahead
        return due


def record_lateness(
    run: Run, index: int, since: float, awaiting_since: float, yielded: object, awaited: object
) -> None:
    """Record by how much the step that begins at `since` is late: what `Run._live` has inlined."""
    late = run.trace.late
    is_new = late[index] != late[index]  # NaN: so far it has yielded to others at most
    if yielded is None:
        if not is_new:
            late[index] += since - awaiting_since
        return
    if is_new:
        began = run.trace.started[index] + run.trace.held[index]
        late[index] = max(0.0, awaiting_since - began)
    if since <= run._alert and run._long_end <= awaiting_since:
        return
    if not note_idle_loop(run, since) or run._long_end > awaiting_since:
        run._called_late(index, since, awaiting_since, awaited)


def note_idle_loop(run: Run, since: float) -> bool:
    """Whether the loop was idle right before the step that begins at `since`; if so, remember it.

    A retry begins when its pause is over, which no other step of a node precedes.
    """
    if since - run._now <= BREAK or run._marks:
        return False
    run._alert = since + LONG_STEP
    return True
