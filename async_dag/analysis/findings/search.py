"""`findings_of`: everything that limits a run, what costs most first."""

from __future__ import annotations

from collections.abc import Iterator

from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.findings.bounds import limits, slots
from async_dag.analysis.findings.dependencies import dependencies
from async_dag.analysis.findings.finding import WORTH_TELLING, Finding, Gain
from async_dag.analysis.findings.loop import holders, outside
from async_dag.analysis.findings.mended import MendedRun, OutOfTime
from async_dag.analysis.findings.path import critical_path
from async_dag.graph.strategies import Strategy


def findings_of(times: NodeTimes, strategy: Strategy) -> list[Finding]:
    """What `Timeline.findings` gives."""
    run = MendedRun(times, strategy)
    if run.makespan <= 0:
        return []
    found: list[Finding] = []
    is_whole = True
    try:
        for way in (critical_path, slots, limits, holders, outside, dependencies):
            for finding in way(run):
                found.append(finding)  # noqa: PERF402 - each as it comes: time may run out
    except OutOfTime:
        is_whole = False  # the most telling ones came first
    worth = WORTH_TELLING * run.makespan
    found = [finding for finding in found if finding.gain.high >= worth]
    found.sort(key=lambda finding: -(finding.gain.low + finding.gain.high))
    if is_whole and all(finding.kind == "critical path" for finding in found):
        found += _nothing(run)
    return found


def _nothing(run: MendedRun) -> Iterator[Finding]:
    """Said where nothing but the tasks of the critical path themselves costs anything worth telling."""
    trace = run.trace
    if any(end != end for end in trace.finished) or trace.outcomes:
        return  # of a run that was cut off nobody knows
    yield Finding(
        "nothing to gain",
        "With these tasks and dependencies nothing else is left to gain: the makespan of "
        f"{run.say.seconds(run.makespan)} is the length of the critical path.",
        tuple(run.names[node] for node in run.path),
        Gain(0.0, 0.0),
    )
