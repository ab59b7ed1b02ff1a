"""The bars of a Gantt chart in seconds: what each task did when, and how many ran at once.

The charts turn these into characters or shapes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from async_dag.trace.columns import Attempt, Step, by_node
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.common.words import BarKind

_NOTICED: Final = 0.001
"""The smallest share of the run for which a wait is drawn."""
_LONGEST_HANDOVER: Final = 0.001
"""Seconds between the end of a task and the start of its dependent that are not drawn as a gap."""
_MOST_OF_RUN: Final = 0.02
"""The largest share of a short run for such a gap."""


class BarPiece(NamedTuple):
    """A part of the bar of one task."""

    kind: BarKind
    start: float  # seconds since the invoke began
    end: float
    share: float = 0.0
    """The share of the time in which steps too short to be recorded singly held the loop."""


class Area(NamedTuple):
    """How many of several tasks run at once."""

    times: list[float]
    counts: list[int]  # from each of these times on; the last is 0

    @property
    def peak(self) -> int:
        """The most that run at any moment."""
        return max(self.counts, default=0)


class RunBars:
    """The pieces of the bars of one run."""

    def __init__(self, facts: RunFacts) -> None:
        self._facts = facts
        trace = facts.trace
        holding = trace.holding()
        steps: list[Step] = [*trace.long_steps, *([] if holding is None else [holding])]
        self._steps = by_node(steps)
        self._attempts = by_node(trace.attempts)
        self._waits = by_node(trace.waits)

        # Every task waits a few microseconds before it starts; draw only waits that are visible.
        self._noticed = _NOTICED * facts.took

    def of(self, node: int) -> list[BarPiece]:
        """The pieces of one task in drawing order: later ones are on top."""
        trace = self._facts.trace
        ready, started = trace.ready[node], trace.started[node]
        if ready != ready:  # NaN: it never became ready
            return []
        if started != started:
            is_waiting = self._facts.states[node] == "ready"
            return [BarPiece("queued", ready, trace.elapsed)] if is_waiting else []
        is_noticed = started - ready > self._noticed
        pieces = [BarPiece("queued", ready, started)] if is_noticed else []
        pieces += self._body(node)
        return pieces

    def running(self, nodes: Collection[int]) -> list[tuple[float, float]]:
        """When these tasks ran; pauses between attempts and waits are left out."""
        return [
            (piece.start, piece.end)
            for node in nodes
            for piece in self.of(node)
            if piece.kind in ("awaiting", "failed", "cancelled")
        ]

    def held(self, nodes: Collection[int]) -> list[tuple[float, float]]:
        """When one of `nodes` held the event loop for over a millisecond."""
        return [
            (step.start, step.start + step.length)
            for node in nodes
            for step in self._steps.get(node, ())
        ]

    def _body(self, node: int) -> Iterator[BarPiece]:
        facts, trace = self._facts, self._facts.trace
        end = end_of(trace, node)
        state = facts.states[node]
        last: BarKind = state if state in ("failed", "cancelled") else "awaiting"
        attempts = self._attempts.get(node) or [Attempt(node, trace.started[node], end, None)]
        # Between its attempts a node paused; what streams was held back by what takes its values.
        before: BarKind = "awaiting" if node in facts.parts else "failed"
        between: BarKind = "queued" if node in facts.parts else "pause"
        spans = self._parts_of(node) or [
            (attempt.start, attempt.end if attempt.end == attempt.end else end)
            for attempt in attempts
        ]
        share = self._share(node, sum(until - since for since, until in spans))
        for number, (since, until) in enumerate(spans):
            is_last = number == len(spans) - 1
            yield BarPiece(last if is_last else before, since, until, share)
            then = end if is_last else spans[number + 1][0]
            if then > until:
                yield BarPiece(between, until, then)
        for wait in self._waits.get(node, ()):
            since, until = wait.start, wait.end if wait.end == wait.end else trace.elapsed
            # `ready` and `started` show the wait before the start.
            if since >= trace.started[node] and until - since > self._noticed:
                yield BarPiece("queued", since, until)
        for step in self._steps.get(node, ()):
            yield BarPiece("holding", step.start, step.start + step.length)

    def _parts_of(self, node: int) -> list[tuple[float, float]]:
        """When a node that streams ran; empty for others."""
        run = self._facts.run
        spans: list[tuple[float, float]] = []
        for part in self._facts.parts.get(node, ()):
            start, end = run.started[part], end_of(run, part)
            if spans and start - spans[-1][1] <= self._noticed:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            elif start == start:
                spans.append((start, end))
        return spans

    def _share(self, node: int, seconds: float) -> float:
        long = sum(step.length for step in self._steps.get(node, ()))
        rest = seconds - long
        return min(1.0, max(0.0, self._facts.trace.held[node] - long) / rest) if rest > 0 else 0.0


def area_of(spans: Sequence[tuple[float, float]]) -> Area:
    """How many of these spans of time cover each moment.

    >>> area_of([(0.0, 2.0), (1.0, 3.0)])
    Area(times=[0.0, 1.0, 2.0, 3.0], counts=[1, 2, 1, 0])
    """
    change: dict[float, int] = defaultdict(int)
    for start, end in spans:
        if end > start:
            change[start] += 1
            change[end] -= 1
    area = Area([], [])
    count = 0
    for time in sorted(change):
        if change[time]:
            count += change[time]
            area.times.append(time)
            area.counts.append(count)
    return area


def thinned(area: Area, until: float, columns: int) -> Area:
    """The area with at most one step in each of `columns` columns, which keeps all peaks.

    Dips narrower than a column are filled. So are the dips of some microseconds between the end of
    a task and the start of its dependent, which would be drawn as needles.

    >>> thinned(Area([0.0, 0.1, 0.2, 1.5], [1, 3, 2, 0]), 2.0, 2)
    Area(times=[0.0, 1.0, 2.0], counts=[3, 2, 0])
    >>> thinned(Area([0.0, 1.0, 1.001, 2.0], [1, 0, 1, 0]), 2.0, 100)
    Area(times=[0.0, 2.0], counts=[1, 0])
    """
    if until <= 0 or columns < 1:
        return area
    handover = min(_LONGEST_HANDOVER, _MOST_OF_RUN * until)
    area = _filled(area, max(until / columns, handover))
    return area if len(area.times) <= columns else _columns(area, until, columns)


def _filled(area: Area, shortest: float) -> Area:
    """The area without dips shorter than `shortest`: each is raised to the lower of its two sides."""
    times: list[float] = []
    counts: list[int] = []
    for time, count in zip(area.times, area.counts, strict=True):
        # A step that is lower than both its neighbours is a dip.
        while len(counts) > 1 and counts[-1] < count and time - times[-1] < shortest:
            if counts[-2] > count:
                counts[-1] = count
            elif counts[-2] > counts[-1]:
                times.pop()
                counts.pop()
            else:
                break  # it only rises
        if not counts or counts[-1] != count:
            times.append(time)
            counts.append(count)
    return Area(times, counts)


def _columns(area: Area, until: float, columns: int) -> Area:
    most = [0] * columns
    before = 0
    filled = -1  # up to which column the count before has been written
    for time, count in zip(area.times, area.counts, strict=True):
        column = min(int(time / until * columns), columns - 1)
        for between in range(filled + 1, column + 1):
            most[between] = before
        most[column] = max(most[column], count)
        filled = max(filled, column)
        before = count
    thin = Area([], [])
    for column, count in enumerate([*most, 0]):
        if (thin.counts[-1] if thin.counts else 0) != count:
            thin.times.append(column * until / columns)
            thin.counts.append(count)
    return thin
