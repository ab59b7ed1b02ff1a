"""`Plan`: what `sort` works out once for every invoke."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from inspect import CO_COROUTINE
from types import FunctionType
from typing import Any, NamedTuple

from async_dag.nodes.node import TaskNode, needed_by

Call = Callable[..., Coroutine[Any, Any, Any]]


class Plan(NamedTuple):
    """The nodes of a sorted manager as columns, the way the engine reads them: by index."""

    nodes: Sequence[TaskNode[Any, Any]]
    # For a node that calls a plain async function by position that function, else None.
    calls: Sequence[Call | None]
    slots: Sequence[tuple[int, ...]]  # where the arguments of each node lie among the values
    roots: Sequence[int]  # nodes to run that wait for nothing
    given: Sequence[int]  # parameter and immediate nodes, which are done from the start
    missing: list[int]  # how many dependencies each node waits for, those given left out
    dependents: Sequence[Sequence[int]]


def make_plan(
    nodes: Sequence[TaskNode[Any, Any]], parameter: TaskNode[Any, Any] | None
) -> tuple[Plan, bool]:
    """The plan of these nodes, and whether one depends on a later one: only then may there be a cycle.

    One loop over all nodes with everything spelt out: more than half of what a large graph costs lies
    before its first invoke.
    """
    roots: list[int] = []
    missing = [0] * len(nodes)
    # Most nodes of a large graph have few dependents, and many none at all.
    dependents: list[Any] = [()] * len(nodes)
    slots = [node._slots for node in nodes]
    calls: list[Call | None] = [None] * len(nodes)
    given = [
        index
        for index, node in enumerate(nodes)
        if node._task is None and (node is parameter or is_immediate(node))
    ]
    is_given = frozenset(given)
    is_plain: dict[FunctionType, bool] = {}  # many nodes share one function
    forward = False
    for index, node in enumerate(nodes):
        task = node._task
        needed: Iterable[int] = slots[index]
        if node._keyword_slots is not None:
            needed = needed_by(node)
        else:
            if type(task) is FunctionType:
                plain = is_plain.get(task)
                if plain is None:
                    plain = is_plain[task] = bool(task.__code__.co_flags & CO_COROUTINE)
                if plain and ((options := node._options) is None or not options.has_attempts):
                    calls[index] = task
            elif index in is_given:
                continue
            if len(slots[index]) > 1:
                needed = dict.fromkeys(needed)  # each once
        count = 0
        for dependency in needed:
            if dependency < 0 or dependency in is_given:
                continue
            if dependency >= index:
                forward = True  # only `from_networkx` can make one
            count += 1
            known = dependents[dependency]
            if known:
                known.append(index)
            else:
                dependents[dependency] = [index]
        if count:
            missing[index] = count
        else:
            roots.append(index)
    return Plan(nodes, calls, slots, roots, given, missing, dependents), forward


def is_immediate(node: TaskNode[Any, Any]) -> bool:
    """Whether a node that has no task and is not the parameter has a value; else it collects some."""
    return bool(node._slots) and node._slots[0] < 0
