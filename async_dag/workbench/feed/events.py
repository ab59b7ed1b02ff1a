"""The sparse tables of a trace (steps, calls, waits, attempts, causes, errors, ...), sent once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from async_dag.trace.columns import Progress
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.texts import line_of

MOST_EVENTS: Final = 300
"""Of each kind; those with texts count more."""
MOST_WITH_TEXT: Final = 60
MOST_CAUSES: Final = 1_500


class SparseEvents:
    """The rows of the sparse tables of a trace, each sent once, and again when it has changed.

    `owner` gives the row that a page shows for one.
    """

    def __init__(self, trace: Trace, owner: Callable[[int], int]) -> None:
        self._trace = trace
        self._owner = owner
        self._steps = self._late_steps = self._calls = self._moves = 0  # how many have been sent
        self._lanes = _Spans(MOST_EVENTS)
        self._lane_of: dict[int, int] = {}  # as they were sent
        self._waits = _Spans(MOST_EVENTS)
        self._attempts = _Spans(MOST_WITH_TEXT)
        self._causes = self._sizes = 0
        self._errors = 0
        self._taken = 0
        self._progress: dict[int, object] = {}

    def take(self) -> dict[str, list[Any]]:
        """New rows by table, in lists short enough for a frame."""
        trace = self._trace
        steps = trace.long_steps[self._steps : self._steps + MOST_EVENTS]
        self._steps += len(steps)
        late_steps = trace.late_steps[self._late_steps : self._late_steps + MOST_EVENTS]
        self._late_steps += len(late_steps)
        calls = trace.calls[self._calls : self._calls + MOST_EVENTS]
        self._calls += len(calls)
        moves = trace.moves[self._moves : self._moves + MOST_EVENTS]
        self._moves += len(moves)
        node = self._owner
        tables: dict[str, list[Any]] = {
            "steps": [[node(step.node), *step[1:]] for step in steps],
            "late": [[node(step.node), *step[1:]] for step in late_steps],
            "calls": [[node(call.node), *call[1:]] for call in calls],
            "waits": [
                [place, node(wait.node), wait.kind, wait.start, _or_none(wait.end)]
                for place, wait in self._waits.take(trace.waits)
            ],
            "attempts": [
                [
                    place,
                    node(attempt.node),
                    attempt.start,
                    _or_none(attempt.end),
                    None if attempt.error is None else line_of(attempt.error),
                    attempt.lane,
                    attempt.most,
                ]
                for place, attempt in self._attempts.take(trace.attempts)
            ],
            "causes": self._take_causes(),
            "taken": self._take_choices(),
            "errors": self._take_errors(),
            "progress": self._take_progress(),
            "lanes": [
                [place, line_of(lane.name), lane.threads, lane.start, _or_none(lane.end)]
                for place, lane in self._lanes.take(trace.lanes)
            ],
            "lane": self._take_lane_of(),
            "sizes": self._take_sizes(),
            "moves": [[node(move.node), *move[1:]] for move in moves],
        }
        return {kind: rows for kind, rows in tables.items() if rows}

    @property
    def are_outdated(self) -> bool:
        """Whether what was sent stands elsewhere now: at its end a run puts its waits in order."""
        return self._waits.are_outdated(self._trace.waits)

    def are_left(self) -> bool:
        """Whether some rows did not fit into the last frame."""
        trace = self._trace
        return (
            self._steps < len(trace.long_steps)
            or self._late_steps < len(trace.late_steps)
            or self._calls < len(trace.calls)
            or self._waits.are_left(trace.waits)
            or self._attempts.are_left(trace.attempts)
            or self._causes < len(trace.causes)
            or self._taken < len(_taken(trace))
            or self._errors < len(trace.errors)
            or len(self._new_progress()) > 0
            or self._lanes.are_left(trace.lanes)
            or len(self._new_lane_of()) > 0
            or self._moves < len(trace.moves)
            or self._sizes < len(trace.sizes)
        )

    # Copying a whole dict is safe while others change it; it is copied only if it has grown.

    def _take_causes(self) -> list[Any]:
        if len(self._trace.causes) == self._causes:
            return []
        news = list(self._trace.causes.items())[self._causes : self._causes + MOST_CAUSES]
        self._causes += len(news)
        node = self._owner
        return [[node(row), cause if cause < 0 else node(cause)] for row, cause in news]

    def _take_sizes(self) -> list[Any]:
        if len(self._trace.sizes) == self._sizes:
            return []
        news = list(self._trace.sizes.items())[self._sizes : self._sizes + MOST_CAUSES]
        self._sizes += len(news)
        return [list(pair) for pair in news]

    def _take_choices(self) -> list[Any]:
        taken = _taken(self._trace)
        if len(taken) == self._taken:
            return []
        news = list(taken.items())[self._taken : self._taken + MOST_CAUSES]
        self._taken += len(news)
        return [list(pair) for pair in news]

    def _take_errors(self) -> list[Any]:
        if len(self._trace.errors) == self._errors:
            return []
        news = list(self._trace.errors.items())[self._errors : self._errors + MOST_WITH_TEXT]
        self._errors += len(news)
        return [[self._owner(row), line_of(text)] for row, text in news]

    def _new_progress(self) -> list[tuple[int, Progress]]:
        progress: dict[int, Progress] = self._trace.progress
        if not progress:
            return []
        return [
            (node, latest)
            for node, latest in progress.copy().items()
            if self._progress.get(node) is not latest
        ]

    def _new_lane_of(self) -> list[tuple[int, int]]:
        lane_of = self._trace.lane_of
        if not lane_of:
            return []
        known = self._lane_of
        return [(node, lane) for node, lane in lane_of.copy().items() if known.get(node) != lane]

    def _take_lane_of(self) -> list[Any]:
        new = self._new_lane_of()[:MOST_CAUSES]
        self._lane_of.update(new)
        return [[self._owner(node), lane] for node, lane in new]

    def _take_progress(self) -> list[Any]:
        news = self._new_progress()[:MOST_WITH_TEXT]
        self._progress.update(news)
        return [
            [
                self._owner(node),
                _finite(progress.done) or 0.0,
                None if progress.total is None else _finite(progress.total),
                line_of(progress.message),
            ]
            for node, progress in news
        ]


def _taken(trace: Trace) -> dict[int, bool]:
    """Which side choices took; of a trace that was read from a file its graph says so."""
    if trace.taken or not trace.over or not trace.template.choices:
        return trace.taken
    choices = trace.template.choices.items()
    return {node: choice.taken for node, choice in choices if choice.taken is not None}


class _Spans:
    """The new elements of a growing list of spans, and those that have ended since they were sent."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told: list[Any] = []
        self._open: dict[int, None] = {}

    def take(self, spans: Sequence[Any]) -> list[tuple[int, Any]]:
        """Each with its place in the list."""
        taken = list(islice(self._ended(spans), self._most))
        for place, span in taken:
            del self._open[place]
            self._told[place] = span
        told = len(self._told)
        for place, span in enumerate(spans[told : told + self._most - len(taken)], told):
            taken.append((place, span))
            if span.end != span.end:
                self._open[place] = None
            self._told.append(span)
        return taken

    def are_left(self, spans: Sequence[Any]) -> bool:
        return len(self._told) < len(spans) or any(True for _ in self._ended(spans))

    def are_outdated(self, spans: Sequence[Any]) -> bool:
        """Whether those that were taken stand in other places now, or are gone."""
        return list(spans[: len(self._told)]) != self._told

    def _ended(self, spans: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        spans = spans[: len(self._told)]  # a run that ends puts its waits in order meanwhile
        return (
            (place, spans[place])
            for place in self._open
            if place < len(spans) and spans[place].end == spans[place].end
        )


def _or_none(seconds: float) -> float | None:
    return None if seconds != seconds else seconds


def _finite(number: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return float(number) if math.isfinite(number) else None
