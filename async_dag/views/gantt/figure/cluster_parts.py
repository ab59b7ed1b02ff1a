"""What the figure of a run on a cluster has beside its bands: axis, totals, legend."""

from __future__ import annotations

from collections.abc import Sequence

from async_dag._common.ranges import Range
from async_dag.trace.columns import LOST, VALUE_LOST, Move
from async_dag.views.common.words import LEGEND_WORDS, LegendKey
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.figure.chart import Chart
from async_dag.views.gantt.figure.column_layout import ColumnLayout
from async_dag.views.gantt.figure.totals import Total


def workers_layout_of(chart: Chart, totals: Sequence[Total], look: Look) -> ColumnLayout:
    """The time axis that bands and totals share; it ends with the run."""
    names = [band.worker.name for band in chart.bands]
    return ColumnLayout(
        look,
        chart.facts.took,
        [*names, "running at once", "lost at 00.0 s", *(total.label for total in totals)],
        [total.seconds for total in totals],
    )


def cluster_totals_of(chart: Chart) -> list[Total]:
    """What the same tasks would take in one process, computed, and the run itself."""
    facts = chart.facts
    if not chart.is_whole or facts.took <= 0:
        return []
    one_by_one = chart.timeline.simulate("sequential")
    at_home = chart.timeline.simulate()
    note = f"{chart.timeline.speedup_range.text()}×"
    return [
        Total("one by one", one_by_one.makespan_range, "computed", ()),
        Total("at home", at_home.makespan_range, "computed, nothing moved or lost", ()),
        Total("this run", Range(facts.took, facts.took), note, (), is_this=True),
    ]


def cluster_legend_of(chart: Chart, moves: Sequence[Move]) -> list[LegendKey]:
    """The entries of the legend that occur, in a fixed order."""
    trace, states = chart.facts.trace, set(chart.facts.states)
    lost = any(lane.end == lane.end for lane in trace.lanes)  # not NaN
    occurring: dict[LegendKey, bool] = {
        "awaiting": True,
        "holding": bool(trace.long_steps),
        "queued": any(band.rows for band in chart.bands),
        "failed": "failed" in states
        or any(attempt.error not in (None, LOST, VALUE_LOST) for attempt in trace.attempts),
        "cancelled": "cancelled" in states,
        "critical": bool(chart.critical),
        "area": any(band.area is not None for band in chart.bands),
        "moved": bool(moves),
        "lost": lost,
    }
    return [key for key in LEGEND_WORDS if occurring.get(key)]
