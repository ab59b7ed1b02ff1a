"""Text on a canvas: a heading, sentences, a table; each is a `Block`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from async_dag.views.drawing.canvas import Canvas, lines
from async_dag.views.drawing.drawing import Align
from async_dag.views.drawing.fonts import fitted, tidy, width, wrapped
from async_dag.views.drawing.look import Look


class Heading:
    """A bold line, and softer ones below, wrapped to the width of the canvas.

    `below` may contain line breaks.
    """

    def __init__(self, look: Look, title: str, below: str = "") -> None:
        self._look = look
        room = look.width - 2 * look.margin
        self._title = fitted(tidy(title), room, look.text + 1, "bold", cut="end") if title else ""
        self._below = [
            line for part in below.split("\n") for line in wrapped(tidy(part), room, look.small)
        ]

    @property
    def height(self) -> float:
        """In points."""
        look = self._look
        return (1.7 * look.text if self._title else 0) + 1.5 * look.small * len(self._below)

    def draw(self, canvas: Canvas, top: float) -> None:
        """The lines."""
        look = self._look
        if self._title:
            canvas.text(
                look.margin, top + 0.75 * look.text, self._title, size=look.text + 1, weight="bold"
            )
            top += 1.7 * look.text
        for number, line in enumerate(self._below):
            y = top + (number + 0.75) * 1.5 * look.small
            canvas.text(look.margin, y, line, color=look.palette.soft)


class Sentences:
    """A list of sentences under a heading, each wrapped."""

    def __init__(self, look: Look, title: str, sentences: Sequence[str]) -> None:
        self._look = look
        self._title = title
        room = look.width - 2 * look.margin - 1.4 * look.small
        self._sentences = [wrapped(tidy(sentence), room, look.small) for sentence in sentences]

    @property
    def _line(self) -> float:
        return 1.55 * self._look.small

    @property
    def height(self) -> float:
        """In points."""
        return 1.9 * self._look.text + self._line * sum(map(len, self._sentences))

    def draw(self, canvas: Canvas, top: float) -> None:
        """Heading and sentences."""
        look = self._look
        canvas.text(look.margin, top + 0.8 * look.text, self._title, size=look.text, weight="bold")
        y = top + 1.9 * look.text
        for sentence in self._sentences:
            canvas.text(look.margin, y + self._line / 2, "•", color=look.palette.soft)
            for line in sentence:
                canvas.text(look.margin + 1.2 * look.small, y + self._line / 2, line)
                y += self._line


class Cell(NamedTuple):
    """One cell of a table."""

    text: str
    color: str = ""


class TextTable:
    """Rows of text, with a heading if there is one; the first column takes the remaining width.

    Without rows it is the heading alone.
    """

    def __init__(
        self, look: Look, title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]
    ) -> None:
        self._look = look
        self._title = title
        self._head = head
        self._rows = rows

    @property
    def _line(self) -> float:
        return 1.7 * self._look.small

    @property
    def height(self) -> float:
        """In points."""
        lines = len(self._rows) + 1 if self._rows else 0  # one for the names of the columns
        return self._head_height + self._line * lines

    @property
    def _head_height(self) -> float:
        return 1.9 * self._look.text if self._title else 0.0

    def draw(self, canvas: Canvas, top: float) -> None:
        """Heading, head and rows."""
        look = self._look
        if self._title:
            y = top + 0.8 * look.text
            canvas.text(look.margin, y, self._title, size=look.text, weight="bold")
        if not self._rows:
            return
        y = top + self._head_height
        soft = look.palette.soft
        for cells in ([Cell(text, soft) for text in self._head], *self._rows):
            self._draw_row(canvas, cells, y + self._line / 2)
            y += self._line
        under = top + self._head_height + self._line
        lines(
            canvas.sheet,
            [[(look.margin, under), (self._right, under)]],
            stroke=look.palette.line,
            width=0.7,
        )

    @cached_property
    def _widths(self) -> list[float]:
        columns = zip(self._head, *([cell.text for cell in row] for row in self._rows), strict=True)
        return [max(width(tidy(text), self._look.small) for text in column) for column in columns]

    @property
    def _first(self) -> float:
        """The width of the first column."""
        look = self._look
        others = sum(self._widths[1:]) + 2.5 * look.small * (len(self._widths) - 1)
        return min(self._widths[0], look.width - 2 * look.margin - others)

    @property
    def _right(self) -> float:
        others = sum(self._widths[1:]) + 2.5 * self._look.small * (len(self._widths) - 1)
        return self._look.margin + self._first + others

    def _draw_row(self, canvas: Canvas, cells: Sequence[Cell], y: float) -> None:
        look = self._look
        x = look.margin
        for number, (cell, wide) in enumerate(zip(cells, self._widths, strict=True)):
            room = self._first if number == 0 else wide
            align: Align = "left" if number == 0 else "right"
            x += room if number else 0
            text = fitted(tidy(cell.text), room + 1, look.small)
            canvas.text(x, y, text, color=cell.color or look.palette.ink, align=align)
            x += (room if number == 0 else 0) + 2.5 * look.small
