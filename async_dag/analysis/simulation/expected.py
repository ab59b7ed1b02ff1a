"""When a run that goes on will be over: what happened so far, and a computed schedule of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from statistics import fmean, median

from async_dag._common.durations import Durations, checked_durations
from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.measured_limits import limits_of
from async_dag.analysis.simulation.parts import Part, Parts
from async_dag.analysis.simulation.schedule import Rules, Schedule
from async_dag.graph.algorithms import in_order, remaining_path
from async_dag.trace.columns import NOT_YET
from async_dag.trace.trace import Trace


def expected_trace(times: NodeTimes, durations: Durations | None) -> Trace:
    """What `Timeline.expected` gives, as a trace in which everything has come to its end."""
    unfinished = _unfinished(times.trace)
    schedule = _schedule_of_rest(times, unfinished, _guesses(times, durations))
    return _joined(times, schedule, unfinished)


def expected_ends(times: NodeTimes, rows: Sequence[Sequence[float]]) -> list[float]:
    """When the run will be over if its nodes take what a row says, in seconds; for each of the rows.

    Args:
        times: of a run that goes on.
        rows: for each node how many seconds it takes as a whole.
    """
    trace = times.trace
    unfinished = _unfinished(trace)
    over = max((end for end in trace.finished if end == end), default=0.0)
    if waits_for_nothing_else(trace):
        return [max(over, _last_end(times, unfinished, seconds)) for seconds in rows]
    # Who gets a slot is decided by what is usual: the engine does not know what will be.
    usual = list(map(median, zip(*rows, strict=True)))
    schedules = (_schedule_of_rest(times, unfinished, seconds, usual) for seconds in rows)
    now = trace.elapsed
    return [
        max([over, now, *(now + schedule.finished[node] for node in unfinished)])
        for schedule in schedules
    ]


def waits_for_nothing_else(trace: Trace) -> bool:
    """Whether nodes wait for their dependencies alone: for no slot and no limit."""
    return trace.max_concurrency is None and not any(trace.graph.limits)


def _last_end(times: NodeTimes, unfinished: Sequence[int], seconds: Sequence[float]) -> float:
    """When the last node ends if all start as soon as their dependencies are done."""
    trace = times.trace
    now = trace.elapsed
    dependencies = trace.graph.dependencies
    ends = [end if end == end else 0.0 for end in trace.finished]  # of those that failed, too
    last = now
    for node in unfinished:
        started = trace.started[node]
        if started == started:  # not NaN: it runs
            end = max(now, started + seconds[node])
        else:
            end = max([now, *(ends[needed] for needed in dependencies[node])]) + seconds[node]
        ends[node] = end
        last = max(last, end)
    return last


def _unfinished(trace: Trace) -> list[int]:
    """The nodes that have not ended, in topological order."""
    return [
        node
        for node in in_order(trace.graph.dependencies)
        if trace.finished[node] != trace.finished[node] and node not in trace.outcomes
    ]


def _schedule_of_rest(
    times: NodeTimes,
    unfinished: Sequence[int],
    seconds: Sequence[float],
    usual: Sequence[float] | None = None,
) -> Schedule:
    """The nodes that have not ended, from now on, if they take so many seconds as a whole.

    `usual` is what they are taken to need when slots are given out; by default, what they do need.
    """
    old = times.trace
    now = old.elapsed
    rest = set(unfinished)
    work: list[Parts | None] = [None] * len(old)
    dependencies: list[Sequence[int]] = [()] * len(old)
    remaining = [0.0] * len(old)
    for node in unfinished:
        if old.graph.kinds[node] != "task":
            dependencies[node] = old.graph.dependencies[node]
            continue
        started = old.started[node]
        if started == started:  # it runs, and has all that it needs
            remaining[node] = max(0.0, seconds[node] - (now - started))
        else:
            remaining[node] = seconds[node]
            dependencies[node] = old.graph.dependencies[node]
        work[node] = (Part("await", remaining[node]),) if remaining[node] > 0 else ()
    urgency = [
        inf if node in rest and old.started[node] == old.started[node] else path
        for node, path in enumerate(remaining_path(dependencies, usual or remaining))
    ]
    counts = limits_of(times).counts
    limit_of = {node: limit for node in unfinished if (limit := old.graph.limits[node]) is not None}
    slots = inf if old.max_concurrency is None else old.max_concurrency
    return Schedule(work, dependencies, Rules(slots, urgency, limit_of, counts))


def _guesses(times: NodeTimes, durations: Durations | None) -> list[float]:
    """How long each node takes: as in the other run, else as its like, else as any task did."""
    trace = times.trace
    graph = trace.graph
    given = checked_durations("expected(durations=)", durations, graph.names)
    known: dict[int, float] = {
        node: times.duration(node)
        for node in times.ran
        if trace.finished[node] == trace.finished[node] and node not in trace.outcomes
    }
    for node, kind in enumerate(graph.kinds):
        seconds = given.get(graph.names[node])
        if kind == "task" and seconds is not None and seconds == seconds:
            known.setdefault(node, seconds)
    alike: dict[str, list[float]] = {}
    for node, taken in known.items():
        alike.setdefault(graph.origins[node].task or "", []).append(taken)
    means = {function: fmean(taken) for function, taken in alike.items()}
    overall = fmean(known.values()) if known else 0.0
    return [
        known[node] if node in known else means.get(origin.task or "", overall)
        for node, origin in enumerate(graph.origins)
    ]


def _copy_lateness(times: NodeTimes, trace: Trace) -> None:
    """What tells how much of a task's time was its own; what is expected is all its own."""
    old = times.trace
    trace.knows_lateness = old.knows_lateness
    trace.computed_elsewhere = old.computed_elsewhere
    trace.machine_busy = old.machine_busy
    trace.processors, trace.has_lock = old.processors, old.has_lock
    trace.late_steps, trace.calls = list(old.late_steps), list(old.calls)
    trace.late = [
        late if late == late or end == end else 0.0  # not NaN
        for late, end in zip(old.late, old.finished, strict=True)
    ]


