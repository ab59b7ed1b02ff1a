"""What is to be said of maps: windows, slow items, failed ones, and barriers that there are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from async_dag.analysis.findings.finding import WORTH_TELLING, Finding, Gain
from async_dag.analysis.findings.mended import MendedRun, why_range
from async_dag.trace.trace import Trace

_SLOW: Final = 3.0
"""So many times the median of its map an item must take to be a slow one."""

_FEW: Final = 8
"""Items below which a median says nothing."""

_MOST_SLOW: Final = 3
"""So many slow items are named."""


def items_by_map(trace: Trace, rows: Sequence[int]) -> dict[int, list[int]]:
    """Of these rows those of items, by the index of their map."""
    size = len(trace.template)
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row >= size and trace.template.kinds[node := trace.node_at(row)] == "map":
            rows_of[node].append(row)
    return rows_of


def windows(run: MendedRun) -> Iterator[Finding]:
    """What windows (`at_once=`) cost: with them the run took longer than without any."""
    template = run.trace.template
    rows = [wait.node for wait in run.trace.waits if wait.kind == "window"]
    # A window holds back items, or what streams its elements.
    held_back = {run.trace.node_at(row) for row in rows}
    told: dict[int, str] = {}
    for node, shape in template.maps.items():
        streams = [taken.node for taken in shape.taken if taken.node in held_back]
        if shape.at_once is None:
            continue
        if node in held_back:
            told[node] = f"at_once={shape.at_once} made items of {run.say.name(node)} wait"
        elif streams:
            names = " and ".join(map(run.say.name, dict.fromkeys(streams)))
            told[node] = f"at_once={shape.at_once} of {run.say.name(node)} held {names} back"
    if not told:
        return
    gain = run.gain(windows=False)
    if gain.high < WORTH_TELLING * run.makespan:
        return
    yield Finding(
        "window",
        f"{' and '.join(told.values())}; a larger window saves up to {run.say.seconds(gain.high)}.",
        tuple(template.names[node] for node in told),
        gain,
        why_range(gain),
    )


def slow_items(run: MendedRun) -> Iterator[Finding]:
    """The slowest items of each map, if the run would be shorter were they like the others."""
    for node, rows in items_by_map(run.trace, run.times.ran).items():
        if len(rows) < _FEW:
            continue
        seconds = {row: run.times.duration(row) for row in rows}
        middle = median(seconds.values())
        slow = sorted(rows, key=seconds.__getitem__, reverse=True)[:_MOST_SLOW]
        slow = [row for row in slow if middle > 0 and seconds[row] >= _SLOW * middle]
        if not slow or seconds[slow[0]] - middle < WORTH_TELLING * run.makespan:
            continue
        gain = run.gain(faster={run.names[row]: seconds[row] / middle for row in slow})
        told = [f"{run.say.name(row)} {run.say.seconds(seconds[row])}" for row in slow]
        told[0] += f" ({seconds[slow[0]] / middle:.0f} × the median)"
        like = "were it like the others, the run" if len(slow) == 1 else "like the others, they"
        yield Finding(
            "slow items",
            f"The slowest of {len(rows):,} items of {run.trace.template.names[node]}: "
            f"{', '.join(told)}; {like} {_would_save(run, gain, len(slow))}.",
            tuple(run.names[row] for row in slow),
            gain,
            why_range(gain),
        )


def _would_save(run: MendedRun, gain: Gain, count: int) -> str:
    words = run.say.saves(gain).removeprefix("saves ")
    return f"would take {words} less" if count == 1 else f"would save {words}"


def no_barrier(run: MendedRun) -> Iterator[Finding]:
    """What the run would have taken had each map waited for all items of the one before."""
    if run.strategy != "dag" or not any(
        not taken.is_whole for shape in run.trace.template.maps.values() for taken in shape.taken
    ):
        return
    lasted = run.simulated(run.plain, barriers=True)
    if lasted - run.base < WORTH_TELLING * run.makespan or lasted < run.makespan:
        return
    maps = [name for node, name in _maps(run.trace)]
    yield Finding(
        "no barrier",
        f"With a barrier between the maps it would have taken {run.say.seconds(lasted)} instead of "
        f"{run.say.seconds(run.makespan)}.",
        tuple(maps),
        Gain(0.0, 0.0),
    )


def _maps(trace: Trace) -> Iterator[tuple[int, str]]:
    for node in sorted({birth.node for birth in trace.births if birth.size}):
        if trace.template.kinds[node] == "map":
            yield node, trace.template.names[node]
