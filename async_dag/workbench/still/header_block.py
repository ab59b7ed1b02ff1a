"""The first lines of a still picture: how the run went, what it is called, and its figures."""

from __future__ import annotations

import math
from typing import Final

from async_dag.views.common.facts import RunFacts
from async_dag.views.common.words import SIGNS, STATE_WORDS
from async_dag.views.drawing.canvas import Canvas, polygons
from async_dag.views.drawing.drawing import Point
from async_dag.views.drawing.fonts import fitted, tidy, width, wrapped
from async_dag.views.drawing.look import Look
from async_dag.workbench.feed.run_state import RunState

_GAP: Final = 9.0


class HeaderBlock:
    """A badge with the state, the title, and below them counts and totals."""

    def __init__(self, facts: RunFacts, look: Look, title: str, state: RunState | None) -> None:
        self._look = look
        self._title = title
        self._state: RunState | None = state
        figures = ", ".join([*facts.counts(), *facts.totals()])
        self._lines = wrapped(tidy(figures), look.width - 2 * look.margin, look.small)

    @property
    def _first(self) -> float:
        return 2.4 * self._look.text

    @property
    def height(self) -> float:
        """In points."""
        return self._first + 1.5 * self._look.small * len(self._lines)

    def draw(self, canvas: Canvas, top: float) -> None:
        """The badge with the title, then the lines."""
        look = self._look
        palette = look.palette
        middle = top + self._first / 2
        state = self._state
        label = "graph" if state is None else f"{SIGNS[state]} {STATE_WORDS[state]}"
        color, fill = {
            "done": (palette.done, palette.done_fill),
            "failed": (palette.failed, palette.failed_fill),
            "running": (palette.ink, palette.running_fill),
        }.get(state or "", (palette.ink, palette.queued))
        left = look.margin
        right = left + width(label, look.small, "bold") + 1.6 * look.small
        polygons(canvas.sheet, [_pill(left, right, middle, 0.9 * look.small)], fill=fill, order=1)
        canvas.text((left + right) / 2, middle, label, color=color, align="center", weight="bold")
        x = right + _GAP
        size = look.text + 1
        title = fitted(tidy(self._title), look.width - look.margin - x, size, "bold")
        canvas.text(x, middle, title, size=size, weight="bold")
        for number, line in enumerate(self._lines):
            y = top + self._first + (number + 0.5) * 1.5 * look.small
            canvas.text(look.margin, y, line, color=palette.soft)


def _pill(left: float, right: float, middle: float, radius: float) -> list[Point]:
    ends = [(right - radius, -90), (left + radius, 90)]
    return [
        (
            x + radius * math.cos(math.radians(start + turn)),
            middle + radius * math.sin(math.radians(start + turn)),
        )
        for x, start in ends
        for turn in range(0, 181, 20)
    ]
