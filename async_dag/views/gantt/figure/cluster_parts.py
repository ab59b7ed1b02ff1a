"""What the figure of a run on a cluster has beside its bands: axis and legend."""

from __future__ import annotations

from collections.abc import Sequence

from async_dag.trace.columns import LOST, VALUE_LOST, Move
from async_dag.views.common.words import LEGEND_WORDS, LegendKey
from async_dag.views.drawing.look import Look
from async_dag.views.gantt.figure.chart import Chart
from async_dag.views.gantt.figure.column_layout import ColumnLayout


def workers_layout_of(chart: Chart, look: Look) -> ColumnLayout:
    """The time axis of the bands; it ends with the run."""
    names = [band.worker.name for band in chart.bands]
    labels = [*names, "running at once", "lost at 00.0 s"]
    return ColumnLayout(look, chart.facts.took, labels)


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
