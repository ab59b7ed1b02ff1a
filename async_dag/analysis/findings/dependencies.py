"""Dependencies that made a run longer, and may be needless."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from async_dag.analysis.findings.finding import WORTH_TELLING, Finding
from async_dag.analysis.findings.mended import MendedRun, why_range

_WORTH_ASKING: Final = 0.1
"""The share of the makespan that a dependency must cost before anybody is asked whether it is needed.

That is where the code of the task is not at hand: each dependency costs something; most are needed.
"""

_CANDIDATES: Final = 4
"""So many dependencies are looked at more closely."""


def dependencies(run: MendedRun) -> Iterator[Finding]:
    """Dependencies that made the critical path longer, and whose value is not even looked at.

    Where the code of the task is not at hand: those that cost much, for others to judge.
    """
    trace = run.trace
    finished = trace.finished
    candidates: list[tuple[float, int, int, bool]] = []
    for node in run.path:
        if not _is_declared(run, node):
            continue
        needed = trace.graph.dependencies[node]
        last = max(needed, key=lambda dependency: (finished[dependency], dependency), default=None)
        if last is None or last not in trace.template.dependencies[node]:
            continue  # it waited until it was chosen
        others = max(
            (finished[dependency] for dependency in needed if dependency != last), default=0.0
        )
        sooner = finished[last] - others
        unread = trace.graph.unread(node)
        if _may_be_chosen_by_element(run, last):
            continue
        if unread is None:
            # The only dependency of a task is hardly ever needless.
            if len(needed) > 1 and sooner >= _WORTH_ASKING * run.makespan:
                candidates.append((sooner, last, node, False))
        elif last in unread and sooner >= WORTH_TELLING * run.makespan:
            candidates.append((sooner, last, node, True))
    candidates.sort(reverse=True)
    for sooner, last, node, is_unread in candidates[:_CANDIDATES]:
        gain = run.gain(without=(node, last))
        if not is_unread and gain.high < _WORTH_ASKING * run.makespan:
            continue
        task, dependency = run.say.name(node), run.say.name(last)
        if is_unread:
            reason = f"{task} waits for {dependency}, but never looks at its value"
            unless = "unless it must come after it,"
        else:
            longer = run.say.seconds(sooner)
            reason = f"{task} waited for {dependency} {longer} longer than for anything else"
            unless = "if it does not need it,"
        yield Finding(
            "dependency",
            f"{reason}; {unless} dropping that dependency {run.say.saves(gain)}.",
            (run.names[node], run.names[last]),
            gain,
            why_range(gain),
        )


def _is_declared(run: MendedRun, node: int) -> bool:
    """Whether what it takes was said of this node alone: not of a choice, nor of an item of a map."""
    trace = run.trace
    return node < len(trace.template) and trace.template.kinds[node] == "task"


def _may_be_chosen_by_element(run: MendedRun, node: int) -> bool:
    """Whether a choice for each element may decide what of it is needed: who knows, were it dropped?"""
    graph = run.trace.template
    if all(shape.sides is None for shape in graph.maps.values()):
        return False
    seen, stack = {node}, [node]
    while stack:
        new = set(graph.dependencies[stack.pop()]) - seen
        seen |= new
        stack += new
    return not seen.isdisjoint(graph.maps)
