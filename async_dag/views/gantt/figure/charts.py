"""The figures: one run, two runs beside each other, the same tasks run in several ways."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from async_dag._common.plural import plural
from async_dag._common.units import unit_for
from async_dag.analysis.by_name import index_of
from async_dag.analysis.timeline import Timeline
from async_dag.graph.algorithms import remaining_path
from async_dag.graph.graph import Graph
from async_dag.graph.waves import waves
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.palette import Palette
from async_dag.views.common.task_dependencies import task_dependencies
from async_dag.views.common.words import LEGEND_WORDS, LegendKey
from async_dag.views.gantt.figure.columns import Columns
from async_dag.views.gantt.figure.figure import RunFigure
from async_dag.views.gantt.figure.look import Look, Size, Theme, look_for
from async_dag.views.gantt.figure.page import Block
from async_dag.views.gantt.figure.panel import GanttPanel
from async_dag.views.gantt.figure.prose import (
    Cell,
    Heading,
    Legend,
    Sentences,
    Table,
)
from async_dag.views.gantt.figure.running import RunningPanel
from async_dag.views.gantt.figure.totals import Total, TotalsPanel
from async_dag.views.gantt.rows import Row, RowDetail, RowOrder, gantt_rows
from async_dag.views.gantt.task_changes import TaskChange, task_changes

_LONGEST_AXIS: Final = 1.8
"""A way that takes up to so many times as long as the run is drawn whole; of others the end is cut."""
_ERRORS_NAMED: Final = 5
_AT_LIMIT: Final = 1.01


@dataclass(frozen=True)
class Options:
    """What the caller of `draw.gantt` asked for; see there."""

    sort: RowOrder = "start"
    detail: RowDetail = "auto"
    opened: Collection[str] | bool = False
    dependencies: Collection[str] | bool = False
    size: Size = "notebook"
    theme: Theme = "light"
    width: float | None = None
    title: str | None = None


class Chart:
    """One run, its rows and what is drawn of them."""

    def __init__(self, trace: Trace, options: Options) -> None:
        self.facts: RunFacts = RunFacts(trace)
        self.timeline: Timeline = self.facts.timeline
        graph = self.facts.trace.graph
        critical = [graph.find(name) for name in self.timeline.critical_path]
        self.critical: set[int] = {node for node in critical if node is not None}
        self.rows: list[Row] = gantt_rows(
            self.facts,
            critical=self.critical,
            sort=options.sort,
            detail=options.detail,
            opened=options.opened,
        )
        self.elbows: list[tuple[int, int]] = list(_elbows(graph, options.dependencies))

    @property
    def labels(self) -> list[str]:
        """What stands left of the bars."""
        found = [row.title if row.is_single else f"{row.title} ×{row.count:,}" for row in self.rows]
        return [*found, *(row.under for row in self.rows), "running at once"]

    @property
    def is_whole(self) -> bool:
        """Whether every task ran to its end, so that other ways to run them can be computed."""
        facts = self.facts
        return bool(facts.started) and all(
            facts.states[n] in ("done", "reused") for n in facts.tasks
        )

    def panel(self, look: Look, columns: Columns) -> GanttPanel:
        """The rows."""
        return GanttPanel(self.facts, self.rows, look, columns, self.elbows)


def run_figure(trace: Trace, options: Options, findings: Sequence[str] = ()) -> RunFigure:
    """The Gantt chart of one run."""
    look = look_for(options.size, options.theme, options.width)
    chart = Chart(trace, options)
    facts = chart.facts
    counts = ", ".join(facts.counts())
    if not facts.has_bars:
        nothing = f"nothing started: {counts}" if facts.tasks else "no tasks to run"
        heading = Heading(look, options.title or nothing, nothing if options.title else "")
        return RunFigure.of([heading], look, nothing)
    totals = totals_of(chart)
    look = look.for_rows(len(chart.rows))
    columns = columns_of(chart, totals, look)
    summary = ", ".join(facts.totals())
    blocks: list[Block] = [
        _heading(look, options.title, counts, summary),
        Legend(look, legend_of([chart])),
        chart.panel(look, columns),
        RunningPanel(facts, look, columns),
        TotalsPanel(totals, look, columns),
    ]
    said = [*errors_of(facts), *findings]
    if said:
        blocks.append(Sentences(look, "What limits this run" if findings else "What failed", said))
    return RunFigure.of(blocks, look, "\n".join([counts, summary, *said]))


def columns_of(
    chart: Chart, totals: Sequence[Total], look: Look, *, left: float | None = None
) -> Columns:
    """The time axis that a chart and the totals share; `left` is where its names begin, in points."""
    facts = chart.facts
    fits = [one.seconds for one in totals if one.seconds <= _LONGEST_AXIS * facts.took]
    return Columns(
        look,
        max([facts.took, *fits]),
        [*chart.labels, *(one.label for one in totals)],
        [one.seconds for one in totals] + [facts.work(row.nodes) for row in chart.rows],
        left=left,
    )


def _heading(look: Look, title: str | None, counts: str, summary: str) -> Heading:
    """The user's title takes the place of the counts, which then begin the line below."""
    if title is None:
        return Heading(look, counts, summary)
    return Heading(look, title, f"{counts}, {summary}")


