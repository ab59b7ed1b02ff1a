"""Which nodes a large picture draws as one box, or one row: a *bundle*.

Graph, Gantt chart and live view bundle in the same way, so that one can be read beside the other.

Nodes of the same task (or group) start out as one bundle. A bundle whose nodes have neighbours in
different bundles is then split, again and again, until nothing changes: within each bundle all nodes
then look alike from outside. (It is the coarsest stable partition, found by plain rounds of refinement;
Paige and Tarjan 1987 do it faster, which pictures don't need.) Where that leads to more bundles than a
picture can show, an earlier round is taken; and bundles that lie on a circle become one, so that the
graph of bundles is a DAG, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from async_dag.graph import algorithms
from async_dag.graph.graph import Graph, Kind
from async_dag.graph.labels import function_of, shared_path, task_labels

MOST_BUNDLES: Final = 60
"""How many bundles a picture shows well."""

MOST_BOXES: Final = 150
"""Nodes up to which each has a box and a row; of more, similar ones are bundled."""

MOST_EDGES: Final = 450
"""The same for dependencies."""

MOST_WORK: Final = 2_000_000
"""Nodes and dependencies that may be looked at; a graph of a million nodes gets a round or two."""


class Bundle(NamedTuple):
    """Nodes that are drawn as one."""

    label: str  # the name of its one node, or what the names of its nodes share
    kind: Kind  # all nodes of a bundle are of one kind (of a circle: the first one's)
    members: tuple[int, ...]  # indices of nodes, in their order in the graph

    @property
    def title(self) -> str:
        """`fetch ×198`; a bundle of one has the name of its node."""
        return self.label if len(self.members) == 1 else f"{self.label} ×{len(self.members):,}"


@dataclass(frozen=True)
class Bundling:
    """A graph's nodes as bundles, each after all that it depends on.

    Attributes:
        bundles: the bundles, in topological order.
        of: for each node of the graph the index of its bundle.
        dependencies: for each bundle the indices of the bundles it depends on. Dependencies within a
            bundle are not in it; see `inner`.
        inner: for each bundle whether some of its nodes depend on others of it.
    """

    bundles: tuple[Bundle, ...]
    of: tuple[int, ...]
    dependencies: tuple[tuple[int, ...], ...]
    inner: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.bundles)


def bundle(graph: Graph, *, most: int = MOST_BUNDLES, work: int = MOST_WORK) -> Bundling:
    """Bundle the nodes of `graph` into at most about `most` bundles.

    There may be more where the graph has more different tasks than that. `work` bounds how many nodes
    and dependencies are looked at; with less of it a large graph is split in fewer rounds.
    """
    labels = task_labels(graph)
    best: Sequence[int] = ()
    for partition, count in _rounds(graph, labels, work):
        if best and count > most:
            break
        best = partition
    return _ordered(graph, _without_circles(graph, best))


def bundling_of(graph: Graph) -> Bundling | None:
    """How charts and the page bundle a graph; None if each node has its own box and row."""
    if len(graph) <= MOST_BOXES and sum(map(len, graph.dependencies)) <= MOST_EDGES:
        return None
    return bundle(graph)


def singles(graph: Graph) -> Bundling:
    """Each node as a bundle of its own, for pictures that draw them all; labelled by its name."""
    order = algorithms.topological_order(graph.dependencies)
    place = {node: position for position, node in enumerate(order)}
    return Bundling(
        tuple(Bundle(graph.names[node], graph.kinds[node], (node,)) for node in order),
        tuple(place[node] for node in range(len(graph))),
        tuple(tuple(place[needed] for needed in graph.dependencies[node]) for node in order),
        (False,) * len(graph),
    )


def _rounds(
    graph: Graph, labels: Sequence[str], most_work: int
) -> Iterator[tuple[Sequence[int], int]]:
    """Finer and finer partitions, each as the part of every node, with the number of parts."""
    dependencies = _without_chains(graph, labels)
    dependents = algorithms.dependents_of(dependencies)
    work = len(graph) + sum(map(len, dependencies))
    done = 0
    keys: list[object] = list(zip(labels, graph.kinds, strict=True))
    count = 0
    while True:
        numbers: dict[object, int] = {}
        part = [numbers.setdefault(key, len(numbers)) for key in keys]
        if len(numbers) == count:
            return
        count = len(numbers)
        yield part, count
        done += work
        if done > most_work:
            return
        keys = [
            (
                part[node],
                frozenset([part[needed] for needed in dependencies[node]]),
                frozenset([part[dependent] for dependent in dependents[node]]),
            )
            for node in range(len(part))
        ]


def _without_chains(graph: Graph, labels: Sequence[str]) -> Sequence[Sequence[int]]:
    """The dependencies, but for those of an item of a fold or stream on the one before it.

    By these no two items would be alike, and each would have a bundle of its own.
    """
    names = graph.names
    dependencies = list(graph.dependencies)
    for node, needed in enumerate(dependencies):
        if names[node].endswith("]"):
            dependencies[node] = tuple(
                dependency
                for dependency in needed
                if labels[dependency] != labels[node]
                or not _is_next(names[node], names[dependency])
            )
    return dependencies


def _is_next(name: str, before: str) -> bool:
    """Whether names are those of an item and the one before: `add[3]` and `add[2]`."""
    head, _, tail = name[:-1].rpartition("[")
    *path, number = tail.split(",")
    if not number.isdecimal():
        return False
    return before == f"{head}[{','.join([*path, str(int(number) - 1)])}]"


def _without_circles(graph: Graph, part: Sequence[int]) -> Sequence[int]:
    """The partition with all parts that lie on a common circle made one."""
    joined = list(part)
    while True:
        between = _between(graph, joined)
        cycle = algorithms.find_cycle(between)
        if cycle is None:
            return joined
        component = _component(between, cycle[0])
        first = min(component)
        joined = [first if part in component else part for part in joined]


def _component(between: Sequence[Sequence[int]], start: int) -> set[int]:
    """What `start` depends on that depends on `start`, itself included."""
    before = algorithms.reachable(between, [start])
    return before & algorithms.reachable(algorithms.dependents_of(between), [start])


def _between(graph: Graph, part: Sequence[int]) -> list[tuple[int, ...]]:
    """For each part the parts that it depends on, but for itself, each once."""
    collected: list[dict[int, None]] = [{} for _ in range(max(part, default=-1) + 1)]
    for node, needed in enumerate(graph.dependencies):
        own = part[node]
        for dependency in needed:
            if part[dependency] != own:
                collected[own][part[dependency]] = None
    return [tuple(needed) for needed in collected]


def _ordered(graph: Graph, part: Sequence[int]) -> Bundling:
    """The bundles of a partition without circles, in topological order."""
    between = _between(graph, part)
    members: list[list[int]] = [[] for _ in between]
    for node, own in enumerate(part):
        members[own].append(node)
    order = [part for part in algorithms.topological_order(between) if members[part]]
    place = {part: position for position, part in enumerate(order)}
    inner = {
        part[node]
        for node, needed in enumerate(graph.dependencies)
        if any(part[dependency] == part[node] for dependency in needed)
    }
    return Bundling(
        tuple(
            Bundle(name, graph.kinds[members[part][0]], tuple(members[part]))
            for part, name in zip(
                order, _names(graph, [members[part] for part in order]), strict=True
            )
        ),
        tuple(place[own] for own in part),
        tuple(tuple(place[needed] for needed in between[part]) for part in order),
        tuple(part in inner for part in order),
    )


def _names(graph: Graph, bundles: Sequence[Sequence[int]]) -> list[str]:
    """What each bundle is called.

    A single node keeps its name. Several are called by the words that their names share, where their
    user gave these names; else by their group, where that is one bundle (a larger group has a frame);
    else by their functions.
    """
    groups = [{graph.groups[node] for node in members} for members in bundles]
    count = Counter(group for within in groups for group in within)
    return [
        _name(graph, members, next(iter(within)) if len(within) == 1 else None, count)
        for members, within in zip(bundles, groups, strict=True)
    ]


def _name(
    graph: Graph, members: Sequence[int], group: str | None, bundles_of: Mapping[str | None, int]
) -> str:
    if len(members) == 1:
        return graph.names[members[0]]
    functions = dict.fromkeys(function_of(graph, node) for node in members)
    shared = shared_path([graph.names[node] for node in members])
    if shared and shared not in functions:
        return shared
    if group is not None and bundles_of[group] == 1:
        return group
    return ", ".join(functions)
