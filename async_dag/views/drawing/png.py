"""A drawing as PNG: its SVG, rendered by resvg, which takes a tenth of the time of matplotlib."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import Final

from PIL import Image

from async_dag.views.drawing.drawing import Drawing, Words
from async_dag.views.drawing.font_file import characters_of
from async_dag.views.drawing.fonts import base_file
from async_dag.views.drawing.svg import svg_of

_HAS_RESVG: Final = find_spec("resvg_py") is not None
"""False in a browser, for which there is no build of it."""

_MOST_COLORS: Final = 100_000
"""Colours up to which those that occur are counted."""


def png_of(drawing: Drawing, dpi: float) -> bytes:
    """The drawing at so many pixels per inch."""
    if not _HAS_RESVG:
        return _by_matplotlib(drawing, dpi)
    import resvg_py

    scale = dpi / 72
    rendered = resvg_py.svg_to_bytes(
        svg_string=svg_of(drawing),
        dpi=dpi,
        width=max(1, int(drawing.width * scale)),
        height=max(1, int(drawing.height * scale)),
        font_files=[base_file("normal"), base_file("bold")],
        # To look through all fonts of a machine takes a while, so only for what the base font lacks.
        skip_system_fonts=_is_in_base_font(drawing),
    )
    made = io.BytesIO()
    _with_palette(Image.open(io.BytesIO(rendered)).convert("RGB")).save(made, "png")
    return made.getvalue()


def _by_matplotlib(drawing: Drawing, dpi: float) -> bytes:
    """The same, where there is no resvg: slower, and without emoji."""
    from matplotlib.figure import Figure

    from async_dag.views.drawing.artists import add_artists

    figure, made = Figure(), io.BytesIO()
    add_artists(figure, drawing)
    figure.savefig(made, format="png", dpi=dpi, metadata={"Software": None})
    return made.getvalue()


def _is_in_base_font(drawing: Drawing) -> bool:
    characters = {
        ord(character)
        for plane in drawing.planes
        for mark in plane.marks
        if isinstance(mark, Words)
        for character in mark.text
    }
    return characters <= characters_of(base_file())


def _with_palette(image: Image.Image) -> Image.Image:
    """The image in its 256 most frequent colours: a third of the bytes.

    What is not among them is a shade at an edge, and becomes the nearest one.
    """
    counted = image.getcolors(_MOST_COLORS)
    if counted is None:
        return image
    # Pillow looks for the nearest colour of cubes of 4 × 4 × 4, from their lowest corner. So it gets
    # these corners, and the most frequent colour of each cube takes its place afterwards.
    kept: dict[tuple[int, ...], tuple[int, ...]] = {}
    for _, color in sorted(counted, reverse=True):
        assert isinstance(color, tuple)
        kept.setdefault(tuple(part & ~3 for part in color), color)
    corners = list(kept)[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for corner in corners for part in corner])
    small = image.quantize(palette=palette, dither=Image.Dither.NONE)
    small.putpalette([part for corner in corners for part in kept[corner]])
    return small
