"""The words and signs of all pictures: what a state is called, and why a node was cut short.

All text charts, diagrams and figures use them; `scripts/generate_words.py` generates those of the live
view's page from this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal

from async_dag.trace.columns import NOT_CHOSEN, NOT_NEEDED, OUTSIDE, STATES, State
from async_dag.trace.trace import Trace

STATE_WORDS: Final[dict[State, str]] = {
    "waiting": "waiting",
    "ready": "ready",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "skipped": "never started",
    "reused": "reused",
}

SIGNS: Final[dict[State, str]] = {
    "waiting": "…",
    "ready": "◔",
    "running": "▶",
    "done": "✓",
    "failed": "✗",
    "cancelled": "⊘",
    "skipped": "–",
    "reused": "↺",
}
"""A sign for each state, so that none is shown by colour alone."""

WORST_FIRST: Final[tuple[State, ...]] = (
    "failed",
    "running",
    "cancelled",
    "ready",
    "waiting",
    "skipped",
    "done",
    "reused",
)
"""A box of several nodes is in the first of these states that one of its nodes is in."""

Reason = Literal["failure", "outside", "not needed", "not chosen"]

REASONS: Final[dict[tuple[State, Reason], str]] = {
    ("cancelled", "failure"): "cancelled: {name} failed",
    ("cancelled", "outside"): "cancelled from outside",
    ("skipped", "failure"): "never started: {name} failed",
    ("skipped", "outside"): "never started: the run was cancelled",
    ("skipped", "not needed"): "never started: no target needs it",
    ("skipped", "not chosen"): "never started: not chosen",
}
"""Why a node was cut short; `{name}` is the node that failed."""

BarKind = Literal["queued", "awaiting", "holding", "failed", "retried", "cancelled", "pause"]
"""The parts of the bars in Gantt charts."""

LegendKey = BarKind | Literal["critical", "critical bundle", "area", "cause", "moved", "lost"]

LEGEND_WORDS: Final[dict[LegendKey, str]] = {
    "awaiting": "awaiting",
    "holding": "holding the event loop",
    "queued": "ready, waiting to start",
    "failed": "failed",
    "retried": "failed, and tried again",
    "cancelled": "cancelled",
    "pause": "pause between attempts",
    "critical": "critical path",
    "critical bundle": "on the critical path",
    "area": "how many run at once, relative to the row's peak",
    "cause": "cancelled by a failure",
    "moved": "a value moved, as wide as it is large",
    "lost": "worker gone",
}


def reason_of(cause: int) -> Reason:
    """What kind of cause a trace gives: another node, or one of the causes that are not a node."""
    if cause == OUTSIDE:
        return "outside"
    if cause == NOT_CHOSEN:
        return "not chosen"
    return "not needed" if cause == NOT_NEEDED else "failure"


def ending(state: State, reason: Reason | None, name: str = "") -> str:
    """The word of a state, and the reason if there is one; `name` is the node that failed.

    >>> ending("skipped", "failure", "load"), ending("done", None)
    ('never started: load failed', 'done')
    """
    template = None if reason is None else REASONS.get((state, reason))
    return STATE_WORDS[state] if template is None else template.replace("{name}", name)


def counted(states: Iterable[State], paused: int = 0) -> list[str]:
    """How many there are of each state that occurs.

    So many of those that run are `paused` between two attempts.

    >>> counted(["done", "failed", "done"])
    ['2 done', '1 failed']
    >>> counted(["done", "running", "running"], paused=1)
    ['1 running', '1 paused', '1 done']
    """
    counts = Counter(states)
    counts["running"] -= paused
    parts: list[str] = []
    for state in STATES:
        if counts[state]:
            parts.append(f"{counts[state]:,} {STATE_WORDS[state]}")
        if state == "running" and paused:
            parts.append(f"{paused:,} paused")
    return parts


def paused_nodes(trace: Trace) -> set[int]:
    """The nodes whose last attempt has failed, and whose next one is still to come."""
    last = {attempt.node: attempt for attempt in list(trace.attempts)}
    return {
        node
        for node, attempt in last.items()
        if attempt.error is not None
        and attempt.end == attempt.end  # not NaN: it is over
        and trace.finished[node] != trace.finished[node]
        and node not in trace.outcomes
    }
