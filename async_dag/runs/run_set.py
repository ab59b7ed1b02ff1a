"""`RunSet`: many runs of one graph, from a file, from memory, or from a list of results."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from async_dag._common.plural import plural
from async_dag._common.shortening import short_repr
from async_dag.analysis.timeline import Timeline
from async_dag.engine.result import ExecutionResult
from async_dag.errors import HistoryError, WrongArgumentError, WrongTypeError
from async_dag.graph.graph import Graph
from async_dag.graph.title import ends_of, title_of
from async_dag.manager.manager import TaskManager
from async_dag.manager.recent_runs import RecentRuns
from async_dag.nodes.node import TaskNode
from async_dag.runs.history import absolute
from async_dag.runs.storage.histogram import Histogram
from async_dag.runs.storage.reader import HistoryFile, StoredGraph
from async_dag.runs.storage.records import digest_of, outcome_of
from async_dag.runs.storage.writer import flush_all
from async_dag.trace.collapsed import collapsed
from async_dag.trace.trace import Trace

_UNITS: Final = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d|w)\s*")
_NAMED: Final = 4


@dataclass(frozen=True)
class RunSet:
    """Complete runs of one graph, in the order of time.

    Attributes:
        graph: the graph.
        traces: the runs, a fair sample of all.
        slow: beside those some of the slowest, of minutes of which only a sample was kept.
        seen: how many complete runs there were, also those that were not kept.
        left_out: how many failed, were cancelled, or ran a part of the graph.
        histograms: of the durations of all runs, by node, where only a sample was kept.
        title: what the graph is called.
        source: where the runs are from, in a few words.
    """

    graph: Graph
    traces: Sequence[Trace]
    slow: Sequence[Trace] = ()
    seen: int = 0
    left_out: int = 0
    histograms: dict[int, Histogram] = field(default_factory=dict)
    title: str = ""
    source: str = ""

    @property
    def is_sample(self) -> bool:
        """Whether some of the runs were not kept."""
        return self.seen > len(self.traces)


def gather(
    source: Any,
    where: str,
    *,
    tm: TaskManager[Any] | None = None,
    dag: str | None = None,
    label: str | None = None,
    last: str | timedelta | None = None,
) -> RunSet:
    """The runs that a user means by `source`.

    Args:
        source: a path, a manager, what `tm.history` gives, a profile, or results, timelines and traces
            in a list.
        where: the function it was passed to, for errors.
        tm: the manager whose graph is meant.
        dag: what the graph is called, where a file has several.
        label: only runs with this label.
        last: only runs that began within this time.
    """
    chosen = getattr(source, "run_set", None)
    if isinstance(chosen, RunSet):
        return chosen  # of a profile
    if tm is not None and not isinstance(tm, TaskManager):
        raise WrongTypeError(
            f"{where}(tm=) takes the manager whose graph is meant; given was {short_repr(tm)}"
        )
    # Before paths: a result and a node have `__fspath__`, which raises an error.
    if isinstance(source, (ExecutionResult, Trace, Timeline)):
        raise WrongTypeError(
            f"{where} takes a list of results or traces: {where}([result]); given was "
            f"{short_repr(source)} alone"
        )
    if isinstance(source, TaskNode):
        raise _wrong_source(where, source)
    since = None if last is None else time.time() - seconds_of(f"{where}(last=)", last)
    if isinstance(source, (str, os.PathLike)):
        return _of_file(absolute(source), tm, dag, label, since)
    if dag is not None:
        raise WrongArgumentError(
            f"{where}(dag=) chooses among the graphs of a history file; runs in memory are of one"
        )
    if label is not None:
        raise WrongArgumentError(
            f"{where}(label=) chooses among the runs of a history file; runs in memory have no label"
        )
    if isinstance(source, TaskManager):
        source = source.history
    if isinstance(source, RecentRuns):
        return _of_traces(list(source), where, since, source.left_out, "the manager's last runs")
    if not isinstance(source, Iterable):
        raise _wrong_source(where, source)
    return _of_traces([_trace_of(run, where) for run in source], where, since)


def _wrong_source(where: str, source: object) -> WrongTypeError:
    return WrongTypeError(
        f"{where} takes the path of a history, a manager, or a list of results or traces; given was "
        f"{short_repr(source)}"
    )


def _trace_of(run: Any, where: str) -> Trace:
    trace = run if isinstance(run, Trace) else getattr(run, "trace", None)
    if not isinstance(trace, Trace):
        raise WrongTypeError(
            f"{where} takes a list of results or traces; among them was {short_repr(run)}"
        )
    return trace


def _of_traces(
    traces: Sequence[Trace],
    where: str,
    since: float | None,
    left_out: int = 0,
    source: str = "",
) -> RunSet:
    if since is not None:
        traces = [trace for trace in traces if trace.wall_start >= since]
    over = [collapsed(trace) for trace in traces if trace.over]
    complete = [trace for trace in over if outcome_of(trace) == "complete"]
    left_out += len(traces) - len(complete)
    if not complete:
        raise HistoryError(
            f"{where} needs runs that came to their end; given were {_left_out(left_out)}"
        )
    graph = complete[0].graph
    by_digest = {digest_of(other): other for other in {trace.graph for trace in complete}}
    if len(by_digest) > 1:
        described = [
            f"{title_of(other)!r} ({plural(len(other), 'node')})" for other in by_digest.values()
        ]
        raise HistoryError(
            f"{where} takes runs of one graph; given were runs of several: "
            f"{', '.join(sorted(described, reverse=True)[:_NAMED])}"
        )
    complete.sort(key=lambda trace: trace.wall_start)
    return RunSet(
        graph,
        complete,
        seen=len(complete),
        left_out=left_out,
        title=title_of(graph),
        source=source or plural(len(complete), "result"),
    )


def _of_file(
    path: Path,
    tm: TaskManager[Any] | None,
    dag: str | None,
    label: str | None,
    since: float | None,
) -> RunSet:
    flush_all(path)
    with HistoryFile(path) as file:
        labels = file.labels()
        if label is not None and label not in labels:
            there = ", ".join(map(repr, labels)) or "none"
            raise HistoryError(
                f"the history at {os.fspath(path)!r} has no runs with the label {label!r}; its labels "
                f"are {there}"
            )
        chosen = None if label is None else [label]
        graph = _chosen_graph(file, tm, dag, chosen, since)
        runs = file.runs(graph, chosen, since)
        counts = file.counts(graph, chosen, since)
    complete = [run.trace for run in runs if run.outcome == "complete" and run.sample != "slow"]
    if not complete:
        raise HistoryError(
            f"the history at {os.fspath(path)!r} has no run of {title_of(graph.graph)!r} that came to "
            f"its end{'' if since is None else ' in that time'}"
        )
    unfinished = sum(run.outcome != "complete" for run in runs)
    return RunSet(
        graph.graph,
        complete,
        [run.trace for run in runs if run.sample == "slow"],
        max(len(complete), counts.seen if since is None else 0),
        max(unfinished, counts.unfinished if since is None else 0),
        counts.histograms,
        title_of(graph.graph),
        path.name if label is None else f"{path.name} · {label}",
    )


def _chosen_graph(
    file: HistoryFile,
    tm: TaskManager[Any] | None,
    dag: str | None,
    labels: Sequence[str] | None,
    since: float | None,
) -> StoredGraph:
    """The graph that is meant: that of the manager, of that title, or the only one with such runs."""
    graphs = file.graphs(labels, since)
    if dag is not None:
        titled = [graph for graph in graphs if dag in _names(graph.graph)]
        if not titled:
            raise HistoryError(
                f"the history at {os.fspath(file.path)!r} has no such runs of {dag!r}; it has "
                f"{_listed(graphs)}"
            )
        graphs = titled
    if tm is not None:
        digest = digest_of(tm.graph)
        for graph in graphs:
            if graph.digest == digest:
                return graph
        raise HistoryError(
            f"the history at {os.fspath(file.path)!r} has no such runs of this manager's graph; it has "
            f"{_listed(graphs)}"
        )
    if len(graphs) == 1:
        return graphs[0]
    if not graphs:
        raise HistoryError(f"the history at {os.fspath(file.path)!r} has no such runs")
    raise HistoryError(
        f"the history at {os.fspath(file.path)!r} has runs of several graphs: {_listed(graphs)}; say "
        f"which by its name (dag=), by its manager (tm=), or by a label"
    )


def _listed(graphs: Sequence[StoredGraph]) -> str:
    listed = [
        f"{_called(graph.graph)} ({plural(len(graph.graph), 'node')}, {plural(graph.runs, 'run')})"
        for graph in graphs[:_NAMED]
    ]
    more = len(graphs) - _NAMED
    return ", ".join([*listed, *([f"{more:,} more"] if more > 0 else [])]) or "none"


def _names(graph: Graph) -> tuple[str, str]:
    """What a graph may be called: after its file, and after what it ends with."""
    return title_of(graph), ends_of(graph)


def _called(graph: Graph) -> str:
    title, ends = _names(graph)
    return repr(ends) if title == ends else f"{ends!r} of {title!r}"


def _left_out(count: int) -> str:
    return f"{plural(count, 'run')} that did not" if count else "none"


def seconds_of(where: str, span: str | timedelta) -> float:
    """Seconds of a span of time such as `24h`.

    >>> seconds_of("profile(last=)", "24h")
    86400.0
    """
    if isinstance(span, timedelta):
        return span.total_seconds()
    if not isinstance(span, str):
        raise WrongTypeError(
            f"{where} takes a span of time such as '24h', or a timedelta; given was {short_repr(span)}"
        )
    match = _SPAN.fullmatch(span)
    if match is None:
        raise WrongArgumentError(
            f"{where} takes a number with one of {', '.join(_UNITS)}, such as '24h'; given was "
            f"{short_repr(span)}"
        )
    return float(match[1]) * _UNITS[match[2]]
