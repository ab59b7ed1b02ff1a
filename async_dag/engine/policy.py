"""`Control`: what one invoke asks for beyond running all nodes, checked and worked out at its call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

from async_dag._common.arguments import one_of, whole_number
from async_dag._common.durations import Durations, checked_durations
from async_dag._common.shortening import short_repr
from async_dag.engine.priorities import remaining_paths
from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.errors import ForeignNodeError, WrongTypeError
from async_dag.graph import algorithms
from async_dag.graph.graph import Graph
from async_dag.nodes.node import TaskNode, needed_by
from async_dag.nodes.plan import Plan

OnError = Literal["cancel", "continue"]
_ON_ERROR: Final = {
    "cancel": "a failure cancels the rest",
    "continue": "only what depends on the failed node is skipped",
}


class Control(NamedTuple):
    """How an invoke differs from one that runs every node as soon as it can."""

    plan: Plan  # of the nodes that run
    runs: Collection[int]
    not_needed: Sequence[int] = ()  # no target depends on them
    reused: Sequence[int] = ()
    earlier: ExecutionResult[Any] | None = None  # whose values are reused
    slots: int | None = None
    paths: Sequence[
        float
    ] = ()  # the remaining path of each node, if there are fewer slots than nodes
    go_on: bool = False  # after a failure


def work_out(
    manager: Any,
    plan: Plan,
    parameter: object,
    max_concurrency: int | None,
    durations: Durations | None,
    on_error: OnError,
    targets: Iterable[TaskNode[Any, Any]] | None,
    reuse: ExecutionResult[Any] | None,
) -> Control:
    """Check the arguments of `invoke`, each with an error that names it, and what follows from them."""
    graph: Graph = manager.graph
    if max_concurrency is not None:
        whole_number(
            "invoke(max_concurrency=)",
            max_concurrency,
            at_least=1,
            meaning="how many nodes may run at once",
            or_none=True,
        )
    known = None if durations is None else checked_durations("invoke(durations=)", durations)
    one_of("invoke(on_error=)", on_error, _ON_ERROR)
    needed: Collection[int] = range(len(plan.nodes))
    if targets is not None:
        needed = _needed_by_targets(manager, graph, targets)
    reused: Collection[int] = ()
    if reuse is not None:
        _check_reuse(manager, reuse)
        reused = _reusable(plan, graph, parameter, reuse)
    given = set(plan.given)
    carried = set(reused)
    runs: Collection[int] = needed
    not_needed: Sequence[int] = ()
    if targets is not None or reuse is not None:
        runs = set(needed) - given - carried
        all_nodes = range(len(plan.nodes))
        not_needed = [
            index
            for index in all_nodes
            if index not in runs and index not in given and index not in carried
        ]
        plan = _plan_of(plan, runs)
    control = Control(plan, runs, not_needed, sorted(reused), reuse, go_on=on_error == "continue")
    if max_concurrency is None:
        return control
    paths: Sequence[float] = ()
    if max_concurrency < len(runs):
        paths = remaining_paths(graph, runs, known)
    return control._replace(slots=max_concurrency, paths=paths)


def _needed_by_targets(manager: Any, graph: Graph, targets: Any) -> set[int]:
    if isinstance(targets, TaskNode) or not isinstance(targets, Iterable):
        raise WrongTypeError(
            f"invoke(targets=) takes nodes in a list: targets=[node]; given was {short_repr(targets)}"
        )
    found: list[int] = []
    for target in targets:
        if not isinstance(target, TaskNode):
            hint = f"; by its name: tm[{target!r}]" if isinstance(target, str) else ""
            raise WrongTypeError(
                "invoke(targets=) takes nodes, such as add_node returns; among them was "
                f"{short_repr(target)}{hint}"
            )
        if target._manager is not manager:
            raise ForeignNodeError(
                f"node {target.name!r}, among the targets, belongs to another TaskManager; invoke "
                "takes nodes of its own manager"
            )
        found.append(target._index)
    return algorithms.reachable(graph.dependencies, found)


def _check_reuse(manager: Any, reuse: object) -> None:
    if not isinstance(reuse, ExecutionResult):
        raise WrongTypeError(
            "invoke(reuse=) takes the result of an earlier invoke, such as tm.last_unfinished or the "
            f"result of an InvocationError; given was {short_repr(reuse)}"
        )
    if reuse._manager is not manager:
        raise ForeignNodeError(
            "invoke(reuse=) takes a result of the same manager; given was that of another one, "
            f"{short_repr(reuse._manager)}"
        )


def _reusable(
    plan: Plan, graph: Graph, parameter: object, earlier: ExecutionResult[Any]
) -> set[int]:
    """The nodes that finished in that earlier result and whose value would be the same again."""
    finished = {node._index for node in plan.nodes if earlier._values[node._index] is not MISSING}
    finished.difference_update(plan.given)
    if not _same(parameter, earlier._parameter):
        # (Of all given nodes only the parameter can have changed.)
        depend = algorithms.reachable(
            algorithms.dependents_of(graph.dependencies),
            [index for index in plan.given if graph.kinds[index] == "parameter"],
        )
        finished -= depend
    return finished


def _same(one: object, other: object) -> bool:
    if one is other:
        return True
    try:
        # Not what is merely true: numpy's arrays compare to arrays.
        return (one == other) is True
    except Exception:  # noqa: BLE001 - whatever a foreign comparison does, it does not say "the same"
        return False


def _plan_of(plan: Plan, runs: Collection[int]) -> Plan:
    """The plan of a part of the nodes; what they need is among them or is there already."""
    missing = [0] * len(plan.nodes)
    dependents: list[Sequence[int]] = [()] * len(plan.nodes)
    roots: list[int] = []
    for index in sorted(runs):
        for dependency in needed_by(plan.nodes[index]):
            if dependency in runs:
                missing[index] += 1
        if not missing[index]:
            roots.append(index)
        dependents[index] = [other for other in plan.dependents[index] if other in runs]
    return plan._replace(roots=roots, missing=missing, dependents=dependents)
