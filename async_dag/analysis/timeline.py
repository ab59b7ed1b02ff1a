"""`Timeline`: where the time of one run went, from its trace alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from async_dag._common.band import Band
from async_dag._common.durations import Durations
from async_dag._common.misuse import explains_wrong_calls, missing_attribute, refuse
from async_dag._common.plural import plural
from async_dag._common.ranges import Range
from async_dag._common.shortening import short_repr
from async_dag.analysis.assertions import Assertions
from async_dag.analysis.by_name import ByName
from async_dag.analysis.comparison import Comparison
from async_dag.analysis.critical_path import NodeTimes, Piece, chain, pieces
from async_dag.analysis.findings import Finding, findings_of
from async_dag.analysis.simulation.expected import expected_trace
from async_dag.analysis.simulation.on_cluster import simulated_on_cluster
from async_dag.analysis.simulation.rest import rest_of
from async_dag.analysis.simulation.simulate import Simulator, leaves_open
from async_dag.analysis.simulation.without_lateness import WithoutLateness
from async_dag.analysis.simulation.workload import is_plain
from async_dag.analysis.speedup_curve import SpeedupCurve
from async_dag.analysis.what_if import Drawn, WhatIf, asked
from async_dag.analysis.workers import Worker, workers_of
from async_dag.errors import WrongTypeError
from async_dag.graph import algorithms
from async_dag.graph.strategies import STRATEGIES, Strategy
from async_dag.manager.recent_runs import RecentRuns
from async_dag.trace.trace import Trace

_CLOSE: Final = 0.05
"""The share of the makespan that slots more or less may cost to be as good as unlimited."""

_ATTRIBUTES: Final = {
    **dict.fromkeys(
        ("duration", "elapsed", "total", "total_time", "runtime"),
        "what the run took is timeline.makespan, what its nodes took timeline.durations",
    ),
    "bottleneck": "what limited the run: timeline.findings(), timeline.critical_path",
}
"""What to write instead of attributes that are likely to be tried."""

_ROUNDING: Final = 1e-9
"""The share of the whole below which a difference of sums of floats is none."""


class ParallelismStep(NamedTuple):
    """From `time` on, until the time of the next step, so many tasks run at once."""

    time: float  # seconds since the invoke began
    running: int


class Timeline(Assertions, Drawn):
    """Where the time of one run went: `result.timeline` and `trace.timeline`.

    A run that goes on is taken as it is at this moment: what still runs ends now. Of a run that failed
    or was cancelled it tells what ran. Nodes that never run (parameters, immediates, collects) and
    those that were reused take no time and are left out of everything here.

    Attributes:
        trace: what happened, by node; for a computed timeline what would happen.
        strategy: `dag`, or `sequential` or `waves` if things were run one by one or wave by wave.
        computed: False if this was measured, True if it came out of `simulate`.
        band: of a timeline that `expected` made from at least nine runs: the makespan in seconds, with
            the band that holds it in 80 % of the cases; else None.
        what_if: of what `simulate` computed: the timeline it was computed from, `before`, and what was
            asked, `label`; else None.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     short = tm.options(name="short").add_node(nap, 0.1)
    ...     long = tm.options(name="long").add_node(nap, 0.2)
    ...     end = tm.options(name="end").add_node(nap, 0.01, short, long)
    >>> timeline = asyncio.run(tm.invoke()).timeline
    >>> timeline.critical_path, timeline.peak_parallelism
    (('long', 'end'), 2)
    >>> timeline.makespan < timeline.work, timeline.slack["short"] > 0
    (True, True)
    """

    def __init__(
        self,
        trace: Trace,
        *,
        strategy: Strategy = "dag",
        computed: bool = False,
        makespan_range: Range | None = None,
        band: Band | None = None,
    ) -> None:
        if not isinstance(trace, Trace):
            raise WrongTypeError(
                f"Timeline() takes a trace; given was {short_repr(trace)}: the timeline of a result is "
                "result.timeline"
            )
        self.trace: Trace = trace if trace.over else trace.snapshot()
        self.strategy: Strategy = strategy
        self.computed = computed
        self._makespan_range = makespan_range
        self.band: Band | None = band

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

    # The whole

    @cached_property
    def makespan(self) -> float:
        """Seconds from the call of `invoke` to the end of the last task; 0 if none has started."""
        path = self._chain
        return self._times.end[path[-1]] if path else 0.0

    @cached_property
    def work(self) -> float:
        """What the tasks would take one after the other, in seconds; at least, if that is a range.

        It is the time in which they held the event loop, awaited something, or paused between attempts.
        Not in it is the time for which a task could have gone on, but others held the loop, or computed
        in threads.
        """
        return self.work_range.low

    @cached_property
    def work_range(self) -> Range:
        """`work`, at least and at most: the same where the trace tells it exactly."""
        least = self._simulator.work
        ends = (least, self._simulator_at_most.work if self._is_uncertain else least)
        return Range(min(ends), max(ends))

    @property
    def speedup(self) -> float:
        """`work / makespan`: how many times as fast as one after the other; at least, if it is a range.

        1 if no task took any time.
        """
        return self.speedup_range.low

    @property
    def speedup_range(self) -> Range:
        """`speedup`, at least and at most."""
        if self.makespan <= 0:
            return Range(1.0, 1.0)
        low, high = self.work_range
        return Range(low / self.makespan, high / self.makespan)

    @cached_property
    def critical_length(self) -> float:
        """Seconds of the longest path through the graph, at least: no schedule is shorter.

        It counts what the tasks themselves needed, as `work` does.
        """
        dependencies = self.trace.graph.dependencies
        paths = algorithms.remaining_path(dependencies, self._simulator.seconds)
        return max(paths, default=0.0)

    @property
    def makespan_range(self) -> Range:
        """`makespan`, at least and at most: a range only where it was computed from ranges."""
        return self._makespan_range or Range(self.makespan, self.makespan)

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
        now, count, last_count = 0.0, 0, -1
        begun = over = 0
        while over < len(ends):
            next_start = starts[begun] if begun < len(starts) else float("inf")
            time = min(next_start, ends[over])
            if time > now:
                if count != last_count:
                    yield ParallelismStep(now, count)
                    last_count = count
                now = time
            while begun < len(starts) and starts[begun] <= now:
                begun += 1
                count += 1
            while over < len(ends) and ends[over] <= now:
                over += 1
                count -= 1
        yield ParallelismStep(now, 0)

    @cached_property
    def workers(self) -> tuple[Worker, ...]:
        """What each worker of the cluster did; empty if the run was in this process.

        >>> from async_dag import Graph, Trace
        >>> Timeline(Trace(Graph.of([], [], [], [], []))).workers
        ()
        """
        return workers_of(self.trace, self.makespan)

    # The chain that decided

    @cached_property
    def _chain(self) -> list[int]:
        return chain(self._times)

    @cached_property
    def critical_path(self) -> tuple[str, ...]:
        """The names of the tasks that decided the makespan, first to last.

        It is the chain as it was: it ends with the task that ended last, and before each stands the
        dependency that it waited for longest. (If that last one was cancelled, as another one failed,
        then before it stands the one that failed.) If nodes had to wait for slots, limits or the loop,
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
        order = algorithms.in_order(dependencies)
        for node in order:
            needed = dependencies[node]
            if needed:
                earliest[node] = (
                    max([earliest[dependency] for dependency in needed]) + seconds[node]
                )
            else:
                earliest[node] = seconds[node]
        longest = max(earliest, default=0.0)
        # From the end: for each node the longest time that must still pass once it has ended.
        behind = [0.0] * len(seconds)
        for node in reversed(order):
            path = behind[node] + seconds[node]
            for dependency in dependencies[node]:
                if path > behind[dependency]:
                    behind[dependency] = path
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
        return self._by_name(self._times.held, "held time")

    @cached_property
    def awaiting(self) -> ByName:
        """Of each task for how many seconds it awaited something, at least.

        A task that runs holds the event loop, awaits, or is `late`: these three are all of its time
        but the pauses between attempts.
        """
        column = [
            max(0.0, ran - late)
            for ran, late in zip(self._off_loop_column, self._late_column, strict=True)
        ]
        return self._by_name(column, "awaiting time")

    @cached_property
    def late(self) -> ByName:
        """Of each task for how many seconds it could have gone on, but the loop was held, at most.

        What it awaited was there already. 0 where lateness was not recorded.
        """
        return self._by_name(self._late_column, "late time")

    @cached_property
    def _off_loop_column(self) -> list[float]:
        """Of each node for how long it ran without holding the loop."""
        times = self._times
        column = [0.0] * len(times.held)
        for node in times.ran:
            ran = sum(end - start for start, end in times.running(node))
            column[node] = max(0.0, ran - times.held[node])
        return column

    @cached_property
    def _late_column(self) -> list[float]:
        column = [0.0] * len(self.trace)
        if self.trace.knows_lateness:
            alone = WithoutLateness(self._times, least=True)
            for node in self._times.ran:
                column[node] = alone.late(node, self._off_loop_column[node])
        return column

    # What if

    @cached_property
    def _simulator(self) -> Simulator:
        """Of the tasks as short as they can have been: so no gain over them is flattered."""
        return Simulator(self._times, early=self.trace.knows_lateness, incomplete=False)

    @cached_property
    def _simulator_at_most(self) -> Simulator:
        if self.trace.lanes:
            return Simulator(self._times, locked=True)
        return Simulator(self._times) if self.trace.knows_lateness else self._simulator

    @property
    def _is_uncertain(self) -> bool:
        """Whether the trace tells in bounds only what some tasks needed."""
        trace = self.trace
        if trace.lanes:
            return any(is_plain(self._times, node) for node in self._times.ran)
        return leaves_open(trace)

    @explains_wrong_calls(
        "timeline.simulate(max_concurrency=4)",
        slots="how many nodes may run at once is max_concurrency=",
        slower="a factor below 1 is slower: faster={'fetch': 0.5}",
    )
    def simulate(
        self,
        strategy: Strategy = "dag",
        max_concurrency: int | None = None,
        *,
        faster: Mapping[str, float] | None = None,
        off_loop: Iterable[str] = (),
        off_lock: Iterable[str] = (),
        durations: Durations | None = None,
        limits: Mapping[str, int | None] | None = None,
        workers: int | None = None,
        threads: int | None = None,
        moves: bool | None = None,
        placement: Mapping[str, str] | None = None,
        widths: Mapping[str, int] | None = None,
    ) -> Timeline:
        """What the same tasks would take another way: a computed timeline.

        Each task does what it did in this run, without the time for which others kept it from going
        on. Time that held the event loop stays serial: two tasks can't hold it at once. So does what
        threads computed with Python's lock. Starting a task costs what it did in this run, on average.

        Where the trace leaves open what a task needed, the timeline is that of the cautious end, and
        its `makespan_range` has both.

        Args:
            strategy: `dag` starts each task the moment its last dependency is done; `sequential` runs
                one after the other, in the order in which they were added; `waves` those that need
                nothing more all at once, then the next ones.
            max_concurrency: how many tasks may run at once; None for no bound, whatever the run had.
                The one with the longest remaining path gets a free slot first, as in `invoke`.
            faster: by name a factor for tasks that take less time: 2.0 is half of it, below 1 is more.
                The name of a map, here and in `off_loop` and `off_lock`, stands for all of its items; a
                factor for one item, `fetch[3]`, counts before that of the map.
            off_loop: the names of tasks whose steps would hold the loop no longer, as with `in_thread`.
                What they compute still needs Python's lock.
            off_lock: the names of tasks that would need neither the loop nor the lock, as with
                `in_process`: they share the processors of the machine.
            durations: seconds by name, or the timeline of another run, for tasks that did not come to
                their end in this one. They are taken to hold no loop. What this run has measured counts
                before them.
            limits: by the name of a limit how many may be within it at once, None for any number. By
                default a limit acts as it did: as a count if that is what the waits show, else every
                node waits for it as long as it did.
            workers: of a run on a cluster: on how many workers it runs, each node where it would start
                first. By default those of the run, and each node where it was. Each is taken for a
                machine of its own: tasks that compute, on workers that share the processors of one
                machine, take longer than it says once there are more workers than processors.
            threads: likewise how many threads each worker has; by default as many as it had.
            moves: whether values that move take as long as they did, or by their bytes would. With
                any of these four the run stays on a cluster; without them it is as at home, in one
                process, where nothing moves.
            placement: by name the worker on which a task runs: `placement={"merge": "worker 0"}`.
            widths: by the name of a map how many items it has, and with it all maps that go on with the
                same elements: `widths={"fetch": 200}`. The items of this run are taken in turn.

        Raises:
            WrongArgumentError: a value is out of range, or durations are missing (a `ValueError`).
            UnknownNodeError: no node has that name; it tells the nearest (a `KeyError`).
            WrongTypeError: an argument has a type that can't be used (a `TypeError`).

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     naps = [tm.add_node(nap, 0.05) for _ in range(4)]
        >>> timeline = asyncio.run(tm.invoke()).timeline
        >>> two = timeline.simulate(max_concurrency=2)
        >>> two.peak_parallelism, two.makespan > timeline.makespan
        (2, True)
        >>> halved = timeline.simulate("sequential", faster={"nap": 2.0})
        >>> halved.makespan < timeline.work
        True
        """

        def kept(names: Iterable[str]) -> Iterable[str]:  # it is read twice
            return list(names) if isinstance(names, Iterator) else names

        def run(simulator: Simulator) -> Trace:
            return simulator.run(
                strategy,
                max_concurrency=max_concurrency,
                faster=faster,
                off_loop=off_loop,
                off_lock=off_lock,
                durations=durations,
                limits=limits,
            )

        def widened(simulator: Simulator) -> Simulator:
            return simulator if widths is None else simulator.widened(widths)

        def computed(trace: Trace, makespans: Range | None = None) -> Timeline:
            timeline = Timeline(trace, strategy=strategy, computed=True, makespan_range=makespans)
            timeline.what_if = WhatIf(
                self,
                asked(
                    strategy,
                    max_concurrency,
                    faster=faster,
                    off_loop=tuple(off_loop),
                    off_lock=tuple(off_lock),
                    limits=limits,
                    widths=widths,
                    workers=workers,
                    threads=threads,
                    moves=moves,
                    placement=placement,
                ),
            )
            return timeline

        off_loop, off_lock = kept(off_loop), kept(off_lock)
        if any(given is not None for given in (workers, threads, moves, placement)):
            others = {
                "strategy": strategy if strategy != "dag" else None,
                "max_concurrency": max_concurrency,
                "off_loop": off_loop,
                "off_lock": off_lock,
                "durations": durations,
                "limits": limits,
                "widths": widths,
            }
            return computed(
                simulated_on_cluster(
                    self._times,
                    workers=workers,
                    threads=threads,
                    moves=moves is not False,
                    placement=placement,
                    faster=faster,
                    others=others,
                )
            )
        trace = run(widened(self._simulator))
        # How much other processes compute is not known beforehand.
        if not self._is_uncertain and not (off_lock and self.trace.knows_lateness):
            return computed(trace)
        makespans = sorted((trace.elapsed, run(widened(self._simulator_at_most)).elapsed))
        return computed(trace, Range(*makespans))

    def speedup_curve(self, *, durations: Durations | None = None) -> SpeedupCurve:
        """The makespan with 1, 2, 4, … slots, up to as many as there is use for; all of it computed.

        `enough` is the smallest number of slots within 5 % of unlimited ones (found by bisection, which
        takes it that more slots are never worse; with list scheduling that holds but for oddities).

        Raises what `simulate` raises.

        >>> from async_dag import Graph, Trace
        >>> Timeline(Trace(Graph.of([], [], [], [], []))).speedup_curve()
        SpeedupCurve(points=((1, 0.0),), unlimited=0.0, enough=1)
        """
        whole = self.simulate(durations=durations)
        known: dict[int, float] = {}

        def with_slots(slots: int) -> float:
            if slots not in known:
                known[slots] = self.simulate("dag", slots, durations=durations).makespan
            return known[slots]

        slots = 1
        points = [(1, with_slots(1))]
        while slots < whole.peak_parallelism:
            slots *= 2
            points.append((slots, with_slots(slots)))
        goal = whole.makespan * (1 + _CLOSE)
        enough = next((slots for slots, seconds in points if seconds <= goal), slots)
        candidates = range(enough // 2 + 1, enough)
        enough = (
            enough // 2
            + 1
            + bisect_left(candidates, True, key=lambda slots: with_slots(slots) <= goal)
            if enough > 1
            else 1
        )
        return SpeedupCurve(
            tuple(points),
            whole.makespan,
            enough,
            seconds=with_slots(enough),
            bound=min(whole.critical_length, whole.makespan),
        )

    def comparison(
        self,
        strategies: Iterable[Strategy] = tuple(STRATEGIES),
        *,
        durations: Durations | None = None,
    ) -> Comparison:
        """This run beside the same tasks run other ways, computed from it: nothing is run.

        Where a way is the one that this run was made in, it is the run itself, and measured. To have
        all of them really run: `await async_dag.compare(tm)`.

        `durations` and errors are as for `simulate`.

        >>> from async_dag import Graph, Trace
        >>> empty = Timeline(Trace(Graph.of([], [], [], [], [])))
        >>> [(row["strategy"], row["measured"]) for row in empty.comparison().rows]
        [('sequential', False), ('waves', False), ('dag', True)]
        """
        if isinstance(strategies, str) or not isinstance(strategies, Iterable):
            raise WrongTypeError(
                f"comparison() takes ways in a list, such as ['sequential', 'dag']; given was "
                f"{short_repr(strategies)}"
            )
        timelines: dict[Strategy, Timeline] = {}
        for strategy in strategies:
            computed = self.simulate(strategy, durations=durations)
            timelines[strategy] = (
                self if strategy == self.strategy and self._simulator.complete else computed
            )
        makespans: dict[Strategy, tuple[float, ...]] = {
            strategy: (timeline.makespan,) for strategy, timeline in timelines.items()
        }
        return Comparison(timelines, {}, makespans)

    def expected(self, durations: Durations | RecentRuns | None = None) -> Timeline:
        """How this run, which goes on, will come to its end: a computed timeline of all of it.

        What is over stands there as it was; what runs ends when it has taken its time, or now if it has
        taken longer already; the rest starts when its dependencies, slots and limits let it. So
        `expected(earlier).makespan - trace.elapsed` is how many seconds are left, and
        `expected(earlier).critical_path` is the one to come.

        From many earlier runs, `tm.history` or a profile, the result has a `band` as well: the makespan
        with what it lies between in 80 % of the cases. What these runs took is played forward from now,
        scaled by how fast this run has been so far.

        Args:
            durations: many earlier runs: `tm.history` or a profile; or seconds by name, or the timeline
                of one earlier run. A task that is in neither
                is taken to need as long as others of its function did on average, in this run or the
                earlier one; failing that as long as any task; and 0 s if there is none yet.

        Raises:
            WrongArgumentError: a duration is negative or infinite (a `ValueError`).
            WrongTypeError: `durations` is no mapping to numbers (a `TypeError`).

        >>> from async_dag import build_dag, Trace
        >>> async def load(name: str) -> str:
        ...     return name
        >>> with build_dag() as tm:
        ...     last = tm.add_node(load, tm.add_node(load, "a"))
        >>> trace = Trace(tm.graph, clock=lambda: 0.0)  # of a run that has just begun
        >>> Timeline(trace).expected({"load": 2.0, "load_2": 1.0}).makespan
        3.0
        >>> import asyncio
        >>> for _ in range(9):
        ...     _ = asyncio.run(tm.invoke())
        >>> Timeline(trace).expected(tm.history).band.high < 1.0
        True
        """
        graph = self.trace.template
        earlier: Sequence[Trace]
        seconds: Durations | None
        if isinstance(durations, RecentRuns):
            earlier, seconds = list(durations), durations.durations(graph)
        else:
            earlier, seconds = getattr(durations, "traces", ()), durations
        rest = rest_of(self._times, earlier)
        trace = expected_trace(self._times, seconds if rest is None else rest.durations)
        band = None if rest is None else rest.makespan
        return Timeline(trace, strategy=self.strategy, computed=True, band=band)

    # Why

    def findings(self) -> list[Finding]:
        """What limits this run, the largest gain first: up to five sentences with figures and a cure.

        They are about: the critical path and what dominates it; tasks that held the event loop, or code
        outside the run that did, and whom they delayed; slots and limits, and how many would do;
        dependencies that cost much; and if there is none of these, that nothing else is left to gain.

        Each gain is computed by simulating the run so mended, and none is below 2 % of the makespan.
        Where the trace can't tell the gain exactly it is a range, and `why_range` says why. Of a very
        large graph only what can be simulated in a few seconds is looked at.

        >>> import asyncio
        >>> from async_dag import build_dag
        >>> async def nap(seconds: float) -> float:
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> with build_dag() as tm:
        ...     last = tm.add_node(nap, tm.add_node(nap, 0.04))
        >>> for finding in asyncio.run(tm.invoke()).timeline.findings():
        ...     print(finding.kind, "-", finding)
        critical path - The critical path nap → nap_2 is ...; nap... is ...% of it, and halving it ...
        ...
        """
        return list(self._findings)

    @cached_property
    def _findings(self) -> list[Finding]:
        # Asked for by each cell, page and picture of a run, and dear.
        return findings_of(self._times, self.strategy)

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> NoReturn:
            missing_attribute(self, name, called="a timeline", instead=_ATTRIBUTES)

    def __repr__(self) -> str:
        how = "computed" if self.computed else "measured"
        way = "" if self.strategy == "dag" else f" {STRATEGIES[self.strategy]},"
        count = len(self._times.ran)
        return (
            f"<Timeline of {plural(count, 'task')},{way} {how}: makespan "
            f"{self.makespan:.3f} s, work {self.work:.3f} s>"
        )


refuse(Timeline, getitem="a timeline has columns by name: timeline.durations['name']")
