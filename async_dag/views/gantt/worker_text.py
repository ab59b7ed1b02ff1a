"""A text chart of a run on a cluster: its rows by worker, what ran again, and what moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from async_dag._common.plural import plural
from async_dag._common.units import size_text, unit_for
from async_dag.trace.columns import LOST, VALUE_LOST, Attempt
from async_dag.views.common.facts import RunFacts
from async_dag.views.common.terminal import Terminal
from async_dag.views.gantt.worker_rows import NO_WORKER, moves_drawn

_MOVES_NAMED: Final = 5


def by_worker(facts: RunFacts, group: Sequence[int]) -> dict[int, list[int]]:
    """The tasks of a group by the worker that they came to last; -1 for those that came to none."""
    parts: dict[int, list[int]] = {}
    for node in group:
        parts.setdefault(facts.trace.lane_of.get(node, -1), []).append(node)
    return parts


def worker_title(facts: RunFacts, lane: int, terminal: Terminal) -> str:
    """`worker 0, 2 threads, busy 77%`."""
    if lane < 0:
        return NO_WORKER
    worker = facts.timeline.workers[lane]
    name = terminal.harmless(worker.name, 30)
    parts = [name, plural(worker.threads, "thread"), f"busy {1 - worker.idle_share:.0%}"]
    if worker.lost:
        parts.append(f"lost at {unit_for(facts.took).text(worker.end)}")
    return ", ".join(parts)


def ran_again(facts: RunFacts, attempts: Sequence[Attempt], terminal: Terminal) -> str:
    """Why a task ran again, if it did as a worker was lost."""
    lanes = facts.trace.lanes
    for attempt in attempts:
        if attempt.error in (LOST, VALUE_LOST) and attempt.lane is not None:
            return f"again: {terminal.harmless(lanes[attempt.lane].name, 20)} lost"
    return ""


def moves_told(facts: RunFacts, terminal: Terminal) -> Iterator[str]:
    """What moved, the largest first, as parts of a sentence."""
    trace = facts.trace
    if not trace.moves:
        return
    total = size_text(sum(move.size for move in trace.moves))
    yield f"moved {total} in {plural(len(trace.moves), 'move')}"
    arrow = terminal.characters.leads_to
    for move in sorted(moves_drawn(facts), key=lambda move: -move.size)[:_MOVES_NAMED]:
        name = terminal.harmless(trace.graph.names[move.node], 30)
        ends = (trace.lanes[lane].name for lane in (move.source, move.target))
        where = f" {arrow} ".join(terminal.harmless(end, 20) for end in ends)
        length = move.end - move.start
        yield f"{name} {size_text(move.size)} {where} in {unit_for(length).text(length)}"
