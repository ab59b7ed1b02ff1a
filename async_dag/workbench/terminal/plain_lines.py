"""A run as lines that are written while it goes on: for logs, pipes and files."""

from __future__ import annotations

from collections import Counter
from typing import Final, TextIO

from async_dag._common.harmless import harmless
from async_dag._common.plural import plural
from async_dag._common.units import unit_for
from async_dag.trace.columns import State
from async_dag.trace.trace import Trace
from async_dag.views.common.words import paused_nodes

MOST_ONE_BY_ONE: Final = 60
"""Tasks that get a line each; of more there is a count now and then."""

SECONDS_BETWEEN: Final = 1.0

_OVER: Final[frozenset[State]] = frozenset({"done", "failed", "cancelled", "skipped", "reused"})


class PlainLines:
    """Writes what has ended since it was last called."""

    def __init__(self, trace: Trace, out: TextIO) -> None:
        self._trace = trace
        self._out = out
        self._told: set[int] = set()
        self._next = 0.0
        self._begun = False
        self._ended = False
        self._unit = unit_for(1.0)
        self._tasks = [node for node, kind in enumerate(trace.graph.kinds) if kind == "task"]

    def write(self) -> None:
        """Write what is new."""
        if self._ended:
            return
        if not self._begun:
            self._begun = True
            count = len(self._tasks)
            self._say(f"invoke of {plural(count, 'task')}")
        trace = self._trace
        seen = trace if trace.over else trace.snapshot()
        states = seen.states
        if len(self._tasks) <= MOST_ONE_BY_ONE:
            self._one_by_one(seen, states)
        elif not trace.over and seen.elapsed >= self._next:
            self._next = seen.elapsed + SECONDS_BETWEEN
            self._say(f"  {self._time(seen.elapsed)}  {self._count(seen, states)}")
        if trace.over and seen is trace:
            self._ended = True
            outcomes = set(trace.outcomes.values())
            worst = next((state for state in ("failed", "cancelled") if state in outcomes), "done")
            self._say(f"  {self._time(trace.elapsed)}  {self._count(trace, states)}: {worst}")

    def _one_by_one(self, trace: Trace, states: list[State]) -> None:
        ended = [n for n in self._tasks if states[n] in _OVER and n not in self._told]
        for node in sorted(
            ended, key=lambda n: (trace.finished[n] != trace.finished[n], trace.finished[n])
        ):
            self._told.add(node)
            name = harmless(trace.graph.names[node])
            end, start = trace.finished[node], trace.started[node]
            if end != end:  # it never ran
                self._say(f"  {self._time(trace.elapsed)}  {name} {states[node]}")
                continue
            error = trace.errors.get(node)
            why = "" if error is None else f": {harmless(error[:200])}"
            self._say(
                f"  {self._time(end)}  {name} {states[node]} after {self._time(end - start)}{why}"
            )

    def _count(self, trace: Trace, states: list[State]) -> str:
        counts = Counter(states[node] for node in self._tasks)
        over = sum(counts[state] for state in _OVER)
        paused = len(paused_nodes(trace))
        running = counts["running"] - paused
        return (
            f"{over:,} of {len(self._tasks):,} tasks over, "
            f"{f'{running:,}' if running else 'none'} running"
            f"{f', {paused:,} paused' if paused else ''}"
        )

    def _time(self, seconds: float) -> str:
        return self._unit.text(seconds)

    def _say(self, line: str) -> None:
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        print(
            line.encode(encoding, "backslashreplace").decode(encoding), file=self._out, flush=True
        )
