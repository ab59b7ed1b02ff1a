"""Computes the `AnalysisMessage` of the page's protocol from a run."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Final

from async_dag.analysis.findings import Finding
from async_dag.analysis.timeline import Timeline
from async_dag.errors import AsyncDagError
from async_dag.trace.trace import Trace
from async_dag.views.ways.ways import Band, ways_of_run
from async_dag.workbench.feed.binary import little_endian
from async_dag.workbench.feed.texts import line_of
from async_dag.workbench.feed.ways_message import ways_message

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
    made = ways_of_run(timeline)
    ways, columns = ways_message(made)
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
        "ways": ways,
        "sequential": old_total(made.bands[0], None) if made else None,
        "waves": old_total(made.bands[1], trace.max_concurrency) if made else None,
        "findings": _findings(timeline),
    }
    return message, [little_endian(slack), *columns]


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


def old_total(band: Band, slots: int | None) -> dict[str, Any]:
    """A way as a single bar."""
    ends = band.end if band.way == "sequential" else band.wave_ends
    cuts = [end for end in ends if 0 < end < band.seconds.low]
    return {
        "makespan": band.seconds.low,
        "at_most": band.seconds.high,
        "basis": "computed",
        "slots": slots,
        "cuts": cuts if len(cuts) <= MOST_CUTS else [],
    }
