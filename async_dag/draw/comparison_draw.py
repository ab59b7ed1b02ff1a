"""A comparison as charts below each other, as a plain-text table, and in a notebook cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.extras import extra
from async_dag._common.units import unit_for
from async_dag.analysis.comparison import Comparison
from async_dag.errors import MissingExtraError
from async_dag.graph.strategies import STRATEGIES, Strategy
from async_dag.views.common.mime import chosen
from async_dag.views.common.terminal import Terminal, columns, padded
from async_dag.views.drawing.shown import bundle

if TYPE_CHECKING:
    from async_dag.views.drawing.drawn_picture import DrawnPicture
    from async_dag.views.drawing.run_figure import RunFigure

_MOST_DRAWN: Final = 20_000
"""Tasks up to which a cell draws a picture by itself."""

_KINDS: Final = ("text/html", "image/svg+xml", "image/png", "text/plain")


def comparison_figure(comparison: Comparison, **options: Any) -> RunFigure:
    """The figure that `Comparison.draw` returns."""
    picture = comparison_picture(comparison, **options)
    with extra("gantt"):
        from async_dag.views.drawing.run_figure import RunFigure
    return RunFigure.of(picture)


def comparison_picture(comparison: Comparison, **options: Any) -> DrawnPicture:
    """What the figure shows, drawn without matplotlib."""
    with extra("gantt"):
        from async_dag.views.gantt.figure import comparison_picture as pictures
        from async_dag.views.gantt.figure.chart import GanttOptions
    runs = {
        title: comparison.timelines[strategy] for strategy, title in _titles(comparison).items()
    }
    rows = [pictures.WayRow(*texts) for texts in _rows(comparison, "×")]
    picture = pictures.comparison_picture(runs, GanttOptions(**options), rows)
    picture.summary = "\n".join([comparison_text(comparison, encoding="utf-8"), picture.summary])
    return picture


def _titles(comparison: Comparison) -> dict[Strategy, str]:
    """The title of each strategy, which says whether it was computed or measured."""
    return {
        strategy: f"{STRATEGIES[strategy]} ({'computed' if timeline.computed else 'measured'})"
        for strategy, timeline in comparison.timelines.items()
    }


def comparison_text(
    comparison: Comparison, width: int | None = None, encoding: str | None = None
) -> str:
    """The text that `Comparison.text` returns."""
    return "\n".join(_table(comparison, Terminal(width, encoding)))


def _table(comparison: Comparison, terminal: Terminal) -> Iterator[str]:
    rows = list(_rows(comparison, terminal.characters.times, terminal.characters.to))
    name_width = max(columns(name) for name, *_ in rows)
    yield f"{padded('', name_width)}  makespan  speed-up"
    for name, makespan, speedup, basis in rows:
        line = f"{padded(name, name_width)}  {makespan:>8}  {speedup:>8}  {basis}"
        yield line if speedup else f"{padded(name, name_width)}  failed"
    for row in comparison.rows:
        if "error" in row:
            error = terminal.harmless(row["error"], 400)
            yield from terminal.fill(
                [f"{STRATEGIES[row['strategy']]} failed:", *error.split(" ")], " ", "  "
            )


def _rows(comparison: Comparison, times: str, to: str = "–") -> Iterator[tuple[str, str, str, str]]:
    """Name, makespan, speed-up and basis of each strategy.

    `times` follows the speed-up, `to` stands between the ends of a range.
    """
    rows = comparison.rows
    unit = unit_for(max((row["makespan"] or 0.0 for row in rows), default=0.0))
    for row in rows:
        name = STRATEGIES[row["strategy"]]
        if row["makespan"] is None or row["speedup"] is None:
            yield name, "failed", "", ""
            continue
        basis = "measured" if row["measured"] else "computed"
        yield (
            name,
            unit.range_text(comparison.timelines[row["strategy"]].makespan_range, to),
            f"{comparison.speedup_range(row['strategy']).text(to=to)}{times}",
            basis + _spread(comparison, row["strategy"]),
        )


def _spread(comparison: Comparison, strategy: Strategy) -> str:
    """How many runs the median is of, and their range."""
    runs = comparison.makespans[strategy]
    if len(runs) < 2:
        return ""
    unit = unit_for(max(runs))
    return f", the median of {len(runs)} ({unit.number(min(runs))} to {unit.text(max(runs))})"


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
