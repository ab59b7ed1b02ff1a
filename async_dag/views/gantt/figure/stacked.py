"""Several runs above each other on one time axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.figure.chart import Chart, legend_of
from async_dag.views.gantt.figure.column_layout import ColumnLayout
from async_dag.views.gantt.figure.prose import Heading, Legend
from async_dag.views.gantt.figure.running import RunningPanel


def stacked(charts: Mapping[str, Chart], look: Look) -> Iterator[Block]:
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


def text_of(charts: Mapping[str, Chart]) -> list[str]:
    """The charts as plain text, one line for each."""
    return [
        ", ".join(filter(None, [f"{title}: {chart.sentence}", chart.path_sentence]))
        for title, chart in charts.items()
    ]