def baseline_figure(trace: Trace, baseline: Trace, options: Options) -> RunFigure:
    """Two runs above each other on one time axis, and a table of what became slower and faster."""
    look = look_for(options.size, options.theme, options.width)
    charts = {"baseline": Chart(baseline, options), "this run": Chart(trace, options)}
    found = task_changes(charts["this run"].facts, charts["baseline"].facts)
    blocks = list(_stacked(charts, look, options.title))
    text = [f"{title}: {', '.join(_said(chart.facts))}" for title, chart in charts.items()]
    blocks.append(_table(look, found))
    text += [f"{one.name}: {one.said}" for one in found]
    return RunFigure.of(blocks, look, "\n".join(text))


def comparison_figure(traces: Mapping[str, Trace], options: Options | None = None) -> RunFigure:
    """Several runs of the same tasks above each other on one time axis, by what each is called.

    >>> from async_dag import Graph, Trace
    >>> empty = Trace(Graph.of([], [], [], [], []))
    >>> empty.close(0.0)
    >>> comparison_figure({"one by one": empty})
    <RunFigure: one by one: no tasks to run>
    """
    options = options or Options()
    look = look_for(options.size, options.theme, options.width)
    charts = {title: Chart(trace, options) for title, trace in traces.items()}
    text = [f"{title}: {', '.join(_said(chart.facts))}" for title, chart in charts.items()]
    return RunFigure.of(list(_stacked(charts, look, options.title)), look, "\n".join(text))


def _stacked(charts: Mapping[str, Chart], look: Look, title: str | None) -> Iterator[Block]:
    until = max((chart.facts.took for chart in charts.values()), default=0.0)
    labels = [label for chart in charts.values() for label in chart.labels]
    rows = [row for chart in charts.values() for row in chart.rows]
    seconds = [chart.facts.work(row.nodes) for chart in charts.values() for row in chart.rows]
    look = look.for_rows(len(rows))
    columns = Columns(look, until, labels, seconds)
    if title:
        yield Heading(look, title)
    yield Legend(look, legend_of(list(charts.values())))
    for name, chart in charts.items():
        yield Heading(look, name, ", ".join(_said(chart.facts)))
        if chart.facts.has_bars:
            yield chart.panel(look, columns)
            yield RunningPanel(chart.facts, look, columns)


def _said(facts: RunFacts) -> list[str]:
    if not facts.tasks:
        return ["no tasks to run"]
    return [*facts.counts(), *(facts.totals() or ["nothing started"])]


