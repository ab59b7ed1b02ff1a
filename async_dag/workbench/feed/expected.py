"""Computes the `ExpectedMessage` of the page's protocol: the rest of a run."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.draws import ENOUGH_RUNS, draws, interval
from async_dag.analysis.simulation.expected import expected_ends, waits_for_nothing_else
from async_dag.analysis.simulation.rest import ends_by_lengths
from async_dag.analysis.timeline import Timeline
from async_dag.trace.collapsed import collapsed
from async_dag.trace.completeness import not_chosen
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.views.ways.ways import ways_expected
from async_dag.workbench.feed.analysis import MOST_EXPLAINED, Outgoing
from async_dag.workbench.feed.binary import little_endian
from async_dag.workbench.feed.earlier import SHARE, EarlierRuns, share_of
from async_dag.workbench.feed.ways_message import ways_message

_MOST_ADDED: Final = 20_000
"""The most rows of all draws whose ends are added up, each of which takes under a microsecond."""

_MOST_SCHEDULED: Final = 1_500
"""The same where slots or limits have to be simulated, which takes some 10 µs."""


def expected(trace: Trace, key: str, earlier: EarlierRuns) -> Outgoing | None:
    """The expected rest of a run that goes on; None if nothing can be expected."""
    now = trace.snapshot()
    timeline = Timeline(now)
    rows = _draws(now, timeline.durations, earlier.rows)
    names = now.graph.names
    usual: Mapping[str, float] = earlier.by_name
    if rows:
        usual = dict(zip(names, map(median, zip(*rows, strict=True)), strict=True))
    whole = timeline.expected(usual)
    ends = whole.trace.finished
    rest = [
        node
        for node, end in enumerate(now.finished[: len(now.template)])
        if end != end and ends[node] == ends[node]
    ]
    if not rest:
        return None
    is_small = len(trace) <= MOST_EXPLAINED
    is_told = is_small and _has_all_rows(now)
    drawn = _ends(now, rows)
    # Of several nodes that run at once the slowest decides, so the middle of all ends lies behind the
    # end of a run in which each node takes what it mostly does.
    makespan = max(median(drawn), whole.makespan) if drawn else whole.makespan
    if not drawn and (drawn := _ends_by_lengths(now, earlier)):
        makespan = median(drawn)
    ways, columns = ways_message(ways_expected(whole, makespan) if is_told else None)
    message = {
        "kind": "expected",
        "run": key,
        "makespan": makespan,
        "band": interval(drawn, SHARE) if drawn else None,
        "share": share_of(len(drawn)),
        "runs": len(drawn) or len(earlier.rows),
        "critical_path": RunFacts(now).rows_of(whole.critical_path),
        "ways": ways,
    }
    # Of a large run nobody is told the slack of single nodes: it would make the message larger by 40 %.
    slack = whole.slack if is_small else {}
    return message, [
        little_endian(array("I", rest)),
        little_endian(array("f", [whole.trace.started[node] for node in rest])),
        little_endian(array("f", [ends[node] for node in rest])),
        little_endian(
            array("f", [slack.get(names[node], float("nan")) for node in rest] if is_small else [])
        ),
        *columns,
    ]


def _has_all_rows(now: Trace) -> bool:
    """Whether every map has its items: without those of one, other ways would seem too short."""
    missing = {
        node
        for node, kind in enumerate(now.template.kinds)
        if kind == "map" and now.finished[node] != now.finished[node] and node not in now.outcomes
    }
    for birth in now.births if missing else ():
        # Within maps only the end tells that there are no more.
        if not birth.path and birth.total == birth.offset + birth.size:
            missing.discard(birth.node)
    return not missing


def _draws(
    now: Trace, so_far: Mapping[str, float], earlier: Sequence[Sequence[float]]
) -> list[list[float]]:
    """What each node may take, once for each earlier run; empty where there are maps.

    How many items these will have is not known.
    """
    graph = now.graph
    if now.births or "map" in graph.kinds:
        return []
    tasks = [node for node, kind in enumerate(graph.kinds) if kind == "task"]
    taken = {node: so_far[graph.names[node]] for node in tasks if graph.names[node] in so_far}
    done = {
        node: seconds
        for node, seconds in taken.items()
        if now.finished[node] == now.finished[node] and node not in now.outcomes
    }
    running = {
        node: seconds
        for node, seconds in taken.items()
        if now.finished[node] != now.finished[node] and now.started[node] == now.started[node]
    }
    return draws(earlier, tasks, done, running)


def _ends(now: Trace, rows: list[list[float]]) -> list[float]:
    """When the run will be over by each of the draws; empty if one run alone tells of it, or none."""
    is_simple = waits_for_nothing_else(now)
    if len(rows) < 2 or (len(now) > MOST_EXPLAINED and not is_simple):
        return []
    budget = _MOST_ADDED if is_simple else _MOST_SCHEDULED
    return expected_ends(NodeTimes(now), rows[-max(budget // len(now), ENOUGH_RUNS) :])


def _ends_by_lengths(now: Trace, earlier: EarlierRuns) -> list[float]:
    """The same where there are maps, or so many nodes that a schedule of each draw takes too long."""
    now = collapsed(now)
    gone = not_chosen(now)
    if any(outcome != "reused" and node not in gone for node, outcome in now.outcomes.items()):
        return []  # it failed
    # Of earlier runs those that chose as this one has by now.
    lengths = [seconds for left, seconds in earlier.lengths if gone <= left]
    if len(lengths) < 2:
        return []
    return ends_by_lengths(now, lengths[-max(_MOST_ADDED // len(now), ENOUGH_RUNS) :])[1]
