"""The nodes of a difference: how long each took before and after, and the ratio with its band."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from math import exp, log
from typing import Final

from async_dag.views.drawing.canvas import Canvas, box, dot, lines, polygons
from async_dag.views.drawing.drawing import Align, Point, Weight
from async_dag.views.drawing.fonts import fitted, tidy, width, wrapped
from async_dag.views.drawing.look import Look
from async_dag.views.many_runs.content import RatioRow

_GAP: Final = 8.0
_WIDEST_NAME: Final = 0.24
_LEAST_REACH: Final = log(1.05)
"""The axis reaches at least from ÷ 1.05 to × 1.05, ..."""

_MOST_REACH: Final = log(8.0)
"""... and at most from ÷ 8 to × 8."""

_NARROWEST_AXIS: Final = 10.0
"""Width of the axis, in characters, below which it gets the place of the medians."""

_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0)


class RatioPanel:
    """A row for each node on one logarithmic axis; a `Block`.

    Args:
        look: sizes and colours.
        rows: the nodes.
        before: what the first set of runs is called.
        after: what the second set is called.
        seen: the ratio from which on a change would have been seen.
    """

    def __init__(
        self, look: Look, rows: Sequence[RatioRow], before: str, after: str, seen: float
    ) -> None:
        self._look = look
        self._rows = rows
        self._seen = seen
        small = look.small
        inner = look.width - 2 * look.margin
        names = [width(tidy(row.name), look.text, _weight(row)) for row in rows]
        self._names = look.margin + min(max(names, default=0.0) + 1, _WIDEST_NAME * inner)
        self._heads = [fitted(tidy(head), 9 * small, small, cut="end") for head in (before, after)]
        self._columns: list[float] = []  # right edges of both medians
        x = self._names
        for number, head in enumerate(self._heads):
            texts = [row[1 + number] for row in rows]
            x += _GAP + max(width(str(text), small) for text in (head, *texts))
            self._columns.append(x)
        change = max([width(row.text, small, "bold") for row in rows], default=0.0)
        self._right = look.width - look.margin
        self._left, self._end = x + 2 * _GAP, self._right - change - _GAP
        if self._end - self._left < _NARROWEST_AXIS * small:
            # The bands tell more than the medians, which the table has.
            self._columns = []
            self._left = self._names + 2 * _GAP
        sides = [log(side) for row in rows for side in row.ratio if side > 0]
        least = max(_LEAST_REACH, log(max(seen, 1.0)))
        self._low = max(1.05 * min([-least, *sides]), -_MOST_REACH)
        self._high = min(1.05 * max([least, *sides]), _MOST_REACH)

    @property
    def _row(self) -> float:
        return 1.05 * self._look.row

    @property
    def _head(self) -> float:
        return 1.9 * self._look.small

    @property
    def height(self) -> float:
        """In points."""
        notes = (0.1 + 1.5 * len(self._notes)) * self._look.small
        return self._head + self._row * len(self._rows) + notes

    def _x(self, ratio: float) -> float:
        share = (log(max(ratio, 1e-9)) - self._low) / (self._high - self._low)
        return self._left + (self._end - self._left) * min(max(share, 0.0), 1.0)

    def draw(self, canvas: Canvas, top: float) -> None:
        """Head, axis and rows."""
        look = self._look
        soft = look.palette.soft
        y = top + 0.8 * look.small
        for head, x in zip(self._heads, self._columns, strict=False):
            canvas.text(x, y, head, color=soft, align="right")
        first = top + self._head
        bottom = first + self._row * len(self._rows)
        self._draw_axis(canvas, y, first, bottom)
        for number, row in enumerate(self._rows):
            self._draw_row(canvas, row, first + (number + 0.5) * self._row)
        for number, note in enumerate(self._notes):
            canvas.text(look.margin, bottom + (0.9 + 1.5 * number) * look.small, note, color=soft)

    @cached_property
    def _notes(self) -> list[str]:
        """The lines below the rows."""
        note = "ratio on a logarithmic axis, with its 95% band"
        if self._seen > 1:
            note += f" · grey: a change under {100 * (self._seen - 1):.0f}% may go unseen"
        return wrapped(note, self._look.width - 2 * self._look.margin, self._look.small)

    def _draw_axis(self, canvas: Canvas, y: float, first: float, bottom: float) -> None:
        palette, small = self._look.palette, self._look.small
        if self._seen > 1:
            polygons(
                canvas.sheet,
                [box(self._x(1 / self._seen), self._x(self._seen), first, bottom)],
                fill=palette.line,
                opacity=0.45,
                order=0.5,
            )
        ratios = self._ticks()
        grid = [[(self._x(ratio), first), (self._x(ratio), bottom)] for ratio in ratios]
        lines(canvas.sheet, grid, stroke=palette.line, width=0.7, order=1, name="grid")
        middle = self._x(1.0)
        lines(
            canvas.sheet,
            [[(middle, first), (middle, bottom)]],
            stroke=palette.soft,
            width=1.0,
            order=1.5,
        )
        for ratio in ratios:
            text = f"×{ratio:.3g}"
            half = width(text, small) / 2
            x = min(max(self._x(ratio), self._left + half), self._end - half)
            is_one = ratio == 1
            canvas.text(
                x,
                y,
                text,
                color=palette.ink if is_one else palette.soft,
                weight="bold" if is_one else "normal",
                align="center",
            )

    def _ticks(self) -> list[float]:
        """Round ratios around 1, as many as fit side by side."""
        lowest, highest = exp(self._low), exp(self._high)
        each = width("×0.95", self._look.small) + 0.8 * self._look.small
        for step in _STEPS:
            ratios = [1.0]
            ratio = 1.0 + step
            while ratio <= highest:
                ratios.append(ratio)
                ratio += step
            ratio = 1.0 - step
            while step < 1 and ratio >= lowest and ratio > 0:
                ratios.insert(0, ratio)
                ratio -= step
            ratios = [round(ratio, 4) for ratio in ratios]
            places = [self._x(ratio) for ratio in ratios]
            if all(after - before >= each for before, after in pairwise(places)):
                return ratios
        return [1.0]

    def _draw_row(self, canvas: Canvas, row: RatioRow, middle: float) -> None:
        look = self._look
        palette = look.palette
        color = palette.critical if row.changed else palette.soft
        if row.changed:
            polygons(
                canvas.sheet,
                [
                    box(
                        look.margin - 3,
                        self._right + 3,
                        middle - 0.46 * self._row,
                        middle + 0.46 * self._row,
                    )
                ],
                fill=palette.failed_fill,
                opacity=0.6,
                order=0.7,
            )
        weight = _weight(row)
        name = fitted(tidy(row.name), self._names - look.margin, look.text, weight)
        canvas.text(
            self._names,
            middle,
            name,
            size=look.text,
            align="right",
            weight=weight,
        )
        right: Align = "right"
        for text, x in zip((row.before, row.after), self._columns, strict=False):
            canvas.text(x, middle, text, align=right)
        self._draw_band(canvas, row, middle, color)
        canvas.text(
            self._right,
            middle,
            row.text,
            align=right,
            color=palette.critical if row.changed else palette.soft,
            weight=weight,
        )

    def _draw_band(self, canvas: Canvas, row: RatioRow, middle: float, color: str) -> None:
        low, estimate, high = map(self._x, row.ratio)
        cap = 0.17 * self._row
        path: list[Point] = [(low, middle - cap), (low, middle + cap), (low, middle)]
        path += [(high, middle), (high, middle - cap), (high, middle + cap)]
        lines(
            canvas.sheet,
            [path],
            stroke=color,
            width=1.5 if row.changed else 1.0,
            dashes=None if row.judged else (2, 1.5),
            order=4,
        )
        dot(canvas.sheet, estimate, middle, 0.16 * self._row, color)


def _weight(row: RatioRow) -> Weight:
    return "bold" if row.changed else "normal"
