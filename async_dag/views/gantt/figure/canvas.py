"""`Canvas`: a figure measured in points from its top left corner.

It does not use pyplot, so it registers no figure, chooses no backend and reads no settings. Figures
can be made in any thread and are freed when nothing refers to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.path import Path

from async_dag.views.gantt.figure.fonts import TextArtist, Weight, font
from async_dag.views.gantt.figure.look import Look

Point = tuple[float, float]
Align = Literal["left", "center", "right"]


class Block(Protocol):
    """Something that takes the width of a canvas."""

    @property
    def height(self) -> float:
        """In points."""
        ...

    def draw(self, canvas: Canvas, top: float) -> None:
        """Draw it onto a canvas, its upper edge at `top`."""
        ...


class Canvas:
    """A figure and its look; lengths are points, measured from the top left corner."""

    def __init__(self, figure: Figure, look: Look, height: float) -> None:
        self.figure = figure
        self.look = look
        self.height = height
        figure.set_size_inches(look.width / 72, height / 72)
        figure.set_facecolor(look.palette.ground)
        # Everything outside of time axes is drawn in these axes.
        self.sheet: Axes = self.axes(0, 0, look.width, height, (0, look.width), (height, 0))
        self.sheet.set_zorder(2)

    def axes(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        across: Point,
        down: Point,
    ) -> Axes:
        """Bare axes of that size and place, with these limits from left to right and bottom to top."""
        rectangle = (
            left / self.look.width,
            1 - (top + height) / self.height,
            width / self.look.width,
            height / self.height,
        )
        axes = self.figure.add_axes(rectangle)
        axes.set_xlim(*across)
        axes.set_ylim(*down)
        axes.set_axis_off()
        axes.patch.set_visible(False)
        return axes

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float | None = None,
        color: str | None = None,
        align: Align = "left",
        weight: Weight = "normal",
    ) -> None:
        """A text whose middle is at `y`."""
        words(
            self.sheet,
            x,
            y,
            text,
            size=self.look.small if size is None else size,
            color=self.look.palette.ink if color is None else color,
            align=align,
            weight=weight,
        )


def words(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    color: str,
    align: Align = "left",
    weight: Weight = "normal",
    **options: Any,
) -> TextArtist:
    """A text in the coordinates of `axes`, its middle line at `y`."""
    made = TextArtist(
        x,
        y,
        text,
        fontproperties=font(size, weight),
        color=color,
        horizontalalignment=align,
        verticalalignment="center_baseline",
        clip_on=False,
        **options,
    )
    if "transform" not in options:
        made.set_transform(axes.transData)
    axes.add_artist(made)
    return made


def polygons(axes: Axes, shapes: Sequence[Sequence[Point]], **style: Any) -> None:
    """Filled shapes in the coordinates of `axes`, all in one style."""
    if shapes:
        style = {"linewidths": 0, "antialiaseds": True, "clip_on": False, **style}
        axes.add_collection(PolyCollection(shapes, **style), autolim=False)


def lines(axes: Axes, paths: Sequence[Sequence[Point]], **style: Any) -> None:
    """Open lines in the coordinates of `axes`, all in one style."""
    if paths:
        axes.add_collection(
            LineCollection(paths, capstyle="butt", joinstyle="miter", clip_on=False, **style),
            autolim=False,
        )


def curves(axes: Axes, paths: Sequence[Sequence[Point]], color: str, **style: Any) -> None:
    """Open cubic splines in the coordinates of `axes`: a start, then three points for each curve."""
    if paths:
        made = [Path(points, [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1)) for points in paths]
        axes.add_collection(
            PathCollection(made, facecolors="none", edgecolors=color, clip_on=False, **style),
            autolim=False,
        )


def dot(axes: Axes, x: float, y: float, radius: float, color: str) -> None:
    """A filled circle in the coordinates of `axes`, on top of what is there."""
    axes.add_patch(Circle((x, y), radius, color=color, linewidth=0, zorder=6, clip_on=False))


def box(left: float, right: float, top: float, bottom: float) -> list[Point]:
    """A rectangle as a polygon."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
