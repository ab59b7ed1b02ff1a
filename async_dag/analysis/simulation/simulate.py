"""What the same tasks would take another way: computed schedules of a run's durations.

The model: a task does what it did in the run, in the same parts (`workload`): it holds the event loop,
awaits, pauses between attempts. Awaits of different tasks pass at once; only one task at a time holds
the loop, and only one thread computes at a time, unless it did so without Python's lock. Starting a
task takes as much of the loop's time as it did on average. A limit is taken for a count if the run
shows that it acted as one; else each node waits for it as long as it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from math import inf
from typing import Any, Final

from async_dag._common.arguments import finite_number, one_of, whole_number
from async_dag._common.durations import Durations, checked_durations
from async_dag._common.shortening import short_repr
from async_dag.analysis.by_name import index_of, rows_of
from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.barriers import with_barriers
from async_dag.analysis.simulation.demands import without_dependency
from async_dag.analysis.simulation.load import Load
from async_dag.analysis.simulation.measured_limits import Limits, limits_of
from async_dag.analysis.simulation.parts import Part, Parts, total
from async_dag.analysis.simulation.schedule import Rules, Schedule
from async_dag.analysis.simulation.widths import Widened
from async_dag.analysis.simulation.windows import window_plan
from async_dag.analysis.simulation.without_lateness import WithoutLateness
from async_dag.analysis.simulation.workload import (
    LateWakings,
    is_plain,
    parts_of,
    start_cost_of,
)
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.graph.algorithms import Dependencies, remaining_path
from async_dag.graph.births import Birth
from async_dag.graph.graph import Graph
from async_dag.graph.strategies import STRATEGIES, Strategy
from async_dag.graph.waves import one_by_one, waves
from async_dag.trace.columns import LEFT_OUT, NOT_NEEDED, NOT_YET, State
from async_dag.trace.trace import Trace

_NAMED: Final = 5
"""So many of the nodes that lack a duration are named."""


_FURTHER_PROCESSOR: Final = 0.7
"""What each processor but the first is worth, at least: two of them may be one core that does two
things at once, and other programs need some of them, too."""


_SLOWEST: Final = 1e-9
"""The smallest factor of `faster=`: a second becomes thirty years, and no sum of such overflows."""


def leaves_open(trace: Trace) -> bool:
    """Whether a run tells in bounds only what some of its tasks needed."""
    return trace.knows_lateness and bool(
        trace.calls or trace.late_steps or trace.computed_elsewhere
    )


class Simulator:
    """Plays a run again, other ways. (Not for users: `Timeline.simulate` is.)

    Args:
        times: the run.
        early: where the trace gives bounds only, take every task to have needed as little as it can
            have (what it awaited was there as early as possible), and threads to compute one at a
            time. Else as much, and at once.
        incomplete: take a run that was cut off for all there is, and don't ask for what is missing.
        locked: of a run on a cluster, take plain functions to compute all the time with Python's lock,
            which they need not share where each worker has its own; else to need none of it.
    """

    def __init__(
        self,
        times: NodeTimes,
        *,
        early: bool = False,
        incomplete: bool = False,
        locked: bool = False,
    ) -> None:
        self._times = times
        trace = times.trace
        outcomes, causes, finished = trace.outcomes, trace.causes, trace.finished
        knows = trace.knows_lateness
        late = LateWakings(times.long_steps) if early and times.long_steps and not knows else None
        self._alone = WithoutLateness(times, least=early) if knows else None
        self._parts: list[Parts | None] = [None] * len(trace)
        self._missing: list[int] = []
        self._left_out: set[int] = set()
        ran = set(times.ran)
        for node, kind in enumerate(trace.graph.kinds):
            if kind != "task":
                continue
            outcome = outcomes.get(node)
            if outcome == "reused":
                continue
            if node in ran:
                alone = self._alone
                self._parts[node] = (
                    parts_of(times, node, late) if alone is None else alone.parts(node)
                )
                if locked and is_plain(times, node):
                    self._parts[node] = tuple(
                        part._replace(lock=part.seconds) for part in self._parts[node] or ()
                    )
                is_whole = outcome is None and finished[node] == finished[node]
                if not is_whole and not incomplete:
                    self._missing.append(node)
            elif incomplete or (outcome == "skipped" and causes.get(node) in LEFT_OUT):
                self._left_out.add(node)
            else:
                self._missing.append(node)
        self._is_cautious = early
        # What the rows are about that are simulated; `widened` has others.
        self._graph: Graph = trace.graph
        self._source: Sequence[int] = range(len(trace))  # by row that of the run
        self._outcomes: Mapping[int, State] = outcomes
        self._births: Sequence[Birth] = trace.births
        self._limits: Limits | None = None
        self._start_cost = start_cost_of(times)

    @property
    def complete(self) -> bool:
        """Whether every task came to its end, so that no duration is missing."""
        return not self._missing

    @property
    def work(self) -> float:
        """Seconds of all that the tasks that ran did, to their end or so far."""
        return sum(total(parts) for parts in self._parts if parts is not None)

    @property
    def seconds(self) -> list[float]:
        """What each node needed; 0 for what did not run."""
        return [total(parts) if parts is not None else 0.0 for parts in self._parts]

    @property
    def limits(self) -> Limits:
        """What the run tells of its limits."""
        if self._limits is None:
            self._limits = limits_of(self._times)
        return self._limits

    def widened(self, widths: Mapping[str, int]) -> Simulator:
        """The same run with other numbers of items in its maps; see `Widened`."""
        wide = Widened(self._times.trace, widths)
        source = wide.source
        other = copy(self)
        other._graph, other._source, other._births = wide.graph, source, wide.births
        other._outcomes = {
            row: self._outcomes[of] for row, of in enumerate(source) if of in self._outcomes
        }
        other._parts = [self._parts[of] for of in source]
        missing, left_out = set(self._missing), self._left_out
        other._missing = [row for row, of in enumerate(source) if of in missing]
        other._left_out = {row for row, of in enumerate(source) if of in left_out}
        known = self.limits
        rows = range(len(source))
        other._limits = Limits(
            {row: known.of[source[row]] for row in rows if source[row] in known.of},
            known.counts,
            {row: known.delays[source[row]] for row in rows if source[row] in known.delays},
        )
        return other

    def run(
        self,
        strategy: Strategy = "dag",
        *,
        max_concurrency: int | None = None,
        faster: Mapping[str, float] | None = None,
        off_loop: Iterable[str] = (),
        off_lock: Iterable[str] = (),
        durations: Durations | None = None,
        limits: Mapping[str, int | None] | None = None,
        without: tuple[int, int] | None = None,
        as_started: bool = False,
        barriers: bool = False,
        windows: bool = True,
    ) -> Trace:
        """The computed trace. `Timeline.simulate` says what is what, and of the last ones:

        `without` is a dependency to leave out: a node and the one it needs. With `as_started` slots are
        handed out in the order of the run, not to the most urgent. With `barriers` the items of a map
        wait for all items of the maps they take some of. Without `windows` nothing waits for one.
        """
        one_of("simulate(strategy=)", strategy, STRATEGIES)
        slots = _checked_slots(max_concurrency)
        off_lock = _names("off_lock=", off_lock)
        work = self._with_durations(durations)
        self._make_faster(work, faster)
        self._take_off_loop(work, off_loop)
        self._take_off_lock(work, off_lock)
        delays = {
            node: delay
            for node, delay in self.limits.delays.items()
            if limits is None or self.limits.of[node] not in limits  # else it is told
        }
        cost = self._start_cost
        rules = Rules(
            slots,
            None,
            self.limits.of,
            self._counts(limits),
            delays,
            cost,
            processors=self._processors(off_lock),
            others=self._load.others,
            windows=window_plan(self._times.trace.template, self._births) if windows else None,
        )
        dependencies = self._dependencies()
        if without is not None:
            dependencies, idle = without_dependency(self._times.trace, dependencies, *without)
            for node in idle:
                work[node] = None
        if barriers:
            dependencies = with_barriers(self._times.trace, dependencies)
        if strategy == "sequential":
            ordered: Dependencies = self._one_after_the_other(dependencies, work)
            rules = Rules(start_cost=cost)  # each alone: nobody shares a processor with it
        elif strategy == "waves":
            ordered = self._in_waves(dependencies, work)
        else:
            ordered = dependencies
        if slots != inf and strategy != "sequential":
            rules = rules._replace(urgency=self._urgency(ordered, work, as_started))
        return self._trace(Schedule(work, ordered, rules), dependencies, slots)

    @property
    def _load(self) -> Load:
        """What else keeps the processors busy, as far as the run tells."""
        if self._alone is None:
            return Load(processors=self._times.trace.processors or inf)
        return self._alone.computing.load

    def _processors(self, off_lock: object) -> float:
        """How many processors those share that need no lock."""
        processors = self._load.processors
        if off_lock and self._is_cautious and processors > 1:
            return 1 + _FURTHER_PROCESSOR * (processors - 1)
        return processors

    # What each task does

    def _with_durations(self, durations: Durations | None) -> list[Parts | None]:
        graph = self._graph
        work = list(self._parts)
        given = checked_durations("simulate(durations=)", durations, graph.names)
        unknown = [
            node
            for node in self._missing
            if (seconds := given.get(graph.names[node])) is None or seconds != seconds
        ]
        if unknown:
            named = ", ".join(repr(graph.names[node]) for node in unknown[:_NAMED])
            more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
            verb = "it has" if len(unknown) == 1 else "they have"
            raise WrongArgumentError(
                f"how long {named}{more} would take is not known, as {verb} not come to the end in "
                f"this run: pass durations={{{graph.names[unknown[0]]!r}: seconds, …}}, or durations= "
                "the timeline of a run that was complete"
            )
        for node in self._missing:
            work[node] = (Part("await", given[graph.names[node]]),)
        return work

    def _tasks(self, work: Sequence[Parts | None], name: str, where: str) -> list[int]:
        """The task of that name; of a map all items that ran."""
        node = index_of(self._graph, name, where)
        if work[node] is not None:
            return [node]
        rows = [row for row in rows_of(self._births, node) if work[row] is not None]
        if not rows:
            raise WrongArgumentError(
                f"{where} names {name!r}, which is no task that runs here: it takes no time anyway"
            )
        return rows

    def _make_faster(self, work: list[Parts | None], faster: Mapping[str, float] | None) -> None:
        if faster is None:
            return
        if not isinstance(faster, Mapping):
            raise WrongTypeError(
                f"faster= takes a mapping such as {{'fetch': 2.0}}, not {short_repr(faster)}"
            )
        of_maps: dict[int, float] = {}
        of_tasks: dict[int, float] = {}
        for name, factor in faster.items():
            rows = self._tasks(work, name, "faster=")
            if factor != inf:
                where = f"simulate(faster=), for {short_repr(name)},"
                what = "a factor (math.inf: no time)"
                factor = finite_number(where, factor, at_least=_SLOWEST, what=what)  # noqa: PLW2901
            is_task = rows[0] == index_of(self._graph, name)
            (of_tasks if is_task else of_maps).update(dict.fromkeys(rows, factor))
        for row, factor in {**of_maps, **of_tasks}.items():  # what names one item goes first
            work[row] = tuple(
                Part(kind, seconds / factor, lock / factor, processor / factor)
                for kind, seconds, lock, processor in work[row] or ()
            )

    def _take_off_loop(self, work: list[Parts | None], off_loop: Iterable[str]) -> None:
        names = _names("off_loop=", off_loop)
        named = [node for name in names for node in self._tasks(work, name, "off_loop=")]
        if not named:
            return
        self._let_steps_need_the_lock(work)
        for node in named:
            work[node] = tuple(
                part._replace(kind="await") if part.kind == "hold" else part
                for part in work[node] or ()
            )

    def _take_off_lock(self, work: list[Parts | None], off_lock: Iterable[str]) -> None:
        named = [node for name in off_lock for node in self._tasks(work, name, "off_lock=")]
        if not named:
            return
        self._let_steps_need_the_lock(work)
        for node in named:
            kept = self._kept_off_lock(work[node] or (), node)
            work[node] = tuple(
                Part(
                    "await",
                    part.seconds - part.lock * (1 - kept),
                    processor=part.processor + part.lock * kept,
                )
                if part.kind in ("await", "hold")
                else part
                for part in work[node] or ()
            )

    def _kept_off_lock(self, parts: Parts, node: int) -> float:
        """The share of what a node computes with the lock that it computes without it as well.

        At most it need not take turns any more, which takes some of it.
        """
        lock = sum((part.lock for part in parts), start=0.0)
        if self._is_cautious or self._alone is None or lock <= 0:
            return 1.0
        return max(0.0, 1 - self._alone.computing.taking_turns(node) / lock)

    def _let_steps_need_the_lock(self, work: list[Parts | None]) -> None:
        """What computes off the loop shares the lock with those who compute on it."""
        if self._alone is None:
            return  # the trace does not tell who computed
        for node, parts in enumerate(work):
            if parts is not None:
                work[node] = self._alone.with_lock(parts, self._source[node])

    # What waits for what

    def _counts(self, limits: Mapping[str, int | None] | None) -> dict[str, int]:
        counts = dict(self.limits.counts)
        if limits is None:
            return counts
        if not isinstance(limits, Mapping):
            raise WrongTypeError(
                "simulate(limits=) takes how many may be within each limit, by its name, such as "
                f"{{'api': 8}}; given was {short_repr(limits)}"
            )
        known = sorted({limit for limit in self._graph.limits if limit is not None})
        for name, count in limits.items():
            if name not in known:
                there = f"there are {', '.join(map(repr, known))}" if known else "there is none"
                raise WrongArgumentError(f"limits= names {name!r}, but no node has that: {there}")
            if count is None:
                counts.pop(name, None)
            else:
                counts[name] = _count("limits=", count)
        return counts

    def _dependencies(self) -> list[Sequence[int]]:
        """What each node waits for; what was reused was there from the start."""
        dependencies: list[Sequence[int]] = list(self._graph.dependencies)
        for node, outcome in self._outcomes.items():
            if outcome == "reused":
                dependencies[node] = ()
        return dependencies

    def _one_after_the_other(
        self, dependencies: Sequence[Sequence[int]], work: Sequence[Parts | None]
    ) -> list[Sequence[int]]:
        ordered = list(dependencies)
        before: int | None = None
        for [node] in one_by_one(self._graph):
            if work[node] is not None:
                ordered[node] = () if before is None else (before,)
                before = node
        return ordered

    def _in_waves(
        self, dependencies: Sequence[Sequence[int]], work: list[Parts | None]
    ) -> list[Sequence[int]]:
        """Between two waves stands a node without work, which waits for all of the first of them."""
        ordered = list(dependencies)
        barrier: int | None = None
        for wave in waves(self._graph):
            tasks = [node for node in wave if work[node] is not None]
            for node in tasks:
                ordered[node] = () if barrier is None else (barrier,)
            if tasks:
                barrier = len(ordered)
                ordered.append(tasks)
                work.append(None)
        return ordered

    def _urgency(
        self, ordered: Dependencies, work: Sequence[Parts | None], as_started: bool
    ) -> Sequence[float]:
        if as_started:
            started = self._times.trace.started
            starts = [started[of] for of in self._source]
            return [-start if start == start else -inf for start in starts]
        return remaining_path(ordered, [total(parts) if parts else 0.0 for parts in work])

    # What comes out

    def _trace(
        self, schedule: Schedule, dependencies: Sequence[Sequence[int]], slots: float
    ) -> Trace:
        old = self._times.trace
        trace = Trace(self._graph, clock=_no_time)
        trace.wall_start = old.wall_start
        trace.processors, trace.has_lock = old.processors, old.has_lock
        size = len(self._graph)  # behind them come the barriers between waves
        finished = schedule.finished[:size]
        trace.finished = finished
        trace.started = schedule.started[:size]
        trace.ready = [
            max([finished[dependency] for dependency in needed]) if needed else 0.0
            for needed in dependencies
        ]
        trace.held = schedule.held[:size]
        trace.long_steps = schedule.long_steps
        trace.waits = schedule.waits
        trace.attempts = self._with_errors(schedule)
        trace.max_concurrency = None if slots == inf else int(slots)
        for node in self._left_out:
            trace.ready[node] = trace.started[node] = trace.finished[node] = NOT_YET
            trace.outcomes[node] = "skipped"
            cause = old.causes.get(self._source[node])
            trace.causes[node] = NOT_NEEDED if cause is None or cause >= 0 else cause
        for node, outcome in self._outcomes.items():
            if outcome == "reused":
                trace.outcomes[node] = outcome
        trace.close(max((end for end in trace.finished if end == end), default=0.0))
        return trace

    def _with_errors(self, schedule: Schedule) -> list[Any]:
        """The attempts, those that failed with the errors that they had in the run."""
        known = self._times.attempts
        errors = {
            node: iter([attempt.error for attempt in known[of]])
            for node, of in enumerate(self._source if known else ())
            if of in known
        }
        return [
            attempt
            if attempt.error is None
            else attempt._replace(error=next(errors.get(attempt.node, iter(())), attempt.error))
            for attempt in schedule.attempts
        ]


def _no_time() -> float:
    return 0.0


def _names(argument: str, given: Iterable[str]) -> list[str]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise WrongTypeError(
            f"{argument} takes a list of names, such as ['parse'], not {short_repr(given)}"
        )
    return list(given)


def _checked_slots(max_concurrency: int | None) -> float:
    return inf if max_concurrency is None else _count("max_concurrency=", max_concurrency)


def _count(argument: str, given: object) -> int:
    return whole_number(f"simulate({argument})", given, at_least=1, or_none=True)
