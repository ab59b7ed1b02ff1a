"""`Policy`: what an invoke asks for beyond running all nodes, checked and resolved at its call."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from async_dag._common.arguments import one_of, whole_number
from async_dag._common.durations import Durations, checked_durations
from async_dag.engine.demands import Demands, flags_of, sides_of_choices
from async_dag.engine.earlier import Reusable, earlier_result
from async_dag.engine.result import MISSING, ExecutionResult
from async_dag.engine.same_values import same as is_same
from async_dag.graph import algorithms
from async_dag.graph.choices import with_flags
from async_dag.graph.graph import Graph
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.selection import Selection, selected

OnError = Literal["cancel", "continue"]
_ON_ERROR: Final = {
    "cancel": "a failure cancels the rest",
    "continue": "only what depends on the failed node is skipped",
}


class Policy(NamedTuple):
    """How an invoke differs from one that runs every node as soon as it can."""

    compiled: CompiledGraph[Any]  # without the edges from nodes that don't run
    runs: Collection[int]
    targets: Sequence[int] | None = None  # the nodes that were asked for; None: all
    not_needed: Sequence[int] = ()  # no target depends on them
    reused: Sequence[int] = ()
    earlier: ExecutionResult[Any] | None = None  # whose values are reused
    same: Collection[int] = ()  # nodes that take their values from that result
    # Of these the maps that run nonetheless, as an unfinished map takes their items one by one.
    gone_through: Collection[int] = ()
    slots: int | None = None
    # The remaining path of each node; None unless there are fewer slots than nodes.
    paths: Sequence[float] = ()
    continues_on_error: bool = False


def make_policy(
    compiled: CompiledGraph[Any],
    parameter: object,
    max_concurrency: int | None,
    durations: Durations | None,
    on_error: OnError,
    targets: Selection[Any] | None,
    reuse: Reusable | None,
) -> Policy:
    """Check the arguments of `invoke`, each with an error that names it; resolve what they imply."""
    graph = compiled.graph
    if max_concurrency is not None:
        whole_number(
            "invoke(max_concurrency=)",
            max_concurrency,
            at_least=1,
            meaning="how many nodes may run at once",
            or_none=True,
        )
    known = (
        None
        if durations is None
        else checked_durations("invoke(durations=)", durations, graph.names)
    )
    one_of("invoke(on_error=)", on_error, _ON_ERROR)
    all_nodes = range(len(compiled.nodes))
    needed: Collection[int] = all_nodes
    chosen: list[int] | None = None
    if targets is not None:
        chosen = [node.index for node in selected(compiled, targets, "invoke(targets=)")]
        needed = algorithms.reachable(graph.dependencies, chosen)
    earlier: ExecutionResult[Any] | None = None
    reused: set[int] = set()
    same: set[int] = set()
    gone_through: set[int] = set()
    if reuse is not None:
        earlier = earlier_result(compiled, parameter, reuse)
        reused = _reusable(compiled, parameter, earlier)
        same = reused.union(compiled.given)
        if not is_same(parameter, earlier.parameter):
            same.discard(-1 if compiled.parameter is None else compiled.parameter)
        gone_through = _maps_gone_through(compiled, needed, reused)
        reused = reused - gone_through
    runs: Collection[int] = needed
    not_needed: Sequence[int] = ()
    if targets is not None or reuse is not None:
        given = set(compiled.given)
        runs = set(needed) - given - set(reused)
        not_needed = sorted(set(all_nodes) - runs - given - set(reused))
        compiled = compiled.only(runs)
    policy = Policy(
        compiled,
        runs,
        chosen,
        not_needed,
        sorted(reused),
        earlier,
        same,
        gone_through,
        continues_on_error=on_error == "continue",
    )
    if max_concurrency is None:
        return policy
    paths: Sequence[float] = ()
    if max_concurrency < len(runs) or compiled.dynamic is not None:
        flags: Mapping[int, int] = {}
        if compiled.dynamic is not None and compiled.dynamic.choices:
            sides = sides_of_choices(compiled)
            flags = flags_of(Demands(compiled, sides, runs, chosen, gone_through), compiled)
        paths = remaining_paths(graph, runs, known, flags)
    return policy._replace(slots=max_concurrency, paths=paths)


def _reusable(
    compiled: CompiledGraph[Any], parameter: object, earlier: ExecutionResult[Any]
) -> set[int]:
    """The nodes that finished in that earlier result and whose value would be the same now."""
    values = earlier._values
    finished = {index for index in range(len(compiled.nodes)) if values[index] is not MISSING}
    finished.difference_update(compiled.given)
    changed: list[int] = []
    # Of the given nodes only the parameter can have changed.
    if compiled.parameter is not None and not is_same(parameter, earlier.parameter):
        changed.append(compiled.parameter)
    dynamic = compiled.dynamic
    if dynamic is not None and dynamic.outcomes:
        # Items that failed run again, so their outcomes are not what they were.
        for node, takers in dynamic.outcomes.items():
            if node not in finished:
                changed += takers
        # A map may have taken outcomes one by one: it finished, and what it takes items of did not.
        for node, plan in dynamic.maps.items():
            sides = set(map(dynamic.node, plan.side_keys))
            if node in finished and not finished.issuperset({*dynamic.items_of[node]} - sides):
                changed.append(node)
    if changed:
        dependents = algorithms.dependents_of(compiled.graph.dependencies)
        finished -= algorithms.reachable(dependents, changed)
    return finished


def _maps_gone_through(
    compiled: CompiledGraph[Any], needed: Collection[int], finished: Collection[int]
) -> set[int]:
    """Finished maps that run again, because an unfinished map that is needed takes their items."""
    dynamic = compiled.dynamic
    if dynamic is None:
        return set()
    unfinished = [node for node in dynamic.maps if node in needed and node not in finished]
    neighbours = [[*dynamic.items_of.get(node, ())] for node in range(len(compiled.nodes))]
    for choice, plan in dynamic.maps.items():
        # A choice that is done is made again for its side, which is to know where it is taken.
        for key in plan.side_keys:
            neighbours[dynamic.node(key)].append(choice)
    return algorithms.reachable(neighbours, unfinished).intersection(finished)


# Which of the nodes that are ready goes first: the one with the longest remaining path.


def remaining_paths(
    graph: Graph,
    runs: Collection[int],
    durations: Mapping[str, float] | None = None,
    flags: Mapping[int, int] | None = None,
) -> list[float]:
    """For each node the weight of the heaviest path that starts with it.

    The weight of a node is its duration. One that is not known (not in `durations`, or NaN) is taken as
    the mean of those known of the same task, else the mean of all that are known. If none is known,
    each node counts 1: the path that is longest in hops. Nodes that don't run weigh nothing.

    Args:
        graph: the nodes.
        runs: those that will run.
        durations: seconds by name, of some of them.
        flags: by the index of a node that waits to be chosen the node whose value says so.
    """
    weights = [1.0 if kind in ("task", "map") else 0.0 for kind in graph.kinds]
    if durations is not None:
        _fill_in_durations(weights, graph, durations)
    weights = [weight if node in runs else 0.0 for node, weight in enumerate(weights)]
    dependencies: Sequence[Sequence[int]] = graph.dependencies
    if flags:
        dependencies = with_flags(dependencies, {n: flag for n, flag in flags.items() if flag >= 0})
    return algorithms.remaining_path(dependencies, weights)


def _fill_in_durations(weights: list[float], graph: Graph, durations: Mapping[str, float]) -> None:
    of_task: dict[object, list[float]] = defaultdict(list)
    unknown: list[int] = []
    known: list[float] = []
    for node, name in enumerate(graph.names):
        if graph.kinds[node] not in ("task", "map"):
            continue
        seconds = durations.get(name)
        if seconds is None or seconds != seconds:
            unknown.append(node)
            continue
        weights[node] = seconds
        known.append(seconds)
        of_task[graph.origins[node]].append(seconds)
    if not known:
        return
    mean_of_all = math.fsum(known) / len(known)
    means = {task: math.fsum(some) / len(some) for task, some in of_task.items()}
    for node in unknown:
        weights[node] = means.get(graph.origins[node], mean_of_all)
