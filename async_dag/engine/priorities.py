"""Which of the nodes that are ready goes first: the one with the longest remaining path."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from async_dag.graph import algorithms
from async_dag.graph.choices import with_flags
from async_dag.graph.graph import Graph


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
