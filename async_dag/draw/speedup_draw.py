"""A speed-up curve as a figure, and in a notebook cell."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.extras import extra
from async_dag._common.shortening import short_repr
from async_dag.analysis.speedup_curve import SpeedupCurve
from async_dag.errors import MissingExtraError, WrongTypeError
from async_dag.views.common.mime import chosen
from async_dag.views.drawing.shown import bundle

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure

_KINDS: Final = ("text/html", "image/svg+xml", "image/png", "text/plain")


def speedup_figure(
    curve: SpeedupCurve, *, size: Size, theme: Theme, width: float | None, title: str | None
) -> RunFigure:
    """The figure that `SpeedupCurve.draw` returns."""
    picture = _picture(curve, size, theme, width, title)
    with extra("gantt"):
        from async_dag.views.drawing.run_figure import RunFigure
    return RunFigure.of(picture)


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
    if title is not None and not isinstance(title, str):
        raise WrongTypeError(f"title= takes a text, or None; given was {short_repr(title)}")
    return speedup_picture(curve, look_for(size, theme, width), title or "")


def speedup_bundle(
    curve: SpeedupCurve,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data that `_repr_mimebundle_` returns; its text is the `repr`, and it never raises."""
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    text = repr(curve)
    try:
        if wanted != ["text/plain"]:
            data, metadata = bundle(_picture(curve), wanted, ["text/plain"])
    except MissingExtraError as error:
        text += f"\n{error}"
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        text += f"\n(it can't be drawn: {type(error).__name__}: {error})"
    if "text/plain" in wanted:
        data["text/plain"] = text
    return data, metadata
