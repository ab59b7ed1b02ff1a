"""The findings of a profile, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from async_dag._common.plural import plural
from async_dag.graph.graph import Graph
from async_dag.runs.finding import RunsFinding
from async_dag.runs.statistics.quantiles import least_for_band, quantile
from async_dag.runs.statistics.tail import ALL_ALIKE, Tail
from async_dag.runs.words import percent, seconds_band, unit_of

if TYPE_CHECKING:
    from async_dag.runs.profile import ProfileRow

_MOST_GAINS: Final = 3
_WORTH_TELLING: Final = 0.02
"""The share of the median makespan that a gain must have."""

_MOST_CHOICES: Final = 4

_LEAST_RUNS: Final = 6
"""Fewer runs have no band."""


def findings_of(
    table: Sequence[ProfileRow],
    slow: Tail | None,
    graph: Graph,
    criticality: Sequence[float],
    runs: int,
    makespans: Sequence[float],
    not_chosen: Mapping[str, int],
) -> list[RunsFinding]:
    """The findings of a profile, the largest gain first.

    Args:
        table: the rows of the profile.
        slow: the slowest runs, if there are enough to tell.
        graph: the graph.
        criticality: of each node of the graph.
        runs: how many runs there were.
        makespans: of the runs that were kept, sorted.
        not_chosen: by the name of a task in how many of these no choice took it.
    """
    whole = quantile(makespans, 0.5)
    unit = unit_of(whole)
    findings: list[RunsFinding] = []
    if len(makespans) >= _LEAST_RUNS:
        by_gain = sorted(table, key=lambda row: row.gain.estimate, reverse=True)
        for row in by_gain[:_MOST_GAINS]:
            if row.gain.low <= 0 or row.gain.estimate < _WORTH_TELLING * whole:
                break
            sentence = (
                f"{row.node} is critical in {percent(row.criticality)} of the runs; halving it saves "
                f"{seconds_band(row.gain, unit)} of the median."
            )
            findings.append(RunsFinding("gain", sentence, (row.node,), row.gain))
    if slow is not None:
        findings += _of_tail(slow, graph, criticality)
    findings += _of_choices(not_chosen, len(makespans))
    least = least_for_band(0.99)
    if len(makespans) < least:
        count = plural(runs, "run")
        why = f"the band of a p99 takes {least}"
        if len(makespans) < _LEAST_RUNS:
            why = f"a gain takes {_LEAST_RUNS} to tell, and {why}"
        findings.append(RunsFinding("too few", f"{count} so far: {why}.", ()))
    return findings


def _of_choices(not_chosen: Mapping[str, int], runs: int) -> list[RunsFinding]:
    if not not_chosen:
        return []
    told = sorted(not_chosen.items(), key=lambda pair: -pair[1])
    texts = [f"{name} in {count:,}" for name, count in told[:_MOST_CHOICES]]
    more = len(told) - len(texts)
    listed = ", ".join([*texts, *([f"{more:,} more tasks in some"] if more else [])])
    sentence = (
        f"Not chosen, of {plural(runs, 'run')}: {listed}. The figures of a task are of the runs that "
        "chose it."
    )
    return [RunsFinding("choice", sentence, tuple(not_chosen))]


def _of_tail(slow: Tail, graph: Graph, criticality: Sequence[float]) -> list[RunsFinding]:
    culprit = slow.culprit
    if culprit is None:
        return []
    share = percent(min(1.0, culprit.share.estimate))
    if culprit.node == ALL_ALIKE:
        sentence = (
            f"{share} of what makes the slowest 1% slow is that all nodes take longer alike: the "
            "machine, or what they share, and no node."
        )
        return [RunsFinding("tail", sentence, (), culprit.share)]
    name = graph.names[culprit.node]
    sentence = (
        f"{share} of what makes the slowest 1% slow is {name}, critical in "
        f"{percent(criticality[culprit.node])} of all runs."
    )
    return [RunsFinding("tail", sentence, (name,), culprit.share)]
