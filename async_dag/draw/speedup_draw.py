"""A speed-up curve as a figure, and in a notebook cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from async_dag._common.arguments import text_or_none
from async_dag._common.extras import extra
from async_dag.analysis.speedup_curve import SpeedupCurve
from async_dag.draw.cells import figure_of, picture_bundle
from async_dag.views.common.mime import MimeBundle

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure


def speedup_figure(
    curve: SpeedupCurve, *, size: Size, theme: Theme, width: float | None, title: str | None
) -> RunFigure:
    """The figure that `SpeedupCurve.draw` returns."""
    return figure_of(_picture(curve, size, theme, width, title))


def _picture(
    curve: SpeedupCurve,
    size: Size = "notebook",
    theme: Theme = "auto",
    width: float | None = None,
    title: str | None = None,
) -> DrawnPicture:
    with extra("gantt"):
        from async_dag.views.drawing.look import look_for
        from async_dag.views.many_runs.speedup_picture import speedup_picture
    title = text_or_none("title=", title) or ""
    return speedup_picture(curve, look_for(size, theme, width), title)


def speedup_bundle(
    curve: SpeedupCurve,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> MimeBundle:
    """The data that `_repr_mimebundle_` returns; its text is the `repr`, and it never raises."""
    return picture_bundle(lambda: _picture(curve), repr(curve), include, exclude)
