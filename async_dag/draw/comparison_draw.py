"""A comparison as bands on one axis, as a picture, as text, and in a notebook cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from async_dag._common.arguments import text_or_none
from async_dag._common.extras import extra
from async_dag.analysis.comparison import Comparison
from async_dag.draw.cells import figure_of, picture_bundle
from async_dag.graph.strategies import STRATEGIES
from async_dag.views.common.mime import MimeBundle
from async_dag.views.common.terminal import Terminal
from async_dag.views.ways.text import ways_text
from async_dag.views.ways.ways import Ways, ways_compared

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.look import Size, Theme
    from async_dag.views.drawing.run_figure import RunFigure

_MOST_DRAWN: Final = 20_000
"""Tasks up to which a cell draws a picture by itself."""


def comparison_figure(
    comparison: Comparison, *, size: Size, theme: Theme, width: float | None, title: str | None
) -> RunFigure:
    """The figure that `Comparison.draw` returns."""
    return figure_of(comparison_picture(comparison, size, theme, width, title))


def comparison_picture(
    comparison: Comparison,
    size: Size = "notebook",
    theme: Theme = "auto",
    width: float | None = None,
    title: str | None = None,
) -> DrawnPicture:
    """What the figure shows, drawn without matplotlib."""
    with extra("gantt"):
        from async_dag.views.drawing.look import look_for
        from async_dag.views.ways.picture import ways_picture
    title = text_or_none("title=", title) or ""
    ways = ways_compared(comparison)
    summary = "\n".join(_lines(comparison, ways, Terminal(120, "utf-8")))
    return ways_picture(ways, look_for(size, theme, width), title, summary)


def comparison_text(
    comparison: Comparison, width: int | None = None, encoding: str | None = None
) -> str:
    """The text that `Comparison.text` returns."""
    ways = ways_compared(comparison)
    return "\n".join(_lines(comparison, ways, Terminal(width, encoding)))


def _lines(comparison: Comparison, ways: Ways | None, terminal: Terminal) -> Iterator[str]:
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
) -> MimeBundle:
    """The data that `_repr_mimebundle_` returns; never raises."""
    tasks = sum(len(timeline.trace) for timeline in comparison.timelines.values())
    try:
        text = comparison_text(comparison)
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        reason = f"(it can't be drawn: {type(error).__name__}: {error})"
        return {"text/plain": f"{comparison!r}\n{reason}"}, {}
    if tasks <= _MOST_DRAWN:
        return picture_bundle(lambda: comparison_picture(comparison), text, include, exclude)
    text += f"\n{tasks:,} nodes in all: comparison.draw() draws them"
    return picture_bundle(lambda: None, text, include, exclude)
