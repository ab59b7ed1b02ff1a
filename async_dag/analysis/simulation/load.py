"""How fast a run's threads and processes compute, beside what else the machine does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from typing import Final, NamedTuple

from async_dag.analysis.critical_path import NodeTimes
from async_dag.trace.columns import Call

_NO_DELAY: Final = 0.05
"""The share of what calls computed up to which they did not wait for a processor."""

_HARDLY: Final = 0.02
"""The share of a run's time likewise: calls that block compute next to nothing, and wait as little."""


_HARDLY_ANYBODY: Final = 0.15
"""The share of all processors up to which other programs don't count: the system's own take some."""


class Load(NamedTuple):
    """What a computation of the run gets of the machine.

    `alone` is the speed of one that is the only one of the run, as a share of a processor; below 1 if
    other programs keep the processors busy. While n compute, each goes on at `min(1, processors / (n +
    others))` of that speed. `is_quiet` says that other programs are known to have computed next to
    nothing.
    """

    alone: float = 1.0
    processors: float = inf
    others: float = 0.0
    is_quiet: bool = False


def load_of(times: NodeTimes, waits_for_lock: Callable[[Call], bool], *, least: bool) -> Load:
    """What the calls of a run tell of it, by how long they waited for a processor.

    What of that was the run's own doing, and what was due to other programs, follows from how many of
    the run's could compute meanwhile, and how many did. How much others would leave to a single one
    depends on the system's scheduler: it may share the processors out among threads, or among
    programs (control groups, sessions). With `least` the latter is assumed, in which one alone is
    faster.
    """
    processors = times.trace.processors
    if processors is None:
        return Load()
    if _is_quiet(times, processors):
        # Its threads waited for one another: one that is woken is often put behind another one of the
        # run's, although a processor has nothing to do.
        return Load(processors=processors, is_quiet=True)
    able = computed = delay = 0.0
    # Threads that wait for the lock are woken again and again, and then wait for a processor to ask for
    # it. For that they may get one sooner than a thread that computes alone.
    at_once = 1.0 if least else inf
    for seconds, could, did in _crowds(times, waits_for_lock, at_once):
        weight = (could - did) * seconds
        delay += weight
        able += could * weight
        computed += did * weight
    whole = sum(call.processor or 0.0 for call in times.trace.calls)
    if delay <= max(_NO_DELAY * whole, _HARDLY * times.trace.elapsed) or computed <= 0:
        return Load(processors=processors)
    # On average over the time in which they waited for a processor.
    able, computed = max(1.0, able / delay), computed / delay
    if least:
        alone = min(1.0, computed)
        return Load(alone, min(processors, computed * max(1.0, processors / able)) / alone)
    others = max(0.0, able * (processors / computed - 1))
    alone = min(1.0, processors / (1 + others))
    return Load(alone, processors / alone, others)


def _is_quiet(times: NodeTimes, processors: int) -> bool:
    """Whether hardly any other program computed from the first call to the last."""
    trace = times.trace
    calls = trace.calls
    if trace.machine_busy is None or not calls:
        return False
    start, end = min(call.start for call in calls), max(call.end for call in calls)
    own = sum(call.processor or 0.0 for call in calls)
    own += sum(step.processor or 0.0 for step in times.long_steps if start <= step.start < end)
    return trace.machine_busy - own <= _HARDLY_ANYBODY * processors * (end - start)


def _crowds(
    times: NodeTimes, waits_for_lock: Callable[[Call], bool], at_once: float
) -> Iterator[tuple[float, float, float]]:
    """Stretches of time: their seconds, how many could compute in them, and how many did.

    Of those that wait for the lock so many count as `at_once` says.
    """
    changes: list[tuple[float, float, float, float]] = []
    for call in times.trace.calls:
        length = call.end - call.start
        if call.processor is None or call.run_delay is None or length <= 0:
            continue
        did = min(1.0, call.processor / length)
        could = min(1.0, did + call.run_delay / length)
        free, locked = (0.0, could) if waits_for_lock(call) else (could, 0.0)
        changes += [(call.start, free, locked, did), (call.end, -free, -locked, -did)]
    for step in times.long_steps:
        if step.processor is not None and step.length > 0:
            did = min(1.0, step.processor / step.length)
            end = step.start + step.length
            changes += [(step.start, did, 0.0, did), (end, -did, 0.0, -did)]
    changes.sort()
    now = free = locked = did = 0.0
    for time, more_free, more_locked, more_did in changes:
        could = free + min(at_once, locked)
        if time > now and could > did:
            yield time - now, could, max(did, 0.0)
        now, free, locked, did = time, free + more_free, locked + more_locked, did + more_did
