"""The bars of a Gantt chart in plain text: which character is in which column."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from async_dag.trace.columns import LOST, VALUE_LOST, State, by_node
from async_dag.views.common.facts import RunFacts, end_of, most_at_once
from async_dag.views.common.terminal import CharacterSet
from async_dag.views.gantt.bars import RunBars

_ALL: Final = 0.5
"""The share of a column that a node must hold the event loop for the column to be dark."""
_SOME: Final = 0.1
"""The share for it to be half dark."""

END_MARKS: Final[dict[State, str]] = {
    "failed": "failed",
    "cancelled": "cancelled",
    "running": "running",
}
"""The attribute of `CharacterSet` for each state that the end of a bar shows."""


class Scale(NamedTuple):
    """A time axis: `cells` columns for the seconds from 0 to `until`."""

    until: float
    cells: int

    def edge(self, seconds: float) -> int:
        """The column border nearest to a time; it keeps the order of times."""
        if self.until <= 0:
            return 0
        return max(0, min(self.cells, round(seconds / self.until * self.cells)))

    @property
    def cell(self) -> float:
        """Seconds in one column."""
        return self.until / self.cells


class Bar(NamedTuple):
    """The time of one node, in columns."""

    text: str
    """All columns up to the end of the bar."""
    start: int
    """The first column that is not blank; the end is that of `text`."""


class BarPainter:
    """Draws the bars of one run.

    Args:
        facts: the run.
        scale: the time axis.
        characters: the characters to draw with.
    """

    def __init__(self, facts: RunFacts, scale: Scale, characters: CharacterSet) -> None:
        self._trace = trace = facts.trace
        self._states = facts.states
        self._pieces = RunBars(facts)
        self._scale = scale
        self._characters = characters
        holding = trace.holding()
        self._steps = by_node([*trace.long_steps, *([] if holding is None else [holding])])
        # What only a cluster has: values that move, and workers that are lost.
        self._waits = by_node(trace.waits) if trace.lanes else {}
        self._attempts = by_node(trace.attempts) if trace.lanes else {}

    def single(self, node: int) -> Bar:
        """The bar of one task; without a column if nothing happened to it."""
        trace, scale, characters = self._trace, self._scale, self._characters
        ready, started = trace.ready[node], trace.started[node]
        if ready != ready:  # NaN: it never became ready
            return Bar("", 0)
        if started != started:
            if self._states[node] != "ready":  # never started, and never will
                return Bar("", 0)
            first, last = scale.edge(ready), scale.edge(trace.elapsed)
            first = min(first, scale.cells - 1)
            last = max(last, first + 1)
            return Bar(" " * first + characters.waiting * (last - first), first)
        end = end_of(trace, node)
        # A task that ran has at least one column.
        first = min(scale.edge(started), scale.cells - 1)
        last = max(scale.edge(end), first + 1)
        wait = min(scale.edge(ready), first)
        body = self._body(node, started, end, first, last)
        mark = END_MARKS.get(self._states[node])
        if mark is not None:
            body = body[:-1] + getattr(characters, mark)
        text = " " * wait + characters.waiting * (first - wait) + body
        return Bar(self._with_workers(node, text, started) if trace.lanes else text, wait)

    def _with_workers(self, node: int, text: str, started: float) -> str:
        """The bar with what its worker waited for, and with an end where a worker was lost."""
        scale, characters = self._scale, self._characters
        drawn = list(text)

        def fill(start: float, end: float, character: str) -> None:
            first, last = scale.edge(start), min(scale.edge(end), len(drawn))
            drawn[first:last] = character * max(0, last - first)

        waits = self._waits.get(node, ())
        attempts = self._attempts.get(node, ())
        for lost, then in pairwise(attempts):
            if lost.error in (LOST, VALUE_LOST):
                fill(lost.end, then.start, " " if lost.error == VALUE_LOST else characters.waiting)
                drawn[max(0, min(scale.edge(lost.end), len(drawn)) - 1)] = characters.failed
        for wait in waits:
            is_before = wait.end <= started or any(
                wait.end <= attempt.start for attempt in attempts[1:]
            )
            if wait.kind == "transfer" and is_before:
                fill(wait.start, wait.end, characters.transfer)
        return "".join(drawn)

    def _body(self, node: int, started: float, end: float, first: int, last: int) -> str:
        """The columns in which a task runs; the more it holds the event loop, the darker they are."""
        steps = sorted(self._steps.get(node, ()), key=lambda step: step.start)
        ends = [step.start + step.length for step in steps]
        in_long_steps = sum(step.length for step in steps)
        # Only the sum of steps below a millisecond is known: spread it over the rest of the bar.
        rest = end - started - in_long_steps
        short = max(0.0, self._trace.held[node] - in_long_steps)
        density = min(1.0, short / rest) if rest > 0 else 0.0
        body: list[str] = []
        for column in range(first, last):
            left = max(started, column * self._scale.cell)
            right = min(end, (column + 1) * self._scale.cell)
            if right <= left:  # rounded to a column beside it
                left, right = started, end
            held = 0.0
            for step in steps[bisect_right(ends, left) :]:
                if step.start >= right:
                    break
                held += min(right, step.start + step.length) - max(left, step.start)
            width = right - left
            share = (held + density * (width - held)) / width if width > 0 else 0.0
            characters = self._characters
            body.append(
                characters.holding
                if share >= _ALL
                else characters.partly_holding
                if share >= _SOME
                else characters.awaiting
            )
        return "".join(body)

    def area(self, nodes: Sequence[int]) -> tuple[Bar, int]:
        """How many of `nodes` run at once, column by column, and the most that do at any moment."""
        scale, characters = self._scale, self._characters
        spans = self._pieces.running(nodes)
        if not spans:
            return Bar("", 0), 0
        peak = most_at_once(spans)
        busy = _mean_at_once(spans, scale)
        levels = len(characters.area)
        text = "".join(
            characters.area[min(levels - 1, int(mean / peak * levels))] if mean > 0 else " "
            for mean in busy
        ).rstrip()
        if not text:  # all of them took no time at all
            first = min(scale.edge(spans[0][0]), scale.cells - 1)
            text = " " * first + characters.area[0]
        return Bar(text, len(text) - len(text.lstrip())), peak


def _mean_at_once(spans: Sequence[tuple[float, float]], scale: Scale) -> list[float]:
    """How many spans cover each column on average, in time that is independent of their length."""
    cells = scale.cells
    mean = [0.0] * cells
    change = [0] * (cells + 1)  # of the number of spans that cover whole columns
    if scale.until <= 0:
        return mean
    for start, end in spans:
        left = min(start / scale.cell, cells)
        right = min(end / scale.cell, cells)
        first, last = min(int(left), cells - 1), min(int(right), cells - 1)
        if first == last:
            mean[first] += right - left
            continue
        mean[first] += first + 1 - left
        mean[last] += right - last
        change[first + 1] += 1
        change[last] -= 1
    covering = 0
    for column in range(cells):
        covering += change[column]
        mean[column] += covering
    return mean
