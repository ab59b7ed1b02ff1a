"""How busy the calls of a run kept Python's lock, by stretches of time in which there were some."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf
from typing import Final

from async_dag.analysis.critical_path import NodeTimes
from async_dag.trace.columns import Call

SWITCH_INTERVAL: Final = 0.005
"""Seconds after which a thread that waits for Python's lock is woken to ask for it again."""

_TO_TAKE_TURNS: Final = 1.85
"""Switches of a thread in each interval for which it computes, where others wait for the lock: it asks
for the lock, gets it, and waits until another one has taken it over. (Two to forty threads that only
computed switched 1.6 to 2.1 times, on a machine that did nothing else.)"""


def idle_time(call: Call) -> float:
    """Seconds for which a call neither computed nor, as far as is known, could have."""
    busy = (call.processor or 0.0) + (call.run_delay or 0.0)
    return max(0.0, call.end - call.start - busy)


class Rates:
    """How much was computed a second in each stretch of time in which there were calls in threads."""

    def __init__(self, calls: Iterable[Call], computed: Computed) -> None:
        self._starts: list[float] = []
        self._rates: list[float] = []
        for start, within in _stretches(calls):
            end = max(call.end for call in within)
            self._starts.append(start)
            rate = computed.during(start, end) / (end - start) if end > start else 0.0
            self._rates.append(rate)

    def at(self, time: float) -> float:
        """That of the stretch which holds the time."""
        return self._rates[bisect_right(self._starts, time) - 1] if self._starts else 0.0


class Blocking:
    """The share of the idle time of calls in threads that their switches don't explain."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._starts: list[float] = []
        self._shares: list[float] = []
        for start, within in _stretches(calls):
            idle = waited = 0.0
            for call in within:
                if call.switches is not None and call.processor is not None:
                    idle += idle_time(call)
                    waits = call.switches * SWITCH_INTERVAL - _TO_TAKE_TURNS * call.processor
                    waited += max(0.0, waits)
            self._starts.append(start)
            self._shares.append(max(0.0, 1 - waited / idle) if idle > 0 else 0.0)

    def at(self, time: float) -> float:
        """That of the stretch which holds the time."""
        return self._shares[bisect_right(self._starts, time) - 1] if self._starts else 0.0


def _stretches(calls: Iterable[Call]) -> Iterator[tuple[float, list[Call]]]:
    """The stretches of time in which there were calls in threads: when each began, and the calls."""
    within: list[Call] = []
    end = -inf
    for call in sorted((call for call in calls if call.kind == "thread"), key=lambda c: c.start):
        if within and call.start > end:
            yield within[0].start, within
            within = []
        within.append(call)
        end = max(end, call.end)
    if within:
        yield within[0].start, within


class Computed:
    """Seconds of processor time that the threads of a run took, the loop's included, up to a time.

    With `delayed` also those in which they could have computed, but had no processor.
    """

    def __init__(self, times: NodeTimes, *, delayed: bool = False) -> None:
        spans = [
            (
                call.start,
                call.end,
                min(
                    call.processor + ((call.run_delay or 0.0) if delayed else 0.0),
                    call.end - call.start,
                ),
            )
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
