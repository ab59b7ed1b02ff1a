"""The figures as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.contenders import OURS
from benchmarks.summary import Row, geometric_means, main_figure, mean_of_counts

UNITS: dict[str, tuple[str, float]] = {
    "overhead": ("µs/node", 1e6),
    "mapping": ("µs/item", 1e6),
    "scale": ("µs/node", 1e6),
    "schedule": ("s", 1.0),
    "startup": ("ms", 1e3),
    "looking": ("s", 1.0),
    "instructions": ("k/node", 1e-3),
}
"""By measure: the unit of its figures, and how many of it make a second, or one instruction."""


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """The table, a line at a time; what a contender can't do comes with its reason."""
    yield (
        f"{'case':34} {'contender':34} {'nodes':>9} {'wall':>9} {'± %':>5} {'cpu':>9} {'unit':8}"
        f" {'ours/it':>8} {'by cpu':>8}  more"
    )
    for row in rows:
        size = f"{row.size:,}" if row.size is not None else ""
        start = f"{row.line:34.34} {row.label:34.34} {size:>9}"
        if row.cannot is not None:
            yield f"{start}  – {row.cannot}"
        elif row.medians:
            yield f"{start} {_figures(row)}".rstrip()
    for label, (wall, cpu, count) in geometric_means(rows).items():
        yield f"{OURS} over {label}, geometric mean of {count}: {wall:.3g} (by cpu {cpu:.3g})"
    for label, (ratio, count) in mean_of_counts(rows).items():
        yield f"{OURS} over {label}, geometric mean of {count}: {ratio:.3g} by instructions"


def _figures(row: Row) -> str:
    unit, factor = UNITS[row.measure]
    main = main_figure(row.measure)
    cpu = f"{row.medians['cpu'] * factor:.3f}" if "cpu" in row.medians else ""
    ratios = f"{_ratio(row, main):>8} {_ratio(row, 'cpu'):>8}"
    first = f"{row.medians[main] * factor:9.3f} {row.spread * 100:5.1f} {cpu:>9}"
    return f"{first} {unit:8} {ratios}  {_more(row)}"


def _ratio(row: Row, figure: str) -> str:
    return f"{row.ratios[figure]:.4g}" if figure in row.ratios else ""


def _more(row: Row) -> str:
    if row.measure == "looking" and "looks" in row.medians:
        share = row.medians["reader"] / row.medians["cpu"]
        return f"{row.medians['looks']:.0f} looks, {share:.2%} of the processor time"
    if row.measure == "mapping":
        behind = row.medians.get("behind", 0.0)
        barrier = f"a barrier, and {behind * 1e3:.1f} ms" if behind else "no barrier"
        handed = row.medians["handed_on"] * 1e3
        return (
            f"{barrier}; handed on after {handed:.1f} ms; {row.medians['longer']:.3f} × the least"
        )
    if row.measure != "scale":
        return ""
    text = f"build {row.medians['build'] * 1e6:.2f}, invoke {row.medians['invoke'] * 1e6:.2f} µs"
    if "bytes" in row.medians:
        text += f", {row.medians['bytes']:.0f} bytes ({_ratio(row, 'bytes')})"
    return text
