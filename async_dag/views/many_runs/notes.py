"""Notes under the rows: what bars and whiskers mean, and how many rows there are besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from async_dag.views.drawing.canvas import Block, Canvas, box, lines, polygons
from async_dag.views.drawing.drawing import Point
from async_dag.views.drawing.fonts import width, wrapped
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.prose import Heading
from async_dag.views.many_runs.node_panel import opacity

_GAP: Final = 4.0
_BAR: Final = "median start to median end; the stronger, the more often critical; red frame: mostly"
_WHISKER: Final = "p10 to p90, above of the start, below of the end"


class BarNotes:
    """A sample of a bar and of a whisker, with what they mean; a `Block`."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._sample = 2 * look.small
        room = look.width - 2 * look.margin
        self._in_one_line = (
            width(_BAR, look.small) + width(_WHISKER, look.small) + 7 * look.small <= room
        )
        room -= self._sample + _GAP
        self._bar, self._whisker = (wrapped(text, room, look.small) for text in (_BAR, _WHISKER))

    @property
    def _line(self) -> float:
        return 1.5 * self._look.small

    @property
    def height(self) -> float:
        """In points."""
        number = 1 if self._in_one_line else len(self._bar) + len(self._whisker)
        return number * self._line

    def draw(self, canvas: Canvas, top: float) -> None:
        """Both samples, each followed by its text."""
        look = self._look
        palette = look.palette
        y, x = top + self._line / 2, look.margin
        sample, half = self._sample, 0.35 * look.small
        polygons(
            canvas.sheet,
            [box(x, x + sample, y - half, y + half)],
            fill=palette.holding,
            opacity=opacity(0.6),
        )
        self._write(canvas, x, y, self._bar)
        if self._in_one_line:
            x += sample + _GAP + width(_BAR, look.small) + look.small
        else:
            y += len(self._bar) * self._line
        paths: list[list[Point]] = [
            [(x, y), (x + sample, y)],
            [(x, y - half), (x, y + half)],
            [(x + sample, y - half), (x + sample, y + half)],
        ]
        lines(canvas.sheet, paths, stroke=palette.ink, width=0.8)
        self._write(canvas, x, y, self._whisker)

    def _write(self, canvas: Canvas, x: float, y: float, texts: Sequence[str]) -> None:
        """Lines beside the sample at that place."""
        for number, text in enumerate(texts):
            color = self._look.palette.soft
            canvas.text(x + self._sample + _GAP, y + number * self._line, text, color=color)


def rows_left_out(look: Look, count: int) -> Iterator[Block]:
    """A line that says how many nodes have no row; nothing if all have one."""
    if count:
        yield Heading(look, "", f"{count:,} more nodes: the table has them all")
