"""A drawing as artists of matplotlib, with axes for each plane."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle
from matplotlib.path import Path
from matplotlib.text import Text

from async_dag.views.drawing.drawing import (
    Boxes,
    Curves,
    Dot,
    Drawing,
    Mark,
    Plane,
    Point,
    Polygons,
    RoundedBox,
    Style,
    Weight,
    Words,
)
from async_dag.views.drawing.fonts import drawable, families

_SLANTED_LINES_OF_ONE: Final = 24.0
"""Points from line to line of matplotlib's hatch `/`; n slashes are n times as dense."""

_ROUNDED: Final = [
    Path.MOVETO,
    *[Path.LINETO, Path.CURVE3, Path.CURVE3] * 4,
    Path.CLOSEPOLY,
]


class TextArtist(Text):
    """A text in a figure that is never parsed as a formula and has only drawable characters.

    `original` is the text before characters were replaced.
    """

    def __init__(self, x: float, y: float, text: str, **options: Any) -> None:
        self.original = text
        super().__init__(x, y, drawable(text), parse_math=False, usetex=False, **options)


def add_artists(figure: Figure, drawing: Drawing) -> None:
    """Give the figure the size and ground of the drawing, and all that it shows."""
    figure.set_size_inches(drawing.width / 72, drawing.height / 72)
    figure.set_facecolor(drawing.ground)
    for plane in drawing.planes:
        axes = _axes(figure, drawing, plane)
        for mark in plane.marks:
            artist = _artist(mark, axes)
            artist.set_clip_on(False)
            if isinstance(artist, PolyCollection | LineCollection | PathCollection):
                axes.add_collection(artist, autolim=False)
            else:
                axes.add_artist(artist)


def _axes(figure: Figure, drawing: Drawing, plane: Plane) -> Axes:
    rectangle = (
        plane.left / drawing.width,
        1 - (plane.top + plane.height) / drawing.height,
        plane.width / drawing.width,
        plane.height / drawing.height,
    )
    axes = figure.add_axes(rectangle)
    axes.set_xlim(0, plane.across)
    axes.set_ylim(plane.down, 0)
    axes.set_axis_off()
    axes.patch.set_visible(False)
    axes.set_zorder(plane.order)
    if plane.data:
        axes.set_gid(f"data {urlencode(plane.data)}")  # `RunFigure.as_svg` makes attributes of it
    return axes


def _artist(mark: Mark, axes: Axes) -> Artist:
    if isinstance(mark, Words):
        return _words(mark, axes)
    options = _options(mark.style, mark.order)
    if isinstance(mark, Dot):
        color = mark.style.fill
        return Circle((mark.x, mark.y), mark.radius, color=color, linewidth=0, zorder=mark.order)
    options["gid"] = mark.name or None
    if isinstance(mark, Polygons):
        return PolyCollection(mark.paths, **options)
    if isinstance(mark, Boxes):
        return PathCollection([_rounded(box) for box in mark.boxes], **options)
    if isinstance(mark, Curves):
        options["linewidths"] = mark.widths or mark.style.width
        return PathCollection([_curve(path) for path in mark.paths], **options)
    del options["facecolors"], options["hatch"]
    return LineCollection(mark.paths, capstyle="butt", joinstyle="miter", **options)


def _options(style: Style, order: float) -> dict[str, Any]:
    return {
        "facecolors": style.fill or "none",
        "edgecolors": style.stroke or "none",
        "linewidths": style.width,
        "linestyles": [(0, style.dashes) if style.dashes else "solid"],
        "hatch": "/" * round(_SLANTED_LINES_OF_ONE / style.hatch) if style.hatch else None,
        "alpha": style.opacity,
        "zorder": order,
    }


def _words(mark: Words, axes: Axes) -> TextArtist:
    made = TextArtist(
        mark.x,
        mark.y,
        mark.text,
        fontproperties=_font(mark.size, mark.weight),
        color=mark.color,
        horizontalalignment=mark.align,
        verticalalignment="center_baseline",
        zorder=mark.order,
    )
    made.set_transform(axes.transData)
    return made


@lru_cache(maxsize=32)
def _font(size: float, weight: Weight) -> FontProperties:
    """The font of a size in points, independent of rcParams."""
    return FontProperties(
        family=list(families()),
        size=size,
        weight=weight,
        style="normal",
        variant="normal",
        stretch="normal",
        math_fontfamily="dejavusans",
    )


def _curve(points: Sequence[Point]) -> Path:
    return Path(points, [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1))


def _rounded(box: RoundedBox) -> Path:
    left, right, top, bottom, x, y = box
    return Path(
        [
            (left + x, top),
            (right - x, top),
            (right, top),
            (right, top + y),
            (right, bottom - y),
            (right, bottom),
            (right - x, bottom),
            (left + x, bottom),
            (left, bottom),
            (left, bottom - y),
            (left, top + y),
            (left, top),
            (left + x, top),
            (left + x, top),
        ],
        _ROUNDED,
    )
