"""Computes the `AnalysisMessage` of the page's protocol from a run."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Final

from async_dag.analysis.findings import Finding
from async_dag.analysis.timeline import Timeline
from async_dag.errors import AsyncDagError
from async_dag.graph.waves import waves
from async_dag.trace.columns import NOT_CHOSEN
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.texts import line_of

MOST_SIMULATED: Final = 20_000
"""Nodes up to which other strategies are computed; more would occupy the kernel for seconds."""

MOST_EXPLAINED: Final = 3_000
"""Nodes up to which findings are computed, each of which takes a few simulations."""

MOST_CUTS: Final = 200
MOST_PIECES: Final = 500
LONGEST_FINDING: Final = 1_000

Message = dict[str, Any]
"""A message to the page, as JSON."""

Outgoing = tuple[Message, list[bytes]]
"""A message with its binary columns."""


def analysis(trace: Trace, key: str) -> Outgoing:
    """The figures of a run that is over."""
    timeline = trace.timeline
    graph = trace.graph
    size = len(trace.template)  # a page knows the nodes, not the items of maps
    slack = array("d", [float("nan")]) * size
    for name, seconds in timeline.slack.items():
        node = graph.find(name)
        if node is not None and node < size:
            slack[node] = seconds
    sequential, by_waves = totals(timeline, on_cluster=bool(timeline.trace.lanes))
    message = {
        "kind": "analysis",
        "run": key,
        "makespan": timeline.makespan,
        "work": timeline.work,
        "critical_path": node_indices(trace, timeline.critical_path),
        "pieces": [
            {
                "kind": piece.kind,
                "node": _node(trace, piece.node),
                "start": piece.start,
                "end": piece.end,
            }
            for piece in timeline.pieces[:MOST_PIECES]
        ],
        "critical_length": timeline.critical_length,
        "sequential": sequential,
        "waves": by_waves,
        "findings": _findings(timeline),
    }
    return message, [little_endian(slack)]


def _findings(timeline: Timeline) -> list[dict[str, Any]]:
    """The findings about a run, as the page gets them."""
    return [
        {
            "text": line_of(str(finding), LONGEST_FINDING),
            "nodes": node_indices(timeline.trace, finding.nodes),
            "seconds": finding.gain.low,
        }
        for finding in quick_findings(timeline.trace)
    ]


def _node(trace: Trace, name: str) -> int | None:
    """The index of a node by name; for an item, that of its map, as the page does not know items."""
    row = trace.graph.find(name)
    return None if row is None else trace.node_at(row)


def node_indices(trace: Trace, names: Iterable[str]) -> list[int]:
    """The indices of several nodes, each once."""
    nodes = (_node(trace, name) for name in names)
    return list(dict.fromkeys(node for node in nodes if node is not None))


def quick_findings(trace: Trace) -> list[Finding]:
    """The findings about a run that is over; empty for very large runs, as they would take too long."""
    if len(trace) > MOST_EXPLAINED:
        return []
    try:
        return trace.timeline.findings()
    except AsyncDagError:  # there are no durations, as in a run that was cut short
        return []


def totals(
    timeline: Timeline, *, on_cluster: bool
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The totals of the same durations one by one and wave by wave, with the slots of the run.

    Beside a run on a cluster stands what it would take at home, in one process, instead of waves.
    """
    trace = timeline.trace
    is_whole = all(
        state == "reused" or trace.causes.get(node) == NOT_CHOSEN
        for node, state in trace.outcomes.items()
    )
    if len(trace) > MOST_SIMULATED or not is_whole:
        return None, None
    try:
        one_by_one = timeline.simulate("sequential")
        if on_cluster:
            at_home = timeline.simulate(max_concurrency=trace.max_concurrency)
            return _total(one_by_one, ()), _total(at_home, ())
        # Waves that need more slots than the run had would be no fair comparison.
        in_waves = timeline.simulate("waves", max_concurrency=trace.max_concurrency)
    except AsyncDagError:  # there are no durations, as in a run that was cut short
        return None, None
    ends = (max(_ends(in_waves.trace, wave), default=0.0) for wave in waves(trace.graph))
    return (
        _total(one_by_one, _ends(one_by_one.trace, range(len(trace)))),
        _total(in_waves, ends),
    )


def _total(timeline: Timeline, ends: Iterable[float]) -> dict[str, Any]:
    cuts = sorted(end for end in ends if 0 < end < timeline.makespan)
    return {
        "makespan": timeline.makespan,
        "at_most": timeline.makespan_range.high,
        "basis": "computed",
        "slots": timeline.trace.max_concurrency,
        "cuts": cuts if len(cuts) <= MOST_CUTS else [],
    }


def _ends(trace: Trace, nodes: Sequence[int]) -> list[float]:
    return [trace.finished[node] for node in nodes if trace.finished[node] == trace.finished[node]]


def little_endian(column: array[Any]) -> bytes:
    """The bytes of a column in little-endian order, on any machine."""
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()
