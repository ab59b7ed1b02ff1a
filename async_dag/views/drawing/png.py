"""A drawing as PNG, by Pillow, which matplotlib brings along: ten times as quick as a figure of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image

from async_dag.views.drawing.drawing import (
    Boxes,
    Curves,
    Dot,
    Drawing,
    Lines,
    Plane,
    Point,
    Polygons,
    RoundedBox,
    Shape,
    Style,
    Words,
)
from async_dag.views.drawing.lettering import write
from async_dag.views.drawing.metrics import BASELINE, HATCH_LINE
from async_dag.views.drawing.paint import Painter
from async_dag.views.drawing.paths import circle, dashed, flattened, outline

_MOST_COLORS: Final = 100_000
"""Colours up to which those that occur are counted."""


def png_of(drawing: Drawing, dpi: float) -> bytes:
    """The drawing at so many pixels per inch."""
    made = io.BytesIO()
    _with_palette(image_of(drawing, dpi)).save(made, "png")
    return made.getvalue()


def _with_palette(image: Image.Image) -> Image.Image:
    """The image in its 256 most frequent colours: a third of the bytes, in a third of the time.

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


def image_of(drawing: Drawing, dpi: float) -> Image.Image:
    """The same as pixels."""
    scale = dpi / 72
    size = max(1, int(drawing.width * scale)), max(1, int(drawing.height * scale))
    image = Image.new("RGB", size, drawing.ground)
    painter = Painter(image)
    for plane, mark in drawing.in_order():
        pixels = _in_pixels(plane, scale)
        if isinstance(mark, Words):
            _write(image, pixels, mark, scale)
        else:
            _paint(painter, pixels, mark, scale)
    return image


def _in_pixels(plane: Plane, scale: float) -> Plane:
    return replace(
        plane,
        left=plane.left * scale,
        top=plane.top * scale,
        width=plane.width * scale,
        height=plane.height * scale,
    )


def _paint(painter: Painter, plane: Plane, mark: Shape, scale: float) -> None:
    style = mark.style
    if isinstance(mark, Dot):
        (center,) = plane.at([(mark.x, mark.y)])
        painter.fill([circle(center, mark.radius * plane.scale[0])], style.fill, style.opacity)
    elif isinstance(mark, Polygons):
        closed = [plane.at(path) for path in mark.paths]
        if style.fill:
            painter.fill(closed, style.fill, style.opacity)
        if style.hatch:
            spacing, width = style.hatch * scale, HATCH_LINE * scale
            painter.hatch(closed, spacing, width, style.stroke, style.opacity)
        _stroke(painter, [[*path, path[0]] for path in closed], style, scale)
    elif isinstance(mark, Boxes):
        boxes = [_box(plane, box) for box in mark.boxes]
        if style.fill:
            for box in boxes:
                painter.rounded(box, style.fill)
        if style.stroke:
            _stroke(painter, [outline(box) for box in boxes], style, scale)
    elif isinstance(mark, Lines):
        _stroke(painter, [plane.at(path) for path in mark.paths], style, scale)
    else:
        _paint_curves(painter, plane, mark, scale)


def _paint_curves(painter: Painter, plane: Plane, mark: Curves, scale: float) -> None:
    paths = [flattened(plane.at(path)) for path in mark.paths]
    if not mark.widths:
        _stroke(painter, paths, mark.style, scale)
    for path, width in zip(paths, mark.widths, strict=False):
        _stroke(painter, [path], replace(mark.style, width=width), scale)


def _stroke(painter: Painter, paths: Sequence[Sequence[Point]], style: Style, scale: float) -> None:
    width = style.width * scale
    if not style.stroke or not width:
        return
    if style.dashes:
        drawn, left_out = (length * width for length in style.dashes)
        paths = [dash for path in paths for dash in dashed(path, drawn, left_out)]
    painter.stroke(paths, width, style.stroke, style.opacity)


def _box(plane: Plane, box: RoundedBox) -> RoundedBox:
    (left, top), (right, bottom) = plane.at([(box.left, box.top), (box.right, box.bottom)])
    across, down = plane.scale
    return RoundedBox(left, right, top, bottom, box.across * across, box.down * down)


def _write(image: Image.Image, plane: Plane, mark: Words, scale: float) -> None:
    ((x, y),) = plane.at([(mark.x, mark.y)])
    size = mark.size * scale
    write(
        image,
        x,
        y + BASELINE * size,
        mark.text,
        size=size,
        color=mark.color,
        align=mark.align,
        weight=mark.weight,
    )
