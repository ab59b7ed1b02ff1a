"""The graph of a manager, or of a run, as a networkx `DiGraph`; and a manager from any `DiGraph`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

from async_dag._common.extras import extra
from async_dag._common.shortening import short_repr
from async_dag.analysis.timeline import Timeline
from async_dag.engine.result import ExecutionResult
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.graph import algorithms
from async_dag.graph.graph import Graph
from async_dag.nodes.arguments import arguments_of, is_item, item_of, options_of, task_of
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.functions import call_error, task_origin
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions
from async_dag.trace.trace import Trace

with extra("mirror"):
    import networkx

_OURS: Final = "async_dag"
"""A graph attribute: the graph was made by `to_networkx`, so its nodes have our kinds."""


def nodes_to_networkx(nodes: Sequence[TaskNode[Any, Any]]) -> networkx.DiGraph[Any]:
    """The graph that `TaskManager.to_networkx` returns."""
    mirror: networkx.DiGraph[Any] = networkx.DiGraph()
    mirror.graph[_OURS] = "graph"
    dependencies = [tuple(other.index for other in node.dependencies) for node in nodes]
    depths = _depths(dependencies)
    names = [node.name for node in nodes]
    for node in nodes:
        given = options_of(node)
        options = {} if given is None else given._asdict()
        options = {key: value for key, value in options.items() if value not in (None, ())}
        # Nodes are keyed by name; `after=` dependencies are edges only.
        options.pop("after", None)
        task = task_of(node)
        origin = None if task is None else task_origin(task)
        mirror.add_node(
            node.name,
            kind=node.kind,
            task=origin and origin.task,
            file=origin and origin.file,
            line=origin and origin.line,
            group=options.get("group"),
            options=options,
            depth=depths[node.index],
            immediates={
                argument.key: argument.value
                for argument in arguments_of(node)
                if argument.node is None
            },
            **({"item": item_of(node)} if is_item(node) else {}),
        )
    for node in nodes:
        feeds: dict[int, list[int | str]] = {}
        for argument in arguments_of(node):
            if argument.node is not None:
                feeds.setdefault(argument.node, []).append(argument.key)
        for dependency, keys in feeds.items():
            mirror.add_edge(names[dependency], node.name, arguments=tuple(keys))
        for needed in node.dependencies:
            if needed.index not in feeds:
                mirror.add_edge(needed.name, node.name, arguments=(), after=True)
    return mirror


def run_to_networkx(run: ExecutionResult[Any] | Trace) -> networkx.DiGraph[Any]:
    """The graph that `ExecutionResult.to_networkx` and `Trace.to_networkx` return."""
    if isinstance(run, Trace):
        return _with_run(_graph_to_networkx(run.graph), run)
    if run.trace.births:  # the manager knows nothing of items
        trace = run.trace if run.trace.over else run.trace.snapshot()
        return _with_run(_graph_to_networkx(trace.graph), trace)
    return _with_run(nodes_to_networkx(run.manager.nodes), run.trace)


def _graph_to_networkx(graph: Graph) -> networkx.DiGraph[Any]:
    """The graph of a trace, which knows no arguments and no options."""
    mirror: networkx.DiGraph[Any] = networkx.DiGraph()
    mirror.graph[_OURS] = "graph"
    depths = _depths(graph.dependencies)
    for index, name in enumerate(graph.names):
        task, file, line = graph.origins[index]
        mirror.add_node(
            name,
            kind=graph.kinds[index],
            task=task,
            file=file,
            line=line,
            group=graph.groups[index],
            depth=depths[index],
        )
    for index, needed in enumerate(graph.dependencies):
        for dependency in needed:
            mirror.add_edge(graph.names[dependency], graph.names[index])
    return mirror


def _depths(needed: algorithms.Dependencies) -> list[int | None]:
    """The depth of each node; None for nodes on a cycle or after one."""
    depths: list[int | None] = [None] * len(needed)
    levels = algorithms.levels(needed)
    for node in algorithms.topological_order(needed):
        depths[node] = levels[node]
    return depths


def _with_run(mirror: networkx.DiGraph[Any], trace: Trace) -> networkx.DiGraph[Any]:
    trace = trace if trace.over else trace.snapshot()
    timeline = Timeline(trace)
    path = timeline.critical_path
    critical = set(path)
    graph = trace.graph
    for index, (name, state) in enumerate(zip(graph.names, trace.states, strict=True)):
        mirror.nodes[name].update(
            state=state,
            ready=_known(trace.ready[index]),
            started=_known(trace.started[index]),
            finished=_known(trace.finished[index]),
            held=trace.held[index],
            duration=timeline.durations.get(name),
            slack=timeline.slack.get(name),
            critical=name in critical,
            error=trace.errors.get(index),
        )
    steps = set(pairwise(path))
    for tail, head, attributes in mirror.edges(data=True):
        attributes["critical"] = (tail, head) in steps
    mirror.graph.update(
        makespan=timeline.makespan,
        work=timeline.work,
        critical_path=path,
        wall_start=trace.wall_start,
    )
    return mirror


def _known(seconds: float) -> float | None:
    return seconds if seconds == seconds else None


# A manager from a DiGraph


def add_from_networkx(
    builder: GraphBuilder[Any],
    graph: networkx.DiGraph[Any],
    task: Callable[..., Any] | Mapping[Any, Callable[..., Any]],
    order: str,
) -> None:
    """Add the nodes of a `DiGraph` to `builder`, as `TaskManager.from_networkx` describes."""
    _check_graph(graph)
    names = _names(graph)
    place = {node: index for index, node in enumerate(graph)}
    ours = graph.graph.get(_OURS) == "graph"
    for node, name in names.items():
        positions, keywords = _slots(graph, node, place, order)
        kind = graph.nodes[node].get("kind") if ours else "task"
        if kind == "parameter":
            builder.add_parameter()
            continue
        if kind == "immediate":
            builder.add_immediate(graph.nodes[node].get("immediates", {}).get(0))
            continue
        if kind == "choice":
            _add_choice(builder, graph, node, place, order)
            continue
        if kind == "collect":
            collected = builder.add_unchecked(None, positions)
            if "item" in graph.nodes[node]:
                builder.set_projection(collected.index, graph.nodes[node]["item"])
            continue
        # A DiGraph has its nodes in any order, so a dependency may not have been added yet.
        called = _task_of(node, task, len(positions), keywords)
        group = graph.nodes[node].get("group")
        options = NodeOptions(name=name, group=group if isinstance(group, str) else None)
        added = builder.add_unchecked(called, positions, keywords or None, options)
        if ours:
            after = [place[needed] for needed, edge in graph.pred[node].items() if "after" in edge]
            if after:
                builder.after[added.index] = tuple(after)


def _add_choice(
    builder: GraphBuilder[Any],
    graph: networkx.DiGraph[Any],
    node: Hashable,
    place: Mapping[Hashable, int],
    order: str,
) -> None:
    """A choice; its sides may be plain values, and may not have been added yet."""
    given = graph.nodes[node].get("immediates", {})
    slots = [builder.constant(given.get(position)) for position in range(3)]
    for dependency, attributes in graph.pred[node].items():
        for key in _keys(attributes.get(order), order, dependency, node):
            if isinstance(key, int) and key < len(slots):
                slots[key] = place[dependency]
    choice = builder.add_unchecked(None, tuple(slots), None, NodeOptions(name=str(node)))
    builder.choices[choice.index] = None


def _check_graph(graph: object) -> None:
    takes = "from_networkx takes a networkx.DiGraph"
    if not isinstance(graph, networkx.Graph):
        raise WrongTypeError(f"{takes}; given was {short_repr(graph)}")
    if graph.is_multigraph():
        raise WrongTypeError(
            f"{takes}; given was a {type(graph).__name__}, which may have several edges between two "
            f"nodes: {'networkx.DiGraph(graph)' if graph.is_directed() else 'a DiGraph'} has one"
        )
    if not graph.is_directed():
        raise WrongTypeError(
            f"{takes}, whose edges lead from a dependency to its dependent; given was a "
            f"{type(graph).__name__}, whose edges have no direction"
        )
    for node in networkx.nodes_with_selfloops(graph):
        raise WrongArgumentError(
            f"{takes} without self-loops; node {short_repr(node)} has an edge to itself, so it would "
            "wait for itself"
        )


def _names(graph: networkx.DiGraph[Any]) -> dict[Hashable, str]:
    """The name of each node: its key, as text."""
    names: dict[Hashable, str] = {}
    taken: dict[str, Hashable] = {}
    for node in graph:
        try:
            name = str(node)
        except Exception as error:
            raise WrongArgumentError(
                f"from_networkx names nodes by str(node); that of a {type(node).__name__} raised "
                f"{type(error).__name__}"
            ) from error
        if not name:
            raise WrongArgumentError(
                f"from_networkx names nodes by str(node); that of {short_repr(node)} is empty"
            )
        if name in taken:
            raise WrongArgumentError(
                f"from_networkx names nodes by str(node); {short_repr(taken[name])} and "
                f"{short_repr(node)} would both be called {short_repr(name)}: rename one with "
                "networkx.relabel_nodes"
            )
        taken[name] = node
        names[node] = name
    return names


def _slots(
    graph: networkx.DiGraph[Any], node: Hashable, place: Mapping[Hashable, int], order: str
) -> tuple[tuple[int, ...], dict[str, int]]:
    """The dependencies that are positional arguments of a node, in order, and those by keyword."""
    positions: list[tuple[float, int]] = []
    keywords: dict[str, int] = {}
    fed: dict[int | str, Hashable] = {}
    for dependency, attributes in graph.pred[node].items():
        if "after" in attributes and graph.graph.get(_OURS) == "graph":
            continue
        for key in _keys(attributes.get(order), order, dependency, node):
            if key is not None:
                if key in fed:
                    raise WrongArgumentError(
                        f"the edges from {short_repr(fed[key])} and {short_repr(dependency)} to "
                        f"{short_repr(node)} both say {order}={key!r}; an argument has one value"
                    )
                fed[key] = dependency
            if isinstance(key, str):
                keywords[key] = place[dependency]
            else:  # edges without a position come last, in the order in which they were added
                positions.append((float("inf") if key is None else key, place[dependency]))
    positions.sort(key=lambda entry: entry[0])
    return tuple(slot for _, slot in positions), keywords


def _keys(given: object, order: str, tail: Hashable, head: Hashable) -> Iterator[int | str | None]:
    """The positions and keywords that an edge names; None if it names none."""
    if given is None:
        yield None
        return
    keys = list(given) if isinstance(given, (tuple, list)) else [given]
    if not keys:
        yield None
    for key in keys:
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            raise WrongTypeError(
                f"the edge attribute {order!r} is the position (an int) or the keyword (a str) of the "
                f"argument, or a tuple of those; of the edge from {short_repr(tail)} to "
                f"{short_repr(head)} it is {short_repr(given)}"
            )
        yield key


def _task_of(
    node: Hashable,
    task: Callable[..., Any] | Mapping[Any, Callable[..., Any]],
    count: int,
    keywords: Mapping[str, int],
) -> Callable[..., Any]:
    if isinstance(task, Mapping):
        if node not in task:
            raise WrongArgumentError(
                f"from_networkx was given a mapping of tasks, but none for node {short_repr(node)}; "
                "give one for each node of the graph"
            )
        function: Callable[..., Any] = task[node]
        first: tuple[object, ...] = ()
    else:
        function, first = task, (node,)
    error = call_error(function, (*first, *[_VALUE] * count), dict.fromkeys(keywords, _VALUE))
    if error is not None:
        raise error
    return partial(function, *first) if first else function


class _Value:
    """A placeholder for the value of a dependency, to check a call."""

    def __repr__(self) -> str:
        return "<value of a node>"


_VALUE: Final = _Value()
