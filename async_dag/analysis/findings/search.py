"""`findings_of`: what limits a run, what costs most first, and no more than anybody reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.findings.bounds import limits, slots
from async_dag.analysis.findings.cut_off import cut_off, was_cut_off
from async_dag.analysis.findings.dependencies import dependencies
from async_dag.analysis.findings.finding import Finding, Gain
from async_dag.analysis.findings.loop import holders, outside
from async_dag.analysis.findings.maps import no_barrier, slow_items, windows
from async_dag.analysis.findings.mended import MendedRun, OutOfTime
from async_dag.analysis.findings.path import critical_path
from async_dag.analysis.findings.threads import threads
from async_dag.analysis.findings.workers import workers
from async_dag.graph.strategies import Strategy
from async_dag.trace.columns import NOT_CHOSEN

_WAYS: Final = (
    critical_path,
    slots,
    limits,
    windows,
    holders,
    threads,
    outside,
    dependencies,
    slow_items,
)
"""What is looked for, the most telling first."""

_ON_CLUSTER: Final = (critical_path, workers)
"""The same in a run on a cluster: it has other slots, a loop for each worker, and what moves cost."""

_MOST: Final = 5
"""So many are told."""

_TOLD_ANYWAY: Final = ("lost worker", "idle worker")
"""Kinds that are told also where mending them gains nothing, or nobody knows what."""


def findings_of(times: NodeTimes, strategy: Strategy) -> list[Finding]:
    """The findings that `Timeline.findings` returns."""
    run = MendedRun(times, strategy)
    if was_cut_off(times.trace):
        return cut_off(run, _MOST)
    if run.makespan <= 0 or not times.ran:
        return []
    candidates: list[Finding] = []
    is_whole = True
    try:
        for way in _WAYS if run.cluster is None else _ON_CLUSTER:
            for finding in way(run):
                candidates.append(finding)  # noqa: PERF402 - one by one, as time may run out
    except OutOfTime:
        is_whole = False  # the most telling ones came first
    findings = [
        finding
        for finding in candidates
        if finding.gain.is_worth_telling(run.makespan) or finding.kind in _TOLD_ANYWAY
    ] or [  # at least what it is that takes so long
        finding
        for finding in candidates
        if finding.kind == "critical path" and finding.gain.is_unclear(run.makespan)
    ]
    findings.sort(key=lambda finding: finding.gain, reverse=True)
    is_clear = not any(finding.gain.is_unclear(run.makespan) for finding in candidates)
    if is_whole and is_clear and all(finding.kind == "critical path" for finding in findings):
        findings += _nothing(run, bool(findings))
    if times.trace.births:
        with suppress(OutOfTime):
            findings += no_barrier(run)
    return findings[:_MOST]


def _nothing(run: MendedRun, is_told_of_path: bool) -> Iterator[Finding]:
    """Said where nothing but the tasks of the critical path themselves costs anything worth telling."""
    trace = run.trace
    not_chosen = {node for node, cause in trace.causes.items() if cause == NOT_CHOSEN}
    if not not_chosen.issuperset(trace.outcomes) or any(
        end != end for node, end in enumerate(trace.finished) if node not in not_chosen
    ):
        return  # of a run that was cut off nobody knows
    yield Finding(
        "nothing to gain",
        f"With these tasks and dependencies nothing {'else ' if is_told_of_path else ''}is left to "
        "gain: the makespan of "
        f"{run.say.seconds(run.makespan)} is the length of the critical path.",
        tuple(run.names[node] for node in run.path),
        Gain(0.0, 0.0),
    )
