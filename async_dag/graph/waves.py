"""The orders in which people run a graph by hand: wave by wave (a `gather` a wave), or one by one."""

from __future__ import annotations

from typing import NamedTuple

from async_dag.graph.algorithms import topological_order
from async_dag.graph.choice_parts import is_choice
from async_dag.graph.graph import Graph


class Wave(NamedTuple):
    """What `run_waves` runs at once, and the collect and choice nodes whose value is there after it."""

    tasks: list[int]
    collects: list[int]


def waves(graph: Graph) -> list[list[int]]:
    """The tasks of each wave: those whose dependencies all lie in earlier waves.

    Nodes that never run take no wave of their own.
    """
    return [wave.tasks for wave in waves_and_collects(graph)[1:]]


def waves_and_collects(graph: Graph) -> list[Wave]:
    """The waves from 1 on; at 0 no tasks, but the collect nodes that need none."""
    # For each node the number of waves that must be over before its value is there.
    depth = [0] * len(graph)
    waves = [Wave([], [])]
    for node in topological_order(graph.dependencies):
        depth[node] = max((depth[needed] for needed in graph.dependencies[node]), default=0)
        if is_choice(graph, node):
            waves[depth[node]].collects.append(node)
        elif graph.kinds[node] in ("task", "map"):
            depth[node] += 1
            if depth[node] == len(waves):
                waves.append(Wave([], []))
            waves[depth[node]].tasks.append(node)
        elif graph.kinds[node] == "collect":
            waves[depth[node]].collects.append(node)
    for wave in waves:
        wave.tasks.sort()
    return waves


def one_by_one(graph: Graph) -> list[list[int]]:
    """Each node as a step, after what it depends on: as they were added, wherever that is possible."""
    as_added = all(max(needed, default=-1) < node for node, needed in enumerate(graph.dependencies))
    order = range(len(graph)) if as_added else topological_order(graph.dependencies)
    return [[node] for node in order if graph.kinds[node] in ("task", "map", "collect", "choice")]
