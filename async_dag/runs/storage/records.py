"""What is written of a run and of a graph, and how it is read back."""

from __future__ import annotations

import hashlib
import json
from typing import Final, Literal, get_args

from async_dag.errors import HistoryError, TraceFormatError
from async_dag.graph.graph import Graph
from async_dag.trace.columns import LEFT_OUT
from async_dag.trace.completeness import is_complete
from async_dag.trace.durations import FINISHED, columns_of
from async_dag.trace.json import graph_fields, read_graph
from async_dag.trace.trace import Trace

Outcome = Literal["complete", "failed", "cancelled", "partial"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
"""How a run ended. `partial` is one that left nodes out, or reused their values."""

Sample = Literal["random", "slow", "unfinished"]
SAMPLES: Final[tuple[Sample, ...]] = get_args(Sample)
"""Why a run was kept: at random (or as all were), as one of the slowest, or for its outcome."""


def outcome_of(trace: Trace) -> Outcome:
    """How a run ended; only `complete` ones say how long things take."""
    if is_complete(trace):
        return "complete"
    states = set(trace.outcomes.values())
    if "failed" in states:
        return "failed"
    if "reused" in states or any(cause in LEFT_OUT for cause in trace.causes.values()):
        return "cancelled" if "cancelled" in states else "partial"
    return "cancelled"


def makespan_of(trace: Trace) -> float:
    """Seconds until the last node of a complete run ended; of another one until the run did."""
    if trace.outcomes:
        return trace.elapsed
    return max(columns_of(trace)[FINISHED], default=0.0)


def digest_of(graph: Graph) -> bytes:
    """What tells this graph from others: its nodes and what depends on what.

    Where they were written does not count, so code that moved within its file is the same graph.
    """
    tasks = [origin.task for origin in graph.origins]
    columns = [graph.names, graph.kinds, graph.dependencies, tasks, graph.groups, graph.limits]
    text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def graph_text(graph: Graph) -> str:
    """The graph as JSON, for `graph_of_text`."""
    return json.dumps(graph_fields(graph), separators=(",", ":"))


def graph_of_text(text: str) -> Graph:
    """The graph that `graph_text` wrote. Raises `HistoryError` for anything else."""
    try:
        return read_graph(json.loads(text))
    except (ValueError, TypeError, RecursionError, TraceFormatError) as error:
        raise HistoryError(f"the history has a graph that can't be read: {error}") from error
