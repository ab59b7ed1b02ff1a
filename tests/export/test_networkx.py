"""The networkx mirror of a graph and of a run, and managers from any DiGraph."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import pairwise
from typing import Any

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import (
    CycleError,
    InvocationError,
    TaskManager,
    Trace,
    WrongArgumentError,
    WrongTaskError,
    WrongTypeError,
    build_dag,
)
from async_dag.nodes.arguments import task_of
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import run_virtual


async def gather_all(node: object, *values: object, **named: object) -> object:
    return node, values, named


async def add(a: int, b: int = 0) -> int:
    return a + b


async def sizes_of_a_page() -> dict[str, int]:
    return {"width": 3, "height": 4}


@st.composite
def digraphs(draw: st.DrawFn, *, cycles: bool = False) -> Any:
    """DAGs (or not) whose nodes were inserted in any order, with and without arguments on edges."""
    count = draw(st.integers(0, 8))
    graph = networkx.DiGraph()
    graph.add_nodes_from(draw(st.permutations(range(count))))
    pairs = [(a, b) for a in range(count) for b in range(count) if (a < b or cycles) and a != b]
    for a, b in draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []:
        graph.add_edge(a, b)
    for node in graph:
        keys = st.one_of(st.integers(0, 20), st.sampled_from("pqrstuvw"))
        given_keys = draw(st.lists(keys, unique=True, max_size=graph.in_degree(node)))
        # Some of the edges may have none.
        for (tail, _), key in zip(list(graph.in_edges(node)), given_keys, strict=False):
            graph.edges[tail, node]["arguments"] = key
    return graph


@given(dags())
def test_the_mirror_has_the_nodes_and_the_arguments_of_the_manager(specs: list[Spec]) -> None:
    """Nodes in their order, an edge a dependency, with each position and keyword it is passed as."""
    tm, nodes = build(specs, lambda: 0.0)
    mirror = tm.to_networkx()
    assert list(mirror) == [node.name for node in nodes]
    expected = {
        (nodes[dependency].name, node.name): tuple(
            [place for place, passed in enumerate(spec.arguments) if passed == dependency]
            + ["keyword"] * (spec.keyword == dependency)
        )
        for spec, node in zip(specs, nodes, strict=True)
        for dependency in spec.dependencies
    }
    assert networkx.get_edge_attributes(mirror, "arguments") == expected
    for node in nodes:
        assert [before for before, _ in mirror.in_edges(node.name)] == [
            dependency.name for dependency in node.dependencies
        ]


@given(dags())
def test_depth_is_the_longest_path(specs: list[Spec]) -> None:
    """As networkx itself finds it."""
    tm, _ = build(specs, lambda: 0.0)
    mirror = tm.to_networkx()
    for depth, nodes in enumerate(networkx.topological_generations(mirror)):
        assert {mirror.nodes[node]["depth"] for node in nodes} == {depth}


@given(dags())
def test_a_manager_from_a_mirror_has_the_same_mirror(specs: list[Spec]) -> None:
    """There and back: the same names, edges and arguments, and the same values from the same tasks."""
    tm, nodes = build(specs, lambda: 0.0)
    mirror = tm.to_networkx()
    again = TaskManager.from_networkx(mirror, {node.name: task_of(node) for node in nodes})
    again.sort()
    other = again.to_networkx()
    assert list(other.nodes) == list(mirror.nodes)
    assert dict(other.edges) == dict(mirror.edges)

    async def both(loop: object) -> None:
        first, second = await tm.invoke(), await again.invoke()
        for node in nodes:
            assert first[node] == second[again[node.name]]

    run_virtual(both)


@given(digraphs())
def test_any_digraph_becomes_a_manager(graph: Any) -> None:
    """Each node is called with its key and the values of those before it, in their order."""
    tm = TaskManager.from_networkx(graph, gather_all)
    tm.sort()
    mirror = tm.to_networkx()
    assert list(mirror) == [str(node) for node in graph]
    assert set(mirror.edges) == {(str(a), str(b)) for a, b in graph.edges}
    result = asyncio.run(tm.invoke())
    for node in graph:
        passed = [(graph.edges[a, node].get("arguments"), a) for a in graph.pred[node]]
        placed = sorted((key, a) for key, a in passed if isinstance(key, int))
        values = [a for _, a in placed] + [a for key, a in passed if key is None]
        named = {key: a for key, a in passed if isinstance(key, str)}
        key, got, got_named = result[tm[str(node)]]
        assert key == node
        assert [value[0] for value in got] == values
        assert {name: value[0] for name, value in got_named.items()} == named


@given(digraphs(cycles=True))
def test_a_cycle_is_named_at_every_sort(graph: Any) -> None:
    """The path in the error is a cycle of the graph, and the manager stays unsorted."""
    tm = TaskManager.from_networkx(graph, gather_all)
    if networkx.is_directed_acyclic_graph(graph):
        tm.sort()
        return
    for _ in range(2):
        with pytest.raises(CycleError) as caught:
            tm.sort()
        path = [int(name) for name in caught.value.path]
        assert path[0] == path[-1]
        assert networkx.is_simple_path(graph, path[:-1])
        assert all(graph.has_edge(a, b) for a, b in pairwise(path))
    mirror = tm.to_networkx()  # to look at it
    assert any(mirror.nodes[str(node)]["depth"] is None for node in path)


def test_the_other_kinds_come_back() -> None:
    """A parameter, an immediate and a collect are again what they were; groups too."""
    with build_dag(int) as tm:
        five = tm.add_immediate_node(5)
        first = tm.options(group="sums").add_node(add, tm.parameter_node, five)
        tm.add_node(gather_all, tm.collect([first, first, five]))
    mirror = tm.to_networkx()
    assert mirror.nodes["immediate"]["immediates"] == {0: 5}
    again = TaskManager.from_networkx(mirror, {"add": add, "gather_all": gather_all})
    again.sort()
    assert again.graph.kinds == tm.graph.kinds
    assert again.graph.dependencies == tm.graph.dependencies
    assert again.graph.groups == tm.graph.groups
    assert asyncio.run(again.invoke(2))[again["gather_all"]][0] == [7, 7, 5]


def test_what_a_node_has_stands_in_its_attributes() -> None:
    """Kind, task, file and line, group, options, depth and immediates."""
    limit = asyncio.Semaphore(2)
    with build_dag(int) as tm:
        http = tm.options(name="users", group="load", timeout=5.0, limit=limit)
        http.add_node(add, tm.parameter_node, b=3)
    mirror = tm.to_networkx()
    users = mirror.nodes["users"]
    assert users == {
        "kind": "task",
        "task": "add",
        "file": __file__,
        "line": add.__code__.co_firstlineno,
        "group": "load",
        "options": {"name": "users", "group": "load", "timeout": 5.0, "limit": limit},
        "depth": 1,
        "immediates": {"b": 3},
    }
    assert mirror.nodes["parameter"]["kind"] == "parameter"
    assert mirror.nodes["parameter"]["task"] is None


def test_a_mirror_is_made_anew() -> None:
    """What somebody does to a mirror does nothing to the manager, and it shows later nodes."""
    tm = TaskManager[None]()
    first = tm.add_node(add, 1, 2)
    mirror = tm.to_networkx()
    mirror.remove_node("add")
    tm.add_node(add, first)
    assert list(tm.to_networkx().edges) == [("add", "add_2")]


@given(dags(failures=True))
def test_the_mirror_of_a_run_has_what_happened(specs: list[Spec]) -> None:
    """States, times, slack and the critical path, as trace and timeline have them."""

    async def main(loop: Any) -> Any:
        tm, _ = build(specs, loop.time)
        try:
            return await tm.invoke()
        except InvocationError as error:
            return error.result

    result = run_virtual(main)
    mirror, trace, timeline = result.to_networkx(), result.trace, result.timeline
    assert set(mirror.edges) == set(result.manager.to_networkx().edges)
    for index, (name, node) in enumerate(mirror.nodes.items()):
        assert node["state"] == trace.states[index]
        assert node["error"] == trace.errors.get(index)
        for column in ("ready", "started", "finished"):
            seconds = getattr(trace, column)[index]
            assert node[column] == (seconds if seconds == seconds else None)
        assert node["slack"] == timeline.slack.get(name)
        assert node["duration"] == timeline.durations.get(name)
    on_path = [name for name in mirror if mirror.nodes[name]["critical"]]
    assert (
        sorted(on_path) == sorted(timeline.critical_path) == sorted(mirror.graph["critical_path"])
    )
    critical_edges = {edge for edge, critical in mirror.edges.items() if critical["critical"]}
    # From a failure the path leads on to whom it cut off, which need not depend on it.
    steps = zip(timeline.critical_path, timeline.critical_path[1:], strict=False)
    assert critical_edges == {step for step in steps if mirror.has_edge(*step)}
    assert mirror.graph["makespan"] == timeline.makespan

    saved = Trace.from_json(trace.to_json()).to_networkx()
    assert set(saved.edges) == set(mirror.edges)
    for name, node in saved.nodes.items():
        assert node.items() <= mirror.nodes[name].items()


class Unnameable:
    def __str__(self) -> str:
        raise OSError


@pytest.mark.parametrize(
    ("graph", "error", "said"),
    [
        (networkx.Graph([(1, 2)]), WrongTypeError, "Graph, whose edges have no direction"),
        (networkx.MultiDiGraph([(1, 2)]), WrongTypeError, "MultiDiGraph"),
        (networkx.MultiGraph([(1, 2)]), WrongTypeError, "MultiGraph"),
        ({"a": ["b"]}, WrongTypeError, "{'a': ['b']}"),
        (None, WrongTypeError, "None"),
        (networkx.DiGraph([("a", "a")]), WrongArgumentError, "self-loop"),
        (networkx.DiGraph([(1, "1")]), WrongArgumentError, "1 and '1' would both be called '1'"),
        (networkx.DiGraph([("", "a")]), WrongArgumentError, "empty"),
        (networkx.DiGraph([(Unnameable(), "a")]), WrongArgumentError, "raised OSError"),
    ],
)
def test_a_graph_that_can_not_be_taken_is_one_line(
    graph: Any, error: type[Exception], said: str
) -> None:
    """It says what was given and what is taken."""
    with pytest.raises(error) as caught:
        TaskManager.from_networkx(graph, gather_all)
    assert "from_networkx" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", [1.5, True, {"a": 1}, [0, None], object()])
def test_an_edge_says_a_position_or_a_keyword(key: object) -> None:
    """Anything else is refused with the edge's name."""
    graph = networkx.DiGraph()
    graph.add_edge("a", "b", arguments=key)
    with pytest.raises(WrongTypeError, match="from 'a' to 'b'"):
        TaskManager.from_networkx(graph, gather_all)


