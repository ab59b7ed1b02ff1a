"""Diagrams for tests of the languages they are written in."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import strategies as st

from async_dag import ExecutionResult, InvocationError, TaskManager
from async_dag.graph.graph import Graph, Kind, Origin, UniqueNames
from async_dag.views.graph.diagram import Diagram
from async_dag.views.graph.graph_diagram import graph_diagram
from async_dag.views.graph.run_diagram import run_diagram
from tests.support.hostile import hostile_texts
from tests.support.made_traces import Bar, made_graph, made_trace
from tests.support.virtual import run_virtual

_KINDS: list[Kind] = ["task", "task", "task", "parameter", "immediate", "collect"]


@st.composite
def hostile_diagrams(draw: st.DrawFn) -> Diagram:
    """Graphs in which everything that users name has a hostile name."""
    count = draw(st.integers(1, 6))
    unique = UniqueNames()
    names = [unique.add(draw(hostile_texts)) for _ in range(count)]
    groups = draw(st.lists(hostile_texts, min_size=1, max_size=2))
    immediates = [draw(hostile_texts) for _ in range(count)]
    graph = Graph.of(
        names,
        [draw(st.sampled_from(_KINDS)) for _ in range(count)],
        [
            tuple(draw(st.sets(st.integers(0, n - 1), max_size=2))) if n else ()
            for n in range(count)
        ],
        [Origin(draw(hostile_texts), draw(hostile_texts), 1) for _ in range(count)],
        [draw(st.sampled_from([None, *groups])) for _ in range(count)],
    )
    return graph_diagram(
        graph,
        direction=draw(st.sampled_from(["TB", "LR", "BT", "RL"])),
        detail=draw(st.sampled_from(["full", "bundles"])),
        immediates=lambda node: immediates[node],
    )


def called(text: str) -> Diagram:
    """Two nodes, one of which has that name, that group and that immediate."""
    bars = [Bar(text, group=text, task=text), Bar("plain", needs=(0,))]
    return graph_diagram(made_graph(bars), immediates=lambda _: text)


def every_state() -> Diagram:
    """A run in which each state occurs, with a critical path and a group."""
    trace = made_trace(
        Bar("load", 0, 0, 1, group="sources"),
        Bar("fetch", 0, 0, 2.5, state="failed", error="OSError: <no> route", group="sources"),
        Bar("clean", 1, 1, 2.5, state="cancelled", needs=(0,), cause=1),
        Bar("cached", 0, 0, 0, state="reused"),
        Bar("join", state="skipped", needs=(1, 2), cause=1),
        Bar("still", 0, 0, float("nan"), state="running"),
        Bar("queued", 0, state="ready"),
        Bar("later", state="waiting", needs=(5,)),
        elapsed=3.0,
    )
    return run_diagram(trace, [0, 2])


async def fetch(path: str, *, token: str | None = None, page: int = 1) -> str:
    await asyncio.sleep(0.1 * page)
    if path == "/broken":
        raise OSError(f"no route to {path}")
    return path


async def join(*parts: object, on: str = "id") -> object:
    await asyncio.sleep(0.5)
    return parts


def shop(clock: Any, *, broken: bool = False) -> TaskManager[str]:
    """A graph with all that a graph can have: groups, options, parameter, immediates, a collect."""
    tm = TaskManager[str](clock=clock)
    token = tm.add_immediate_node("tok-2f9c")
    sources = tm.options(group="sources", timeout=5.0, limit=asyncio.Semaphore(2))
    users = sources.add_node(fetch, "/users", token=token, page=2)
    orders = sources.options(name="orders").add_node(
        fetch, "/broken" if broken else "/orders", token=token
    )
    joined = tm.add_node(join, users, orders, on="user_id")
    tm.add_node(join, tm.collect([users, joined]), tm.parameter_node)
    tm.sort()
    return tm


def shop_run(*, broken: bool = False) -> ExecutionResult[str]:
    """A run of it on a virtual clock."""

    async def main(loop: Any) -> ExecutionResult[str]:
        try:
            return await shop(loop.time, broken=broken).invoke("Q3")
        except InvocationError as error:
            return error.result

    return run_virtual(main)


def layers(count: int, width: int) -> TaskManager[None]:
    """So many layers of the same width, each node of one needing two of the layer before."""
    tm = TaskManager[None]()
    before: list[Any] = []
    for _ in range(count):
        before = [
            tm.add_node(join, *({before[n], before[(n + 1) % width]} if before else ()))
            for n in range(width)
        ]
    tm.sort()
    return tm
