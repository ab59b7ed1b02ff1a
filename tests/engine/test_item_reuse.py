"""`reuse=` with maps: exactly the items run that have no value, or take one that is new."""

from __future__ import annotations

import asyncio
import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from async_dag import (
    ExecutionResult,
    Failure,
    InvocationError,
    TaskManager,
    Trace,
    WrongArgumentError,
)
from async_dag.engine.result import MISSING
from async_dag.engine.saved_result import SavedResult
from async_dag.errors import WrongTypeError
from tests.support.dynamic_strategies import (
    LEFT,
    Step,
    build_dynamic,
    by_hand,
    dynamic_dags,
    expected_values,
    values_of,
)
from tests.support.virtual import VirtualLoop, run_virtual


@settings(max_examples=200, deadline=None)
@example(  # the choice is done and took a map, whose items the side that it left would take
    [
        Step("list", width=1),
        Step("map", (0,)),
        Step("map", (1,)),
        Step("choose", (0,), (2, 1)),
        Step("task", (), (3,), ticks=(1,)),
    ],
    [0],
    True,
)
@example(  # what the choice that is done left, by what the file says, runs behind it
    [
        Step("list", width=0),
        Step("map", (0,)),
        Step("choose", (0,), (1, 0)),
        Step("choose", (2,), (1, 0), ticks=(9,)),
    ],
    [1],
    True,
)
@example(  # of the lists that are zipped for each element, both are done
    [
        Step("list", width=2),
        Step("list", width=2, dag=1, parameter=0, each=True),
        Step("list", width=2, dag=1, parameter=0, each=True),
        Step("starmap", (1, 2), ticks=(1,), dag=1, parameter=0, each=True),
    ],
    [0],
    True,
)
@example(  # of a fold that goes through what was chosen for each element two steps are done
    [
        Step("list", width=3, plain=True),
        Step("choose", (0,), (0, 0), dag=1, parameter=0, each=True),
        Step("fold", (1,), ticks=(1,)),
    ],
    [2],
    True,
)
@example(  # a fold begins with the whole list, so that it is opened when all its steps have rows
    [
        Step("list", width=3),
        Step("map", (0,), nested=True),
        Step("fold", (1,), (1,), ticks=(2,)),
    ],
    [2],
    True,
)
@example(  # the last map has all it takes before it is told of the second, which is carried over
    [
        Step("list", width=1),
        Step("list", width=2, plain=True, dag=1, parameter=0, each=True),
        Step("map", (1,), (0,), dag=1, parameter=0, each=True),
        Step("map", (1,), (2,), ticks=(1,), dag=1, parameter=0, each=True),
        Step("map", (3,), (2,), ticks=(2,), dag=1, parameter=0, each=True),
        Step("starmap", (1, 4), (2, 4), ticks=(1, 6, 5), dag=1, parameter=0, each=True),
    ],
    [1],
    False,
)
@given(
    st.tuples(st.booleans(), st.booleans()).flatmap(
        lambda drawn: dynamic_dags(chosen=drawn[0], streams=drawn[1])
    ),
    st.lists(st.integers(0, 40), min_size=1, max_size=3),
    st.booleans(),
)
def test_a_run_that_was_killed_is_resumed(
    steps: list[Step], sixteenths: list[int], saved: bool
) -> None:
    """Cancelled at any moment, again and again: what was done never runs twice, values are right.

    Be the result saved each time, and all made again from the file: just the same runs then.
    """
    expected = by_hand(steps)
    if expected.fails:
        return
    streams = any(step.streams for step in steps)

    async def main(loop: VirtualLoop) -> None:
        tm, nodes = build_dynamic(steps, loop.time)
        before: ExecutionResult[None] | None = None
        earlier: ExecutionResult[None] | SavedResult | None = None
        done: set[str] = set()
        for number in [*sixteenths, None]:
            seconds = None if number is None else number / 16 + 1 / 32
            unsaved: Trace | None = None
            if saved and before is not None:
                unsaved = (await started(tm, before, seconds)).trace
                tm, nodes = build_dynamic(steps, loop.time)
            result = await started(tm, earlier, seconds)
            trace = result.trace
            if unsaved is not None:
                assert sorted(zip(trace.graph.names, trace.states, strict=True)) == sorted(
                    zip(unsaved.graph.names, unsaved.states, strict=True)
                )
            states = dict(zip(trace.graph.names, trace.states, strict=True))
            tasks = {
                name
                for name, kind in zip(trace.graph.names, trace.graph.kinds, strict=True)
                if kind == "task"
            }
            # (What was cut off while it streamed may give something else, to what is behind it.)
            for name in () if streams else tasks & done:
                assert states[name] == "reused", name
            done |= {name for name in tasks if states[name] == "done"}
            assert Trace.from_json(trace.to_json()).states == trace.states
            before = earlier = result
            if saved:
                path = result.save(Path(folder) / "result.zip", pickle)
                earlier = ExecutionResult.load(path, pickle)
        assert values_of(result, nodes) == expected_values(expected, nodes)
        again = (await tm.invoke(reuse=earlier)).trace
        states = zip(again.graph.kinds, again.states, strict=True)
        assert not any(kind == "task" and state == "done" for kind, state in states)

    with tempfile.TemporaryDirectory() as folder:
        run_virtual(main)


