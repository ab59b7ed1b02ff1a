"""The figure of one run: its Gantt chart, totals, and what limited it."""

from __future__ import annotations

from collections.abc import Sequence

from async_dag.trace.trace import Trace
from async_dag.views.drawing.canvas import Block
from async_dag.views.drawing.drawn_picture import DrawnPicture
from async_dag.views.drawing.look import Look, look_for
from async_dag.views.drawing.prose import Heading, Sentences
from async_dag.views.gantt.figure.chart import (
    Chart,
    GanttOptions,
    column_layout_of,
    errors_of,
    legend_of,
)
from async_dag.views.gantt.figure.cluster_parts import (
    cluster_legend_of,
    workers_layout_of,
)
from async_dag.views.gantt.figure.legend import Legend
from async_dag.views.gantt.figure.moved import MovedPanel
from async_dag.views.gantt.figure.running import RunningPanel
from async_dag.views.gantt.figure.workers_panel import WorkersPanel
from async_dag.views.gantt.worker_rows import cluster_sentence, moves_drawn
from async_dag.views.ways.panel import WaysPanel
from async_dag.views.ways.ways import Ways, ways_of_run


def run_picture(trace: Trace, options: GanttOptions, findings: Sequence[str] = ()) -> DrawnPicture:
    """The Gantt chart of one run, with sentences on what limited it below."""
    look = look_for(options.size, options.theme, options.width)
    chart = Chart(trace, options)
    facts = chart.facts
    counts = ", ".join(facts.counts())
    if not facts.has_bars:
        notice = f"nothing started: {counts}" if facts.tasks else "no tasks to run"
        heading = Heading(look, options.title or notice, notice if options.title else "")
        return DrawnPicture.of([heading], look, notice)
    if chart.bands:
        return workers_picture(chart, options, look, sentences_of(chart, findings))
    ways = ways_of_run(chart.timeline)
    look = look.for_rows(len(chart.rows))
    columns = column_layout_of(chart, look)
    summary = ", ".join(facts.totals())
    sentences = sentences_of(chart, findings)
    blocks: list[Block] = [
        _heading(look, options.title, counts, summary),
        *told_first(chart, look, sentences),
        Legend(look, legend_of([chart])),
        chart.panel(look, columns),
        RunningPanel(facts, look, columns),
        WaysPanel(ways, look),
        *told_last(chart, look, sentences),
    ]
    text = [counts, summary, _headline(ways), chart.path_sentence, *sentences]
    return DrawnPicture.of(blocks, look, "\n".join(filter(None, text)))


def workers_picture(
    chart: Chart, options: GanttOptions, look: Look, sentences: Sequence[str]
) -> DrawnPicture:
    """The same of a run on a cluster: a band for each worker, and what moved between them."""
    facts, moves = chart.facts, moves_drawn(chart.facts)
    counts, summary = ", ".join(facts.counts()), ", ".join(facts.totals())
    ways = ways_of_run(chart.timeline)
    columns = workers_layout_of(chart, look)
    blocks: list[Block] = [
        _heading(look, options.title, counts, f"{summary}\n{cluster_sentence(facts)}"),
        *told_first(chart, look, sentences),
        Legend(look, cluster_legend_of(chart, moves)),
        WorkersPanel(facts, chart.bands, moves, chart.critical, look, columns),
        RunningPanel(facts, look, columns),
        MovedPanel(facts, look, columns),
        WaysPanel(ways, look),
        *told_last(chart, look, sentences),
    ]
    text = [
        counts,
        summary,
        cluster_sentence(facts),
        _headline(ways),
        chart.path_sentence,
        *sentences,
    ]
    return DrawnPicture.of(blocks, look, "\n".join(filter(None, text)))


def sentences_of(chart: Chart, findings: Sequence[str]) -> list[str]:
    """The findings, which tell what failed; where there are none, the errors by themselves."""
    return list(findings) or errors_of(chart.facts)


def told_first(chart: Chart, look: Look, sentences: Sequence[str]) -> list[Block]:
    """Above the chart of a run that failed: what failed."""
    failed = sentences and errors_of(chart.facts)
    return [Sentences(look, "What failed", sentences)] if failed else []


def told_last(chart: Chart, look: Look, sentences: Sequence[str]) -> list[Block]:
    """Below the chart of any other run: what limits it."""
    if not sentences or errors_of(chart.facts):
        return []
    is_left = not (chart.is_whole or chart.facts.goes_on)
    title = "What is left" if is_left else "What limits this run"
    return [Sentences(look, title, sentences)]


def _headline(ways: Ways | None) -> str:
    return ways.headline if ways else ""


def _heading(look: Look, title: str | None, counts: str, summary: str) -> Heading:
    """A user's title replaces the counts, which then begin the line below."""
    if title is None:
        return Heading(look, counts, summary)
    return Heading(look, title, f"{counts}, {summary}")
