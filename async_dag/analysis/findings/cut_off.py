"""What is told of a run that failed or was cancelled: what ended it, and what is left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from async_dag._common.plural import plural
from async_dag._common.shortening import cut_middle
from async_dag.analysis.findings.finding import Finding, Gain
from async_dag.analysis.findings.maps import items_by_map
from async_dag.analysis.findings.mended import MendedRun
from async_dag.graph.unrolled import is_part_of_stream
from async_dag.trace.columns import LEFT_OUT, OUTSIDE
from async_dag.trace.trace import Trace

_NO_GAIN: Final = Gain(0.0, 0.0)
_LONGEST_ERROR: Final = 120
"""Characters of an error in a sentence."""


def was_cut_off(trace: Trace) -> bool:
    """Whether tasks failed, were cancelled, or never started for one that did."""
    return any(
        outcome in ("failed", "cancelled")
        or (outcome == "skipped" and trace.causes.get(node) not in LEFT_OUT)
        for node, outcome in trace.outcomes.items()
    )


def cut_off(run: MendedRun, most: int) -> list[Finding]:
    """What failed and whom that stopped, or that all was cancelled; then what is left to do."""
    trace = run.trace
    outside = [
        node
        for node, outcome in trace.outcomes.items()
        if outcome in ("cancelled", "skipped") and trace.causes.get(node) == OUTSIDE
    ]
    rest = [*([_cancellation(run, outside)] if outside else []), *_left_to_do(run)]
    failures = list(_failures(run))
    most -= len(rest)
    if len(failures) > most:
        others = [node for nodes, _ in failures[most - 1 :] for node in nodes]
        failures[most - 1 :] = [(others, _as_well(run, others))]
    return [*(finding for _, finding in failures), *rest]


def _failures(run: MendedRun) -> Iterator[tuple[Sequence[int], Finding]]:
    """Of maps, of which many items fail, then of nodes in the order of time; each with what failed."""
    parts = _parts_of_streams(run.trace)  # what failed is told of the task that streams
    failed = [
        node
        for node, outcome in run.trace.outcomes.items()
        if outcome == "failed" and node not in parts
    ]
    failed.sort(key=lambda node: run.trace.finished[node])
    for node, rows in items_by_map(run.trace, failed).items():
        if len(rows) > 1:
            yield rows, _share_of_map(run, node, rows)
            together = set(rows)
            failed = [other for other in failed if other not in together]
    for node in failed:
        yield [node], _failure(run, node)


def _as_well(run: MendedRun, nodes: Sequence[int]) -> Finding:
    names = tuple(run.names[node] for node in nodes)
    return Finding("failed", f"{run.say.listed(nodes)} failed as well.", names, _NO_GAIN)


def _parts_of_streams(trace: Trace) -> frozenset[int]:
    """The rows that stand for one element each of what a task streams."""
    return frozenset(
        chain.from_iterable(
            range(birth.first, birth.first + birth.size)
            for birth in trace.births
            if is_part_of_stream(trace.template, birth)
        )
    )


def _share_of_map(run: MendedRun, node: int, rows: Sequence[int]) -> Finding:
    """How many items of a map failed, and of what most of them."""
    trace, rows = run.trace, sorted(rows)
    behind = set(rows)
    stopped = sorted(
        other for other, cause in trace.causes.items() if cause in behind and other != node
    )
    is_part = trace.template.maps[node].is_part
    total = sum(birth.size for birth in trace.births if birth.node == node and not is_part(birth))
    errors = Counter(" ".join(trace.errors.get(row, "").split()) for row in rows)
    (error, count), *others = errors.most_common()
    why = f": {cut_middle(error, _LONGEST_ERROR)}" if error else ""
    if others and why:
        why += f" ({count:,} of them)"
    return Finding(
        "failed",
        f"{len(rows):,} of {total:,} items of {trace.template.names[node]} failed "
        f"({len(rows) / total:.0%}), {run.say.listed(rows)}{_stopped(run, stopped)}{why}",
        tuple(run.names[row] for row in [*rows, *stopped]),
        _NO_GAIN,
    )


def _failure(run: MendedRun, node: int) -> Finding:
    trace = run.trace
    stopped = [other for other, cause in trace.causes.items() if cause == node]
    error = trace.errors.get(node)
    why = f": {cut_middle(' '.join(error.split()), _LONGEST_ERROR)}" if error else ""
    when = ""
    if trace.finished[node] == trace.finished[node]:  # not NaN
        when = f" at {run.say.seconds(trace.finished[node])}"
    return Finding(
        "failed",
        f"{run.say.name(node)} failed{when}{_stopped(run, stopped)}{why}",
        tuple(run.names[index] for index in [node, *stopped]),
        _NO_GAIN,
    )


def _stopped(run: MendedRun, nodes: list[int]) -> str:
    cancelled = [node for node in nodes if run.trace.outcomes.get(node) == "cancelled"]
    skipped = [node for node in nodes if run.trace.outcomes.get(node) == "skipped"]
    incomplete = [node for node in skipped if node in run.left_off]
    never = [node for node in skipped if node not in run.left_off]
    parts = []
    if cancelled:
        parts.append(f"{run.say.listed(cancelled)} {_was(cancelled)} cancelled for it")
    if never:
        parts.append(f"{run.say.listed(never)} never started")
    clauses = [" and ".join(parts)] if parts else []
    if incomplete:
        clauses.insert(0, f"{run.say.listed(incomplete)} {_is(incomplete)} incomplete")
    return "".join(f"; {clause}" for clause in clauses)


def _is(nodes: list[int]) -> str:
    return "is" if len(nodes) == 1 else "are"


def _was(nodes: list[int]) -> str:
    return "was" if len(nodes) == 1 else "were"


def _cancellation(run: MendedRun, nodes: list[int]) -> Finding:
    ran = [node for node in nodes if run.trace.outcomes[node] == "cancelled"]
    kinds = run.trace.graph.kinds
    never = sum(kinds[node] == "task" for node in nodes if run.trace.outcomes[node] == "skipped")
    parts = [f"{run.say.listed(ran)} {_was(ran)} running"] if ran else []
    if never:
        parts.append(f"{plural(never, 'task')} never started")
    return Finding(
        "cancelled",
        f"The run was cancelled from outside{'; ' if parts else ''}{' and '.join(parts)}.",
        tuple(run.names[node] for node in nodes),
        _NO_GAIN,
    )


def _left_to_do(run: MendedRun) -> Iterator[Finding]:
    trace = run.trace
    tasks = [node for node, kind in enumerate(trace.graph.kinds) if kind == "task"]
    left = [
        node
        for node in tasks
        if trace.outcomes.get(node) in ("failed", "cancelled")
        or (trace.outcomes.get(node) == "skipped" and trace.causes.get(node) not in LEFT_OUT)
        or (node not in trace.outcomes and trace.finished[node] != trace.finished[node])
    ]
    if not left:
        return
    done = sum(
        node not in trace.outcomes and trace.finished[node] == trace.finished[node]
        for node in tasks
    )
    succeeded = f"{done:,}" if done else "None"
    yield Finding(
        "left to do",
        f"{succeeded} of {plural(len(tasks), 'task')} succeeded; {run.say.listed(left)} "
        f"{_is(left)} left to do: invoke(reuse=...) with the result so far runs only what has no "
        "value yet.",
        tuple(run.names[node] for node in left),
        _NO_GAIN,
    )
