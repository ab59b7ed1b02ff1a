"""The first line of a still picture: how the run went, which one it is, and its figures."""

from __future__ import annotations

import math
from typing import Final

from async_dag.views.common.facts import RunFacts
from async_dag.views.common.words import SIGNS
from async_dag.views.gantt.figure.fonts import fitted, tidy, width
from async_dag.views.gantt.figure.look import Look
from async_dag.views.gantt.figure.page import Page, Point, polygons
from async_dag.workbench.feed.record import RunState

_GAP: Final = 12.0


class HeaderBlock:
    """A badge with the state, the title, and sentences that fit into the rest of the line."""

    def __init__(self, facts: RunFacts, look: Look, title: str, state: RunState | None) -> None:
        self._state: RunState | None = state
        self._facts = facts
        self._look = look
        self._title = title

    @property
    def height(self) -> float:
        """In points."""
        return 2.6 * self._look.text

    def draw(self, page: Page, top: float) -> None:
        """One line."""
        look, facts = self._look, self._facts
        palette = look.palette
        middle = top + self.height / 2
        state = self._state
        label = "graph" if state is None else f"{SIGNS[state]} {state}"
        color, fill = {
            "done": (palette.done, palette.done_fill),
            "failed": (palette.failed, palette.failed_fill),
            "running": (palette.ink, palette.running_fill),
        }.get(state or "", (palette.ink, palette.queued))
        size = look.text
        left = look.margin
        right = left + width(label, size, "bold") + 1.6 * size
        polygons(page.sheet, [_pill(left, right, middle, 0.95 * size)], facecolors=fill, zorder=1)
        page.text(
            (left + right) / 2, middle, label, size=size, color=color, align="center", weight="bold"
        )
        x = right + _GAP
        title = fitted(tidy(self._title), 0.3 * look.width, size + 2, "bold")
        page.text(x, middle, title, size=size + 2, weight="bold")
        x += width(title, size + 2, "bold") + _GAP
        said = " · ".join([", ".join(facts.counts()), *facts.totals()])
        page.text(
            x,
            middle,
            fitted(said, look.width - look.margin - x, size, cut="end"),
            size=size,
            color=palette.soft,
        )


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
