"""What a task itself needed: its parts without the time for which others kept it from going on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.computing import Computing
from async_dag.analysis.simulation.parts import NO_TIME, Part, Parts
from async_dag.analysis.simulation.workload import parts_of


class WithoutLateness:
    """Shortens the parts of tasks to what each would have taken, were it alone.

    Args:
        times: the run, which must have recorded lateness.
        least: take each task to have needed as little as it can have, and threads to compute one at a
            time where the trace leaves that open; else as much, and at once.
    """

    def __init__(self, times: NodeTimes, *, least: bool) -> None:
        self._times = times
        self._least = least
        self.computing: Computing = Computing(times, least=least)

    def late(self, node: int, awaited: float) -> float:
        """The seconds out of `awaited` for which what the node awaited was there already."""
        times = self._times
        late = times.trace.late[node]
        if late != late:  # NaN: it awaited nothing, but at most gave way to others
            return awaited
        if self._least:
            late += sum(step.at_most - step.at_least for step in times.late_steps.get(node, ()))
        return min(late, awaited)

    def lateness(self, node: int) -> dict[float, float]:
        """When its steps began late, as far as that is on record, and by how many seconds."""
        return {
            step.start: step.at_most if self._least else step.at_least
            for step in self._times.late_steps.get(node, ())
        }

    def parts(self, node: int) -> Parts:
        """The parts of a task without its lateness and its waits for the lock, a processor, a pool.

        What its calls compute lies in its awaits, in proportion to their lengths.
        """
        times, computing = self._times, self.computing
        lateness = self.lateness(node)
        parts = parts_of(times, node, lateness=lateness)
        awaited = sum((part.seconds for part in parts if part.kind == "await"), start=0.0)
        spans = times.running(node)
        known = sum(
            seconds
            for begun, seconds in lateness.items()
            if len(spans) == 1 or any(start < begun <= end for start, end in spans)
        )
        late = min(awaited, max(0.0, self.late(node, awaited + known) - known))
        if node not in times.calls and not computing.in_threads:
            keep = _kept(awaited, late)
            if keep == 1.0:
                return parts
            return _scaled(parts, keep, 1.0)
        late += computing.waited_in_calls(node)
        in_own_threads = computing.elsewhere > 0 and node not in times.calls
        own = 0.0
        if in_own_threads:
            own = awaited - late
            late += own * (1 - self._in_own_threads[0])
        if node in times.calls:
            late += sum(w.end - w.start for w in times.waits.get(node, ()) if w.kind == "pool")
        held = sum((part.seconds for part in parts if part.kind == "hold"), start=0.0)
        keep_held = _kept(held, computing.waited_in_steps(node))
        lock, processor = computing.of_calls(node)
        if in_own_threads:
            lock = own * self._in_own_threads[1]
        # A call may run before the step that made it is over: that waits for the lock, too. Several
        # that a node makes at once may compute side by side, unless they need the lock.
        alone = lock + (processor if len(times.calls.get(node, ())) == 1 else 0.0)
        left = max(awaited - late, alone, NO_TIME)
        scaled = _scaled(parts, left / awaited if awaited > 0 else 0.0, keep_held)
        left = max(left, lock + processor)
        in_steps = computing.of_steps(node, held) / keep_held if keep_held > 0 else 0.0
        has_lock = times.trace.has_lock
        return tuple(
            part._replace(
                lock=part.seconds * lock / left, processor=part.seconds * processor / left
            )
            if part.kind == "await"
            else _computing(part, min(1.0, in_steps), has_lock=has_lock)
            for part in scaled
        )

    @cached_property
    def _in_own_threads(self) -> tuple[float, float]:
        """The shares of what tasks awaited that it took at least, and that it took with the lock.

        It may have been computed in threads of which no call tells. While one of them had the lock the
        others that were awaited at that time can have waited for it, and no more than these.
        """
        times, taken = self._times, self.computing.elsewhere
        awaited = 0.0
        spans: list[tuple[float, float]] = []
        for node in times.ran:
            if node not in times.calls:
                ran = times.running(node)
                spans += ran
                off_loop = sum(end - start for start, end in ran) - times.held[node]
                awaited += max(0.0, off_loop - self.late(node, max(0.0, off_loop)))
        if awaited <= 0:
            return 1.0, 0.0
        computed = min(awaited, times.trace.computed_elsewhere)
        left = max(computed, awaited - (_most_at_once(spans) - 1) * taken)
        return left / awaited, min(left, taken) / awaited

    def with_lock(self, parts: Parts, node: int) -> Parts:
        """The same parts, and what their steps on the loop compute, even if no thread competes."""
        if self.computing.in_threads:
            return parts  # they have it already
        share = self.computing.of_steps(node, self._times.held[node])
        has_lock = self._times.trace.has_lock
        return tuple(_computing(part, share, has_lock=has_lock) for part in parts)


def _most_at_once(spans: Iterable[tuple[float, float]]) -> int:
    """The most spans of time that overlap."""
    changes = sorted(change for start, end in spans for change in ((start, 1), (end, -1)))
    return max(accumulate(change for _, change in changes), default=0)


def _computing(part: Part, share: float, *, has_lock: bool) -> Part:
    if part.kind != "hold":
        return part
    seconds = part.seconds * share
    return part._replace(lock=seconds) if has_lock else part._replace(processor=seconds)


def _scaled(parts: Parts, awaits: float, holds: float) -> Parts:
    factors = {"await": awaits, "hold": holds}
    return tuple(
        part.scaled(factor)
        for part in parts
        if (factor := factors.get(part.kind, 1.0)) > 0 or part.kind == "pause"
    )


def _kept(seconds: float, excess: float) -> float:
    return 1.0 if excess <= NO_TIME or seconds <= 0 else max(0.0, 1.0 - excess / seconds)