@settings(max_examples=200, deadline=None)
@given(
    st.booleans().flatmap(lambda chosen: dynamic_dags(chosen=chosen, outcomes=True)),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(0, 40)),
)
def test_what_was_made_of_a_failure_is_made_anew(
    steps: list[Step], one_in: int, sixteenths: int | None
) -> None:
    """Tasks fail, outcomes of them are taken, the run may be cancelled; then all is as in a new run."""
    expected = by_hand(steps)
    if expected.fails:
        return

    async def main(loop: VirtualLoop) -> None:
        broken = {step.sources[0] for step in steps if step.kind == "outcomes"}
        tm, nodes = build_dynamic(
            steps, loop.time, lambda step, call: step in broken and call % one_in == 0
        )
        seconds = None if sixteenths is None else sixteenths / 16 + 1 / 32
        try:
            async with asyncio.timeout(seconds):
                earlier = await with_failures(tm)
        except TimeoutError:
            assert tm.last_unfinished is not None
            earlier = tm.last_unfinished
        broken.clear()
        result = await tm.invoke(reuse=earlier)
        found, wanted = values_of(result, nodes), expected_values(expected, nodes)
        for value, right, if_taken in zip(found, wanted, expected.values, strict=True):
            # (What was done stays done, though a flag that was made of a failure leaves it now.)
            assert value == right or (right == LEFT and value == if_taken)
        if not any(step.streams or step.kind == "outcomes" for step in steps):
            assert not tasks_done(earlier) & tasks_done(result)
        assert not tasks_done(await tm.invoke(reuse=result))

    run_virtual(main)


async def with_failures(tm: TaskManager[Any]) -> ExecutionResult[Any]:
    """The result of an invoke in which tasks fail, whether or not only outcomes of them are taken."""
    try:
        return await tm.invoke(on_error="continue")
    except InvocationError as error:
        return error.result


def tasks_done(result: ExecutionResult[None]) -> set[str]:
    """The names of the tasks that a run has called and that are done."""
    graph, states = result.trace.graph, result.trace.states
    rows = zip(graph.names, graph.kinds, states, strict=True)
    return {name for name, kind, state in rows if kind == "task" and state == "done"}


async def started(
    tm: TaskManager[None],
    earlier: ExecutionResult[None] | SavedResult | None,
    seconds: float | None,
) -> ExecutionResult[None]:
    """The result of an invoke that is cancelled after so many seconds, if it is not done by then."""
    try:
        async with asyncio.timeout(seconds):
            return await tm.invoke(reuse=earlier)
    except TimeoutError:
        assert tm.last_unfinished is not None
        return tm.last_unfinished


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


async def _told(*values: Any) -> Any:
    """What is in values, with a word for each failure."""
    return ["failed" if isinstance(value, Failure) else value for value in values]


