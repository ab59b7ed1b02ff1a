"""`run_state`: how a run as a whole stands."""

from __future__ import annotations

from typing import Literal

from async_dag.trace.columns import OUTSIDE
from async_dag.trace.trace import Trace

RunState = Literal["running", "done", "failed", "cancelled"]


def run_state(trace: Trace) -> RunState:
    """The state of a run as a whole."""
    if not trace.over:
        return "running"
    outcomes = set(trace.outcomes.copy().values())
    if "failed" in outcomes:
        return "failed"
    return "cancelled" if "cancelled" in outcomes or _cut_short(trace) else "done"


def _cut_short(trace: Trace) -> bool:
    """Whether it was cancelled when no node ran."""
    return OUTSIDE in trace.causes.values()
