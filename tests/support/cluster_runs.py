"""Runs on a cluster made by hand: two workers, a move, and one that was lost."""

from __future__ import annotations

from math import nan

from async_dag.trace.columns import LOST, VALUE_LOST, Attempt, Lane, Move, Step, Wait
from async_dag.trace.trace import Trace
from tests.support.made_traces import Bar, made_trace


def run_with_a_move(elapsed: float | None = None) -> Trace:
    """`load` on worker 0 gives `near` there and, after a move of 20 MB, `far` on worker 1."""
    trace = made_trace(
        Bar("load", 0.0, 0.25, 1.0, held=0.01),
        Bar("near", 1.0, 1.0, 3.0, needs=(0,)),
        Bar("far", 1.0, 1.75, 2.5, needs=(0,)),
        Bar("end", 3.0, 3.25, 4.0, needs=(1, 2), steps=((3.25, 0.5),)),
        elapsed=elapsed,
    )
    trace.lanes = [Lane("worker 0", 1, 0.0, nan), Lane("worker 1", 1, 0.0, nan)]
    trace.lane_of = {0: 0, 1: 0, 2: 1, 3: 0}
    trace.moves = [Move(0, 0, 1, 1.25, 1.75, 20_000_000), Move(2, 1, 0, 3.249, 3.25, 100)]
    trace.waits = [
        Wait(0, "scheduler", 0.0, 0.25),
        Wait(2, "scheduler", 1.0, 1.25),
        Wait(2, "transfer", 1.25, 1.75),
        Wait(3, "scheduler", 3.0, 3.249),
        Wait(3, "transfer", 3.249, 3.25),
    ]
    trace.processors = None
    return trace


def run_with_a_loss() -> Trace:
    """Worker 1 is lost at 1.5 s with the value of `load` and half of `parse`."""
    trace = made_trace(
        Bar("load", 0.0, 0.0, 1.0),
        Bar("parse", 1.0, 1.0, 4.0, needs=(0,)),
        Bar("other", 0.0, 0.0, 0.5, steps=((0.0, 0.25),)),
    )
    trace.lanes = [Lane("worker 0", 1, 0.0, nan), Lane("worker 1", 1, 0.0, 1.5)]
    trace.lane_of = {0: 0, 1: 0, 2: 0}
    trace.attempts = [
        Attempt(0, 0.0, 1.0, VALUE_LOST, 1),
        Attempt(1, 1.0, 1.5, LOST, 1),
        Attempt(0, 2.0, 3.0, None, 0),
        Attempt(1, 3.0, 4.0, None, 0),
    ]
    trace.long_steps = [Step(2, 0.0, 0.25)]
    trace.waits = [Wait(1, "scheduler", 1.5, 3.0)]
    trace.processors = None
    return trace
