"""Notes under the rows: what bars and whiskers mean, and how many rows there are besides."""

from __future__ import annotations

from collections.abc import Iterator

from async_dag.views.gantt.figure.canvas import Block, Canvas, Point, box, lines, polygons
from async_dag.views.gantt.figure.fonts import width
from async_dag.views.gantt.figure.look import Look
from async_dag.views.gantt.figure.prose import Heading
from async_dag.views.many_runs.node_panel import opacity

_BAR = "median start to median end; the stronger, the more often critical; red frame: mostly"
_WHISKER = "p10 to p90, above of the start, below of the end"


class BarNotes:
    """A sample of a bar and of a whisker, with what they mean; a `Block`."""

    def __init__(self, look: Look) -> None:
        self._look = look
        room = look.width - 2 * look.margin
        self._in_one_line = (
            width(_BAR, look.small) + width(_WHISKER, look.small) + 7 * look.small <= room
        )

    @property
    def height(self) -> float:
        """In points."""
        return (1 if self._in_one_line else 2) * 1.5 * self._look.small

    def draw(self, canvas: Canvas, top: float) -> None:
        """Both samples, each followed by its text."""
        look = self._look
        palette = look.palette
        line = 1.5 * look.small
        y, x = top + line / 2, look.margin
        sample, half = 2 * look.small, 0.35 * look.small
        polygons(
            canvas.sheet,
            [box(x, x + sample, y - half, y + half)],
            facecolors=palette.holding,
            alpha=opacity(0.6),
        )
        canvas.text(x + sample + 4, y, _BAR, color=palette.soft)
        if self._in_one_line:
            x += sample + 4 + width(_BAR, look.small) + look.small
        else:
            y += line
        paths: list[list[Point]] = [
            [(x, y), (x + sample, y)],
            [(x, y - half), (x, y + half)],
            [(x + sample, y - half), (x + sample, y + half)],
        ]
        lines(canvas.sheet, paths, colors=palette.ink, linewidths=0.8)
        canvas.text(x + sample + 4, y, _WHISKER, color=palette.soft)


def rows_left_out(look: Look, count: int) -> Iterator[Block]:
    """A line that says how many nodes have no row; nothing if all have one."""
    if count:
        yield Heading(look, "", f"{count:,} more nodes: the table has them all")
