"""`tm.map(sub, collection)`: a DAG for each element; its nodes start when their own inputs are done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from async_dag import (
    Failure,
    ForeignNodeError,
    InvocationError,
    ItemNode,
    LifecycleError,
    MapNode,
    MappedDag,
    TaskManager,
    WrongArgumentError,
    WrongTaskError,
    WrongTypeError,
    build_dag,
)


async def fetch(url: str) -> dict[str, str]:
    if url == "bad":
        raise OSError(url)
    return {"title": url.upper()}


async def shout(title: str) -> str:
    return f"{title}!"


def pages() -> tuple[TaskManager[str], Any, Any]:
    """A page, and its title with a shout."""
    with build_dag(str) as sub:
        page = sub.add_node(fetch, sub.parameter_node)
        loud = sub.options(name="loud").add_node(shout, page["title"])
    return sub, page, loud


def test_names_frames_and_pictures() -> None:
    """Items are `sub[3]/fetch`, a second use is `sub_2`, and the graph has a frame for each."""
    sub, page, loud = pages()
    with build_dag() as tm:
        first = tm.map(sub, ["a", "b"])
        second = tm.options(name="shop", group="web").map(sub, ["c"])
        third = tm.map(sub, ["d"])
    assert repr(first) == "<MappedDag 'sub' of 4 nodes>"
    assert isinstance(first, MappedDag)
    assert isinstance(first[loud], MapNode)
    assert [used[page].name for used in (first, second, third)] == [
        "sub/fetch", "shop/fetch", "sub_2/fetch",
    ]  # fmt: skip
    assert [(scope.name, scope.kind) for scope in tm.graph.scopes] == [
        ("sub", "map"), ("shop", "map"), ("sub_2", "map"),
    ]  # fmt: skip
    assert tm.graph.groups[second[page].index] == "web"
    result = asyncio.run(tm.invoke())
    assert result[second[loud]] == ["C!"]
    names = result.trace.graph.names
    assert {"sub[0]/fetch", "sub[1]/loud", "shop[0]/fetch", "sub_2[0]/loud"} <= set(names)
    assert "sub[1]/loud" in result.draw.text()
    assert "sub/fetch ×?" in tm.draw.text()
    assert "sub[0]/fetch" in [box.title for box in result.draw.diagram().boxes]


def test_failures_are_those_of_their_element() -> None:
    """What needs the failed page is skipped, the other elements go on; outcomes take each."""
    sub, page, loud = pages()
    with build_dag() as tm:
        parts = tm.map(sub, ["a", "bad", "c"])
        outcomes = tm.outcomes(parts[loud])
    result = asyncio.run(tm.invoke())
    first, failure, last = result[outcomes]
    assert (first, last) == ("A!", "C!")
    assert isinstance(failure, Failure)
    assert failure.node.name == "sub[1]/fetch"
    with build_dag() as tm:
        parts = tm.map(sub, ["a", "bad", "c"])
    with pytest.raises(InvocationError, match=r"node 'sub\[1\]/fetch' failed") as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    trace = caught.value.result.trace
    states = dict(zip(trace.graph.names, trace.states, strict=True))
    assert [states[f"sub[{n}]/loud"] for n in range(3)] == ["done", "skipped", "done"]
    assert parts[page].index in trace.causes


def test_options_order_and_what_takes_no_element() -> None:
    """Limits are shared by all, `after=` holds for each element, and every task runs for each."""
    calls: list[str] = []
    limit = asyncio.Semaphore(2)

    async def rate() -> int:
        calls.append("rate")
        return 2

    async def scale(n: int, by: int, *, offset: int = 0) -> int:
        calls.append("scale")
        return n * by + offset

    async def log(n: int) -> None:
        calls.append(f"log {n}")

    with build_dag(int) as sub:
        rated = sub.add_node(rate)
        scaled = sub.options(limit=limit).add_node(scale, sub.parameter_node, rated, offset=1)
        sub.options(after=[scaled]).add_node(log, sub.parameter_node)
    with build_dag() as tm:
        parts = tm.options(after=[tm.add_node(rate)]).map(sub, range(3))
    result = asyncio.run(tm.invoke())
    assert result[parts[scaled]] == [1, 3, 5]
    assert calls.count("rate") == 4
    assert calls[0] == "rate"
    assert {one for one in calls if one.startswith("log")} == {"log 0", "log 1", "log 2"}
    trace = result.trace
    rows = {name: row for row, name in enumerate(trace.graph.names)}
    for number in range(3):
        scale_row, log_row = rows[f"sub[{number}]/scale"], rows[f"sub[{number}]/log"]
        assert trace.started[log_row] >= trace.finished[scale_row]
        assert scale_row in trace.graph.dependencies[log_row]


def test_a_resumed_run_takes_what_is_there() -> None:
    """Exactly the items run that have no value yet."""
    calls: list[str] = []
    broken = {"b"}

    async def load(name: str) -> str:
        calls.append(f"load {name}")
        return name

    async def check(name: str) -> str:
        calls.append(f"check {name}")
        if name in broken:
            raise OSError(name)
        return name

    with build_dag(str) as sub:
        checked = sub.add_node(check, sub.add_node(load, sub.parameter_node))
    with build_dag() as tm:
        parts = tm.map(sub, ["a", "b", "c"])
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    calls.clear()
    broken.clear()
    result = asyncio.run(tm.invoke(reuse=caught.value.result))
    assert calls == ["check b"]
    assert result[parts[checked]] == ["a", "b", "c"]


async def many() -> AsyncIterator[int]:
    yield 1


async def one(n: int) -> int:
    return n


def _with(add: Callable[[Any], Any]) -> Any:
    with build_dag(int) as sub:
        add(sub)
    return sub


def test_wrong_uses() -> None:
    """Each says what was given, by name, and what to do; nothing is added."""
    sub, page, _ = pages()
    tm: Any = TaskManager[None]()
    cases: list[tuple[Any, type[Exception], str]] = [
        (lambda: tm.map(sub, "abc"), WrongTypeError, "'abc', a single str"),
        (lambda: tm.map(sub), WrongTaskError, "takes a sub-DAG and a collection.*were 0 arguments"),
        (
            lambda: tm.map(sub, ["a"], 1),
            WrongTaskError,
            "given were 2 arguments: let the elements be",
        ),
        (
            lambda: tm.map(TaskManager(), [1]),
            LifecycleError,
            "map takes a TaskManager that is compl",
        ),
        (lambda: tm.map(tm, [1]), WrongArgumentError, "map takes another TaskManager"),
        (
            lambda: tm.options(timeout=1).map(sub, []),
            WrongArgumentError,
            "map of a sub-DAG adds many",
        ),
    ]
    for call, error, words in cases:
        with pytest.raises(error, match=words):
            call()
    assert tm.nodes == ()
    parts = tm.map(sub, ["a"])
    with pytest.raises(ForeignNodeError, match="node of the outer DAG already"):
        parts[parts[page]]
    with pytest.raises(WrongTypeError, match="takes a node of the sub-DAG, not 'fetch'"):
        parts["fetch"]


async def links(region: int) -> list[str]:
    return [f"{region}{number}" for number in range(region)]


async def visit(link: str) -> str:
    if link == "30":
        raise OSError(link)
    return link


async def count(pages: list[object]) -> int:
    return len(pages)


def test_maps_within_names_and_values() -> None:
    """Widths 0, 1 and more, within a DAG within a DAG: lists of lists, and names with all places."""

    async def join(one: str, other: str) -> str:
        return one + other

    with build_dag(int) as sub:
        found = sub.add_node(links, sub.parameter_node)
        pages = sub.map(visit, found)
        again = sub.map(visit, pages)
        pairs = sub.starmap(join, sub.product(pages, again))
        both = sub.starmap(join, sub.zip(pages, again))
        text = sub.fold(join, "", pages)
        amount = sub.add_node(count, pages)
        told = sub.collect([sub.parameter_node, amount, amount])
    with build_dag(int) as shop:
        regions = shop.options(name="region").map(sub, [0, 1, 2])
        in_all = shop.map(visit, shop.flatten(regions[pages]))
    with build_dag() as tm:
        once = tm.options(name="region").map(sub, [0, 1, 2])
        shops = tm.options(name="shop").map(shop, [7, 8])
    result = asyncio.run(tm.invoke())
    assert result[once[pages]] == [[], ["10"], ["20", "21"]]
    assert result[once[pairs]][2] == ["2020", "2021", "2120", "2121"]
    assert result[once[both]] == [[], ["1010"], ["2020", "2121"]]
    assert result[once[text]] == ["", "10", "2021"]
    assert result[once[told]] == [[0, 0, 0], [1, 1, 1], [2, 2, 2]]
    assert result[shops[regions[amount]]] == [[0, 1, 2], [0, 1, 2]]
    assert result[shops[in_all]] == [["10", "20", "21"]] * 2
    names = set(result.trace.graph.names)
    assert {
        "region[2]/visit[1]", "region[2]/visit_2[0]", "region[0]/count",
        "shop[1]/region[2]/visit[1]", "shop[1]/region[2]/join[1,0]",
        "shop[0]/visit[1,0]",
    } <= names  # fmt: skip
    assert "region/visit ×?" in tm.draw.text()
    item = result.node_of(result.trace.graph.names.index("region[2]/visit[1]"))
    assert isinstance(item, ItemNode)
    assert (item.path, result[item]) == ((2, 1), "21")


def test_a_failure_within_reaches_no_other_element() -> None:
    """Of the region with the page that fails nothing more runs; its outcomes have each page."""
    with build_dag(int) as sub:
        pages = sub.map(visit, sub.add_node(links, sub.parameter_node))
        amount = sub.add_node(count, pages)
        outcomes = sub.outcomes(pages)
        sub.options(name="tell").add_node(count, outcomes)
    with build_dag() as tm:
        parts = tm.map(sub, [2, 3, 1])
    with pytest.raises(InvocationError, match=r"node 'sub\[1\]/visit\[0\]' failed") as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    result = caught.value.result
    states = dict(zip(result.trace.graph.names, result.trace.states, strict=True))
    assert [states[f"sub[{place}]/count"] for place in range(3)] == ["done", "skipped", "done"]
    assert [states[f"sub[{place}]/tell"] for place in range(3)] == ["done"] * 3
    assert states["sub[1]/visit[2]"] == "done"
    kinds = [[type(one).__name__ for one in of] for of in result[parts[outcomes]]]
    assert kinds == [["str"] * 2, ["Failure", "str", "str"], ["str"]]
    with build_dag() as tm:
        parts = tm.map(sub, [2, 3, 1])
        lists = tm.outcomes(parts[amount])
    with pytest.raises(InvocationError):
        asyncio.run(tm.invoke(targets=[parts[amount]]))
    found = asyncio.run(tm.invoke(targets=[lists]))[lists]
    assert (found[0], found[2]) == (2, 1)
    assert isinstance(found[1], Failure)
    assert found[1].node.name == "sub[1]/visit[0]"
