"""What the pictures of a profile and of a difference show, from their figures."""

from __future__ import annotations

from collections.abc import Sequence
from math import cbrt, ceil
from typing import TYPE_CHECKING, Final

from async_dag._common.band import Band
from async_dag._common.plural import plural
from async_dag._common.units import Unit
from async_dag.runs.cells import quantiles_of
from async_dag.runs.statistics.quantiles import quantile
from async_dag.runs.storage.histogram import MAKESPAN
from async_dag.runs.words import change, change_band, number, seconds, unit_of
from async_dag.views.many_runs.content import (
    Bin,
    Bounds,
    DifferenceContent,
    Mark,
    NodeRow,
    ProfileContent,
    RatioRow,
)

if TYPE_CHECKING:
    from async_dag.runs.difference import Difference
    from async_dag.runs.profile import Profile

MOST_ROWS: Final = 40
"""Nodes with a row of their own, unless all are asked for."""

_MOST_BINS: Final = 60
_BEYOND: Final = 1.5
"""The histogram ends at the p99, and so many times its distance from the shortest run."""


def profile_content(profile: Profile, most_rows: int | None = MOST_ROWS) -> ProfileContent:
    """What the picture of a profile shows.

    Args:
        profile: the profile.
        most_rows: of more nodes those are shown that gain, are critical, and take most; None for all.
    """
    unit = unit_of(profile.makespan(0.5).seconds)
    table = list(profile.table)
    shown = table
    if most_rows is not None and len(table) > most_rows:
        first = sorted(
            table, key=lambda row: (row.gain.estimate, row.criticality, row.p50), reverse=True
        )
        chosen = {row.node for row in first[:most_rows]}
        shown = [row for row in table if row.node in chosen]
    rows = [
        NodeRow(
            row.node,
            _bounds(row.started),
            _bounds(row.finished),
            row.criticality,
            _bounds(row.gain),
            seconds(row.gain.estimate, unit, 2),
        )
        for row in shown
    ]
    bins, beyond = _bins(profile, unit)
    left_out = f"{profile.left_out:,} failed, cancelled or partial left out"
    below = [
        plural(profile.runs, "run"),
        plural(len(table), "node"),
        profile.source,
        *([left_out] if profile.left_out else []),
    ]
    return ProfileContent(
        profile.title,
        " · ".join(below),
        unit,
        rows,
        len(table) - len(shown),
        bins,
        beyond,
        _marks(profile, unit),
        [str(finding) for finding in profile.findings()],
    )


def _marks(profile: Profile, unit: Unit) -> list[Mark]:
    marks: list[Mark] = []
    for share in quantiles_of(profile.runs):
        quantile = profile.makespan(share)
        band = None if quantile.band is None else (quantile.band.low, quantile.band.high)
        text = seconds(quantile.seconds, unit)
        marks.append(Mark(f"p{round(100 * share)}", quantile.seconds, band, text))
    return marks


def _bins(profile: Profile, unit: Unit) -> tuple[list[Bin], str]:
    """The histogram, and what lies beyond its end, in words."""
    histogram = profile.run_set.histograms.get(MAKESPAN)
    if profile.run_set.is_sample and histogram is not None and histogram.count:
        bins = [Bin(*bar) for bar in histogram.bins()]
        shortest, longest = bins[0].start, bins[-1].end
        end = _end(shortest, profile.makespan(0.99).seconds, longest)
        more = sum(bar.runs for bar in bins if bar.start >= end)
        return [bar for bar in bins if bar.start < end], _beyond(more, longest, unit)
    makespans = profile.makespans
    shortest, longest = makespans[0], makespans[-1]
    end = _end(shortest, quantile(makespans, 0.99), longest)
    inside = [makespan for makespan in makespans if makespan <= end]
    count = _number_of_bins(makespans, end - shortest)
    width = (end - shortest) / count or 1e-9
    counts = [0] * count
    for makespan in inside:
        counts[min(int((makespan - shortest) / width), count - 1)] += 1
    bins = [
        Bin(shortest + place * width, shortest + (place + 1) * width, many)
        for place, many in enumerate(counts)
    ]
    return bins, _beyond(len(makespans) - len(inside), longest, unit)


def _end(shortest: float, slow: float, longest: float) -> float:
    return min(longest, slow + (_BEYOND - 1) * (slow - shortest))


def _beyond(count: int, longest: float, unit: Unit) -> str:
    return f"{plural(count, 'run')} beyond, up to {seconds(longest, unit)}" if count else ""


def _number_of_bins(ordered: Sequence[float], span: float) -> int:
    """By the rule of Freedman and Diaconis (1981)."""
    spread = quantile(ordered, 0.75) - quantile(ordered, 0.25)
    if spread <= 0 or span <= 0:
        return 1 if span <= 0 else 10
    width = 2 * spread / cbrt(len(ordered))
    return max(5, min(_MOST_BINS, ceil(span / width)))


def difference_content(
    difference: Difference, most_rows: int | None = MOST_ROWS
) -> DifferenceContent:
    """What the picture of a difference shows.

    Args:
        difference: the difference.
        most_rows: of more nodes those are shown that changed, or may have changed, most; None for all.
    """
    table = list(difference.table)
    shown = table
    if most_rows is not None and len(table) > most_rows:
        first = sorted(
            table,
            key=lambda row: (row.verdict in ("slower", "faster"), abs(row.ratio.estimate - 1)),
            reverse=True,
        )
        chosen = {row.node for row in first[:most_rows]}
        shown = [row for row in table if row.node in chosen]
    rows: list[RatioRow] = []
    for row in shown:
        changed = row.verdict in ("slower", "faster")
        unit = unit_of(max(row.before, row.after))
        rows.append(
            RatioRow(
                row.node,
                f"{number(row.before / unit.seconds)} {unit.name}",
                f"{number(row.after / unit.seconds)} {unit.name}",
                _bounds(row.ratio),
                change_band(row.ratio) if changed else change(row.ratio.estimate),
                changed,
                row.verdict != "drifts",
            )
        )
    unchanged = [
        change.seen for change in difference.changes.nodes if change.verdict == "unchanged"
    ]
    return DifferenceContent(
        f"{difference.before} → {difference.after}",
        difference.counts,
        *difference.labels,
        rows,
        len(table) - len(shown),
        max(unchanged, default=1.0),
        [str(finding) for finding in difference.findings()],
    )


def _bounds(band: Band) -> Bounds:
    return band.low, band.estimate, band.high