def _table(look: Look, found: Sequence[TaskChange]) -> Table:
    palette = look.palette
    unit = unit_for(max((max(one.before or 0, one.after or 0) for one in found), default=0.0))

    def time(seconds: float | None) -> str:
        return "–" if seconds is None else unit.text(seconds)

    rows = [
        [
            Cell(one.name),
            Cell(time(one.before)),
            Cell(time(one.after)),
            Cell(one.said, _color_of(one, palette)),
        ]
        for one in found
    ]
    title = "What became slower or faster" if found else "No task became slower or faster"
    return Table(look, title, ["task", "baseline", "this run", "change"], rows)


def _color_of(change: TaskChange, palette: Palette) -> str:
    if change.before is None or change.after is None:
        return palette.soft
    return palette.failed if change.is_slower else palette.done


def _elbows(graph: Graph, wanted: Collection[str] | bool) -> Iterator[tuple[int, int]]:
    """Pairs of a task and one that it depends on; where a collect lies between, through it."""
    if wanted is False:
        return
    names = [wanted] if isinstance(wanted, str) else wanted
    named = (
        None
        if isinstance(names, bool)
        else {index_of(graph, name, "dependencies=") for name in names}
    )
    for node, kind in enumerate(graph.kinds):
        if kind != "task":
            continue
        for dependency in task_dependencies(graph, node):
            if named is None or node in named or dependency in named:
                yield node, dependency


def totals_of(chart: Chart) -> list[Total]:
    """The same durations one by one and wave by wave, computed, and the run itself."""
    facts, timeline = chart.facts, chart.timeline
    if not chart.is_whole or facts.took <= 0:
        return []
    # With the slots that the run had: waves that need more would be no fair match.
    slots = facts.trace.max_concurrency
    one_by_one = timeline.simulate("sequential")
    in_waves = timeline.simulate("waves", max_concurrency=slots)
    ends = [end for end in one_by_one.trace.finished if end == end]
    with_slots = f"computed, with {plural(slots, 'slot')}" if slots else "computed"
    found = [
        Total("one by one", one_by_one.makespan, "computed", ends),
        Total("wave by wave", in_waves.makespan, with_slots, _wave_ends(in_waves.trace)),
    ]
    note = f"{timeline.speedup:.2f}×"
    if facts.took <= _AT_LIMIT * _longest_path(facts):
        note += " · the critical-path limit"
    return [*found, Total("this DAG", facts.took, note, (), is_this=True)]


def _wave_ends(trace: Trace) -> list[float]:
    ends = [[trace.finished[node] for node in wave] for wave in waves(trace.graph)]
    return [max((end for end in wave if end == end), default=0.0) for wave in ends]


def _longest_path(facts: RunFacts) -> float:
    """Seconds below which no number of slots could bring a run of these durations."""
    return max(remaining_path(facts.trace.graph.dependencies, facts.seconds), default=0.0)


def errors_of(facts: RunFacts) -> list[str]:
    """Sentences on what failed."""
    names, errors = facts.trace.graph.names, facts.trace.errors
    failed = [node for node in facts.tasks if facts.states[node] == "failed"]
    said = [f"{names[n]} failed: {errors.get(n, 'unknown error')}" for n in failed[:_ERRORS_NAMED]]
    if len(failed) > _ERRORS_NAMED:
        said.append(f"and {len(failed) - _ERRORS_NAMED:,} more failed")
    return said


def legend_of(charts: Sequence[Chart]) -> list[LegendKey]:
    """What occurs among what is drawn, in a fixed order."""
    seen: set[LegendKey] = set()
    for chart in charts:
        seen |= _occurring(chart.rows)
        if any(
            chart.facts.states[node] == "cancelled" and cause >= 0
            for node, cause in chart.facts.trace.causes.items()
        ):
            seen.add("cause")
    return [key for key in LEGEND_WORDS if key in seen]


def _occurring(rows: Sequence[Row]) -> set[LegendKey]:
    seen: set[LegendKey] = set()
    for row in rows:
        seen.update(piece.kind for lane in row.lanes for piece in lane)
        if row.area is not None and row.area.times:
            seen.add("area")
        if row.held:
            seen.add("holding")
        if row.failed_at:
            seen.add("failed")
        if row.critical:
            seen.add("critical" if row.is_single else "critical bundle")
    return seen
