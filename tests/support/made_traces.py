"""Traces made by hand, so that a picture's every column is known beforehand."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from async_dag.graph.graph import Graph, Kind, Origin
from async_dag.trace.columns import LateStep, State, Step
from async_dag.trace.trace import Trace


@dataclass(frozen=True)
class Bar:
    """One node and what happened to it; times in seconds."""

    name: str
    ready: float = nan
    started: float = nan
    finished: float = nan
    state: State = "done"
    needs: tuple[int, ...] = ()
    held: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()  # start and length
    cause: int | None = None
    error: str | None = None
    kind: Kind = "task"
    task: str | None = None  # the function, by default the name
    group: str | None = None


def made_graph(bars: Sequence[Bar]) -> Graph:
    return Graph.of(
        [bar.name for bar in bars],
        [bar.kind for bar in bars],
        [bar.needs for bar in bars],
        [Origin(bar.task or bar.name, None, None) for bar in bars],
        [bar.group for bar in bars],
    )


def made_trace(*bars: Bar, elapsed: float | None = None) -> Trace:
    """A trace that is over; `elapsed` is its end, by default that of its last node."""
    ends = [bar.finished for bar in bars if bar.finished == bar.finished]
    now = 0.0
    trace = Trace(made_graph(bars), clock=lambda: now)
    trace.ready = array("d", (bar.ready for bar in bars))
    trace.started = array("d", (bar.started for bar in bars))
    trace.finished = array("d", (bar.finished for bar in bars))
    trace.held = array("d", (bar.held + sum(length for _, length in bar.steps) for bar in bars))
    for index, bar in enumerate(bars):
        if bar.state in ("failed", "cancelled", "skipped", "reused"):
            trace.outcomes[index] = bar.state
        if bar.cause is not None:
            trace.causes[index] = bar.cause
        if bar.error is not None:
            trace.errors[index] = bar.error
        trace.long_steps += [Step(index, *step) for step in bar.steps]
    now = max(ends, default=0.0) if elapsed is None else elapsed
    trace.close()
    return trace


def made_uncertain_trace() -> Trace:
    """Two tasks of 2 s each, of which one was late by 0.5 to 1.5 s: work of 2.5 to 3.5 s."""
    trace = made_trace(Bar("a", 0.0, 0.0, 2.0), Bar("b", 0.0, 0.0, 2.0))
    trace.knows_lateness = True
    trace.late[0], trace.late[1] = 0.5, 0.0
    trace.late_steps = [LateStep(0, 2.0, 0.5, 1.5)]
    return trace
