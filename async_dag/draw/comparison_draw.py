"""A comparison as bands on one axis, as a picture, as text, and in a notebook cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.extras import extra
from async_dag._common.shortening import short_repr
from async_dag.analysis.comparison import Comparison
from async_dag.errors import MissingExtraError, WrongTypeError
from async_dag.graph.strategies import STRATEGIES
from async_dag.views.common.mime import chosen
from async_dag.views.common.terminal import Terminal
from async_dag.views.drawing.shown import bundle
from async_dag.views.ways.text import ways_text
from async_dag.views.ways.ways import ways_compared

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure

_MOST_DRAWN: Final = 20_000
"""Tasks up to which a cell draws a picture by itself."""

_KINDS: Final = ("text/html", "image/svg+xml", "image/png", "text/plain")


def comparison_figure(
    comparison: Comparison,
    *,
    size: Size = "notebook",
    theme: Theme = "auto",
    width: float | None = None,
    title: str | None = None,
) -> RunFigure:
    """The figure that `Comparison.draw` returns."""
    picture = comparison_picture(comparison, size=size, theme=theme, width=width, title=title)
    with extra("gantt"):
        from async_dag.views.drawing.run_figure import RunFigure
    return RunFigure.of(picture)


def comparison_picture(
    comparison: Comparison,
    *,
    size: Size = "notebook",
    theme: Theme = "auto",
    width: float | None = None,
    title: str | None = None,
) -> DrawnPicture:
    """What the figure shows, drawn without matplotlib."""
    with extra("gantt"):
        from async_dag.views.drawing.look import look_for
        from async_dag.views.ways.picture import ways_picture
    if title is not None and not isinstance(title, str):
        raise WrongTypeError(f"title= takes a text, or None; given was {short_repr(title)}")
    summary = comparison_text(comparison, 120, "utf-8")
    look = look_for(size, theme, width)
    return ways_picture(ways_compared(comparison), look, title or "", summary)


def comparison_text(
    comparison: Comparison, width: int | None = None, encoding: str | None = None
) -> str:
    """The text that `Comparison.text` returns."""
    return "\n".join(_lines(comparison, Terminal(width, encoding)))


def _lines(comparison: Comparison, terminal: Terminal) -> Iterator[str]:
    ways = ways_compared(comparison)
    if ways is not None:
        yield from ways_text(ways, terminal)
    elif not comparison.failures:
        yield "nothing ran"
    for row in comparison.rows:
        if "error" in row:
            error = terminal.harmless(row["error"], 400)
            yield from terminal.fill(
                [f"{STRATEGIES[row['strategy']]} failed:", *error.split(" ")], " ", "  "
            )


def comparison_bundle(
    comparison: Comparison,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data that `_repr_mimebundle_` returns; never raises."""
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    texts: list[str] = []
    try:
        texts = [comparison_text(comparison)]
        tasks = sum(len(timeline.trace) for timeline in comparison.timelines.values())
        if tasks > _MOST_DRAWN:
            texts.append(f"{tasks:,} nodes in all: comparison.draw() draws them")
        elif wanted != ["text/plain"]:
            data, metadata = bundle(comparison_picture(comparison), wanted, ["text/plain"])
    except MissingExtraError as error:
        texts.append(str(error))
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        texts.append(f"{comparison!r}\n(it can't be drawn: {type(error).__name__}: {error})")
    if "text/plain" in wanted:
        data["text/plain"] = "\n".join(texts)
    return data, metadata
