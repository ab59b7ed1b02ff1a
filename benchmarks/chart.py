"""The overheads as a picture: one panel a case, one bar a contender."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.contenders import OURS
from benchmarks.summary import Row


def save(rows: Sequence[Row], path: Path) -> None:
    """Writes the chart in the format that the name ends with (.svg, .png); needs matplotlib."""
    from matplotlib.figure import Figure

    overheads = [row for row in rows if row.measure == "overhead" and row.medians]
    cases = list(dict.fromkeys(row.line for row in overheads))
    if not cases:
        return
    height = sum(0.8 + 0.22 * sum(row.line == case for row in overheads) for case in cases)
    figure = Figure(figsize=(9, height), layout="constrained")
    counts = [2 + sum(row.line == case for row in overheads) for case in cases]
    panels = figure.subplots(len(cases), sharex=True, squeeze=False, height_ratios=counts)[:, 0]
    for case, panel in zip(cases, panels, strict=True):
        here = sorted(
            (row for row in overheads if row.line == case), key=lambda row: -row.medians["wall"]
        )
        times = [row.medians["wall"] * 1e6 for row in here]
        colours = ["#0072B2" if row.label == OURS else "#B0B0B0" for row in here]
        bars = panel.barh([f"{row.label} ({row.size:,})" for row in here], times, color=colours)
        panel.bar_label(
            bars, [f"{t:,.0f}" if t >= 100 else f"{t:.3g}" for t in times], padding=3, fontsize=8
        )
        panel.set_xscale("log")
        panel.set_title(case, loc="left", fontsize=10)
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
        panel.margins(x=0.15)
    panels[-1].set_xlabel("microseconds per node, logarithmic (in brackets: nodes of the graph)")
    figure.savefig(path)
