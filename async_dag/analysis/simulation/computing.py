"""What the calls of a run computed, and whether Python's lock kept them from doing it at once."""

from __future__ import annotations

from math import inf
from typing import Final, Literal, NamedTuple

from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.call_rates import (
    SWITCH_INTERVAL,
    Blocking,
    Computed,
    Rates,
    idle_time,
)
from async_dag.analysis.simulation.load import Load, load_of
from async_dag.trace.columns import Call

_WAITING: Final = (0.3, 1.5)
"""Times that interval between two switches in which a thread does nothing but wait for the lock.

Between shorter ones it was handed the lock, or blocked for moments; between longer ones it blocked.
"""

_PERHAPS_WAITING: Final = 3.0
"""The upper end on a busy machine, on which a thread is woken late: it may have blocked as well."""

_FEW: Final = 4
"""Switches below which their interval says nothing."""

_AT_ONCE: Final = 1.1
"""Processor seconds a second from which on threads computed at once, so that some had no lock."""

_BUSY: Final = 0.6
"""The same from which on the lock was taken nearly all the time."""

_PERHAPS_BUSY: Final = 0.4
"""The same from which on it may have been, if other programs kept the processors busy."""

_SATURATED: Final = 0.7
"""The share of all processors from which on a thread may have waited for one."""

_WAITED: Final = 0.2
"""The share of a call from which on its waits count, where threads computed at once."""

_UNUSED: Final = 0.1
"""The share of the time for which nobody has the lock although threads wait for it: to hand it over
takes a moment each time. For the rest of it all of them blocked."""

_SLOWEST: Final = 0.01
"""The least speed that a thread with the lock is taken to have."""

_SWITCH: Final = 30e-6
"""Processor seconds that a switch between threads may take, which a thread alone does without."""

Verdict = Literal["waited", "perhaps waited", "did not wait"]


class Needs(NamedTuple):
    """Seconds of a task's time for which it computes.

    `lock` with Python's lock, so that no other thread computes meanwhile; `processor` without it, on
    some processor.
    """

    lock: float = 0.0
    processor: float = 0.0


