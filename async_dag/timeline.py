"""`Timeline`: where the time of one run went, from its trace alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, Literal, NamedTuple, get_args

from async_dag import topology
from async_dag.by_name import ByName
from async_dag.chain import NodeTimes, Piece, chain, pieces
from async_dag.trace import Trace

Strategy = Literal["dag", "sequential", "waves"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)

_ROUNDING: Final = 1e-9
"""The share of the whole below which a difference of sums of floats is none."""


class ParallelismStep(NamedTuple):
    """From `time` on, until the time of the next step, so many tasks run at once."""

    time: float  # seconds since the invoke began
    running: int


class Timeline:
    """Where the time of one run went: `result.timeline` and `trace.timeline`.

    A run that goes on is taken as it is at this moment: what still runs ends now. Of a run that failed
    or was cancelled it tells what ran. Nodes that never run (parameters, immediates, collects) and
    those that were reused take no time and are left out of everything here.

    Attributes:
        trace: what happened, by node; for a computed timeline what would happen.
        strategy: `dag`, or `sequential` or `waves` if things were run one by one or wave by wave.
        computed: False if this was measured, True if it came out of `simulate`.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     short = tm.options(name="short").add_node(nap, 0.01)
    ...     long = tm.options(name="long").add_node(nap, 0.05)
    ...     end = tm.options(name="end").add_node(nap, 0.01, short, long)
    >>> timeline = asyncio.run(tm.invoke()).timeline
    >>> timeline.critical_path, timeline.peak_parallelism
    (('long', 'end'), 2)
    >>> timeline.makespan < timeline.work, 0 < timeline.slack["short"] < 0.05
    (True, True)
    """

    def __init__(self, trace: Trace, *, strategy: Strategy = "dag", computed: bool = False) -> None:
        self.trace = trace if trace.over else trace.snapshot()
        self.strategy: Strategy = strategy
        self.computed = computed

    @cached_property
    def _times(self) -> NodeTimes:
        return NodeTimes(self.trace)

    @cached_property
    def _seconds(self) -> list[float]:
        """Of every node how long it took; 0 for what did not run."""
        times = self._times
        seconds = [0.0] * len(self.trace)
        if times.waits:
            for node in times.ran:
                seconds[node] = times.duration(node)
        else:
            started, end = self.trace.started, times.end
            for node in times.ran:
                seconds[node] = end[node] - started[node]
        return seconds

    @cached_property
    def _held(self) -> list[float]:
        """Of every node how long it held the event loop, up to now if it still runs."""
        trace = self.trace
        held = list(trace.held)
        running = {node for node in self._times.ran if trace.finished[node] != trace.finished[node]}
        if running:
            steps = list(trace.long_steps)
            if (step_not_over := trace.holding()) is not None:
                steps.append(step_not_over)
            for node in running:
                held[node] = 0.0
            for step in steps:
                if step.node in running:
                    held[step.node] += step.length
        return held

    # The whole

    @cached_property
    def makespan(self) -> float:
        """Seconds from the call of `invoke` to the end of the last task; 0 if none has started."""
        path = self._chain
        return self._times.end[path[-1]] if path else 0.0

    @cached_property
    def work(self) -> float:
        """The sum of the durations of all tasks, in seconds: what one after the other would take."""
        seconds = self._seconds
        return sum((seconds[node] for node in self._times.ran), start=0.0)

    @property
    def speedup(self) -> float:
        """`work / makespan`: how many tasks ran at once on average; 1 if none took any time."""
        return self.work / self.makespan if self.makespan > 0 else 1.0

    @cached_property
    def peak_parallelism(self) -> int:
        """The most tasks that ran at the same moment; one that takes no time runs for a moment."""
        starts, ends = self._edges
        most = over = 0
        for begun, start in enumerate(starts, 1):
            while over < begun - 1 and ends[over] <= start:
                over += 1
            most = max(most, begun - over)
        return most

    @cached_property
    def _edges(self) -> tuple[list[float], list[float]]:
        """When tasks began and stopped running (pauses between attempts are none), in order."""
        times = self._times
        if times.attempts:
            spans = [span for node in times.ran for span in times.running(node)]
            return sorted(start for start, _ in spans), sorted(end for _, end in spans)
        started, end = self.trace.started, times.end
        return sorted(started[node] for node in times.ran), sorted(end[node] for node in times.ran)

    def parallelism(self) -> list[ParallelismStep]:
        """How many tasks ran at once, as steps of time and number.

        The first step is at 0, the last one at the end, with none running. The sum of number × length
        is the time that tasks ran. No steps if nothing started.

        >>> from async_dag import Graph, Trace
        >>> Timeline(Trace(Graph.of([], [], [], [], []))).parallelism()
        []
        """
        return list(self._steps())

    def _steps(self) -> Iterator[ParallelismStep]:
        starts, ends = self._edges
        if not starts:
            return
        now, count, told = 0.0, 0, -1
        begun = over = 0
        while over < len(ends):
            next_start = starts[begun] if begun < len(starts) else float("inf")
            time = min(next_start, ends[over])
            if time > now:
                if count != told:
                    yield ParallelismStep(now, count)
                    told = count
                now = time
            while begun < len(starts) and starts[begun] <= now:
                begun += 1
                count += 1
            while over < len(ends) and ends[over] <= now:
                over += 1
                count -= 1
        yield ParallelismStep(now, 0)

    # The chain that decided

    @cached_property
    def _chain(self) -> list[int]:
        return chain(self._times)

    @cached_property
    def critical_path(self) -> tuple[str, ...]:
        """The names of the tasks that decided the makespan, first to last.

        It is the chain as it was: it ends with the task that ended last, and before each stands the
        dependency that it waited for longest. If nodes had to wait for slots, limits or the loop,
        another chain of the graph may be longer; `simulate()` has that one.
        """
        names = self.trace.graph.names
        return tuple(names[node] for node in self._chain)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What the makespan went into, along the critical path: a `Piece` begins where one ends.

        Their `kind` says whether the task ran, paused between attempts, or was ready and waited: for
        its limit, for a slot, for the event loop (`by` says who held it), or for its turn.
        """
        return pieces(self._times, self._chain, "loop" if self.strategy == "dag" else "turn")

    # Node by node

    def _by_name(self, column: Sequence[float], what: str) -> ByName:
        return ByName(self.trace.graph, self._times.ran, column, what)

    @cached_property
    def durations(self) -> ByName:
        """Of each task how long it took, in seconds.

        That is from its start to its end, pauses between attempts included, without what it waited
        for limits and slots meanwhile. `invoke(durations=result.timeline)` goes by them when it
        chooses which node gets a slot.
        """
        return self._by_name(self._seconds, "duration")

    @cached_property
    def slack(self) -> ByName:
        """Of each task for how many seconds it could end later without making the whole any longer.

        With the durations as they were and unlimited slots, limits and event loop: it is the total
        float of the critical path method (Kelley and Walker 1959).
        """
        seconds = self._seconds
        dependencies = self.trace.graph.dependencies
        earliest = [0.0] * len(seconds)
        order = topology.in_order(dependencies)
        for node in order:
            needed = dependencies[node]
            if needed:
                earliest[node] = max([earliest[one] for one in needed]) + seconds[node]
            else:
                earliest[node] = seconds[node]
        longest = max(earliest, default=0.0)
        # From the end: for each node the longest time that must still pass once it has ended.
        behind = [0.0] * len(seconds)
        for node in reversed(order):
            path = behind[node] + seconds[node]
            for one in dependencies[node]:
                if path > behind[one]:
                    behind[one] = path
        slack = [longest - early - late for early, late in zip(earliest, behind, strict=True)]
        none = longest * _ROUNDING
        return self._by_name([0.0 if left < none else left for left in slack], "slack")

    @cached_property
    def wait(self) -> ByName:
        """Of each task for how many seconds it could have run, but waited: for limit, slot or loop."""
        trace, times, seconds = self.trace, self._times, self._seconds
        column = [0.0] * len(seconds)
        for node in times.ran:
            column[node] = max(0.0, times.end[node] - trace.ready[node] - seconds[node])
        return self._by_name(column, "wait")

    @cached_property
    def held(self) -> ByName:
        """Of each task for how many seconds it held the event loop."""
        return self._by_name(self._held, "held time")

    @cached_property
    def awaiting(self) -> ByName:
        """Of each task for how many seconds it ran without holding the event loop."""
        times, held = self._times, self._held
        column = [0.0] * len(held)
        for node in times.ran:
            ran = sum(end - start for start, end in times.running(node))
            column[node] = max(0.0, ran - held[node])
        return self._by_name(column, "awaiting time")

    def __repr__(self) -> str:
        how = "computed" if self.computed else "measured"
        way = {"dag": "", "sequential": " one by one,", "waves": " wave by wave,"}[self.strategy]
        count = len(self._times.ran)
        return (
            f"<Timeline of {count:,} task{'s' * (count != 1)},{way} {how}: makespan "
            f"{self.makespan:.3f} s, work {self.work:.3f} s>"
        )
