"""Compares two runs: which tasks became slower or faster, and the effect on the makespan."""

from __future__ import annotations

from typing import Final, NamedTuple

from async_dag._common.units import unit_for
from async_dag.errors import AsyncDagError
from async_dag.views.common.facts import RunFacts, end_of

_MOST: Final = 12
_NOISE: Final = 0.02
"""The share of the longer run's makespan below which a change is noise."""
_NO_EFFECT: Final = 0.002
"""The share of the makespan below which an effect on it is noise."""
_MOST_SIMULATED: Final = 5_000
"""Nodes up to which effects are computed, since each takes a simulation."""


class TaskChange(NamedTuple):
    """Seconds that a task took in both runs; None where it is missing or did not succeed.

    Attributes:
        name: the task.
        before: seconds in the baseline.
        after: seconds in this run.
        effect: by how many seconds the makespan of this run is longer (negative: shorter) than if the
            task had taken as long as in the baseline, computed; None if that is not known.
    """

    name: str
    before: float | None
    after: float | None
    effect: float | None = None

    @property
    def is_slower(self) -> bool:
        """Whether it takes longer now."""
        return self.difference > 0

    @property
    def difference(self) -> float:
        """In seconds; for a task that is done in only one of the runs, all of its time."""
        return (self.after or 0.0) - (self.before or 0.0)

    @property
    def text(self) -> str:
        """`+0.50 s (+100%)`."""
        if self.before is None:
            return "not done in the baseline"
        if self.after is None:
            return "not done in this run"
        share = self.difference / self.before if self.before > 0 else 0.0
        return signed(self.difference) + (f" ({_sign(share)}{abs(share):.0%})" if share else "")


def signed(seconds: float) -> str:
    """A difference of times with its sign.

    >>> signed(0.5), signed(-0.25), signed(0.0)
    ('+0.50 s', '−0.25 s', '0.00 s')
    """
    return _sign(seconds) + unit_for(abs(seconds)).text(abs(seconds))


def _sign(number: float) -> str:
    return "" if number == 0 else "+" if number > 0 else "−"


def task_changes(run: RunFacts, baseline: RunFacts, most: int = _MOST) -> list[TaskChange]:
    """The tasks whose time changed, those with the largest effect on the makespan first.

    Changes of less than 2 % of the makespan are left out.
    """
    before, after = _seconds(baseline), _seconds(run)
    least = _NOISE * max(run.took, baseline.took)
    changes = [
        TaskChange(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
    ]
    changes = [change for change in changes if abs(change.difference) > least]
    changes.sort(key=lambda change: -abs(change.difference))
    changes = [change._replace(effect=_effect(run, change)) for change in changes[:most]]
    return sorted(changes, key=lambda change: -abs(change.effect or 0.0))


def _effect(run: RunFacts, change: TaskChange) -> float | None:
    """The effect on the makespan, from a simulation of the run with the earlier time of the task."""
    if not change.before or not change.after or len(run.trace) > _MOST_SIMULATED:
        return None
    slots = run.trace.max_concurrency
    try:
        as_it_was = run.timeline.simulate(max_concurrency=slots)
        undone = run.timeline.simulate(
            max_concurrency=slots, faster={change.name: change.after / change.before}
        )
    except AsyncDagError:  # there are no durations, as in a run that was cut short
        return None
    effect = as_it_was.makespan - undone.makespan
    return effect if abs(effect) > _NO_EFFECT * run.took else 0.0


def _seconds(facts: RunFacts) -> dict[str, float]:
    trace = facts.trace
    return {
        trace.graph.names[node]: end_of(trace, node) - trace.started[node]
        for node in facts.started
        if facts.states[node] == "done"
    }
