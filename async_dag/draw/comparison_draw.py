"""A comparison as charts above each other, as a table in plain text, and alone in a notebook cell."""

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

if TYPE_CHECKING:
    from async_dag.views.gantt.figure.figure import RunFigure

_MOST_DRAWN: Final = 20_000
"""Tasks of which pictures are made unasked."""

_KINDS: Final = ("image/svg+xml", "image/png", "text/plain")


def comparison_figure(comparison: Comparison, **options: Any) -> RunFigure:
    """What `Comparison.draw` gives."""
    with extra("gantt"):
        from async_dag.views.gantt.figure import charts
    traces = {
        title: comparison.timelines[strategy].trace
        for strategy, title in _titles(comparison).items()
    }
    made = charts.comparison_figure(traces, charts.Options(**options))
    made.summary = comparison_text(comparison)
    return made


def _titles(comparison: Comparison) -> dict[Strategy, str]:
    """By strategy what it is called, and how its figures came about."""
    return {
        strategy: f"{STRATEGIES[strategy]} ({'computed' if timeline.computed else 'measured'})"
        for strategy, timeline in comparison.timelines.items()
    }


def comparison_text(
    comparison: Comparison, width: int | None = None, encoding: str | None = None
) -> str:
    """What `Comparison.text` gives."""
    return "\n".join(_table(comparison, Terminal(width, encoding)))


def _table(comparison: Comparison, terminal: Terminal) -> Iterator[str]:
    rows = comparison.rows
    unit = unit_for(max((row["makespan"] or 0.0 for row in rows), default=0.0))
    name_width = max(columns(STRATEGIES[row["strategy"]]) for row in rows)
    yield f"{padded('', name_width)}  makespan  speed-up"
    for row in rows:
        name = padded(STRATEGIES[row["strategy"]], name_width)
        if row["makespan"] is None or row["speedup"] is None:
            yield f"{name}  failed"
            continue
        gain = f"{row['speedup']:.2f}{terminal.letters.times}"
        how = "measured" if row["measured"] else "computed"
        spread = _spread(comparison, row["strategy"])
        yield f"{name}  {unit.text(row['makespan']):>8}  {gain:>8}  {how}{spread}"
    for row in rows:
        if "error" in row:
            said = terminal.harmless(row["error"], 400)
            yield from terminal.fill(
                [f"{STRATEGIES[row['strategy']]} failed:", *said.split(" ")], " ", "  "
            )


def _spread(comparison: Comparison, strategy: Strategy) -> str:
    """Of how many runs it is the middle, and how far these lie apart."""
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
    """What `_repr_mimebundle_` returns; it never raises."""
    wanted = chosen(_KINDS, include, exclude)
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    said: list[str] = []
    try:
        said = [comparison_text(comparison)]
        tasks = sum(len(timeline.trace) for timeline in comparison.timelines.values())
        if tasks > _MOST_DRAWN:
            said.append(f"{tasks:,} nodes in all: draw() draws them all the same")
        elif wanted != ["text/plain"]:
            made = comparison_figure(comparison)
            data, metadata = made._repr_mimebundle_(wanted, ["text/plain"])
    except MissingExtraError as error:
        said.append(str(error))
    except Exception as error:  # noqa: BLE001 - a repr never raises; what went wrong is shown instead
        said.append(f"{comparison!r}\n(it can't be drawn: {type(error).__name__}: {error})")
    if "text/plain" in wanted:
        data["text/plain"] = "\n".join(said)
    return data, metadata
