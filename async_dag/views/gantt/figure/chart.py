"""`Chart`: one run with its rows, and what the figures draw of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from async_dag._common.arguments import text_or_none
from async_dag._common.harmless import harmless
from async_dag._common.shortening import short_repr
from async_dag.analysis.by_name import index_of
from async_dag.analysis.timeline import Timeline
from async_dag.errors import WrongTypeError
from async_dag.graph.graph import Graph
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.task_dependencies import task_dependencies
from async_dag.views.common.terminal import shorten
from async_dag.views.common.words import LEGEND_WORDS, LegendKey
from async_dag.views.drawing.look import Look, Size, Theme
from async_dag.views.gantt.figure.column_layout import ColumnLayout
from async_dag.views.gantt.figure.panel import GanttPanel
from async_dag.views.gantt.figure.shapes import NOTICED
from async_dag.views.gantt.rows import Row, RowDetail, RowOrder, gantt_rows
from async_dag.views.gantt.worker_rows import Band, bands_of

_ERRORS_NAMED: Final = 5


@dataclass(frozen=True)
class GanttOptions:
    """The arguments of `draw.gantt`; see there."""

    sort: RowOrder | None = None
    detail: RowDetail = "auto"
    opened: Collection[str] | bool = False
    dependencies: Collection[str] | bool = False
    size: Size = "notebook"
    theme: Theme = "auto"
    width: float | None = None
    title: str | None = None

    def __post_init__(self) -> None:
        """Raise `WrongTypeError` for what neither of the pictures could use."""
        for argument in ("opened", "dependencies"):
            given = getattr(self, argument)
            if not isinstance(given, (bool, Collection)):
                raise WrongTypeError(
                    f"{argument}= takes names in a list, or True or False; given was "
                    f"{short_repr(given)}"
                )
        text_or_none("title=", self.title)


class Chart:
    """One run, its rows and what is drawn of them.

    Args:
        run: the run; a timeline if its critical path is not that of the trace, as in a run one by one.
        options: the options of the user.
        most_rows: the number of rows, approximately; by default as many as the tasks need.
    """

    def __init__(
        self, run: Trace | Timeline, options: GanttOptions, most_rows: int | None = None
    ) -> None:
        trace = run if isinstance(run, Trace) else run.trace
        self.facts: RunFacts = RunFacts(trace)
        self.timeline: Timeline = self.facts.timeline if isinstance(run, Trace) else run
        graph = self.facts.trace.graph
        self.path: list[int] = self.facts.rows_of(self.timeline.critical_path)
        self.critical: set[int] = set(self.path)
        self.bands: list[Band] = []  # of a run on a cluster, instead of rows
        if self.facts.trace.lanes and options.sort is None and most_rows is None:
            self.bands = bands_of(self.facts)
        self.rows: list[Row] = (
            []
            if self.bands
            else gantt_rows(
                self.facts,
                critical=self.critical,
                sort=options.sort or "start",
                detail=options.detail,
                opened=options.opened,
                most=most_rows,
            )
        )
        self.elbows: list[tuple[int, int]] = list(_elbows(graph, options.dependencies))

    @property
    def labels(self) -> list[str]:
        """The texts to the left of the bars."""
        titles = [
            row.title if row.is_single else f"{row.title} ×{row.count:,}" for row in self.rows
        ]
        return [*titles, *(row.under for row in self.rows), "running at once"]

    @property
    def is_whole(self) -> bool:
        """Whether every task was done, so that other strategies can be computed."""
        facts = self.facts
        return bool(facts.started) and all(
            facts.states[node] in ("done", "reused") for node in facts.tasks
        )

    @property
    def sentence(self) -> str:
        """The counts and the totals of the run, in one line."""
        facts = self.facts
        if not facts.tasks:
            return "no tasks to run"
        return ", ".join([*facts.counts(), *(facts.totals() or ["nothing started"])])

    @property
    def path_sentence(self) -> str:
        """The critical path by name, shortened in its middle; empty if it is a single task."""
        known = self.facts.trace.graph.names
        names = [shorten(harmless(known[node]), 40, "…") for node in self.path]
        if len(names) < 2:
            return ""
        if len(names) > 8:
            names[3:-3] = [f"{len(names) - 6} more"]
        return f"critical path {' → '.join(names)}"

    def panel(self, look: Look, columns: ColumnLayout) -> GanttPanel:
        """The rows."""
        return GanttPanel(self.facts, self.rows, look, columns, self.elbows)


def column_layout_of(chart: Chart, look: Look, *, left: float | None = None) -> ColumnLayout:
    """The time axis of a chart. It ends with the run; the names begin at `left` points."""
    facts = chart.facts
    seconds = [facts.work(row.nodes) for row in chart.rows]
    return ColumnLayout(look, facts.took, chart.labels, seconds, left=left)


def _elbows(graph: Graph, wanted: Collection[str] | bool) -> Iterator[tuple[int, int]]:
    """Pairs of a task and one of its dependencies, directly or through a collect node."""
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


def errors_of(facts: RunFacts) -> list[str]:
    """Sentences on what failed."""
    names, errors = facts.trace.graph.names, facts.trace.errors
    failed = [node for node in facts.tasks if facts.states[node] == "failed"]
    sentences = [
        f"{names[node]} failed: {errors.get(node, 'unknown error')}"
        for node in failed[:_ERRORS_NAMED]
    ]
    if len(failed) > _ERRORS_NAMED:
        sentences.append(f"and {len(failed) - _ERRORS_NAMED:,} more failed")
    return sentences


def legend_of(charts: Sequence[Chart]) -> list[LegendKey]:
    """The entries of the legend that occur, in a fixed order."""
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
        darkened = any(
            piece.kind == "awaiting" and piece.share >= NOTICED
            for lane in row.lanes
            for piece in lane
        )
        if row.held or darkened:
            seen.add("holding")
        if row.failed_at:
            seen.add("failed")
        if row.critical:
            seen.add("critical" if row.is_single else "critical bundle")
    return seen
