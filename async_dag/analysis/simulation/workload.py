"""What each task of a run did with its time, as parts in a row: what a simulation plays again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from statistics import fmean
from typing import Final

from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.parts import NO_TIME, Part, Parts
from async_dag.trace.columns import LONG_STEP, LOST, VALUE_LOST, Step

_INSTANT: Final = 1e-6
"""Seconds within which two things happen at the same moment."""

_FEW: Final = 5
"""From so many starts on a mean says something."""

_AT_ONCE: Final = 0.1
"""The share of a busy time within which, after its end, all are called who were due in it."""


def parts_of(
    times: NodeTimes,
    node: int,
    late: LateWakings | None = None,
    lateness: Mapping[float, float] | None = None,
) -> Parts:
    """The parts of one task that ran.

    Steps of over a millisecond stand where they were recorded. Of the shorter ones only the sum is
    known: half of it stands at the start and half at the end, where a task that awaits once has them.
    With `late` each await is as short as it may have been in truth: see `LateWakings`. Where lateness
    was recorded, `lateness` says at which times steps began late, and by how many seconds: there an
    await, or a pause between attempts, ends, as much shorter.
    """
    waits = times.waits.get(node, ())
    spans = times.running(node)
    if times.trace.lanes:
        spans = _kept_with_their_workers(times, node, spans)
    steps = times.steps.get(node, ())
    if not steps and len(spans) == 1 and not waits and late is None and not lateness:
        # By far the most common, so it has its own short path.
        held, seconds = times.held[node], spans[0][1] - spans[0][0]
        if held <= NO_TIME:
            return (Part("await", seconds),)
        if held >= seconds - NO_TIME:
            return (Part("hold", seconds),)
        half = Part("hold", held / 2)
        return (half, Part("await", seconds - held), half)
    parts: list[Part] = []
    over = spans[0][0]
    for start, end in spans:
        if parts:
            waited = sum(wait.end - wait.start for wait in waits if over <= wait.start < start)
            waited += _late_in_pause(over, start, lateness)
            parts.append(Part("pause", max(0.0, start - over - waited)))
        now = start
        for begun, length in _steps_within(start, end, steps, lateness):
            seconds = _await(now, begun, late).seconds - (lateness or {}).get(begun, 0.0)
            parts.append(Part("await", max(0.0, seconds)))
            if length > 0:
                parts.append(Part("hold", length))
            now = begun + length
        parts.append(_await(now, end, late))
        over = end
    short = times.held[node] - sum(step.length for step in steps)
    return _with_short_steps([part for part in parts if part.seconds > 0], short)


def _kept_with_their_workers(
    times: NodeTimes, node: int, spans: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """The spans without those of attempts that a lost worker took along: no work of the node."""
    attempts = times.attempts.get(node, ())
    if len(attempts) != len(spans):
        return spans
    kept = [
        span
        for span, attempt in zip(spans, attempts, strict=True)
        if attempt.error not in (LOST, VALUE_LOST)
    ]
    return kept or spans[-1:]


def is_plain(times: NodeTimes, node: int) -> bool:
    """Whether a node of a run on a cluster was a plain function, which occupied a thread of its worker.

    A coroutine holds the loop for some microseconds at least.
    """
    return bool(times.trace.lanes) and times.held[node] <= 0 < times.duration(node)


def _steps_within(
    start: float, end: float, steps: Sequence[Step], lateness: Mapping[float, float] | None
) -> list[tuple[float, float]]:
    """Start and length of the steps in a span that were long, or began late (then 0, if short)."""
    within = {step.start: step.length for step in steps if start <= step.start < end}
    for begun in lateness or ():
        if start <= begun <= end + _INSTANT:  # rounded, in a file
            within.setdefault(begun, 0.0)
    return sorted(within.items())


def _late_in_pause(start: float, end: float, lateness: Mapping[float, float] | None) -> float:
    """Seconds by which a pause that should have been over before `end` was over too late."""
    return sum(seconds for over, seconds in (lateness or {}).items() if start < over <= end)


def _await(start: float, end: float, late: LateWakings | None) -> Part:
    seconds = end - start
    if late is not None:
        seconds -= late.at_most(start, end)
    return Part("await", max(0.0, seconds))


def _with_short_steps(parts: list[Part], short: float) -> Parts:
    """The parts with steps of `short` seconds in all, half at each end, out of the awaits."""
    if short <= NO_TIME:
        return tuple(parts)
    awaits = [index for index, part in enumerate(parts) if part.kind == "await"]
    longest = max(awaits, key=lambda index: parts[index].seconds, default=None)
    if longest is None or parts[longest].seconds <= short:
        return tuple(part._replace(kind="hold") if part.kind == "await" else part for part in parts)
    parts[longest] = Part("await", parts[longest].seconds - short)
    half = Part("hold", short / 2)
    return (half, *parts, half)


def start_cost_of(times: NodeTimes) -> float:
    """Seconds of the event loop's time that the engine took to start a task, on average.

    It shows where tasks that were ready were started one right after the other. (The mean, as the
    engine may prepare several of them at once.) 0 if that hardly happened, or on a clock that stands
    still meanwhile.
    """
    trace = times.trace
    ready, started = trace.ready, trace.started
    order = sorted(times.ran, key=started.__getitem__)
    step_starts = [step.start for step in times.long_steps]
    costs: list[float] = []
    for earlier, later in pairwise(order):
        if ready[later] > started[earlier] or later in times.waits:
            continue
        first = _first_step(times, earlier)
        begun = bisect_right(step_starts, started[earlier] + first)
        if begun < len(step_starts) and step_starts[begun] < started[later]:
            continue  # somebody else came between
        cost = started[later] - started[earlier] - first
        if cost < LONG_STEP:  # else it was kept from it
            costs.append(cost)
    if len(costs) < _FEW:
        return 0.0
    cost = fmean(costs)
    return cost if cost > _INSTANT else 0.0


def _first_step(times: NodeTimes, node: int) -> float:
    """How long a task held the loop when it was started, as near as the trace can tell."""
    started = times.trace.started[node]
    steps = times.steps.get(node, ())
    if steps and steps[0].start - started < _INSTANT:
        return steps[0].length
    short = times.held[node] - sum(step.length for step in steps)
    never_awaited = times.end[node] - started - times.held[node] < _INSTANT
    return max(0.0, short if never_awaited else short / 2)


class LateWakings:
    """By how much a task that awaited may have been called too late, as another one held the loop.

    A task whose sleep is over while the loop is held is called when the loop is free again. That leaves
    no mark of when it was due; nor does it leave one if it then sleeps again, as only steps of over a
    millisecond are recorded. So only bounds are known: it was always on time, or the loop was busy
    whenever it was due.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        for step in sorted(steps, key=lambda step: step.start):
            end = step.start + step.length
            # Whoever wakes up late may hold the loop in turn: that is one busy time.
            if self._ends and step.start - self._ends[-1] <= LONG_STEP:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(step.start)
                self._ends.append(end)
        lengths = [end - start for start, end in zip(self._starts, self._ends, strict=True)]
        self._busy_before = list(accumulate(lengths, initial=0.0))

    def at_most(self, start: float, end: float) -> float:
        """Seconds by which an await that lasted from `start` to `end` may have been too long."""
        return max(0.0, self._busy_until(end) - self._busy_until(start))

    def _busy_until(self, time: float) -> float:
        place = bisect_right(self._starts, time)
        if not place:
            return 0.0
        start, end = self._starts[place - 1], self._ends[place - 1]
        # Of many who were due one is called after the other.
        called_until = end + max(LONG_STEP, _AT_ONCE * (end - start))
        last = time - start if end < time <= called_until else min(time, end) - start
        return self._busy_before[place - 1] + last

    def right_before(self, start: float, end: float) -> float:
        """Seconds for which the loop was busy at the end of an await, up to the end itself."""
        place = bisect_right(self._starts, end) - 1
        if place < 0:
            return 0.0
        busy_since, busy_until = self._starts[place], self._ends[place]
        if end > busy_until + max(LONG_STEP, _AT_ONCE * (busy_until - busy_since)):
            return 0.0
        return max(0.0, end - max(start, busy_since))
