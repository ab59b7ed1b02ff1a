"""`reuse=` with maps: exactly the items run that have no value, or take one that is new."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import ExecutionResult, InvocationError, TaskManager, Trace, WrongArgumentError
from async_dag.engine.result import MISSING
from async_dag.errors import WrongTypeError
from tests.support.dynamic_strategies import (
    Step,
    build_dynamic,
    by_hand,
    dynamic_dags,
    expected_values,
    values_of,
)
from tests.support.virtual import VirtualLoop, run_virtual


@settings(max_examples=200, deadline=None)
@given(dynamic_dags(streams=False), st.lists(st.integers(0, 40), min_size=1, max_size=3))
def test_a_run_that_was_killed_is_resumed(steps: list[Step], sixteenths: list[int]) -> None:
    """Cancelled at any moment, again and again: what was done never runs twice, values are right."""
    expected = by_hand(steps)
    if expected.fails:
        return

    async def main(loop: VirtualLoop) -> None:
        tm, nodes = build_dynamic(steps, loop.time)
        earlier: ExecutionResult[None] | None = None
        done: set[str] = set()
        for number in [*sixteenths, None]:
            limit = None if number is None else number / 16 + 1 / 32
            try:
                async with asyncio.timeout(limit):
                    result = await tm.invoke(reuse=earlier)
            except TimeoutError:
                assert tm.last_unfinished is not None
                result = tm.last_unfinished
            trace = result.trace
            states = dict(zip(trace.graph.names, trace.states, strict=True))
            tasks = {
                name
                for name, kind in zip(trace.graph.names, trace.graph.kinds, strict=True)
                if kind == "task"
            }
            for name in tasks & done:
                assert states[name] == "reused", name
            done |= {name for name in tasks if states[name] == "done"}
            assert Trace.from_json(trace.to_json()).states == trace.states
            earlier = result
            if limit is None:
                break
        assert values_of(result, nodes) == expected_values(expected, nodes)

    run_virtual(main)


class Shop:
    """A list of names, a task for each, and another one behind it; it counts the calls."""

    def __init__(self, key: Any = None) -> None:
        self.calls: Counter[str] = Counter()
        self.names = ["pear", "fig", "plum"]
        self.broken = {"fig"}
        self.tm = TaskManager[None]()
        self.found = self.tm.options(key=key).map(self.look_up, self.tm.add_node(self.list_names))
        self.prices = self.tm.map(self.price, self.found)
        self.total = self.tm.fold(self.add, 0, self.prices)
        self.tm.sort()

    async def list_names(self) -> list[str]:
        self.calls["list"] += 1
        return self.names

    async def look_up(self, name: str) -> str:
        self.calls[f"look_up {name}"] += 1
        if name in self.broken:
            raise OSError(name)
        return name

    async def price(self, name: str) -> int:
        self.calls[f"price {name}"] += 1
        return len(name)

    async def add(self, so_far: int, price: int) -> int:
        self.calls["add"] += 1
        return so_far + price

    def fail(self) -> ExecutionResult[None]:
        with pytest.raises(InvocationError) as caught:
            asyncio.run(self.tm.invoke(on_error="continue"))
        self.calls.clear()
        self.broken.clear()
        return caught.value.result


def test_only_the_missing_items_run() -> None:
    """The list is the same, so elements are known by their place; a fold goes on where it stopped."""
    shop = Shop()
    result = asyncio.run(shop.tm.invoke(reuse=shop.fail()))
    assert result[shop.total] == 11
    assert shop.calls == {"look_up fig": 1, "price fig": 1, "add": 2}
    names = result.trace.graph.names
    states = dict(zip(names, result.trace.states, strict=True))
    assert (states["look_up[0]"], states["look_up[1]"], states["add[0]"]) == (
        "reused",
        "done",
        "reused",
    )
    assert asyncio.run(shop.tm.invoke(reuse=result))[shop.total] == 11
    assert shop.calls["list"] == 0


def test_a_list_that_is_made_anew_is_run_anew() -> None:
    """The place of an element says nothing then: with another list it may be another one."""
    shop = Shop()
    earlier = without(shop.fail(), shop.tm["list_names"].index)
    shop.names = ["kiwi", "fig"]
    result = asyncio.run(shop.tm.invoke(reuse=earlier))
    assert result[shop.prices] == [4, 3]
    assert shop.calls["look_up kiwi"] == shop.calls["look_up fig"] == 1


def without(result: ExecutionResult[None], index: int) -> ExecutionResult[None]:
    """The same result, in which a node has no value."""
    result._values[index] = MISSING
    return result


def test_a_key_tells_which_element_is_which() -> None:
    """Also in another list at another place: what was found for its key is carried over."""
    shop = Shop(key=lambda name: name)
    earlier = without(shop.fail(), shop.tm["list_names"].index)
    shop.names = ["kiwi", "plum", "fig", "pear"]
    result = asyncio.run(shop.tm.invoke(reuse=earlier))
    assert result[shop.prices] == [4, 4, 3, 4]
    assert {call for call in shop.calls if call != "add"} == {
        "list",
        "look_up kiwi",
        "price kiwi",
        "look_up fig",
        "price fig",
    }


def test_a_wrong_key_is_refused() -> None:
    """What is no function, and a key for a single task."""
    tm = TaskManager[None]()
    wrong: Any = "name"
    with pytest.raises(WrongTypeError, match=r"options\(key=\) takes a function of an element"):
        tm.options(key=wrong)
    with pytest.raises(WrongArgumentError, match="add_node adds a single task"):
        tm.options(key=len).add_node(asyncio.sleep, 1)
