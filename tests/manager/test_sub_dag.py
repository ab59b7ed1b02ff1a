"""`add_dag`: the nodes of another DAG become nodes of this one."""

from __future__ import annotations

import asyncio

import pytest

from async_dag import (
    ForeignNodeError,
    LifecycleError,
    MissingParameterError,
    TaskManager,
    TaskNode,
    Trace,
    WrongArgumentError,
    WrongTypeError,
    build_dag,
)
from async_dag.graph.scope import Scope
from tests.support.virtual import VirtualLoop, run_virtual


async def length(word: str) -> int:
    return len(word)


async def double(n: int) -> int:
    return 2 * n


async def add(a: int, b: int) -> int:
    return a + b


def lengths() -> tuple[TaskManager[str], TaskNode[str, int], TaskNode[str, int]]:
    """A sub-DAG: the length of a word, and its double."""
    with build_dag(str) as sub:
        long = sub.add_node(length, sub.parameter_node)
        doubled = sub.add_node(double, long)
    return sub, long, doubled


def test_names_begin_with_the_use() -> None:
    """`sub`, then `sub_2`; or what the options of the use say; within one another they add up."""
    inner, _, doubled = lengths()
    with build_dag(str) as sub:
        region = sub.options(name="region").add_dag(inner, sub.parameter_node)
        sub.add_node(double, region[doubled])
    with build_dag() as tm:
        tm.options(name="shop").add_dag(sub, "a")
        tm.add_dag(inner, "b")
        tm.add_dag(inner, "c")
    assert tm.graph.names == (
        "shop/parameter",
        "shop/region/length",
        "shop/region/double",
        "shop/double",
        "sub/parameter",
        "sub/length",
        "sub/double",
        "sub_2/parameter",
        "sub_2/length",
        "sub_2/double",
    )
    assert tm["shop/region/double"].dependencies == (tm["shop/region/length"],)


def test_scopes_say_which_nodes_came_together() -> None:
    """Each use is a scope, within the one it lies in; the saved trace has them, too."""
    inner, _, _ = lengths()
    with build_dag(str) as sub:
        sub.options(name="region").add_dag(inner, sub.parameter_node)
        sub.add_node(length, sub.parameter_node)
    with build_dag(str) as tm:
        tm.options(name="shop").add_dag(sub, tm.parameter_node)
        tm.add_node(length, tm.parameter_node)
    trace = asyncio.run(tm.invoke("Oslo")).trace
    for graph in (tm.graph, Trace.from_json(trace.to_json()).graph):
        assert graph.scopes == (Scope("shop", "dag", None), Scope("shop/region", "dag", 0))
        within = dict(zip(graph.names, graph.within, strict=True))
        assert within == {
            "parameter": None,
            "shop/region/length": 1,
            "shop/region/double": 1,
            "shop/length": 0,
            "length": None,
        }


def test_a_limit_is_one_for_all_uses() -> None:
    """Two uses of a node with a limit of one never run at once."""

    async def main(loop: VirtualLoop) -> float:
        async def nap() -> None:
            await asyncio.sleep(1)

        with build_dag() as sub:
            sub.options(limit=asyncio.Semaphore(1)).add_node(nap)
        tm = TaskManager[None](clock=loop.time)
        tm.add_dag(sub)
        tm.add_dag(sub)
        tm.sort()
        return (await tm.invoke()).trace.elapsed

    assert run_virtual(main) == 2.0


def test_all_kinds_of_nodes_are_inlined() -> None:
    """Immediates, collects, keywords and a node given twice do what they did in the sub-DAG."""

    async def join(words: list[str], sign: str = ",", *, end: str) -> str:
        return sign.join(words) + end

    async def twice(a: str, b: str) -> str:
        return a + b

    with build_dag(str) as sub:
        dot = sub.add_immediate_node(".")
        words = sub.collect([sub.parameter_node, dot])
        joined = sub.add_node(join, words, "-", end=dot)  # type: ignore[arg-type]
        both = sub.add_node(twice, joined, joined)
    with build_dag() as tm:
        used = tm.add_dag(sub, "a")
    assert asyncio.run(tm.invoke())[used[both]] == "a-..a-.."
    assert used[sub.parameter_node].name == "sub/parameter"


def test_the_node_of_a_value_that_is_none() -> None:
    """None is a parameter like any other."""

    async def is_none(value: None) -> bool:
        return value is None

    with build_dag(type(None)) as sub:
        node = sub.add_node(is_none, sub.parameter_node)
    with build_dag() as tm:
        used = tm.add_dag(sub, None)
    assert asyncio.run(tm.invoke())[used[node]]


def test_wrong_sub_dags_are_refused() -> None:
    """Not a manager, not sorted, the manager itself: each error says what to do."""
    sub, _, _ = lengths()
    tm = TaskManager[None]()
    with pytest.raises(WrongTypeError, match="takes a sorted TaskManager"):
        tm.add_dag(length)  # type: ignore[call-overload]
    with pytest.raises(LifecycleError, match="call its sort"):
        tm.add_dag(TaskManager[None]())
    with pytest.raises(WrongArgumentError, match="can't contain itself"):
        tm.add_dag(tm)
    with pytest.raises(MissingParameterError, match="node 'length' of the sub-DAG takes"):
        tm.add_dag(sub)  # type: ignore[arg-type]
    with pytest.raises(WrongArgumentError, match=r"options\(timeout=\) says how one task"):
        tm.options(timeout=1).add_dag(sub, "a")
    with pytest.raises(ForeignNodeError, match="passed to add_dag, belongs to another"):
        tm.add_dag(sub, sub.parameter_node)  # type: ignore[arg-type]
    tm.sort()
    with pytest.raises(LifecycleError, match="add_dag came after sort"):
        tm.add_dag(sub, "a")


def test_wrong_stand_ins_are_refused() -> None:
    """`used[...]` takes nodes of its own sub-DAG alone, and says what else was given."""
    sub, long, _ = lengths()
    _, other, _ = lengths()
    tm = TaskManager[None]()
    used, again = tm.add_dag(sub, "a"), tm.add_dag(sub, "b")
    with pytest.raises(ForeignNodeError, match="belongs to another TaskManager"):
        used[other]
    with pytest.raises(ForeignNodeError, match="is a node of the outer DAG already"):
        used[again[long]]  # type: ignore[index]
    with pytest.raises(WrongTypeError, match="takes a node of the sub-DAG"):
        used["length"]  # type: ignore[index]


def test_many_uses_of_a_large_sub_dag() -> None:
    """Five hundred uses of two hundred nodes are inlined and run."""
    with build_dag(int) as sub:
        node = sub.parameter_node
        for _ in range(200):
            node = sub.add_node(double, node)
    with build_dag() as tm:
        last = [tm.add_dag(sub, n)[node] for n in range(500)]
    result = asyncio.run(tm.invoke())
    assert [result[one] for one in last] == [n * 2**200 for n in range(500)]
