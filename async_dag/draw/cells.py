"""What a figure is made with, and what a cell shows of it: the same for all that draws itself."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.extras import extra
from async_dag.errors import MissingExtraError
from async_dag.views.common.mime import MimeBundle, chosen
from async_dag.views.drawing.shown import bundle

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.run_figure import RunFigure

_TEXT: Final = "text/plain"
_KINDS: Final = ("text/html", "image/svg+xml", "image/png", _TEXT)


def figure_of(picture: DrawnPicture) -> RunFigure:
    """A picture as a figure of matplotlib. Raises `MissingExtraError` where that is not installed."""
    with extra("gantt"):
        from async_dag.views.drawing.run_figure import RunFigure
    return RunFigure.of(picture)


def picture_bundle(
    picture: Callable[[], DrawnPicture | None],
    text: str,
    include: Collection[str] | None,
    exclude: Collection[str] | None,
) -> MimeBundle:
    """Data and metadata by MIME type, as `_repr_mimebundle_` returns them; it never raises.

    Args:
        picture: makes the picture; None if there is none.
        text: the plain text. If the picture can't be made, it goes on with the reason.
        include: the types that are asked for; None for all.
        exclude: types that are not wanted.
    """
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    try:
        if wanted != [_TEXT] and (made := picture()) is not None:
            data, metadata = bundle(made, wanted, [_TEXT])
    except MissingExtraError as error:
        text += f"\n{error}"
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        text += f"\n(it can't be drawn: {type(error).__name__}: {error})"
    if _TEXT in wanted:
        data[_TEXT] = text
    return data, metadata
