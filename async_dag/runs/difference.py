"""`diff`: what changed between two sets of runs, beyond noise."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from functools import cached_property
from html import escape
from math import exp, log
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from async_dag._common.band import Band
from async_dag._common.harmless import harmless
from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.plural import plural
from async_dag.errors import HistoryError
from async_dag.graph.title import TIMED
from async_dag.manager.manager import TaskManager
from async_dag.runs.cells import bundle
from async_dag.runs.difference_findings import findings_of
from async_dag.runs.finding import RunsFinding
from async_dag.runs.matching import Matching, match_nodes
from async_dag.runs.replays import RunReplay, run_of
from async_dag.runs.run_set import RunSet, gather
from async_dag.runs.statistics.change import LEAST_RUNS, Change, Changes, Side, Verdict, changes
from async_dag.runs.statistics.rank_test import shift_band
from async_dag.runs.statistics.replay import MeasuredRun
from async_dag.runs.table import RunsTable
from async_dag.runs.words import change_band, unit_of
from async_dag.trace.trace import Trace

if TYPE_CHECKING:
    from async_dag.runs.draw import DifferenceDraw

_MOST_PLAYED: Final = 200
_SHORTEST: Final = 1e-9


class DifferenceRow(NamedTuple):
    """How one node changed; seconds, and ratios of after to before.

    Attributes:
        node: its name, after the change; of nodes that can't be told apart what they are called.
        before: its median duration before.
        after: its median duration after.
        ratio: after ÷ before with its 95 % band, without what all nodes share.
        verdict: `slower` or `faster` beyond noise, `unchanged`, or `drifts`: can't be judged.

    >>> DifferenceRow("load", 0.1, 0.11, Band(1.05, 1.1, 1.15), "slower").verdict
    'slower'
    """

    node: str
    before: float
    after: float
    ratio: Band
    verdict: Verdict


class _Compared(NamedTuple):
    """A node, or several that can't be told apart, on both sides."""

    name: str
    before: tuple[int, ...]
    after: tuple[int, ...]


