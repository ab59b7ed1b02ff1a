"""Computes the `AnalysisMessage` of the page's protocol from a run."""

from __future__ import annotations

from array import array
from typing import Any, Final

from async_dag.analysis.findings import Finding
from async_dag.errors import AsyncDagError
from async_dag.graph.choices import with_left_sides
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts
from async_dag.views.ways.ways import ways_of_run
from async_dag.workbench.feed.binary import little_endian
from async_dag.workbench.feed.texts import line_of
from async_dag.workbench.feed.ways_message import ways_message

MOST_EXPLAINED: Final = 3_000
"""Nodes up to which findings are computed, each of which takes a few simulations."""

LONGEST_FINDING: Final = 1_000

Message = dict[str, Any]
"""A message to the page, as JSON."""

Outgoing = tuple[Message, list[bytes]]
"""A message with its binary columns."""


def analysis(trace: Trace, key: str) -> Outgoing:
    """The figures of a run that is over."""
    facts = RunFacts(trace)
    timeline = facts.timeline
    ways, columns = ways_message(ways_of_run(timeline))
    message = {
        "kind": "analysis",
        "run": key,
        "makespan": timeline.makespan,
        "critical_path": facts.rows_of(timeline.critical_path),
        "ways": ways,
        "findings": [
            {
                "text": line_of(str(finding), LONGEST_FINDING),
                "nodes": facts.rows_of(finding.nodes),
                "seconds": finding.gain.low,
            }
            for finding in quick_findings(trace)
        ],
    }
    return message, [little_endian(_slack(facts)), *columns, *_dependencies(facts)]


def _slack(facts: RunFacts) -> array[float]:
    """Of each row; of what streams the least of its parts."""
    find, owners = facts.trace.graph.find, facts.owners
    slack = array("d", [float("nan")]) * len(facts.trace)
    for name, seconds in facts.timeline.slack.items():
        row = find(name)
        if row is not None:
            row = owners.get(row, row)
            slack[row] = seconds if slack[row] != slack[row] else min(seconds, slack[row])
    return slack


def _dependencies(facts: RunFacts) -> list[bytes]:
    """What each row waited for: how many others, and which; nothing if the page knows that already."""
    counts, needed = array("I"), array("I")
    graph, owners = facts.run.graph, facts.owners
    if facts.run.births:
        dependencies = with_left_sides(graph.dependencies, graph.choices)
        for row in range(len(graph)):
            own = facts.parts.get(row, () if row in owners else (row,))
            found = dict.fromkeys(owners.get(one, one) for of in own for one in dependencies[of])
            found.pop(row, None)
            counts.append(len(found))
            needed.extend(found)
    return [little_endian(counts), little_endian(needed)]


def quick_findings(trace: Trace) -> list[Finding]:
    """The findings about a run that is over; empty for very large runs, as they would take too long."""
    if len(trace) > MOST_EXPLAINED:
        return []
    try:
        return trace.timeline.findings()
    except AsyncDagError:  # there are no durations, as in a run that was cut short
        return []
