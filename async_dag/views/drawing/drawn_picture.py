"""`DrawnPicture`: blocks below each other as a picture, which a notebook shows as HTML, SVG and PNG."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from async_dag.views.common.html_picture import html_picture
from async_dag.views.drawing.canvas import Block, Canvas
from async_dag.views.drawing.drawing import Drawing
from async_dag.views.drawing.look import Look
from async_dag.views.drawing.png import png_of
from async_dag.views.drawing.shown import css_size, png_dpi
from async_dag.views.drawing.svg import svg_of

_SEPARATION: Final = 6.0


class DrawnPicture:
    """A drawing with its text alternative.

    Args:
        drawing: what is drawn.
        summary: the text alternative.
        adapts: whether it is dark in a dark notebook.
    """

    def __init__(self, drawing: Drawing, summary: str, *, adapts: bool) -> None:
        self.drawing: Drawing = drawing
        self.summary: str = summary
        self.adapts: bool = adapts

    @classmethod
    def of(cls, blocks: Sequence[Block], look: Look, summary: str) -> DrawnPicture:
        """The blocks below each other."""
        drawn = [block for block in blocks if block.height > 0]
        inner = sum(block.height for block in drawn) + _SEPARATION * (len(drawn) - 1)
        canvas = Canvas(look, inner + 2 * look.margin)
        top = look.margin
        for block in drawn:
            block.draw(canvas, top)
            top += block.height + _SEPARATION
        return cls(canvas.drawing, summary, adapts=look.adapts)

    @property
    def inches(self) -> tuple[float, float]:
        """Width and height."""
        return self.drawing.width / 72, self.drawing.height / 72

    @property
    def png_size(self) -> dict[str, int]:
        """The size at which to show the PNG, in CSS pixels."""
        return css_size(*self.inches)

    def as_svg(self) -> str:
        """The picture as SVG."""
        return self._svg

    @cached_property
    def _svg(self) -> str:
        return svg_of(self.drawing)

    def as_html(self, *, svg: str | None = None) -> str:
        """The picture as HTML, which shrinks with the page and is dark in a dark notebook."""
        return html_picture(
            self.as_svg() if svg is None else svg,
            self.summary,
            self.png_size["width"],
            adapts=self.adapts,
        )

    def as_png(self) -> bytes:
        """The picture as PNG."""
        return png_of(self.drawing, png_dpi(*self.inches))

    def __repr__(self) -> str:
        first = self.summary.partition("\n")[0]
        return f"<DrawnPicture: {first}>" if first else "<DrawnPicture>"
