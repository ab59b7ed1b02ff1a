"""Runs of the same tasks by several strategies: a table of speed-ups, and a chart for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from async_dag.analysis.timeline import Timeline
from async_dag.trace.trace import Trace
from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look, look_for
from async_dag.views.gantt.figure.chart import Chart, GanttOptions
from async_dag.views.gantt.figure.prose import Cell, Heading, TextTable
from async_dag.views.gantt.figure.stacked import stacked, text_of

_MOST_ROWS: Final = 12
"""Rows of each way, unless the caller asks for full detail: so that all ways fit on a page."""


class WayRow(NamedTuple):
    """One way in the table of a comparison, as text."""

    name: str
    makespan: str
    speedup: str
    basis: str
    """Whether it was measured or computed, and from how many runs."""


def comparison_picture(
    runs: Mapping[str, Trace | Timeline],
    options: GanttOptions | None = None,
    table: Sequence[WayRow] = (),
) -> DrawnPicture:
    """Several runs of the same tasks above each other on one time axis, by name.

    >>> from async_dag import Graph, Trace
    >>> empty = Trace(Graph.of([], [], [], [], []))
    >>> empty.close(0.0)
    >>> comparison_picture({"one by one": empty})
    <DrawnPicture: one by one: no tasks to run>
    """
    options = options or GanttOptions()
    look = look_for(options.size, options.theme, options.width)
    most = None if options.detail == "full" else _MOST_ROWS
    charts = {title: Chart(run, options, most) for title, run in runs.items()}
    blocks: list[Block] = [
        *([Heading(look, options.title)] if options.title else []),
        *([_table(look, table)] if table else []),
        *stacked(charts, look),
    ]
    return DrawnPicture.of(blocks, look, "\n".join(text_of(charts)))


def _table(look: Look, rows: Sequence[WayRow]) -> TextTable:
    soft = look.palette.soft
    return TextTable(
        look,
        "",
        ["", "makespan", "speed-up", ""],
        [
            [Cell(row.name), Cell(row.makespan), Cell(row.speedup), Cell(row.basis, soft)]
            for row in rows
        ],
    )
