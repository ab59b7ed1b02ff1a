"""A timeline as bands: what was computed beside what was; as a figure, and in a notebook cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.extras import extra
from async_dag._common.shortening import short_repr
from async_dag.analysis.timeline import Timeline
from async_dag.errors import MissingExtraError, WrongTypeError
from async_dag.views.common.mime import chosen
from async_dag.views.common.terminal import Terminal
from async_dag.views.drawing.shown import bundle
from async_dag.views.ways.text import ways_text
from async_dag.views.ways.ways import Ways, ways_of_run, ways_what_if

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure

_KINDS: Final = ("text/html", "image/svg+xml", "image/png", "text/plain")


def timeline_figure(
    timeline: Timeline, *, size: Size, theme: Theme, width: float | None, title: str | None
) -> RunFigure:
    """The figure that `Timeline.draw` returns."""
    if title is not None and not isinstance(title, str):
        raise WrongTypeError(f"title= takes a text, or None; given was {short_repr(title)}")
    ways = ways_what_if(timeline) if timeline.computed else ways_of_run(timeline)
    picture = _picture(timeline, ways, size, theme, width, title or "")
    with extra("gantt"):
        from async_dag.views.drawing.run_figure import RunFigure
    return RunFigure.of(picture)


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
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data that `_repr_mimebundle_` returns; a picture of what was computed; never raises."""
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    text = repr(timeline)
    try:
        if wanted != ["text/plain"] and (ways := ways_what_if(timeline)) is not None:
            data, metadata = bundle(_picture(timeline, ways), wanted, ["text/plain"])
    except MissingExtraError as error:
        text += f"\n{error}"
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        text += f"\n(it can't be drawn: {type(error).__name__}: {error})"
    if "text/plain" in wanted:
        data["text/plain"] = text
    return data, metadata