class Computing:
    """Who computed when in a run, as far as the trace tells.

    Args:
        times: the run, which must have recorded lateness.
        least: where the trace leaves it open, take threads to have waited for the lock; else to have
            blocked, and to compute without it.
    """

    def __init__(self, times: NodeTimes, *, least: bool) -> None:
        self._times = times
        self._least = least
        self._has_lock = times.trace.has_lock
        self._processors = times.trace.processors or inf
        self._computed = Computed(times)
        self._rates = Rates(times.trace.calls, self._computed)
        self._able = Rates(times.trace.calls, Computed(times, delayed=True))
        self._blocking = Blocking(times.trace.calls)
        self.load: Load = load_of(times, self._is_for_lock, least=least)
        self.elsewhere: float = self._elsewhere()
        self.in_threads: bool = self.elsewhere > 0 or any(
            call.kind == "thread" for call in times.trace.calls
        )

    def _elsewhere(self) -> float:
        """Seconds for which the lock was taken, at most, by threads of which no call tells."""
        trace = self._times.trace
        seconds = trace.computed_elsewhere
        if not (self._least and self._has_lock and seconds > 0):
            return 0.0
        known = sum(call.processor or 0.0 for call in trace.calls if call.kind == "thread")
        known += sum(step.processor or 0.0 for step in self._times.long_steps)
        whole = seconds + known
        if whole < _PERHAPS_BUSY * trace.elapsed:
            return min(seconds, trace.elapsed)
        # Who had the lock may have waited for other programs all the rest of the time.
        return max(whole, trace.elapsed) * seconds / whole

    def of_calls(self, node: int) -> Needs:
        """What the calls of a node computed."""
        lock = processor = 0.0
        for call in self._times.calls.get(node, ()):
            needs = self._of_call(call)
            lock += needs.lock
            processor += needs.processor
        return Needs(lock, processor)

    def _of_call(self, call: Call) -> Needs:
        length = call.end - call.start
        seconds = call.processor
        if seconds is None:
            seconds = length if self._least else 0.0
        # Alone it would go on as fast as other programs let it.
        seconds = min(seconds / self.load.alone, length)
        if call.kind == "process" or not self._has_lock:
            return Needs(processor=seconds)
        verdict = self._verdict(call)
        if verdict == "waited":
            computed = (call.processor or 0.0) - self._switching(call)
            return Needs(lock=computed / self._speed_with_lock(call))
        if self._least and call.switches is not None:
            seconds = min(seconds, max(0.0, length - self._waited(call)))
        if verdict == "did not wait" and self._rate(call) > _AT_ONCE:
            return Needs(processor=seconds)
        return Needs(lock=seconds) if self._least else Needs(processor=seconds)

    def of_steps(self, node: int, held: float) -> float:
        """The share of the seconds for which a node held the loop in which it computed."""
        if held <= 0:
            return 0.0
        seconds = held
        for step in self._times.steps.get(node, ()):
            computed = step.processor
            if computed is None:
                computed = step.length if self._least else 0.0
            seconds -= max(0.0, step.length - computed)
        return min(1.0, max(0.0, seconds / held))

    def waited_in_steps(self, node: int) -> float:
        """The seconds of its long steps in which the loop itself waited, as threads computed."""
        # A step of a node that only hands a call to a pool does not block; another one may.
        if not self.in_threads or not (self._least or node in self._times.calls):
            return 0.0
        waited = 0.0
        for step in self._times.steps.get(node, ()):
            if step.processor is not None and step.processor < step.length:
                end = step.start + step.length
                others = self._computed.during(step.start, end) - step.processor
                waited += min(step.length - step.processor, max(0.0, others))
        return waited

    def waited_in_calls(self, node: int) -> float:
        """The seconds of its calls that waited for the lock, or for a processor."""
        return sum(self._waited(call) for call in self._times.calls.get(node, ()))

    def _waited(self, call: Call) -> float:
        """How long a call waited for the lock, or for a processor that the run itself kept busy."""
        if call.processor is None:
            return 0.0
        if call.run_delay is not None:
            blocked = idle_time(call) - self._waited_for_lock(call)
            computed = call.processor - self._switching(call)
            is_for_lock = self._is_for_lock(call)
            speed = self._speed_with_lock(call) if is_for_lock else self.load.alone
            return max(0.0, call.end - call.start - blocked - computed / speed)
        if call.kind != "thread":
            return 0.0
        return self._perhaps_waited(call)

    def _waited_for_lock(self, call: Call) -> float:
        """How long of the time in which it neither computed nor could."""
        if call.kind != "thread" or not self._has_lock:
            return 0.0
        idle = idle_time(call)
        if self._is_for_lock(call):
            return idle - self._blocked_at_times(call)
        if not self._least:
            return 0.0
        others = self._computed_by_others(call)
        if call.switches is None or self._rate(call) > _AT_ONCE:
            return min(idle, others)
        return min(idle, others, _WAITING[1] * SWITCH_INTERVAL * call.switches)

    def _speed_with_lock(self, call: Call) -> float:
        """How fast a thread that has the lock computes: it may itself wait for other programs."""
        if self.load.is_quiet and self._least:
            return 1.0  # what is missing was lost where the lock was handed over
        if not self._least and self.load.alone < 1:
            return self.load.alone
        used = self._lock_used(call)
        return max(min(1.0, self._rate(call) / used), _SLOWEST) if used > 0 else 1.0

    def _lock_used(self, call: Call) -> float:
        """The share of the time around a call in which some thread had the lock, or was handed it."""
        return min(1.0, self._able.at(call.start) / (1 - _UNUSED))

    def _blocked_at_times(self, call: Call) -> float:
        """Seconds for which a call blocked that otherwise waited for the lock.

        When nobody has the lock, nobody waits for it: so for that share of its time it blocked at
        least. At most it blocked for all but the waits that its switches tell of.
        """
        idle = idle_time(call)
        at_least = min(idle, (1 - self._lock_used(call)) * (call.end - call.start))
        # Beside other programs the switches tell nothing: threads are woken late.
        if self._least or self.load.alone < 1:
            return at_least
        return max(at_least, idle * self._blocking.at(call.start))

    def _is_for_lock(self, call: Call) -> bool:
        """Whether a call is taken to have waited for the lock whenever it did not compute."""
        if call.kind != "thread" or not self._has_lock or self._rate(call) <= 0:
            return False
        verdict = self._verdict(call)
        return verdict == "waited" or (verdict == "perhaps waited" and self._least)

    def _switching(self, call: Call) -> float:
        """What it computed only as it had to take turns, at most; none where that is not sure."""
        if not self._least or call.switches is None:
            return 0.0
        return min(call.processor or 0.0, call.switches * _SWITCH)

    def taking_turns(self, node: int) -> float:
        """What the calls of a node computed, at most, as they had to take turns with the lock."""
        return sum(
            min(call.processor or 0.0, (call.switches or 0) * _SWITCH)
            for call in self._times.calls.get(node, ())
            if call.kind == "thread"
        )

    def _computed_by_others(self, call: Call) -> float:
        return max(0.0, self._computed.during(call.start, call.end) - (call.processor or 0.0))

    def _perhaps_waited(self, call: Call) -> float:
        """The same of a call in a thread where nobody counted its waits for a processor.

        Where it waited for the lock it went on as fast, on the whole, as all threads together did: a
        thread that holds the lock may itself wait for another program, and would if it were alone.
        """
        length = call.end - call.start
        computed = call.processor or 0.0
        idle = idle_time(call)
        rate = self._rate(call)
        if self._is_for_lock(call):
            return max(0.0, length - (computed - self._switching(call)) / min(1.0, rate))
        if not self._least:
            return 0.0
        if rate > _AT_ONCE and rate <= _SATURATED * self._processors:
            return 0.0  # there was a processor for it, and it did not wait for the lock
        others = self._computed_by_others(call)
        if call.switches is None:
            return min(idle, others)
        if rate > _AT_ONCE:
            return min(idle, others) + self._switching(call)
        most = _WAITING[1] * SWITCH_INTERVAL * call.switches
        return min(idle, others, most) + self._switching(call)

    def _verdict(self, call: Call) -> Verdict:
        """Whether a call in a thread was woken as often as one is that waits for the lock.

        A thread that waits for it is woken every few milliseconds, one that blocks is not.
        """
        if call.switches is None or call.processor is None or not self._has_lock:
            return "perhaps waited" if call.switches is None else "did not wait"
        length = call.end - call.start
        idle = idle_time(call)
        rate = self._rate(call)
        if call.switches < _FEW or rate <= 0:
            return "did not wait"
        between = idle / (call.switches * SWITCH_INTERVAL)
        if rate > _AT_ONCE and idle < _WAITED * length:
            return "did not wait"
        if between > _PERHAPS_WAITING or (between < _WAITING[0] and rate > _AT_ONCE):
            return "did not wait"
        is_busy = self._able.at(call.start) >= _BUSY
        is_sure = is_busy and _WAITING[0] <= between <= _WAITING[1]
        return "waited" if is_sure else "perhaps waited"

    def _rate(self, call: Call) -> float:
        """Processor seconds a second that threads computed in the busy time that the call lies in."""
        return self._rates.at(call.start)
