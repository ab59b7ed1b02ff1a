"""Traces of runs that were never run: those of a synthetic machine, as a history has them."""

from __future__ import annotations

from collections.abc import Sequence

from async_dag import Graph, Trace
from async_dag.graph.graph import Origin
from tests.support.synthetic_runs import Machine, finishes


def graph_of(machine: Machine, names: Sequence[str] | None = None) -> Graph:
    """The machine's graph; its tasks are called `n0`, `n1`, and so on."""
    size = len(machine.dependencies)
    names = names or [f"n{node}" for node in range(size)]
    origins = [Origin(name, None, None) for name in names]
    return Graph.of(names, ["task"] * size, machine.dependencies, origins, [None] * size)


def trace_of(graph: Graph, row: Sequence[float], began: float = 0.0) -> Trace:
    """The trace of a run in which the nodes took so long, and waited for nothing else."""
    ends = finishes(graph.dependencies, row)
    trace = Trace(graph, clock=lambda: 0.0)
    trace.wall_start = began
    trace.started = [end - seconds for end, seconds in zip(ends, row, strict=True)]
    trace.ready = list(trace.started)
    trace.finished = ends
    trace.close(max(ends))
    return trace


def traces_of(graph: Graph, rows: Sequence[Sequence[float]]) -> list[Trace]:
    """The traces of these runs, a second apart."""
    return [trace_of(graph, row, float(number)) for number, row in enumerate(rows)]