async def _failures(outcomes: list[Any]) -> list[Any]:
    return [0 for outcome in outcomes if isinstance(outcome, Failure)]


async def _as_list(outcomes: list[Any]) -> Any:
    return await _told(*outcomes)


_OF_OUTCOMES: dict[str, Callable[[TaskManager[Any], Any, Any], Any]] = {
    "zipped": lambda tm, _, found: tm.starmap(_told, tm.zip([5, 6], found)),
    "paired": lambda tm, names, found: tm.starmap(_told, tm.product(names, found)),
    "a list around": lambda tm, names, found: tm.map(_told, names, tm.add_node(_as_list, found)),
    "their elements": lambda tm, _, found: tm.map(_told, tm.add_node(_as_list, found)),
    "none any more": lambda tm, _, found: tm.add_node(
        _told, tm.map(_told, tm.add_node(_failures, found))
    ),
}


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("form", _OF_OUTCOMES)
def test_what_takes_outcomes_is_not_kept_if_an_item_is_there_now(form: str, within: bool) -> None:
    """However it takes them, and be all of it in a DAG for each element."""
    broken = [2]

    async def look_up(number: int) -> int:
        if number in broken:
            raise OSError
        return number

    async def names(_: object) -> list[int]:
        return [1, 2]

    tm = TaskManager[Any]()
    inner = TaskManager[Any]() if within else tm
    listed = inner.add_node(names, inner.parameter_node if within else 0)
    found = inner.outcomes(inner.map(look_up, listed))
    made = _OF_OUTCOMES[form](inner, listed, found)
    if within:
        inner.sort()
        made = tm.map(inner, [7, 8])[made]
    tm.sort()
    earlier = asyncio.run(with_failures(tm))
    assert len(earlier.failures) == (2 if within else 1)
    broken.clear()
    result = asyncio.run(tm.invoke(reuse=earlier))
    assert result[made] == asyncio.run(tm.invoke())[made]


async def _number(number: int) -> int:
    return number


async def _same(name: str) -> str:
    return name


@pytest.mark.parametrize("takes_prices", [False, True])
def test_a_map_that_is_done_stays_done_whatever_is_chosen(takes_prices: bool) -> None:
    """A choice took it; a map behind it, which may run on its items, waits for another choice."""
    calls: Counter[str] = Counter()
    broken = [True]

    async def look_up(number: int) -> int:
        calls["look_up"] += 1
        return number

    async def price(number: int) -> int:
        calls["price"] += 1
        return -number

    async def flag(value: bool) -> bool:
        if broken:
            raise OSError
        return value

    tm = TaskManager[None]()
    found = tm.map(look_up, [1, 2])
    prices = tm.map(price, found)
    made = tm.choose(tm.add_node(_number, 1), found, None)
    later = tm.choose(tm.add_node(flag, takes_prices), prices, None)
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    assert calls == {"look_up": 2}
    broken.clear()
    result = asyncio.run(tm.invoke(reuse=caught.value.result))
    assert (result[found], result[made]) == ([1, 2], [1, 2])
    assert result[later] == ([-1, -2] if takes_prices else None)
    assert calls == ({"look_up": 2, "price": 2} if takes_prices else {"look_up": 2})


def test_a_map_that_is_done_is_there_although_no_target_needs_it() -> None:
    """Even if an unfinished map takes its items, which no target needs either."""
    shop = Shop()
    shop.broken.clear()
    found, names = shop.found, shop.tm["list_names"]
    earlier = asyncio.run(shop.tm.invoke(targets=[found]))
    result = asyncio.run(shop.tm.invoke(targets=[names], reuse=earlier))
    assert result[found] == shop.names
    assert result.trace.states[found.index] == "reused"
    assert "price pear" not in shop.calls


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


