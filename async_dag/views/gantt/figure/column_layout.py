"""`ColumnLayout`: the positions of names, bars and seconds, shared by everything on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from async_dag._common.ranges import Range
from async_dag._common.units import Unit, unit_for
from async_dag.views.drawing.canvas import Canvas
from async_dag.views.drawing.drawing import Plane
from async_dag.views.drawing.fonts import fitted, tidy, width
from async_dag.views.drawing.look import Look

GAP: Final = 6.0
"""Points between columns."""

_WIDEST_LABEL: Final = 0.36
"""The share of the width that names may take."""


class ColumnLayout:
    """The positions of names, bars and seconds, shared by everything on one time axis.

    Attributes:
        left: the left edge of the bars, in points.
        right: their right edge.
        until: seconds from the left to the right edge.
        unit: the unit of all times.

    `labels` are the names on the left, `seconds` the longest times on the right.
    """

    def __init__(
        self,
        look: Look,
        until: float,
        labels: Sequence[str],
        seconds: Sequence[float | Range] = (),
        *,
        left: float | None = None,
        right: float | None = None,
    ) -> None:
        self.look = look
        self.until: float = until if until > 0 else 1.0
        self.unit: Unit = unit_for(until)
        first = look.margin if left is None else left
        last = look.width - look.margin if right is None else right
        most = _WIDEST_LABEL * (last - first)
        widest = max((width(tidy(label), look.text) for label in labels), default=0.0)
        self.first = first
        self.left: float = first + min(max(widest, 4 * look.text), most) + GAP
        self.last = last
        times = [self._time_text(time) for time in (self.until, *seconds)]
        self.right: float = (
            last - max(width(text, look.small) for text in [*times, "peak 00"]) - GAP
        )

    @property
    def second(self) -> float:
        """Points that a second takes."""
        return (self.right - self.left) / self.until

    def plane(self, canvas: Canvas, top: float, height: float) -> Plane:
        """A plane of that height: x is seconds, y is points from their upper edge."""
        return canvas.plane(self.left, top, self.right - self.left, height, self.until, height)

    def label(self, canvas: Canvas, y: float, text: str, *, soft: bool = False) -> None:
        """A name left of the bars."""
        look = self.look
        size = look.small if soft else look.text
        canvas.text(
            self.left - GAP,
            y,
            fitted(text, self.left - GAP - self.first, size),
            size=size,
            color=look.palette.soft if soft else look.palette.ink,
            align="right",
        )

    def seconds(self, canvas: Canvas, y: float, seconds: float | Range) -> None:
        """A time right of the bars."""
        text = self._time_text(seconds)
        canvas.text(self.last, y, text, color=self.look.palette.soft, align="right")

    def _time_text(self, seconds: float | Range) -> str:
        if isinstance(seconds, Range):
            if not seconds.is_exact:
                return self.unit.fitting(seconds.high).range_text(seconds)
            seconds = seconds.low
        return self.unit.fitting(seconds).duration(seconds)
