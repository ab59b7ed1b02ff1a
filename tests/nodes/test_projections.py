"""`node[key]`, and `a, b = node`: items of a node's value as nodes, which are no tasks."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable
from typing import Any, NamedTuple

import pytest

from async_dag import (
    InvocationError,
    LifecycleError,
    TaskManager,
    WrongTypeError,
    build_dag,
    in_thread,
)
from async_dag.nodes.node import annotated_length
from tests.support.virtual import VirtualLoop, run_virtual


class Size(NamedTuple):
    width: int
    height: int


async def load() -> dict[str, int]:
    return {"width": 3, "height": 4}


async def measure() -> tuple[int, str]:
    return 3, "cm"


async def size() -> Size:
    return Size(3, 4)


async def add(a: int, b: int) -> int:
    return a + b


def test_items_of_a_mapping_and_of_a_tuple() -> None:
    """Each is passed where it is asked for, and extracts as a value of its own."""
    with build_dag() as tm:
        settings = tm.add_node(load)
        number, unit = tm.add_node(measure)
        total = tm.add_node(add, settings["width"], number)
        wide, high = tm.add_node(size)
    result = asyncio.run(tm.invoke())
    assert result[total] == 6
    assert (result[unit], result[wide], result[high]) == ("cm", 3, 4)  # type: ignore[index]


def test_an_item_is_no_task() -> None:
    """It takes no time and no slot, is of kind collect, and is named after its node and key."""

    async def main(loop: VirtualLoop) -> Any:
        async def nap() -> dict[str, int]:
            await asyncio.sleep(1)
            return {"seconds": 1}

        tm = TaskManager[None](clock=loop.time)
        item = tm.add_node(nap)["seconds"]
        tm.add_node(add, item, item)
        tm.sort()
        assert (item.kind, item.name) == ("collect", "nap['seconds']")
        assert tm["nap['seconds']"] is item
        return (await tm.invoke(max_concurrency=1)).trace

    trace = run_virtual(main)
    assert (trace.ready[1], trace.started[1], trace.finished[1]) == (1.0, 1.0, 1.0)
    assert trace.timeline.critical_path == ("nap", "add")


def test_the_same_key_gives_the_same_node() -> None:
    """Also after `sort`; keys that are equal and of different types are different ones."""
    with build_dag() as tm:
        settings = tm.add_node(load)
        width = settings["width"]
        assert settings["width"] is width
        first = settings[1]  # type: ignore[index]
        assert settings[True] is not first  # type: ignore[index]
    assert settings["width"] is width
    with pytest.raises(LifecycleError, match=r"load\['height'\] came after sort"):
        settings["height"]


def test_an_item_that_is_not_there_fails_and_names_the_node() -> None:
    """The failure is the item's, and says which node was asked for what."""
    with build_dag() as tm:
        wrong = tm.add_node(load)["depth"]
        tm.add_node(add, wrong, 1)
    with pytest.raises(InvocationError, match=r"""node "load\['depth'\]" failed: KeyError"""):
        asyncio.run(tm.invoke())
    unfinished = tm.last_unfinished
    assert unfinished is not None
    assert unfinished.trace.states == ["done", "failed", "skipped"]
    assert "in node \"load['depth']\"" in unfinished.failures[wrong].__notes__


def test_unpacking_needs_an_annotation() -> None:
    """Where the number of items is not known, the error names the node and the other way."""

    async def unknown():  # type: ignore[no-untyped-def]
        return 1, 2

    async def many() -> tuple[int, ...]:
        return 1, 2

    with build_dag() as tm:
        for task in (unknown, many, load):
            with pytest.raises(WrongTypeError, match=f"node '{task.__name__}' has is not known"):
                _, _ = tm.add_node(task)  # type: ignore[misc]
        with pytest.raises(ValueError, match="not enough values to unpack"):
            _, _, _ = tm.add_node(measure)
        with pytest.raises(WrongTypeError, match="takes a key, not node 'add'"):
            tm.add_node(load)[tm.add_node(add, 1, 2)]  # type: ignore[index]


def test_lengths_are_read_from_annotations() -> None:
    """Of async functions, wrapped and partial ones, plain ones that return awaitables, and objects."""

    class Service:
        async def __call__(self, a: int) -> tuple[int, int, int]:
            return a, a, a

    def later() -> Awaitable[tuple[int, str]]:
        return measure()

    def blocking() -> tuple[str, str]:
        return "a", "b"

    async def unknown_name() -> Nowhere:  # type: ignore[name-defined]  # noqa: F821
        return None

    async def nothing() -> tuple[()]:
        return ()

    assert annotated_length(Service()) == 3
    assert annotated_length(later) == 2
    assert annotated_length(in_thread(blocking)) == 2
    assert annotated_length(functools.partial(measure)) == 2
    assert annotated_length(size) == 2
    assert annotated_length(nothing) == 0
    assert annotated_length(unknown_name) is None
    assert annotated_length(len) is None
    assert annotated_length(None) is None


def test_items_in_a_sub_dag() -> None:
    """A sub-DAG may use items of its own nodes, and the outer one items of the stand-ins."""
    with build_dag() as sub:
        settings = sub.add_node(load)
        total = sub.add_node(add, settings["width"], settings["height"])
    with build_dag() as tm:
        used = tm.add_dag(sub)
        more = tm.add_node(add, used[total], used[settings]["width"])
    assert asyncio.run(tm.invoke())[more] == 10
