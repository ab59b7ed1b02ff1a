"""What a task itself needed: its parts without the time for which others kept it from going on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from async_dag.analysis.critical_path import NodeTimes
from async_dag.trace.columns import Call

SWITCH_INTERVAL: Final = 0.005
"""Seconds after which a thread that waits for Python's lock is woken to ask for it again."""

_WAITING: Final = 1.5
"""Times that interval between two switches up to which a thread does nothing but wait for the lock."""

_PERHAPS_WAITING: Final = 3.0
"""The same for a busy machine, on which a thread is woken late: it may have blocked as well."""

_FEW: Final = 4
"""Switches below which their interval says nothing."""


class Excess:
    """Seconds of the awaits of each task in which it could have gone on, were it alone.

    Args:
        times: the run, which must have recorded lateness.
        least: take each task to have needed as little as it can have, else as much.
    """

    def __init__(self, times: NodeTimes, *, least: bool) -> None:
        self._times = times
        self._least = least
        self._computed = _Computed(times) if times.calls else None

    def of(self, node: int, awaited: float) -> float:
        """The seconds out of `awaited`, those in which the task neither held the loop nor paused."""
        times = self._times
        late = times.trace.late[node]
        if late != late:  # NaN: it awaited nothing, but at most gave way to others
            return awaited
        if self._least:
            late += sum(step.at_most - step.at_least for step in times.late_steps.get(node, ()))
        for call in times.calls.get(node, ()):
            late += self._waited(call)
        if node in times.calls:
            late += sum(w.end - w.start for w in times.waits.get(node, ()) if w.kind == "pool")
        return min(late, awaited)

    def of_steps(self, node: int) -> float:
        """The seconds of its long steps in which the loop itself waited, as threads computed."""
        # A step of a node that only hands a call to a pool does not block; another one may.
        if self._computed is None or not (self._least or node in self._times.calls):
            return 0.0
        excess = 0.0
        for step in self._times.steps.get(node, ()):
            if step.processor is not None and step.processor < step.length:
                end = step.start + step.length
                others = self._computed.during(step.start, end) - step.processor
                excess += min(step.length - step.processor, max(0.0, others))
        return excess

    def _waited(self, call: Call) -> float:
        """How long a call in a thread waited for the processor, or for Python's lock.

        A thread that waits for the lock is woken every few milliseconds, one that blocks is not. Where
        it was woken that often while others computed, its time is shared out by what each computed.
        (A thread that holds the lock may itself wait for another program: then nobody computes.) Else
        it waited for as long as others computed, at most.
        """
        if call.kind != "thread" or call.processor is None or self._computed is None:
            return 0.0
        length = call.end - call.start
        idle = max(0.0, length - call.processor)
        others = max(0.0, self._computed.during(call.start, call.end) - call.processor)
        if call.switches is None:
            return min(idle, others) if self._least else 0.0
        woken = call.switches * SWITCH_INTERVAL
        if others > 0 and idle <= _PERHAPS_WAITING * woken and call.switches >= _FEW:
            waited = min(idle, length * others / (others + call.processor))
            return waited if self._least or idle <= _WAITING * woken else 0.0
        return min(idle, others, _WAITING * woken) if self._least else 0.0


class _Computed:
    """Seconds of processor time that the threads of a run took, the loop's included, up to a time."""

    def __init__(self, times: NodeTimes) -> None:
        spans = [
            (call.start, call.end, call.processor)
            for call in times.trace.calls
            if call.kind == "thread" and call.processor is not None and call.end > call.start
        ]
        spans += [
            (step.start, step.start + step.length, min(step.length, step.processor))
            for step in times.long_steps
            if step.processor is not None and step.length > 0
        ]
        self._starts = _Ramp((start, seconds / (end - start)) for start, end, seconds in spans)
        self._ends = _Ramp((end, seconds / (end - start)) for start, end, seconds in spans)

    def during(self, start: float, end: float) -> float:
        """Seconds between two times; each thread is taken to compute evenly."""
        return self._until(end) - self._until(start)

    def _until(self, time: float) -> float:
        return self._starts.area(time) - self._ends.area(time)


class _Ramp:
    """The area under rates that each begin at a time and go on for ever."""

    def __init__(self, rates: Iterable[tuple[float, float]]) -> None:
        ordered = sorted(rates)
        self._times = [time for time, _ in ordered]
        self._rates = list(accumulate((rate for _, rate in ordered), initial=0.0))
        self._moments = list(accumulate((time * rate for time, rate in ordered), initial=0.0))

    def area(self, until: float) -> float:
        place = bisect_right(self._times, until)
        return self._rates[place] * until - self._moments[place]
