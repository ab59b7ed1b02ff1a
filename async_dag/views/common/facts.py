"""What every chart says about a run: how its tasks ended, how long it took, why one never started."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from async_dag._common.plural import plural
from async_dag._common.ranges import Range
from async_dag._common.units import unit_for
from async_dag.analysis.timeline import Timeline
from async_dag.trace.columns import State
from async_dag.trace.trace import Trace
from async_dag.views.common.whole_streams import parts_of_streams, with_whole_streams
from async_dag.views.common.words import counted, ending, paused_nodes, reason_of


class RunFacts:
    """One run as charts see it: its tasks, and sentences about them.

    Attributes:
        run: the trace as it was recorded; a snapshot if the run still goes on.
        trace: the same with a single task for each node or item that streams.
        parts: by the index of what streams those of the parts that `run` splits it into.
        states: the state of each node.
        tasks: the indices of the nodes that run; parameters, immediates and collects never do.
        started: the tasks that have started.
        goes_on: whether some tasks still run, or are about to start.
        took: seconds until the last task ended, or until now if the run goes on.
    """

    def __init__(self, trace: Trace) -> None:
        self.run: Trace = trace if trace.over else trace.snapshot()
        self.parts: dict[int, list[int]] = parts_of_streams(self.run)
        self.trace: Trace = with_whole_streams(self.run, self.parts)
        trace = self.trace
        self.states: list[State] = trace.states
        self.tasks: list[int] = [
            node for node, kind in enumerate(trace.graph.kinds) if kind == "task"
        ]
        self.started: list[int] = [
            node for node in self.tasks if trace.started[node] == trace.started[node]
        ]
        self.goes_on: bool = any(self.states[node] in ("ready", "running") for node in self.tasks)
        ends = [end_of(trace, node) for node in self.started]
        self.took: float = trace.elapsed if self.goes_on else max(ends, default=0.0)

    @property
    def has_bars(self) -> bool:
        """Whether anything happened that a chart could draw."""
        return bool(self.started) or any(self.states[node] == "ready" for node in self.tasks)

    @cached_property
    def timeline(self) -> Timeline:
        """Where the time went. Charts take all sums from it, so they agree with it."""
        return self.run.timeline

    def rows_of(self, names: Iterable[str]) -> list[int]:
        """The indices of nodes by their names, each once; of a part that of what streams it."""
        find = self.trace.graph.find
        rows = [self.owners.get(row, row) for name in names if (row := find(name)) is not None]
        return list(dict.fromkeys(rows))

    @cached_property
    def owners(self) -> dict[int, int]:
        """By the index of a part that of what streams it."""
        return {part: row for row, parts in self.parts.items() for part in parts}

    @cached_property
    def seconds(self) -> list[float]:
        """How long each node took, in seconds; 0 if it did not run."""
        durations, names = self.timeline.durations, self.trace.graph.names
        seconds = [0.0] * len(names)
        for node in self.started:
            own = self.parts.get(node, (node,))
            seconds[node] = sum([durations.get(names[row], 0.0) for row in own])
        return seconds

    @cached_property
    def items(self) -> dict[int, list[int]]:
        """By the index of each map, or choice that is made for each element, what it is made of."""
        items: dict[int, list[int]] = {}
        for birth in self.run.births:
            rows = range(birth.first, birth.first + birth.size)
            items.setdefault(birth.node, []).extend(row for row in rows if row not in self.owners)
        return items

    def tasks_of(self, nodes: Iterable[int]) -> list[int]:
        """What runs of the manager's nodes, with the items of those that are maps."""
        kinds, template = self.trace.graph.kinds, self.trace.template.kinds
        rows = (self.items.get(node, ()) if template[node] == "map" else (node,) for node in nodes)
        return [row for some in rows for row in some if kinds[row] == "task"]

    def work(self, nodes: Sequence[int]) -> float:
        """Seconds that these tasks took in total."""
        return sum(self.seconds[node] for node in nodes)

    def note(self, node: int, printable: Callable[[str], str]) -> str:
        """What the bar of a task does not show; `printable` makes a name fit for the chart."""
        state = self.states[node]
        if state == "done":
            return ""
        cause = self.trace.causes.get(node)
        if cause is None:
            return ending(state, None)
        name = printable(self.trace.graph.names[cause]) if cause >= 0 else ""
        return ending(state, reason_of(cause), name)

    def counts(self) -> list[str]:
        """How many tasks there are, and in which states, as parts of a sentence."""
        count = len(self.tasks)
        tasks = plural(count, "task")
        states: list[State] = [self.states[node] for node in self.tasks]
        if states and set(states) == {"done"}:
            return [tasks, "all done" if count > 1 else "done"]
        return [tasks, *counted(states, len(paused_nodes(self.trace)))]

    def totals(self, times: str = "×", to: str = "–") -> list[str]:
        """The makespan, the work and the speed-up, as parts of a sentence.

        `times` stands behind the speed-up, `to` between the ends of what is known as a range.
        """
        if not self.started:
            return []
        trace, took = self.trace, self.took
        unit = unit_for(took)
        work = self.timeline.work_range
        pieces = [f"{'so far' if self.goes_on else 'makespan'} {unit.text(took)}"]
        pieces.append(f"work {unit_for(work.high).range_text(work, to)}")
        if took > 0:
            speedup = Range(work.low / took, work.high / took)
            pieces.append(f"speed-up {speedup.text(to=to)}{times}")
        pieces.append(f"at most {self.timeline.peak_parallelism:,} at once")
        held = sum(trace.held[node] for node in self.started)
        if held > 0.01 * took > 0:
            pieces.append(f"event loop held {unit_for(held).text(held)} ({held / took:.0%})")
        return pieces


def end_of(trace: Trace, node: int) -> float:
    """When a task ended, in seconds; if it still runs, the end of the trace."""
    finished = trace.finished[node]
    return finished if finished == finished else trace.elapsed


def most_at_once(spans: Sequence[tuple[float, float]]) -> int:
    """The most spans of time that overlap at once; spans that only touch do not overlap.

    >>> most_at_once([(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)]), most_at_once([(1.0, 1.0)])
    (2, 1)
    """
    starts = sorted(start for start, _ in spans)
    ends = sorted(end for _, end in spans)
    most = over = 0
    for running, start in enumerate(starts):
        while over < len(ends) and ends[over] <= start and over < running:
            over += 1
        most = max(most, running + 1 - over)
    return most
