"""What a cluster cost a run: workers that idled or were lost, moves, slots, and the scheduler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from async_dag._common.plural import plural
from async_dag._common.shortening import cut_middle
from async_dag._common.units import size_text
from async_dag.analysis.findings.finding import WORTH_TELLING, Finding, Gain
from async_dag.analysis.findings.mended import MendedRun, why_range
from async_dag.analysis.workers import Worker, workers_of
from async_dag.trace.columns import LOST, VALUE_LOST, Lane, Move

_IDLE: Final = 0.5
"""The share of a run from which on a worker's idling is told."""

_CANDIDATES: Final = 6
"""So many moves are looked at more closely."""


def workers(run: MendedRun) -> Iterator[Finding]:
    """All of it, the most telling first."""
    yield from _lost(run)
    yield from _moves(run)
    yield from _idle(run)
    yield from _slots(run)
    yield from _scheduler(run)


def _name(worker: Worker) -> str:
    return cut_middle(worker.name, 40)


def _lost(run: MendedRun) -> Iterator[Finding]:
    """Workers that were lost, and what had to run again."""
    trace = run.trace
    for lane, worker in enumerate(workers_of(trace, run.makespan)):
        if not worker.lost:
            continue
        again = list(
            dict.fromkeys(
                attempt.node
                for attempt in trace.attempts
                if attempt.lane == lane and attempt.error in (LOST, VALUE_LOST)
            )
        )
        if not again:
            continue  # it left when nothing depended on it
        gain = run.gain_without_losses()
        cost = run.say.range_of(gain, "about ")
        yield Finding(
            "lost worker",
            f"{_name(worker)} was lost at {run.say.seconds(worker.end)}; running "
            f"{run.say.listed(again)} again made the end {cost} later.",
            tuple(run.names[node] for node in again),
            gain,
            why_range(gain),
        )


def _moves(run: MendedRun) -> Iterator[Finding]:
    """Moves that cost more than running the task where the value was."""
    trace = run.trace
    waited: dict[int, float] = {}
    for wait in trace.waits:
        if wait.kind == "transfer":
            waited[wait.node] = waited.get(wait.node, 0.0) + wait.end - wait.start
    by_cost = sorted(waited, key=lambda node: -waited[node])[:_CANDIDATES]
    for node in by_cost:
        if waited[node] < WORTH_TELLING * run.makespan or node not in trace.lane_of:
            continue
        move = _largest_for(run, node)
        if move is None:
            continue
        gain = run.gain(placement={node: move.source})
        there = trace.lanes[move.source].name
        yield Finding(
            "transfer",
            f"{run.say.name(node)} waited {run.say.seconds(waited[node])} for values, of which "
            f"{run.say.name(move.node)} ({size_text(move.size)}) is the largest; running it on "
            f"{cut_middle(there, 40)}, where that was, {run.say.saves(gain)}.",
            (run.names[node], run.names[move.node]),
            gain,
            why_range(gain),
        )


def _largest_for(run: MendedRun, node: int) -> Move | None:
    """The largest value that came to the worker of a node for it."""
    trace = run.trace
    needs = set(trace.graph.dependencies[node])
    for needed in list(needs):
        if trace.graph.kinds[needed] == "collect":
            needs.update(trace.graph.dependencies[needed])
    lane = trace.lane_of[node]
    moves = [move for move in trace.moves if move.node in needs and move.target == lane]
    return max(moves, key=lambda move: move.size, default=None)


def _idle(run: MendedRun) -> Iterator[Finding]:
    """A worker that idled while nodes waited for another one's threads."""
    there = [worker for worker in workers_of(run.trace, run.makespan) if not worker.lost]
    if len(there) < 2:
        return
    most = max(there, key=lambda worker: worker.idle_share)
    if most.idle_share < _IDLE:
        return
    waited = _waited_for_slots(run)
    while_others = (
        f", while nodes waited {run.say.seconds(sum(waited.values()))} for slots"
        if sum(waited.values()) >= WORTH_TELLING * run.makespan
        else ""
    )
    gain = run.gain(workers=len(run.trace.lanes))
    fewer = run.simulated(run.plain, workers=len(there) - 1)
    if gain.is_worth_telling(run.makespan):
        cure = f"placing each node where it can start first {run.say.saves(gain)}"
    else:
        cure = f"one worker less would take {run.say.seconds(fewer)}, computed"
    yield Finding(
        "idle worker",
        f"{_name(most)} was idle for {most.idle_share:.0%} of the run{while_others}; {cure}.",
        tuple(run.names[node] for node in waited),
        gain,
        why_range(gain),
    )


def _slots(run: MendedRun) -> Iterator[Finding]:
    """What nodes waited for threads of their workers, and what one worker more would gain."""
    waited = _waited_for_slots(run)
    if not waited or sum(waited.values()) < WORTH_TELLING * run.makespan:
        return
    count = len([worker for worker in workers_of(run.trace, run.makespan) if not worker.lost])
    gain = run.gain(workers=count + 1)
    longest = sorted(waited, key=lambda node: -waited[node])
    yield Finding(
        "worker slot",
        f"{run.say.listed(longest)} waited {run.say.seconds(sum(waited.values()))} in all for a "
        f"slot of their workers; {count + 1} workers instead of {count} {_saving(run, gain)}"
        f"{_room(run.trace.lanes)}.",
        tuple(run.names[node] for node in longest),
        gain,
        why_range(gain),
    )


def _room(lanes: Sequence[Lane]) -> str:
    """Whether the machines have processors for one worker more, as far as the trace tells of them."""
    threads = Counter[str]()
    processors: dict[str, int] = {}
    wanted = 0
    for lane in lanes:
        if lane.end == lane.end:  # not NaN: it was lost
            continue
        if lane.host is None or lane.processors is None:
            return ", if each has a processor to itself"
        threads[lane.host] += lane.threads
        processors[lane.host] = lane.processors
        wanted = max(wanted, lane.threads)
    missing = min((threads[host] + wanted - count for host, count in processors.items()), default=0)
    if missing <= 0:  # on one of the machines that are there
        return ""
    return (
        f", with {plural(missing, 'processor')} more than the {sum(processors.values())} there are"
    )


def _saving(run: MendedRun, gain: Gain) -> str:
    verb = run.say.saves(gain)
    return verb.replace("saves", "save", 1)


def _waited_for_slots(run: MendedRun) -> dict[int, float]:
    waited: dict[int, float] = {}
    for wait in run.trace.waits:
        if wait.kind == "worker":
            waited[wait.node] = waited.get(wait.node, 0.0) + wait.end - wait.start
    noticed = 0.001 * run.makespan
    return {node: seconds for node, seconds in waited.items() if seconds > noticed}


def _scheduler(run: MendedRun) -> Iterator[Finding]:
    """What the scheduler's part in each node cost the critical path."""
    nodes: Sequence[str] = [piece.node for piece in run.pieces if piece.kind == "scheduler"]
    seconds = sum(piece.length for piece in run.pieces if piece.kind == "scheduler")
    if run.cluster is None or run.cluster.lost or seconds < WORTH_TELLING * run.makespan:
        return
    gain = run.gain(scheduler=False)
    each = seconds / max(1, len(nodes))
    yield Finding(
        "scheduler",
        f"{run.say.seconds(seconds)} of the critical path went into waiting for the cluster's "
        f"scheduler, {each * 1000:.1f} ms for each of its nodes; fewer and larger nodes cost less "
        f"of that, and without any of it the run {run.say.saves(gain)}.",
        tuple(dict.fromkeys(nodes)),
        gain,
        why_range(gain),
    )