def test_an_argument_has_one_value() -> None:
    """Two edges that feed the same position or keyword are refused; another attribute may be named."""
    graph = networkx.DiGraph()
    graph.add_edge("a", "c", arguments=0, weight=1)
    graph.add_edge("b", "c", arguments=0, weight=0)
    with pytest.raises(WrongArgumentError, match="'a' and 'b' to 'c' both say arguments=0"):
        TaskManager.from_networkx(graph, gather_all)
    tm = TaskManager.from_networkx(graph, gather_all, order="weight")
    tm.sort()
    assert [node.name for node in tm["c"].dependencies] == ["b", "a"]


def test_tasks_are_checked_as_by_add_node() -> None:
    """A mapping without a task for a node, a task with too few parameters, and no task at all."""
    graph = networkx.DiGraph([("a", "b")])
    with pytest.raises(WrongArgumentError, match="none for node 'b'"):
        TaskManager.from_networkx(graph, {"a": partial(add, 1)})
    with pytest.raises(WrongTaskError, match="<value of a node>"):
        TaskManager.from_networkx(graph, {"a": partial(add, 1), "b": partial(add, 1, 2)})
    with pytest.raises(WrongTaskError, match="not callable"):
        TaskManager.from_networkx(graph, 42)  # type: ignore[arg-type]


def test_order_comes_back_from_networkx() -> None:
    """An edge of order alone has no argument, and a manager made of the mirror keeps the order."""
    with build_dag() as tm:
        first = tm.add_node(add, 1)
        tm.options(name="last", after=[first]).add_node(add, 2)
    mirror = tm.to_networkx()
    assert mirror.edges["add", "last"] == {"arguments": (), "after": True}
    again = TaskManager.from_networkx(mirror, {"add": partial(add, 1), "last": partial(add, 2)})
    assert [node.name for node in again["last"].dependencies] == ["add"]
    again.sort()
    assert asyncio.run(again.invoke())[again["last"]] == 2


def test_items_come_back_from_networkx() -> None:
    """A manager made of the mirror takes the same items."""
    with build_dag() as tm:
        sizes = tm.add_node(sizes_of_a_page)
        tm.add_node(add, sizes["width"], sizes["height"])
    tasks = {"sizes_of_a_page": sizes_of_a_page, "add": add}
    again = TaskManager.from_networkx(tm.to_networkx(), tasks)
    again.sort()
    assert asyncio.run(again.invoke())[again["add"]] == 7
