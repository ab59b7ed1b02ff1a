"""`profile`: what makes many runs of one graph slow, node by node."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import compress
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from async_dag._common.arguments import finite_number
from async_dag._common.band import Band
from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.analysis.by_name import index_of
from async_dag.analysis.timeline import Timeline
from async_dag.engine.result import ExecutionResult
from async_dag.errors import WrongTypeError
from async_dag.graph.graph import Graph
from async_dag.graph.title import TIMED
from async_dag.manager.manager import TaskManager
from async_dag.manager.recent_runs import RecentRuns
from async_dag.runs.cells import profile_bundle
from async_dag.runs.finding import RunsFinding
from async_dag.runs.profile_findings import findings_of
from async_dag.runs.replays import RunReplay, run_of
from async_dag.runs.run_set import RunSet, gather
from async_dag.runs.statistics.gains import RESAMPLES, criticality, gains
from async_dag.runs.statistics.quantiles import quantile, quantile_band
from async_dag.runs.statistics.replay import MeasuredRun
from async_dag.runs.statistics.tail import Tail, tail
from async_dag.runs.storage.histogram import MAKESPAN
from async_dag.runs.table import RunsTable
from async_dag.runs.words import seconds, unit_of
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from async_dag.runs.draw import ProfileDraw

_MOST_PLAYED: Final = 500
"""Runs that are replayed to find gains; more make a band hardly narrower."""

_MOST_ROWS_PLAYED: Final = 300_000
"""The most rows of plain runs that are replayed, each some ten times."""

_MOST_ROWS_SIMULATED: Final = 6_000
"""The most rows of other runs (with slots, limits or held loops); a simulation takes much longer."""


class Quantile(NamedTuple):
    """A quantile in seconds with its 95 % band, which is None where there are too few runs.

    >>> Quantile(0.42, None).seconds
    0.42
    """

    seconds: float
    band: Band | None


class ProfileRow(NamedTuple):
    """One node over many runs; seconds, and shares from 0 to 1.

    Attributes:
        node: its name.
        runs: in how many it ran.
        criticality: the share of all runs in which it is on the critical path.
        gain: how much halving it would save of the median makespan, with a 95 % band.
        p50: its median duration.
        p99: the duration below which 99 % of the runs stay; None for fewer than 100 runs.
        started: when it starts, seconds since the invoke began: p10, median, p90.
        finished: when it ends, likewise.

    >>> never = Band(0.0, 0.0, 0.0)
    >>> row = ProfileRow("load", 20, 0.5, never, 0.1, None, never, Band(0.09, 0.1, 0.12))
    >>> row.node, row.finished.estimate
    ('load', 0.1)
    """

    node: str
    runs: int
    criticality: float
    gain: Band
    p50: float
    p99: float | None
    started: Band
    finished: Band


class WhatIf(NamedTuple):
    """The makespan if some nodes were faster; seconds, with 95 % bands.

    Attributes:
        median: the median makespan.
        gain: by how much it is shorter than now.

    >>> WhatIf(0.2, Band(0.04, 0.05, 0.06)).gain.high
    0.06
    """

    median: float
    gain: Band


class Profile:
    """What makes many runs of one graph slow. `async_dag.profile(...)` makes it.

    Attributes:
        graph: the graph.
        title: the name of the graph: the file of its functions, or its last node.
        source: where the runs come from.
        runs: how many complete runs there were.
        left_out: how many runs failed, were cancelled, or ran only a part of the graph.
        traces: the runs that are examined.
        run_set: these runs, with the counts of runs that were not kept (not for users).

    >>> import asyncio, async_dag
    >>> async def nap(seconds: float, *_: None) -> None:
    ...     await asyncio.sleep(seconds)
    >>> with async_dag.build_dag() as tm:
    ...     short = tm.options(name="short").add_node(nap, 0.001)
    ...     long = tm.options(name="long").add_node(nap, 0.02)
    ...     end = tm.options(name="end").add_node(nap, 0.001, short, long)
    >>> for _ in range(10):
    ...     _ = asyncio.run(tm.invoke())
    >>> profile = async_dag.profile(tm)
    >>> [row.node for row in profile.table], profile.runs
    (['short', 'long', 'end'], 10)
    >>> profile.what_if(faster={"long": 2}).gain.estimate > 0.005
    True
    """

    def __init__(self, runs: RunSet) -> None:
        self.run_set: RunSet = runs
        self.graph: Graph = runs.graph
        self.title: str = runs.title
        self.source: str = runs.source
        self.runs: int = max(runs.seen, len(runs.traces))
        self.left_out: int = runs.left_out
        self.traces: Sequence[Trace] = runs.traces

    # The runs as numbers

    @cached_property
    def _tasks(self) -> list[int]:
        return [
            node
            for node, kind in enumerate(self.graph.kinds)
            if kind in TIMED and not all(node in run.left_out for run in self._runs)
        ]

    @cached_property
    def _runs(self) -> list[MeasuredRun]:
        return [run_of(trace) for trace in self.traces]

    @cached_property
    def makespans(self) -> list[float]:
        """The makespans of the runs that are examined, in seconds, the shortest first."""
        return sorted(run.makespan for run in self._runs)

    @cached_property
    def not_chosen(self) -> Mapping[str, int]:
        """In how many of the runs examined no choice took a task, by its name; only of such tasks."""
        counts = Counter(node for run in self._runs for node in run.left_out)
        kinds, names = self.graph.kinds, self.graph.names
        return {names[node]: counts[node] for node in sorted(counts) if kinds[node] in TIMED}

    @cached_property
    def _criticality(self) -> list[float]:
        return criticality(self.graph.dependencies, self._runs, self._tasks)

    @cached_property
    def _played(self) -> tuple[list[MeasuredRun], RunReplay]:
        """Some of the runs, and their replay."""
        rows = max(1, len(self.graph))
        everything = RunReplay(self.traces, self._runs)
        most = min(_MOST_PLAYED, max(20, _MOST_ROWS_PLAYED // rows))
        if not everything.all_plain:
            most = min(most, max(20, _MOST_ROWS_SIMULATED // rows))
        if len(self._runs) <= most:
            return self._runs, everything
        chosen = sorted(Random(0).sample(range(len(self._runs)), most))
        runs = [self._runs[place] for place in chosen]
        return runs, RunReplay([self.traces[place] for place in chosen], runs)

    @cached_property
    def _gains(self) -> dict[int, Band]:
        runs, replay = self._played
        ranked = gains(self.graph.dependencies, runs, self._tasks, replay)
        return {node_gain.node: node_gain.gain for node_gain in ranked}

    @cached_property
    def _tail(self) -> Tail | None:
        slow = [run_of(trace) for trace in self.run_set.slow]
        return tail(
            [*self._runs, *slow],
            self._tasks,
            RunReplay([*self.traces, *self.run_set.slow], [*self._runs, *slow]),
            at_random=len(self._runs),
            slow_from=self.makespan(0.99).seconds,
        )

    # What users ask

    def makespan(self, share: float = 0.5) -> Quantile:
        """The makespan below which this share of the runs stays, in seconds, with its band.

        If only a sample of the runs was kept, it is computed from a histogram of all, to within 2 %.

        Raises `WrongArgumentError` (a `ValueError`) for a share that is not between 0 and 1.
        """
        share = finite_number("profile.makespan()", share, at_least=0, what="a share")
        finite_number(
            "profile.makespan()", 1 - share, at_least=0, what="a share up to 1; 1 less it"
        )
        histogram = self.run_set.histograms.get(MAKESPAN)
        if self.run_set.is_sample and histogram is not None and histogram.count:
            return Quantile(histogram.quantile(share), None)
        makespans = self.makespans
        return Quantile(quantile(makespans, share), quantile_band(makespans, share))

    @cached_property
    def durations(self) -> Mapping[str, float]:
        """The median duration of each task, in seconds, for `tm.invoke(durations=profile)`."""
        names = self.graph.names
        return {
            names[node]: median(
                [run.durations[node] for run in self._runs if node not in run.left_out]
            )
            for node in self._tasks
        }

    @cached_property
    def table(self) -> RunsTable[ProfileRow]:
        """A `ProfileRow` for each task, in the order in which they start: `pandas.DataFrame(table)`."""
        columns = [
            list(zip(*(run[place] for run in self._runs), strict=True)) for place in range(3)
        ]
        chooses = any(run.left_out for run in self._runs)
        rows: list[ProfileRow] = []
        for node in self._tasks:
            started, finished, durations = (column[node] for column in columns)
            if chooses:
                ran = [node not in run.left_out for run in self._runs]
                started, finished, durations = (
                    tuple(compress(column, ran)) for column in (started, finished, durations)
                )
            taken = sorted(durations)
            rows.append(
                ProfileRow(
                    self.graph.names[node],
                    len(taken),
                    self._criticality[node],
                    self._gains.get(node, Band(0.0, 0.0, 0.0)),
                    quantile(taken, 0.5),
                    quantile(taken, 0.99) if len(taken) >= 100 else None,
                    _middle(started),
                    _middle(finished),
                )
            )
        rows.sort(key=lambda row: (row.started.estimate, row.finished.estimate))
        return RunsTable(rows, ProfileRow._fields, self._unit)

    @property
    def _unit(self) -> Any:
        return unit_of(quantile(self.makespans, 0.5))

    def what_if(self, *, faster: Mapping[str, float]) -> WhatIf:
        """The makespan if some nodes were faster, by a replay of each run.

        Args:
            faster: factors by name: 2 means half of the time, 0.5 twice the time.

        Raises:
            UnknownNodeError: no node has that name (a `KeyError`).
            WrongTypeError, WrongArgumentError: a factor is not a number above 0 (a `TypeError`, a
                `ValueError`).

        >>> import asyncio, async_dag
        >>> async def nap() -> None:
        ...     await asyncio.sleep(0.01)
        >>> with async_dag.build_dag() as tm:
        ...     _ = tm.add_node(nap)
        >>> for _ in range(6):
        ...     _ = asyncio.run(tm.invoke())
        >>> 0.004 < async_dag.profile(tm).what_if(faster={"nap": 2}).gain.estimate < 0.02
        True
        """
        if not isinstance(faster, Mapping):
            raise WrongTypeError(
                f"faster= takes a mapping such as {{'fetch': 2}}, not {short_repr(faster)}"
            )
        factors = {
            index_of(self.graph, name, "faster="): finite_number(
                f"faster={{{name!r}: …}}", factor, above=0, what="a factor"
            )
            for name, factor in faster.items()
        }
        runs, replay = self._played
        before = [replay(place, {}) for place in range(len(runs))]
        after = [
            replay(place, {node: run.durations[node] / factor for node, factor in factors.items()})
            for place, run in enumerate(runs)
        ]
        rng = Random(0)
        saved = sorted(
            median([before[place] for place in chosen]) - median([after[place] for place in chosen])
            for chosen in (rng.choices(range(len(runs)), k=len(runs)) for _ in range(RESAMPLES))
        )
        gain = median(before) - median(after)
        return WhatIf(median(after), Band(quantile(saved, 0.025), gain, quantile(saved, 0.975)))

    def findings(self) -> list[RunsFinding]:
        """What makes the runs slow, the largest gain first, and what makes the slowest 1 % slow.

        It includes gains whose 95 % band is above zero and which are at least 2 % of the median
        makespan. It names a culprit of the slowest runs if that clearly explains more of their
        delay than any other node, and at least a third of it. It says what no choice took, and in how
        many runs.
        """
        return findings_of(
            self.table,
            self._tail,
            self.graph,
            self._criticality,
            self.runs,
            self.makespans,
            self.not_chosen,
        )

    @property
    def draw(self) -> ProfileDraw:
        """Pictures of these runs: `profile.draw.gantt()`, `profile.draw.html("runs.html")`."""
        from async_dag.runs.draw import ProfileDraw

        return ProfileDraw(self)

    def __repr__(self) -> str:
        middle = seconds(self.makespan(0.5).seconds, self._unit)
        return (
            f"<Profile of {plural(self.runs, 'run')} of {self.title!r}: median makespan {middle}>"
        )

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """In a notebook: the Gantt chart, with the findings below; without matplotlib the table."""
        return profile_bundle(self, include, exclude)


def _middle(values: Iterable[float]) -> Band:
    """The median, and the range of the middle 80 % of the values."""
    ordered = sorted(values)
    return Band(quantile(ordered, 0.1), quantile(ordered, 0.5), quantile(ordered, 0.9))


@explains_wrong_calls("profile(tm)")
def profile(
    source: str
    | os.PathLike[str]
    | TaskManager[Any]
    | RecentRuns
    | Iterable[ExecutionResult[Any] | Timeline | Trace],
    *,
    tm: TaskManager[Any] | None = None,
    dag: str | None = None,
    label: str | None = None,
    last: str | timedelta | None = None,
) -> Profile:
    """What makes many runs of one graph slow.

    Only complete runs count: not those that failed, were cancelled, or ran with `targets=` or `reuse=`.

    Args:
        source: the path of a history (`async_dag.history`), a manager, which keeps its last runs, or a
            list of results, timelines or traces.
        tm: the manager, if a file has runs of several.
        dag: what the graph is called, instead: its last node, or the file of its functions.
        label: only runs that were recorded with this label.
        last: only runs that began within this time, such as `"24h"` (`s`, `min`, `h`, `d`, `w`), or a
            `timedelta`.

    Raises:
        HistoryError: there is no such file, or it has no such runs (a `ValueError`).
        WrongTypeError, WrongArgumentError: an argument can't be used (a `TypeError`, a `ValueError`).

    >>> import asyncio, async_dag
    >>> async def nap() -> None:
    ...     await asyncio.sleep(0.001)
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(nap)
    >>> results = [asyncio.run(tm.invoke()) for _ in range(3)]
    >>> async_dag.profile(results)
    <Profile of 3 runs of 'nap': median makespan ... ms>
    """
    return Profile(gather(source, "profile", tm=tm, dag=dag, label=label, last=last))


def recent_bundle(
    recent: RecentRuns,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `_repr_mimebundle_` of `tm.history` returns: that of the profile of its runs.

    >>> recent_bundle(RecentRuns())
    ({'text/plain': '<RecentRuns: 0 runs, 0 left out>'}, {})
    """
    if not len(recent):
        return {"text/plain": repr(recent)}, {}
    return profile_bundle(profile(recent), include, exclude)