class Difference:
    """What changed between two sets of runs. `async_dag.diff(before, after)` makes it.

    Attributes:
        before: where the runs of one side are from.
        after: where those of the other side are from.
        matching: which node of one graph is which of the other one.

    >>> import asyncio, async_dag
    >>> def runs_of(seconds: float):
    ...     async def nap() -> None:
    ...         await asyncio.sleep(seconds)
    ...     with async_dag.build_dag() as tm:
    ...         _ = tm.add_node(nap)
    ...     return [asyncio.run(tm.invoke()) for _ in range(12)]
    >>> difference = async_dag.diff(runs_of(0.005), runs_of(0.02))
    >>> [(row.node, row.ratio.estimate > 2) for row in difference.table]
    [('nap', True)]
    """

    def __init__(self, before: RunSet, after: RunSet) -> None:
        for side, runs in (("before", before), ("after", after)):
            if len(runs.traces) < LEAST_RUNS:
                raise HistoryError(
                    f"diff takes at least {LEAST_RUNS} runs on each side that came to their end; "
                    f"{side} has {len(runs.traces)}"
                )
        self._before = before
        self._after = after
        self.before: str = before.source or before.title
        self.after: str = after.source or after.title
        self.matching: Matching = match_nodes(before.graph, after.graph)

    @cached_property
    def _sides(self) -> tuple[list[MeasuredRun], list[MeasuredRun]]:
        early, late = (
            [run_of(trace) for trace in side.traces] for side in (self._before, self._after)
        )
        return early, late

    @cached_property
    def _compared(self) -> list[_Compared]:
        """The tasks that both sides have, in the order of the graph after the change.

        Not those that some runs did not choose: they would be compared with nothing.
        """
        names, kinds = self._after.graph.names, self._after.graph.kinds
        gone_early, gone_late = (
            frozenset().union(*[run.left_out for run in side]) for side in self._sides
        )
        pairs = [
            _Compared(names[late], (early,), (late,))
            for early, late in self.matching.pairs
            if kinds[late] in TIMED and early not in gone_early and late not in gone_late
        ]
        bundles = [
            _Compared(f"{name} ({len(late)} alike)", early, late)
            for name, (early, late) in self.matching.bundles.items()
            if kinds[late[0]] in TIMED
            and gone_early.isdisjoint(early)
            and gone_late.isdisjoint(late)
        ]
        return sorted([*pairs, *bundles], key=lambda compared: compared.after)

    @cached_property
    def changes(self) -> Changes:
        """The statistics behind the verdicts, nodes in the order of `table` (not for users)."""
        if not self._compared:
            raise HistoryError("diff found no task that both graphs have")
        early, late = self._sides
        before = Side(
            [_columns(early, compared.before) for compared in self._compared], _makespans(early)
        )
        after = Side(
            [_columns(late, compared.after) for compared in self._compared], _makespans(late)
        )
        return changes(
            before,
            after,
            _order(self._before, self._after),
            at_once=_at_once([*self._before.traces, *self._after.traces]),
        )

    @cached_property
    def table(self) -> RunsTable[DifferenceRow]:
        """A `DifferenceRow` for each task that both sides have: `pandas.DataFrame(table)`."""
        early, late = self._sides
        rows = [
            DifferenceRow(
                compared.name,
                median(_columns(early, compared.before)),
                median(_columns(late, compared.after)),
                change.ratio,
                change.verdict,
            )
            for compared, change in zip(self._compared, self.changes.nodes, strict=True)
        ]
        unit = unit_of(max(_makespans(early)))
        return RunsTable(rows, DifferenceRow._fields, unit, texts={"ratio": change_band})

    @cached_property
    def makespan(self) -> Band:
        """The makespan, after ÷ before, with its 95 % band; what all nodes share is in it."""
        early, late = (
            [log(max(seconds, _SHORTEST)) for seconds in _makespans(runs)] for runs in self._sides
        )
        return Band(*map(exp, shift_band(early, late, self.changes.makespan.test.inflation)))

    @cached_property
    def unexplained(self) -> float:
        """The makespan, after ÷ before, if the nodes with a verdict took what they did before.

        Each run after the change is played again.
        """
        late = self._sides[1]
        step = max(1, len(late) // _MOST_PLAYED)
        runs, traces = late[::step], self._after.traces[::step]
        replay = RunReplay(traces, runs)
        ratios = {
            node: change.ratio.estimate
            for compared, change in zip(self._compared, self.changes.nodes, strict=True)
            if change.verdict in ("slower", "faster")
            for node in compared.after
        }
        mended = [
            replay(place, {node: run.durations[node] / ratio for node, ratio in ratios.items()})
            for place, run in enumerate(runs)
        ]
        played = [replay(place, {}) for place in range(len(runs))]
        if not ratios or median(played) <= 0:
            return self.makespan.estimate
        return self.makespan.estimate * median(mended) / median(played)

    @property
    def slowdown(self) -> float:
        """The largest ratio that is beyond noise: of a node, of all alike, or of the makespan; else 1.

        `async-dag diff FILE --label A B --fail-over 5%` fails by it.
        """
        tested: list[Change] = [*self.changes.nodes, self.changes.makespan]
        if self.changes.common is not None:
            tested.append(self.changes.common)
        return max(
            (change.ratio.estimate for change in tested if change.verdict == "slower"), default=1.0
        )

    def findings(self) -> list[RunsFinding]:
        """What changed, in sentences, and how large a change would have been seen.

        Of each run the factor that its nodes share is taken out, and tested on its own: a finding of
        kind `common` names no node. The chance of any false alarm is held below 5 %.
        """
        unmatched = (
            [self._before.graph.names[node] for node in self.matching.removed],
            [self._after.graph.names[node] for node in self.matching.added],
        )
        names = [compared.name for compared in self._compared]
        return findings_of(
            names,
            self.changes,
            self.makespan,
            lambda: self.unexplained,
            *unmatched,
            self._chosen,
            (len(self._before.traces), len(self._after.traces)),
        )

    @property
    def _chosen(self) -> dict[str, tuple[int, int]]:
        """How many runs of both sides chose a task that some did not, and that both graphs have."""
        early_runs, late_runs = self._sides
        names, kinds = self._after.graph.names, self._after.graph.kinds
        chosen: dict[str, tuple[int, int]] = {}
        for early, late in self.matching.pairs:
            before = sum(early not in run.left_out for run in early_runs)
            after = sum(late not in run.left_out for run in late_runs)
            if kinds[late] in TIMED and (before, after) != (len(early_runs), len(late_runs)):
                chosen[names[late]] = before, after
        return chosen

    @property
    def counts(self) -> str:
        """How many runs are compared, how the makespan changed, and what all nodes share."""
        texts = [
            f"{plural(len(self._before.traces), 'run')} against {len(self._after.traces):,}",
            f"makespan {change_band(self.makespan)}",
        ]
        if self.changes.common is not None:
            shared = change_band(self.changes.common.ratio)
            texts.append(f"what all nodes share, {shared}, is taken out and tested on its own")
        return " · ".join(texts)

    @property
    def headline(self) -> str:
        """How many runs of what are compared, in one line."""
        return harmless(f"{self.before} → {self.after}: {self.counts}")

    @property
    def labels(self) -> tuple[str, str]:
        """What the two sides are called in short: by their labels, if these differ."""
        before, after = (side.rpartition(" · ")[2] for side in (self.before, self.after))
        return (before, after) if before != after else ("before", "after")

    @property
    def draw(self) -> DifferenceDraw:
        """Pictures of the difference: `difference.draw.ratios()`, `difference.draw.html(path)`."""
        from async_dag.runs.draw import DifferenceDraw

        return DifferenceDraw(self)

    def text(self) -> str:
        """The difference as plain text: a headline, the table, the findings."""
        findings = [f"- {finding}" for finding in self.findings()]
        return "\n".join([self.headline, "", self.table.text(), "", *findings])

    def __repr__(self) -> str:
        return f"<Difference {self.headline}>"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """In a notebook: the ratios, and the findings below; without matplotlib the table."""
        return bundle("difference", self.draw._of_cell, self._html, self.text, include, exclude)

    def _html(self) -> str:
        findings = "".join(f"<li>{escape(str(finding))}</li>" for finding in self.findings())
        return f"<p>{escape(self.headline)}</p>{self.table._repr_html_()}<ul>{findings}</ul>"


def _columns(runs: Sequence[MeasuredRun], nodes: Sequence[int]) -> list[float]:
    """Run by run the duration of a node; of several alike the mean of theirs."""
    if len(nodes) == 1:
        [node] = nodes
        return [run.durations[node] for run in runs]
    return [fmean([run.durations[node] for node in nodes]) for run in runs]


def _makespans(runs: Sequence[MeasuredRun]) -> list[float]:
    return [run.makespan for run in runs]


def _order(before: RunSet, after: RunSet) -> list[int] | None:
    """The places of all runs in the order of time; None if all of one side came first."""
    times = [trace.wall_start for trace in (*before.traces, *after.traces)]
    split = len(before.traces)
    if times[split - 1] <= times[split] or times[-1] <= times[0]:
        return None
    return sorted(range(len(times)), key=times.__getitem__)


def _at_once(traces: Sequence[Trace]) -> int:
    """How many of the runs went on at the same time: the median over the runs."""
    starts = sorted(trace.wall_start for trace in traces)
    ends = sorted(trace.wall_start + trace.elapsed for trace in traces)
    counts = [
        # All that began before its end, but for those that had ended before it began.
        bisect_left(starts, trace.wall_start + trace.elapsed) - bisect_right(ends, trace.wall_start)
        for trace in traces
    ]
    return max(1, sorted(counts)[len(counts) // 2])


@explains_wrong_calls("diff(runs_before, runs_after)")
def diff(before: Any, after: Any, *, tm: TaskManager[Any] | None = None) -> Difference:
    """What changed between two sets of runs, beyond noise.

    Nodes are matched by the names that the user gave, then by structure: `fetch_2` may be `fetch_3`
    now. What can't be told apart is compared as one.

    Take the two by turns, run by run, where you can: a machine is busier at one time than at another,
    which hides small changes if all of `before` came first, the more so with many runs at once.

    Args:
        before: the runs of one side: a profile (`async_dag.profile("runs.db", label="v41")`), the path
            of a history, a manager, or a list of results or traces.
        after: those of the other side, likewise.
        tm: the manager whose graph is meant, where a file has runs of several.

    Raises:
        HistoryError: a side has fewer than 6 runs, or the graphs have no task in common (a
            `ValueError`).
        WrongTypeError, WrongArgumentError: an argument can't be used (a `TypeError`, a `ValueError`).

    >>> import asyncio, async_dag
    >>> async def nap() -> None:
    ...     await asyncio.sleep(0.001)
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(nap)
    >>> results = [asyncio.run(tm.invoke()) for _ in range(12)]
    >>> async_dag.diff(results[:6], results[6:])
    <Difference 6 results → 6 results: 6 runs against 6 · makespan ...>
    """
    return Difference(gather(before, "diff", tm=tm), gather(after, "diff", tm=tm))