def run_again(
    key: Callable[[Any], Hashable], before: list[Any], after: list[Any]
) -> tuple[list[Any], int]:
    """What a map gives of a second list if it reuses the items of a first, and how many it reused."""
    tm = TaskManager[list[Any]]()
    rows = tm.options(key=key).map(_same, tm.parameter_node)
    tm.sort()
    earlier = asyncio.run(tm.invoke(before))
    result = asyncio.run(tm.invoke(after, reuse=earlier))
    return result[rows], result.trace.states.count("reused")


@pytest.mark.parametrize(
    ("before", "after", "reused"),
    [
        (["a1", "a2"], ["a2", "a3"], 0),
        (["a1", "a2", "b1"], ["a3", "b1"], 1),
        (["a1", "b1"], ["a2", "b1", "a1"], 1),
        (["a1"], [*(f"{n:05d}" for n in range(5000)), "a1", "a2"], 0),  # more than begin at once
    ],
)
def test_a_key_that_several_elements_have_identifies_none(
    before: list[str], after: list[str], reused: int
) -> None:
    """Which of them is meant is not known, so their items run again."""

    def key(name: str) -> str:
        return name[0] if name[0] in "ab" else name

    assert run_again(key, before, after) == (after, reused)


@pytest.mark.parametrize("key", [lambda row: row["id"], lambda row: [row]])
def test_a_key_that_fails_is_told_once(key: Callable[[Any], Hashable]) -> None:
    """An element for which it raises, or whose key is not hashable, runs again."""
    with pytest.warns(RuntimeWarning, match=r"options\(key=\) of map '_same'") as told:
        assert run_again(key, [1, 2], [1, 3]) == ([1, 3], 0)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("before", "after", "total", "reused"),
    [
        ("pqrs", "qprs", "(((.q)p)r)s", 0),  # other places
        ("pqrs", "qp", "(.q)p", 0),  # as many as there were earlier steps, and more
        ("pqrs", "p", ".p", 0),  # not as far as it had come: on the way nothing is kept
        ("pqrs", "pqr", "((.p)q)r", 2),
        ("pqrs", "pqxs", "(((.p)q)x)s", 2),
    ],
)
def test_a_fold_is_carried_over_as_far_as_it_had_come_or_not_at_all(
    before: str, after: str, total: str, reused: int
) -> None:
    """Its last value holds only if all elements up to there have the same keys at the same places."""
    broken = {"r"}

    async def add(so_far: str, name: str) -> str:
        if name in broken:
            raise OSError(name)
        return f"({so_far}){name}" if len(so_far) > 1 else so_far + name

    tm = TaskManager[list[str]]()
    folded = tm.fold(add, ".", tm.options(key=str).map(_same, tm.parameter_node))
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke([*before], on_error="continue"))
    broken.clear()
    result = asyncio.run(tm.invoke([*after], reuse=caught.value.result))
    assert result[folded] == total
    states = zip(result.trace.graph.names, result.trace.states, strict=True)
    assert sum(state == "reused" for name, state in states if name.startswith("add[")) == reused


def test_a_fold_of_outcomes_begins_anew_where_an_item_is_there_now() -> None:
    """It had taken a failure; what it had come to with that is not where it can go on."""
    broken = [True]

    async def look_up(number: int) -> int:
        if number == 1 and broken:
            raise OSError
        return number

    async def add(so_far: int, number: object) -> int:
        if number == 2 and broken:
            raise OSError
        return so_far + (number if isinstance(number, int) else 100)

    tm = TaskManager[None]()
    total = tm.fold(add, 0, tm.outcomes(tm.map(look_up, [0, 1, 2])))
    tm.sort()
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    broken.clear()
    assert asyncio.run(tm.invoke(reuse=caught.value.result))[total] == 3


def test_a_wrong_key_is_refused() -> None:
    """What is no function, and a key for a single task."""
    tm = TaskManager[None]()
    wrong: Any = "name"
    with pytest.raises(WrongTypeError, match=r"options\(key=\) takes a function of an element"):
        tm.options(key=wrong)
    with pytest.raises(WrongArgumentError, match="add_node adds a single task"):
        tm.options(key=len).add_node(asyncio.sleep, 1)
