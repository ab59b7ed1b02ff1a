"""Who held the event loop: tasks of the run, or code outside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from async_dag.analysis.findings.finding import WORTH_TELLING, Finding, Gain
from async_dag.analysis.findings.mended import EXACT, MendedRun, why_range
from async_dag.analysis.findings.words import short
from async_dag.analysis.simulation.workload import LateWakings
from async_dag.analysis.unexplained import unexplained
from async_dag.trace.columns import LONG_STEP

_LATE: Final = (
    "what awaits something while the event loop is held is called late, and leaves no mark of when it "
    "was due"
)
"""Why it is not known exactly what a held loop costs."""

_CANDIDATES: Final = 4
"""So many holders of the loop are looked at more closely."""


def holders(run: MendedRun) -> Iterator[Finding]:
    """Who held the event loop, one by one and by function."""
    held = run.times.held
    worth = WORTH_TELLING * run.makespan
    alike: dict[object, list[int]] = {}
    for node in run.times.ran:
        # A node with calls off the loop holds the loop only to hand its work over.
        if held[node] > 0 and node not in run.times.calls:
            alike.setdefault(run.function(node) or node, []).append(node)
    candidates: list[tuple[float, list[int]]] = []
    for nodes in alike.values():
        together = sum(held[node] for node in nodes)
        most = max(nodes, key=held.__getitem__)
        # The gain is at most the time for which the loop was held.
        if held[most] >= max(worth, 0.8 * together):
            candidates.append((held[most], [most]))
        elif together >= worth:
            candidates.append((together, nodes))
    candidates.sort(key=lambda candidate: -candidate[0])
    for together, nodes in candidates[:_CANDIDATES]:
        gain, cure = _cure(run, nodes)
        delayed = _delayed(run, nodes)
        yield Finding(
            "held loop",
            f"{_who_held(run, nodes, together)}{_meanwhile(run, delayed)}; {cure} "
            f"{run.say.saves(gain)}.",
            tuple(run.names[node] for node in [*nodes, *delayed]),
            gain,
            why_range(gain) if run.trace.knows_lateness or gain.low == gain.high else _LATE,
        )


def _cure(run: MendedRun, nodes: Sequence[int]) -> tuple[Gain, str]:
    """What would help, and by how much: threads, or processes where Python's lock is in the way."""
    in_threads = run.gain_off_loop(nodes)
    if run.trace.knows_lateness and run.trace.has_lock:
        in_processes = run.gain_in_processes(nodes)
        if in_processes.low > in_threads.low + WORTH_TELLING * run.makespan:
            return in_processes, (
                "it computes, and threads would take turns with Python's lock: moving that work to "
                "other processes with in_process"
            )
    return in_threads, "moving that work off the loop with in_thread"


def _who_held(run: MendedRun, nodes: Sequence[int], together: float) -> str:
    steps = [step for node in nodes for step in run.times.steps.get(node, ())]
    if len(nodes) > 1:
        who = f"{len(nodes):,} tasks of {short(run.function(nodes[0]))}"
    else:
        who = run.say.name(nodes[0])
    summary = f"{who} held the event loop for {run.say.seconds(together)}"
    if len(steps) == 1:
        return f"{summary} at {run.say.seconds(steps[0].start)}"
    if not steps:
        return f"{summary} in steps of less than a millisecond"
    longest = max(steps, key=lambda step: step.length)
    return (
        f"{summary} in {len(steps):,} steps, the longest of {run.say.seconds(longest.length)} at "
        f"{run.say.seconds(longest.start)}"
    )


def _delayed(run: MendedRun, nodes: Sequence[int]) -> list[int]:
    """Whom their steps made wait: who was ready, and who went on or ended right behind one."""
    trace, times = run.trace, run.times
    own = set(nodes)
    steps = [step for node in nodes for step in times.steps.get(node, ())]
    if not steps:
        return []
    late = LateWakings(steps)
    by = {
        node: late.right_before(trace.ready[node], trace.started[node])
        + sum(late.right_before(start, end) for start, end in _awaits(run, node))
        for node in times.ran
        if node not in own
    }
    return sorted(
        (node for node, seconds in by.items() if seconds > LONG_STEP), key=lambda n: -by[n]
    )


def _awaits(run: MendedRun, node: int) -> Iterator[tuple[float, float]]:
    """The spans of time in which a task ran and held no loop for long."""
    now = run.trace.started[node]
    for step in run.times.steps.get(node, ()):
        yield now, step.start
        now = step.start + step.length
    yield now, run.times.end[node]


def _meanwhile(run: MendedRun, delayed: Sequence[int]) -> str:
    if not delayed:
        return ""
    return f", while {run.say.listed(delayed)} could not go on"


def outside(run: MendedRun) -> Iterator[Finding]:
    """Times in which a node was ready and waited for nothing, but nobody here held the loop."""
    # One by one or wave by wave nodes wait for their turn, and nobody holds the loop.
    gaps = unexplained(run.times) if run.strategy == "dag" else []
    held = sum(end - start for start, end, _ in gaps)
    if held < WORTH_TELLING * run.makespan:
        return
    most = max(0.0, min(held, run.makespan - run.base))
    start, end, node = max(gaps, key=lambda gap: gap[1] - gap[0])
    # Steps of under a millisecond leave no mark of their own: some of it may be theirs.
    short = sum(_short_steps(run, node) for node in run.times.ran)
    gain = Gain(max(0.0, most - short), most)
    if gain.high - gain.low <= EXACT * run.makespan:
        gain = Gain(gain.high, gain.high)
    why = "steps of less than a millisecond leave no mark of when they were"
    yield Finding(
        "outside",
        f"Code outside this run held the event loop for {run.say.seconds(held)}, the longest "
        f"{run.say.seconds(end - start)} at {run.say.seconds(start)}, while {run.say.name(node)} was "
        f"ready; without it the run {run.say.saves(gain)}.",
        (run.names[node],),
        gain,
        why if gain.low != gain.high else None,
    )


def _short_steps(run: MendedRun, node: int) -> float:
    steps = run.times.steps.get(node, ())
    return max(0.0, run.times.held[node] - sum(step.length for step in steps))