def _joined(times: NodeTimes, schedule: Schedule, unfinished: Sequence[int]) -> Trace:
    """What happened, and behind it what is expected."""
    old = times.trace
    now = old.elapsed
    trace = Trace(old.graph, clock=lambda: 0.0)
    trace.wall_start = old.wall_start
    trace.ready, trace.started = list(old.ready), list(old.started)
    trace.finished, trace.held = list(old.finished), list(times.held)
    for node in unfinished:
        trace.finished[node] = now + schedule.finished[node]
        if trace.started[node] != trace.started[node]:
            trace.started[node] = now + schedule.started[node]
    for node in unfinished:
        if trace.ready[node] != trace.ready[node]:
            ends = [trace.finished[dependency] for dependency in old.graph.dependencies[node]]
            trace.ready[node] = max((end for end in ends if end == end), default=NOT_YET)
    trace.outcomes, trace.causes = dict(old.outcomes), dict(old.causes)
    trace.errors, trace.progress = dict(old.errors), dict(old.progress)
    trace.long_steps = list(times.long_steps)
    _copy_lateness(times, trace)
    # One that goes on is told up to now, and from now on as expected.
    waits = [wait for waits in times.waits.values() for wait in waits]
    waits += [wait._replace(start=now + wait.start, end=now + wait.end) for wait in schedule.waits]
    trace.waits = sorted(waits, key=lambda wait: wait.start)
    trace.attempts = [
        attempt._replace(end=trace.finished[attempt.node])
        if attempt.end != attempt.end
        else attempt
        for attempt in old.attempts
    ]
    trace.max_concurrency = old.max_concurrency
    trace.close(max([now, *(end for end in trace.finished if end == end)]))
    return trace
