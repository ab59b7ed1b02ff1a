"""`options(after=[...])`: order without a value."""

from __future__ import annotations

import asyncio

import pytest

from async_dag import (
    ForeignNodeError,
    TaskManager,
    Trace,
    UnknownNodeError,
    WrongTypeError,
    build_dag,
)
from tests.support.virtual import VirtualLoop, run_virtual


async def number(n: int = 1) -> int:
    return n


async def add(a: int, b: int = 0) -> int:
    return a + b


def test_a_node_waits_for_what_it_does_not_take() -> None:
    """It starts the moment the last of all of them is done, and gets only its own arguments."""

    async def main(loop: VirtualLoop) -> Trace:
        async def nap(seconds: float) -> float:
            await asyncio.sleep(seconds)
            return seconds

        tm = TaskManager[None](clock=loop.time)
        slow, quick = tm.add_node(nap, 0.5), tm.add_node(nap, 0.25)
        both = tm.options(after=[slow, quick]).add_node(nap, 0.25)
        also = tm.options(name="also", after=[slow]).add_node(nap, quick)
        alone = tm.options(name="alone", after=[slow]).add_node(number)
        assert also.dependencies == (quick, slow)
        assert both.dependencies == (slow, quick)
        assert alone.dependencies == (slow,)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    assert list(trace.started) == [0.0, 0.0, 0.5, 0.5, 0.5]
    assert trace.graph.dependencies == ((), (), (0, 1), (1, 0), (0,))


def test_a_dependency_without_a_value_is_not_needless() -> None:
    """The finding about values that are never looked at leaves it out."""
    with build_dag() as tm:
        first = tm.add_node(number)
        tm.options(after=[first]).add_node(add, tm.add_node(number))
    assert tm.graph.unread(2) == frozenset()


def test_a_failure_skips_what_comes_after() -> None:
    """`after` is a dependency like any other: of a node that failed nothing behind it starts."""

    async def fail() -> None:
        raise OSError("no")

    with build_dag() as tm:
        failed = tm.add_node(fail)
        tm.options(after=[failed]).add_node(number)
        tm.add_node(number)
    with pytest.raises(ExceptionGroup):
        asyncio.run(tm.invoke(on_error="continue"))
    assert tm.last_unfinished is not None
    assert tm.last_unfinished.trace.states == ["failed", "skipped", "done"]


def test_targets_and_reuse_see_it() -> None:
    """A target brings what it comes after; what was done in an earlier run is not done again."""
    with build_dag() as tm:
        first = tm.add_node(number)
        last = tm.options(after=[first]).add_node(number)
        tm.add_node(number)
    result = asyncio.run(tm.invoke(targets=[last]))
    assert result.trace.states == ["done", "done", "skipped"]
    assert asyncio.run(tm.invoke(reuse=result)).trace.states == ["reused", "reused", "done"]


def test_a_sub_dag_after_a_node() -> None:
    """Whatever in it waits for nothing else waits for that node; its own order stays."""
    with build_dag(int) as sub:
        one = sub.add_node(number, sub.parameter_node)
        sub.options(after=[one]).add_node(number)
    with build_dag() as tm:
        first = tm.add_node(number)
        tm.options(name="use", after=[first]).add_dag(sub, 1)
    needed = {node.name: [one.name for one in node.dependencies] for node in tm.nodes}
    assert needed["use/number"] == ["use/parameter", "number"]
    assert needed["use/number_2"] == ["use/number"]


def test_builders_add_and_take_away() -> None:
    """A builder's own options change it; None takes it away; a repr shows it."""
    with build_dag() as tm:
        first = tm.add_node(number)
        late = tm.options(after=[first])
        assert repr(late) == "<options after=(<TaskNode 'number'>,)>"
        assert late.options(name="x").add_node(number).dependencies == (first,)
        assert late.options(after=None).add_node(number).dependencies == ()


def test_wrong_nodes_are_refused() -> None:
    """Something else, the name of no node, a node of another manager."""
    tm, other = TaskManager[None](), TaskManager[None]()
    with pytest.raises(WrongTypeError, match="takes nodes or their names"):
        tm.options(after=number)  # type: ignore[arg-type]
    with pytest.raises(WrongTypeError, match="takes nodes or their names"):
        tm.options(after=[1])  # type: ignore[list-item]
    with pytest.raises(UnknownNodeError, match="'number'"):
        tm.options(after=["number"])
    with pytest.raises(ForeignNodeError, match=r"given as options\(after=\)"):
        tm.options(after=[other.add_node(number)])
