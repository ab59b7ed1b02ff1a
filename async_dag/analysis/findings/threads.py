"""Threads that compute, and have to take turns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from async_dag.analysis.findings.finding import WORTH_TELLING, Finding
from async_dag.analysis.findings.mended import MendedRun, why_range
from async_dag.analysis.findings.words import short
from async_dag.analysis.simulation.computing import Computing

_CANDIDATES: Final = 4
"""So many functions are looked at more closely."""


def threads(run: MendedRun) -> Iterator[Finding]:
    """Calls in threads that computed with Python's lock, which one thread has at a time."""
    trace = run.trace
    if not (trace.knows_lateness and trace.has_lock and trace.calls):
        return
    computing = Computing(run.times, least=True)
    alike: dict[object, list[int]] = {}
    seconds: dict[object, float] = {}
    for node in run.times.ran:
        if (lock := computing.of_calls(node).lock) > 0:
            key: object = run.function(node) or node
            alike.setdefault(key, []).append(node)
            computed = lock + computing.taking_turns(node)  # in this run
            seconds[key] = seconds.get(key, 0.0) + computed
    candidates = sorted(alike, key=lambda key: -seconds[key])[:_CANDIDATES]
    for function in candidates:
        nodes = alike[function]
        if seconds[function] < WORTH_TELLING * run.makespan:
            continue
        gain = run.gain_in_processes(nodes)
        if len(nodes) > 1:
            who = f"{len(nodes):,} tasks of {short(run.function(nodes[0]))}"
        else:
            who = run.say.name(nodes[0])
        yield Finding(
            "python lock",
            f"{who} computed in threads for {run.say.seconds(seconds[function])}, and threads take "
            "turns with Python's lock; having that done in processes with in_process "
            f"{run.say.saves(gain)}.",
            tuple(run.names[node] for node in nodes),
            gain,
            why_range(gain),
        )
