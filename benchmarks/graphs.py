"""The graphs of the cases, told in a way that every contender's adapter can read."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isqrt

from benchmarks.readme_tasks import README_TASKS
from benchmarks.tasks import AFTER_ONE, AFTER_THREE, ROOTS, Task

PARAMETER = -1
"""As an argument: what the graph is invoked with, instead of the value of a node."""


@dataclass(frozen=True, slots=True)
class Node:
    """One task and where its arguments come from: indices of earlier nodes, or `PARAMETER`."""

    task: Task
    arguments: tuple[int, ...] = ()

    @property
    def dependencies(self) -> tuple[int, ...]:
        """The arguments that are nodes."""
        return tuple(index for index in self.arguments if index != PARAMETER)


@dataclass(frozen=True, slots=True)
class TaskGraph:
    """Nodes in topological order. All arguments of a node differ.

    `paused` says whether the tasks give the event loop a turn.
    """

    nodes: tuple[Node, ...]
    paused: bool = False

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def takes_parameter(self) -> bool:
        """Whether a node is given the parameter."""
        return any(PARAMETER in node.arguments for node in self.nodes)

    def dependents(self) -> list[list[int]]:
        """For each node the nodes that take its value."""
        dependents: list[list[int]] = [[] for _ in self.nodes]
        for index, node in enumerate(self.nodes):
            for dependency in node.dependencies:
                dependents[dependency].append(index)
        return dependents

    def sinks(self) -> list[int]:
        """The nodes whose value no other takes."""
        return [index for index, others in enumerate(self.dependents()) if not others]

    def levels(self) -> list[list[int]]:
        """Waves: each node is one level above the highest of its dependencies."""
        level = [0] * len(self.nodes)
        levels: list[list[int]] = []
        for index, node in enumerate(self.nodes):
            level[index] = 1 + max((level[other] for other in node.dependencies), default=-1)
            if level[index] == len(levels):
                levels.append([])
            levels[level[index]].append(index)
        return levels

    def expected(self, parameter: int) -> list[int]:
        """The value of each node, computed in the plainest way: one by one."""

        async def one_by_one() -> list[int]:
            values: list[int] = []
            for node in self.nodes:
                arguments = (parameter if i == PARAMETER else values[i] for i in node.arguments)
                values.append(await node.task(*arguments))
            return values

        return asyncio.run(one_by_one())

    def check(self, values: Mapping[int, int], expected: list[int]) -> None:
        """Raises `ValueError` if a value is wrong, or that of a sink is missing."""
        for index in self.sinks():
            if index not in values:
                raise ValueError(f"node {index} has no value")
        for index, value in values.items():
            if value != expected[index]:
                raise ValueError(f"node {index} is {value!r} and should be {expected[index]!r}")


def chain(length: int, paused: bool = False) -> TaskGraph:
    """Each node after the one before."""
    first = Node(ROOTS[paused][0])
    return TaskGraph((first, *(Node(AFTER_ONE[paused], (i,)) for i in range(length - 1))), paused)


def independent(count: int, paused: bool = False) -> TaskGraph:
    """Nodes without dependencies."""
    roots = ROOTS[paused]
    return TaskGraph(tuple(Node(roots[i % len(roots)]) for i in range(count)), paused)


def layers(count: int, paused: bool = False) -> TaskGraph:
    """Layers of 100 nodes (fewer if small), each after three random ones of the layer before."""
    width = max(3, min(100, isqrt(count)))
    chance = random.Random(1)
    roots = ROOTS[paused]
    nodes = [Node(roots[i % len(roots)]) for i in range(min(width, count))]
    for index in range(width, count):
        before = (index // width - 1) * width
        first, second, third = chance.sample(range(before, before + width), 3)
        nodes.append(Node(AFTER_THREE[paused], (first, second, third)))
    return TaskGraph(tuple(nodes), paused)


def readme(count: int = 6, paused: bool = False) -> TaskGraph:
    """The README's example; it has six nodes, whatever `count` says."""
    del count
    arguments = ((PARAMETER,), (PARAMETER,), (PARAMETER,), (0,), (1, 2), (3, 4))
    return TaskGraph(tuple(map(Node, README_TASKS[paused], arguments)), paused)


SHAPES: dict[str, Callable[[int, bool], TaskGraph]] = {
    "chain": chain,
    "independent": independent,
    "layers": layers,
    "readme": readme,
}
"""Makes a graph of so many nodes, with tasks that give the loop a turn or not."""
