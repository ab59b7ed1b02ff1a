"""`Ways`: several ways of running the same tasks as bands of lanes on one time axis, as plain data.

It is the one source of the picture in every format, and of what a page is told. Nothing in it is cut or
bundled: each task is a segment, as long as its time, in the lowest lane that is free.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from weakref import WeakKeyDictionary

from async_dag._common.plural import plural
from async_dag._common.ranges import Range
from async_dag._common.units import unit_for
from async_dag.analysis.comparison import Comparison
from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.timeline import Timeline
from async_dag.errors import AsyncDagError
from async_dag.graph.strategies import STRATEGIES
from async_dag.graph.waves import waves
from async_dag.trace.columns import NOT_CHOSEN
from async_dag.trace.trace import Trace
from async_dag.views.common.lanes import lanes

MOST_SIMULATED: Final = 20_000
"""Rows of a trace up to which other ways are computed; more would take seconds."""

_AT_LIMIT: Final = 1.01
"""Within this share of the longest path nothing is left to gain by another order."""

Basis = Literal["measured", "computed", "expected"]

_DAGS: Final = ("dag", "what-if")
"""Ways in which each task starts as soon as it can, so that there is a critical path."""


class Saved(NamedTuple):
    """What the last way saves: from its end to that of the slowest one."""

    start: float  # seconds
    end: float
    text: str


@dataclass(frozen=True)
class Band:
    """One way, as lanes of segments. A task has a segment, or one for each attempt.

    Attributes:
        way: `sequential`, `waves`, `dag`, or any other name of a way.
        label: what it is called.
        under: what stands below that, smaller.
        seconds: how long it takes, at least and at most.
        basis: how that is known.
        note: its time, and how many times as fast as one by one it is.
        rows: of each segment the row of the trace; all four columns are in order of starts.
        lane: in which lane it lies; `lanes` are in use.
        start: when it begins, in seconds.
        end: when it ends.
        names: by row the name of the task.
        wave_ends: when each wave but the last one ends.
        critical: the rows of the critical path.
        spread: the shortest and the longest of repeated runs.
    """

    way: str
    label: str
    under: str
    seconds: Range
    basis: Basis
    note: str
    rows: Sequence[int]
    lane: Sequence[int]
    start: Sequence[float]
    end: Sequence[float]
    names: Sequence[str]
    wave_ends: Sequence[float] = ()
    critical: Collection[int] = ()
    spread: Range | None = None

    @property
    def lanes(self) -> int:
        """How many there are: the most tasks that run at once."""
        return max(self.lane, default=-1) + 1

    def waves_apart(self, at_least: float) -> list[float]:
        """The ends of waves, without those that nobody could tell from the one before, in seconds."""
        kept: list[float] = []
        for time in self.wave_ends:
            if not kept or time - kept[-1] >= at_least:
                kept.append(time)
        return kept


class Ways(NamedTuple):
    """Bands on one axis from 0 to `until`, the end of the slowest way."""

    headline: str
    bands: Sequence[Band]
    until: float  # seconds
    saved: Saved | None  # if the last way is faster than the first
    note: str  # what is measured and what is not


@dataclass(frozen=True)
class Way:
    """What becomes a band: a timeline with a name."""

    way: str
    label: str
    timeline: Timeline
    basis: Basis
    seconds: Range | None = None  # by default those of the timeline
    under: str = ""
    spread: Range | None = None

    @property
    def taken(self) -> Range:
        """How long it takes, at least and at most."""
        return self.seconds or self.timeline.makespan_range


def ways_of_run(timeline: Timeline) -> Ways | None:
    """A run beside the same tasks one by one and wave by wave; None if it does not tell that.

    Nothing can be said of a run that goes on, of one that did not do all it was to do, or of which only
    a part was run anew. Beside a run on a cluster stands what it would take at home, in one process.
    """
    # A cell shows them as a picture and as text; of many tasks the schedules take a while.
    if timeline not in _of_runs:
        own = Way("dag", STRATEGIES["dag"], timeline, "measured")
        _of_runs[timeline] = _with_others(timeline, own, "computed")
    return _of_runs[timeline]


_of_runs: WeakKeyDictionary[Timeline, Ways | None] = WeakKeyDictionary()


def ways_expected(timeline: Timeline, makespan: float) -> Ways | None:
    """The same of a run that goes on, as it is expected to be.

    Args:
        timeline: the whole run, as `Timeline.expected` gives it.
        makespan: seconds after which it is most likely over.
    """
    ends = sorted((timeline.makespan, makespan))
    seconds = Range(ends[0], ends[1])
    own = Way("dag", STRATEGIES["dag"], timeline, "expected", seconds)
    return _with_others(timeline, own, "expected")


def ways_compared(comparison: Comparison) -> Ways | None:
    """The ways of a comparison that came to their end, slowest first; None if nothing ran."""
    made = [
        Way(
            strategy,
            STRATEGIES[strategy],
            timeline,
            "computed" if timeline.computed else "measured",
            spread=Range(min(runs), max(runs)) if len(runs) > 1 else None,
        )
        for strategy in STRATEGIES
        if (timeline := comparison.timelines.get(strategy)) is not None
        and (runs := comparison.makespans[strategy])
    ]
    repeats = max(map(len, comparison.makespans.values()), default=0)
    note = f"each the median of {plural(repeats, 'run')}" if repeats > 1 else ""
    failed = [STRATEGIES[strategy] for strategy in comparison.failures]
    notes = [note, f"{_listed(failed)} failed" if failed else ""]
    return ways_of(made, list(filter(None, notes)))


def _with_others(timeline: Timeline, own: Way, basis: Basis) -> Ways | None:
    trace = timeline.trace
    if len(trace) > MOST_SIMULATED or not _is_whole(trace):
        return None
    # With the slots of the run: waves that need more would be no fair comparison.
    slots = trace.max_concurrency
    notes = [f"with its {plural(slots, 'slot')}"] if slots else []
    try:
        ways = [Way("sequential", STRATEGIES["sequential"], timeline.simulate("sequential"), basis)]
        if trace.lanes:
            at_home = timeline.simulate(max_concurrency=slots)
            ways.append(Way("home", "at home", at_home, basis, under="nothing moved or lost"))
        else:
            in_waves = timeline.simulate("waves", slots)
            ways.append(Way("waves", STRATEGIES["waves"], in_waves, basis))
    except AsyncDagError:  # there are no durations, as in a run that was cut short
        return None
    if basis == "computed" and timeline.makespan <= _AT_LIMIT * timeline.critical_length:
        notes.append("at the limit of its critical path")
    return ways_of([*ways, own], notes)


def ways_what_if(timeline: Timeline) -> Ways | None:
    """A timeline that `simulate` computed beside the run as it was; None if that was no whole run."""
    if timeline.what_if is None:
        return None
    before, label = timeline.what_if
    ends = enumerate(before.trace.finished)
    if any(end != end and node not in before.trace.outcomes for node, end in ends):
        return None  # it goes on
    if not _is_whole(before.trace) or max(len(before.trace), len(timeline.trace)) > MOST_SIMULATED:
        return None
    basis: Basis = "computed" if before.computed else "measured"
    way = "what-if" if timeline.strategy == "dag" else timeline.strategy
    ways = ways_of([Way("dag", "as it was", before, basis), Way(way, label, timeline, "computed")])
    if ways is None:
        return None
    was, now = (band.seconds for band in ways.bands)
    says = f"{label}: {_seconds(now)} instead of {_seconds(was)}"
    if now.high < was.low and (factor := _factor(was, now)) != "1.0":
        says += f": {factor}× as fast"
    note = "both computed" if before.computed else "measured as it was, computed from that"
    return ways._replace(headline=says, note=note)


def _is_whole(trace: Trace) -> bool:
    """Whether all ran in this run that was to run."""
    return all(
        state == "reused" or trace.causes.get(node) == NOT_CHOSEN
        for node, state in trace.outcomes.items()
    )


def ways_of(ways: Sequence[Way], notes: Iterable[str] = ()) -> Ways | None:
    """Any ways of running the same tasks; None if none of them takes any time.

    The last one is what the headline speaks of, and the first one what it is measured against.
    """
    if not ways or max(way.taken.high for way in ways) <= 0:
        return None
    one_by_one = next((way for way in ways if way.way == "sequential"), None)
    slowest = None if one_by_one is None else one_by_one.taken
    bands = [_band(way, slowest or way.timeline.work_range) for way in ways]
    ends = [max(band.seconds.high, band.spread.high if band.spread else 0.0) for band in bands]
    parts = [_basis_of(bands), *notes]
    return Ways(_headline(bands), bands, max(ends), _saved(bands), "; ".join(parts))


def _band(way: Way, slowest: Range) -> Band:
    timeline = way.timeline
    trace, seconds = timeline.trace, way.taken
    times = NodeTimes(trace)
    spans = sorted((*span, node) for node in times.ran for span in times.running(node))
    lane = lanes([(start, end) for start, end, _ in spans])
    most = max(lane, default=-1) + 1
    find = trace.graph.find
    on_path = (find(name) for name in timeline.critical_path) if way.way in _DAGS else ()
    note = _seconds(seconds)
    if way.way != "sequential":
        note += f" · {_factor(slowest, seconds)}×"
    return Band(
        way.way,
        way.label,
        way.under or (f"at most {most:,} at once" if most > 1 else ""),
        seconds,
        way.basis,
        note,
        rows=[node for _, _, node in spans],
        lane=lane,
        start=[start for start, _, _ in spans],
        end=[end for _, end, _ in spans],
        names=trace.graph.names,
        wave_ends=_wave_ends(trace) if way.way == "waves" else (),
        critical=frozenset(node for node in on_path if node is not None),
        spread=way.spread,
    )


def _wave_ends(trace: Trace) -> list[float]:
    ends = (
        max((end for node in wave if (end := trace.finished[node]) == end), default=0.0)
        for wave in waves(trace.graph)
    )
    return sorted({end for end in ends if end > 0})[:-1]


def _headline(bands: Sequence[Band]) -> str:
    """`1.50 s instead of 3.45 s: 2.3× as fast as one by one, 1.3× as fast as wave by wave`."""
    *others, own = bands
    start = "" if own.way == "dag" else f"{own.label}: "
    start += (
        f"expected: {_seconds(own.seconds)}" if own.basis == "expected" else _seconds(own.seconds)
    )
    if not others:
        return start if own.way != "dag" else f"{start} {own.label}"
    if own.seconds.high < others[0].seconds.low:
        start += f" instead of {_seconds(others[0].seconds)}"
    told = [
        f"as fast as {other.label}"
        if (factor := _factor(other.seconds, own.seconds)) == "1.0"
        else f"{factor}× as fast as {other.label}"
        for other in others
    ]
    return f"{start}: {', '.join(told)}"


def _saved(bands: Sequence[Band]) -> Saved | None:
    slow, own = bands[0].seconds, bands[-1].seconds
    if own.high >= slow.low:
        return None
    seconds = slow.low - own.high
    least = "" if slow.is_exact and own.is_exact else "at least "
    return Saved(own.high, slow.low, f"{least}{unit_for(seconds).text(seconds)} saved")


def _basis_of(bands: Sequence[Band]) -> str:
    """`measured as a DAG, otherwise computed from this run`."""
    words = {
        "measured": "measured",
        "computed": "computed from this run",
        "expected": "expected by what earlier runs took",
    }
    labels: dict[Basis, list[str]] = {}
    for band in reversed(bands):
        labels.setdefault(band.basis, []).insert(0, band.label)
    if len(labels) == 1:
        return f"all {words[bands[0].basis]}" if len(bands) > 1 else words[bands[0].basis]
    parts = [f"{words[basis]} {_listed(names)}" for basis, names in labels.items()]
    return f"{parts[0]}, otherwise {words[bands[0].basis]}" if len(parts) == 2 else ", ".join(parts)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _seconds(seconds: Range) -> str:
    return unit_for(seconds.high).range_text(seconds)


def _factor(slow: Range, fast: Range) -> str:
    """How many times as fast; the ends of a range belong together: of tasks that took less."""
    ratios = [a / b if b > 0 else 1.0 for a, b in zip(slow, fast, strict=True)]
    factor = Range(min(ratios), max(ratios))
    decimals = 1 if factor.high < 100 else 0
    low, high = f"{factor.low:.{decimals}f}", f"{factor.high:.{decimals}f}"
    return low if low == high else factor.text(decimals)
