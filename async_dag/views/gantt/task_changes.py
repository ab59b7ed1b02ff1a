"""Two runs compared: which tasks became slower, and which faster."""

from __future__ import annotations

from typing import Final, NamedTuple

from async_dag._common.units import unit_for
from async_dag.views.common.facts import RunFacts, end_of

_MOST: Final = 12
_LEAST: Final = 0.02
"""The share of the longer run's makespan below which a change is noise."""


class TaskChange(NamedTuple):
    """Seconds that a task took in either run; None where it did not end well or is not there."""

    name: str
    before: float | None
    after: float | None

    @property
    def is_slower(self) -> bool:
        """Whether it takes longer now."""
        return self.difference > 0

    @property
    def difference(self) -> float:
        """In seconds; a task that is done in one run only counts with all of its time."""
        return (self.after or 0.0) - (self.before or 0.0)

    @property
    def said(self) -> str:
        """`+0.50 s (+100 %)`."""
        if self.before is None:
            return "not done in the baseline"
        if self.after is None:
            return "not done in this run"
        sign = "+" if self.is_slower else "−"
        seconds = unit_for(abs(self.difference)).text(abs(self.difference))
        share = f" ({sign}{abs(self.difference) / self.before:.0%})" if self.before > 0 else ""
        return f"{sign}{seconds}{share}"


def task_changes(run: RunFacts, baseline: RunFacts, most: int = _MOST) -> list[TaskChange]:
    """The tasks, by name, whose time changed most, at most `most` of them, the largest change first.

    What changed by less than 2 % of the makespan is left out.
    """
    before, after = _seconds(baseline), _seconds(run)
    least = _LEAST * max(run.took, baseline.took)
    found = [
        TaskChange(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
    ]
    found = [one for one in found if abs(one.difference) > least]
    found.sort(key=lambda one: -abs(one.difference))
    return found[:most]


def _seconds(facts: RunFacts) -> dict[str, float]:
    trace = facts.trace
    return {
        trace.graph.names[node]: end_of(trace, node) - trace.started[node]
        for node in facts.started
        if facts.states[node] == "done"
    }
