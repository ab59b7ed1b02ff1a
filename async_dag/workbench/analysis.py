"""What is computed from a run for the page: `AnalysisMessage` and `ExpectedMessage` of the protocol."""

from __future__ import annotations

from array import array
from typing import Any, Final

from async_dag.trace import Trace
from async_dag.workbench.texts import plain

MOST_CUTS: Final = 200
"""Where one piece of a total ends and the next begins; more can't be told apart."""

Message = tuple[dict[str, Any], list[bytes]]


def analysis(trace: Trace, key: str) -> Message:
    """The figures of a run that is over."""
    timeline = trace.timeline
    graph = trace.graph
    message = {
        "kind": "analysis",
        "run": key,
        "makespan": timeline.makespan,
        "work": timeline.work,
        "critical_path": [graph.find(name) for name in timeline.critical_path],
        "pieces": None,
        "critical_length": None,
        "sequential": None,
        "waves": None,
        "findings": plain([]),
    }
    return message, []


def expected(trace: Trace, key: str, earlier: Trace | None) -> Message | None:
    """What the rest of a run is expected to be, by the durations of an earlier one."""
    return None


def findings(trace: Trace) -> list[str]:
    """Sentences on what limited a run that is over."""
    return []


_ = array
