"""The bars of a Gantt chart in seconds: what each task did when, and how many ran at once.

The charts turn these into characters or shapes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from async_dag.trace.columns import Attempt, Step, by_node
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.common.words import BarKind

_NOTICED: Final = 0.001
"""The smallest share of the run for which a wait is drawn."""


class BarPiece(NamedTuple):
    """A part of the bar of one task."""

    kind: BarKind
    start: float  # seconds since the invoke began
    end: float
    share: float = 0.0
    """The share of the time in which steps too short to be recorded singly held the loop."""


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
            if piece.kind in ("awaiting", "failed", "retried", "cancelled")
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
        before: BarKind = "awaiting" if node in facts.parts else "retried"
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
