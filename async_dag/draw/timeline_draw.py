"""A timeline as bands: what was computed beside what was; as a figure, and in a notebook cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from async_dag._common.arguments import text_or_none
from async_dag._common.extras import extra
from async_dag.analysis.timeline import Timeline
from async_dag.draw.cells import figure_of, picture_bundle
from async_dag.views.common.mime import MimeBundle
from async_dag.views.common.terminal import Terminal
from async_dag.views.ways.text import ways_text
from async_dag.views.ways.ways import Ways, ways_of_run, ways_what_if

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure


def timeline_figure(
    timeline: Timeline, *, size: Size, theme: Theme, width: float | None, title: str | None
) -> RunFigure:
    """The figure that `Timeline.draw` returns."""
    title = text_or_none("title=", title) or ""
    ways = ways_what_if(timeline) if timeline.computed else ways_of_run(timeline)
    return figure_of(_picture(timeline, ways, size, theme, width, title))


def _picture(
    timeline: Timeline,
    ways: Ways | None,
    size: Size = "notebook",
    theme: Theme = "auto",
    width: float | None = None,
    title: str = "",
) -> DrawnPicture:
    with extra("gantt"):
        from async_dag.views.drawing.look import look_for
        from async_dag.views.ways.picture import ways_picture
    text = "\n".join(ways_text(ways, Terminal(120, "utf-8"))) if ways else repr(timeline)
    return ways_picture(ways, look_for(size, theme, width), title, text)


def timeline_bundle(
    timeline: Timeline,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> MimeBundle:
    """The data that `_repr_mimebundle_` returns; a picture of what was computed; never raises."""

    def picture() -> DrawnPicture | None:
        ways = ways_what_if(timeline)
        return None if ways is None else _picture(timeline, ways)

    return picture_bundle(picture, repr(timeline), include, exclude)
