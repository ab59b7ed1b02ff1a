"""A run compared with an earlier one: how much longer it took, and which tasks made the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from async_dag._common.units import unit_for
from async_dag.trace.trace import Trace
from async_dag.views.common.palette import Palette
from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look, look_for
from async_dag.views.drawing.prose import Cell, Heading, TextTable
from async_dag.views.gantt.figure.chart import Chart, GanttOptions, legend_of
from async_dag.views.gantt.figure.column_layout import ColumnLayout
from async_dag.views.gantt.figure.legend import Legend
from async_dag.views.gantt.figure.running import RunningPanel
from async_dag.views.gantt.task_changes import TaskChange, signed, task_changes

_MOST_ROWS: Final = 25
"""Rows of each run, unless the caller asks for full detail."""
_NAMED: Final = 3
"""Tasks that the headline names."""


def baseline_picture(trace: Trace, baseline: Trace, options: GanttOptions) -> DrawnPicture:
    """Two runs above each other on one time axis, and a table of what became slower and faster."""
    look = look_for(options.size, options.theme, options.width)
    most = None if options.detail == "full" else _MOST_ROWS
    runs = {"baseline": baseline, "this run": trace}
    charts = {title: Chart(run, options, most) for title, run in runs.items()}
    after, before = charts["this run"], charts["baseline"]
    changes = task_changes(after.facts, before.facts)
    headline, reasons = _headline(before, after, changes)
    blocks: list[Block] = [
        _heading(look, options.title, headline, reasons),
        *_stacked(charts, look),
        _table(look, changes),
    ]
    text = [headline, reasons, *_text_of(charts)]
    text += [f"{change.name}: {change.text}" for change in changes]
    return DrawnPicture.of(blocks, look, "\n".join(filter(None, text)))


def _stacked(charts: Mapping[str, Chart], look: Look) -> Iterator[Block]:
    """A legend, then each chart under its title, with its figures and its critical path."""
    until = max((chart.facts.took for chart in charts.values()), default=0.0)
    labels = [label for chart in charts.values() for label in chart.labels]
    seconds = [chart.facts.work(row.nodes) for chart in charts.values() for row in chart.rows]
    look = look.for_rows(sum(len(chart.rows) for chart in charts.values()))
    columns = ColumnLayout(look, until, labels, seconds)
    yield Legend(look, legend_of(list(charts.values())))
    for title, chart in charts.items():
        below = [chart.sentence, chart.path_sentence]
        yield Heading(look, title, "\n".join(filter(None, below)))
        if chart.facts.has_bars:
            yield chart.panel(look, columns)
            yield RunningPanel(chart.facts, look, columns)


def _text_of(charts: Mapping[str, Chart]) -> list[str]:
    """The charts as plain text, one line for each."""
    return [
        ", ".join(filter(None, [f"{title}: {chart.sentence}", chart.path_sentence]))
        for title, chart in charts.items()
    ]


def _heading(look: Look, title: str | None, headline: str, reasons: str) -> Heading:
    """A user's title replaces the headline, which then begins the lines below."""
    if title is None:
        return Heading(look, headline, reasons)
    return Heading(look, title, f"{headline}\n{reasons}")


def _headline(before: Chart, after: Chart, changes: Sequence[TaskChange]) -> tuple[str, str]:
    """`1.40 → 1.21 s, 14% shorter`, and the tasks that made the difference."""
    old, new = before.facts.took, after.facts.took
    unit = unit_for(max(old, new))
    if not (before.is_whole and after.is_whole) or old <= 0:
        return f"baseline {unit.text(old)}, this run {unit.text(new)}", ""
    share = abs(new - old) / old
    comparison = (
        "as long"
        if f"{share:.0%}" == "0%"
        else f"{share:.0%} {'longer' if new > old else 'shorter'}"
    )
    responsible = [change for change in changes if change.effect]
    reasons = ", ".join(
        f"{change.name} {signed(change.effect or 0.0)}" for change in responsible[:_NAMED]
    )
    if len(responsible) > _NAMED:
        reasons += f" and {len(responsible) - _NAMED} more"
    return (
        f"{unit.number(old)} → {unit.text(new)}, {comparison}",
        f"What changed the makespan, computed task by task: {reasons}" if reasons else "",
    )


def _table(look: Look, changes: Sequence[TaskChange]) -> TextTable:
    palette = look.palette
    longest = max((max(change.before or 0, change.after or 0) for change in changes), default=0.0)
    unit = unit_for(longest)

    def time(seconds: float | None) -> str:
        return "–" if seconds is None else unit.text(seconds)

    rows = [
        [
            Cell(change.name),
            Cell(time(change.before)),
            Cell(time(change.after)),
            Cell(change.text, _color_of(change, palette)),
            Cell("–" if change.effect is None else signed(change.effect)),
        ]
        for change in changes
    ]
    title = "What became slower or faster" if changes else "No task became slower or faster"
    return TextTable(
        look, title, ["task", "baseline", "this run", "change", "of the makespan"], rows
    )


def _color_of(change: TaskChange, palette: Palette) -> str:
    if change.before is None or change.after is None:
        return palette.soft
    return palette.failed if change.is_slower else palette.done
