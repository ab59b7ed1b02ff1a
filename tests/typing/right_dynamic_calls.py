# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Right calls about sub-DAGs, items and maps: both type checkers take each, and find exactly this type.

Each function adds its nodes to a manager; a test runs them all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

from async_dag import (
    Failure,
    InlinedDag,
    MapNode,
    MappedDag,
    TaskManager,
    TaskNode,
    build_dag,
    streaming,
)
from tests.typing import tasks

Int = TaskNode[int, int]
Str = TaskNode[int, str]


def sub_dags(tm: TaskManager[int]) -> None:
    with build_dag(str) as sub:
        pair = sub.add_node(tasks.pair, sub.parameter_node, 1)
        same = sub.add_node(tasks.same, sub.parameter_node)
    with build_dag() as without:
        zero = without.add_node(tasks.zero)
    s = tm.add_node(tasks.one, tm.parameter_node)
    used = assert_type(tm.add_dag(sub, s), InlinedDag[int, str])
    assert_type(tm.add_dag(sub, "a"), InlinedDag[int, str])
    assert_type(used[same], Str)
    assert_type(used[pair], TaskNode[int, tuple[str, int]])
    assert_type(used[sub.parameter_node], Str)
    assert_type(tm.options(name="shop", after=[s]).add_dag(without), InlinedDag[int, None])
    assert_type(tm.add_dag(without)[zero], Int)
    assert_type(tm.add_node(tasks.one, tm.add_dag(without)[zero]), Str)


def items(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    pair = tm.add_node(tasks.pair, i, s)
    assert_type(pair[0], Int)
    assert_type(pair[1], Str)
    table = tm.add_immediate_node({"a": 1.5})
    assert_type(table["a"], TaskNode[int, float])
    assert_type(tm.add_node(tasks.ints, i)[0], Int)
    assert_type(tm.add_node(tasks.ints, i)[-1], Int)
    assert_type(tm.add_node(tasks.two, pair[0], pair[1]), TaskNode[int, bytes])


def unpacking(tm: TaskManager[int]) -> None:
    async def two_numbers() -> tuple[int, int]:
        return 1, 2

    a, b = tm.add_node(two_numbers)
    assert_type(a, Int)
    assert_type(tm.add_node(tasks.one, b), Str)


def order(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    assert_type(tm.options(after=[i, s]).add_node(tasks.one, 1), Str)
    assert_type(tm.options(after=[i]).options(after=None).add_node(tasks.zero), Int)


async def numbers(n: int) -> list[int]:
    return list(range(n))


def maps(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    of_ints = tm.add_node(numbers, 3)
    strings = assert_type(tm.map(tasks.one, of_ints), MapNode[int, str])
    assert_type(tm.map(tasks.two, of_ints, s), MapNode[int, bytes])
    assert_type(tm.map(tasks.two, of_ints, "b"), MapNode[int, bytes])
    assert_type(tm.map(tasks.two, [1, 2], s), MapNode[int, bytes])
    assert_type(tm.map(tasks.two, (1, 2), "b"), MapNode[int, bytes])
    assert_type(tm.map(tasks.one, range(3)), MapNode[int, str])
    assert_type(tm.map(tasks.three, of_ints, s, b""), MapNode[int, float])
    assert_type(tm.map(tasks.same, of_ints), MapNode[int, int])
    assert_type(tm.map(tasks.same, ["a"]), MapNode[int, str])
    assert_type(tm.map(tasks.same, strings), MapNode[int, str])
    assert_type(tm.map(tasks.pair, of_ints, s), MapNode[int, tuple[int, str]])
    assert_type(tm.map(tasks.defaults, of_ints), MapNode[int, bytes])
    assert_type(tm.map(tasks.defaults, of_ints, c=2.0), MapNode[int, bytes])
    assert_type(tm.map(tasks.keywords, of_ints, flag=True), MapNode[int, bytes])
    assert_type(tm.map(tasks.keywords, [1], flag=True, depth=2), MapNode[int, bytes])
    assert_type(tm.map(lambda n: tasks.one(n), of_ints), MapNode[int, str])
    assert_type(tm.add_node(tasks.same, strings), TaskNode[int, list[str]])
    assert_type(tm.options(at_once=4, timeout=5).map(tasks.one, of_ints), MapNode[int, str])
    assert_type(strings[0], Str)


def zips_and_products(tm: TaskManager[int]) -> None:
    of_ints = tm.add_node(numbers, 2)
    strings = tm.map(tasks.one, of_ints)
    zipped = assert_type(tm.zip(of_ints, strings), MapNode[int, tuple[int, str]])
    assert_type(tm.zip([1], ["a"], [b""]), MapNode[int, tuple[int, str, bytes]])
    assert_type(tm.starmap(tasks.two, zipped), MapNode[int, bytes])
    assert_type(tm.starmap(tasks.two, tm.product(of_ints, strings)), MapNode[int, bytes])
    assert_type(tm.starmap(tasks.two, [(1, "a")]), MapNode[int, bytes])
    assert_type(tm.starmap(tasks.three, zipped, b""), MapNode[int, float])
    assert_type(tm.map(tasks.same, zipped), MapNode[int, tuple[int, str]])
    nested = assert_type(tm.map(tasks.ints, of_ints), MapNode[int, list[int]])
    assert_type(tm.flatten(nested), MapNode[int, int])
    assert_type(tm.map(tasks.one, tm.flatten(nested)), MapNode[int, str])
    assert_type(tm.flatten([["a"], ["b"]]), MapNode[int, str])


async def longer(so_far: str, number: int) -> str:
    return so_far + str(number)


async def of_outcomes(outcomes: list[str | Failure]) -> int:
    return len(outcomes)


async def of_outcome(outcome: str | Failure) -> int:
    return isinstance(outcome, Failure)


def outcomes_and_folds(tm: TaskManager[int]) -> None:
    of_ints = tm.add_node(numbers, 2)
    strings = tm.map(tasks.one, of_ints)
    outcomes = assert_type(tm.outcomes(strings), MapNode[int, str | Failure])
    assert_type(tm.add_node(of_outcomes, outcomes), Int)
    assert_type(tm.map(of_outcome, outcomes), MapNode[int, int])
    assert_type(tm.fold(longer, "", of_ints), Str)
    assert_type(tm.fold(longer, tm.add_node(tasks.one, 1), [1, 2]), Str)
    assert_type(tm.options(timeout=1).fold(longer, "", tm.map(tasks.same, of_ints)), Str)


def mapped_dags(tm: TaskManager[int]) -> None:
    with build_dag(str) as sub:
        length = sub.add_node(tasks.same, sub.parameter_node)
        number = sub.add_node(tasks.zero)
    texts = tm.map(tasks.one, tm.add_node(numbers, 2))
    parts = assert_type(tm.map(sub, texts), MappedDag[int, str])
    assert_type(parts[length], MapNode[int, str])
    assert_type(tm.map(tasks.one, parts[number]), MapNode[int, str])
    assert_type(tm.options(name="shop").map(sub, ["a"])[sub.parameter_node], MapNode[int, str])


async def is_even(n: int) -> bool:
    return n % 2 == 0


async def text_or_number(value: str | int) -> str:
    return str(value)


def choices(tm: TaskManager[int]) -> None:
    flag = tm.add_node(is_even, tm.parameter_node)
    text, number = tm.add_node(tasks.one, 1), tm.add_node(tasks.zero)
    chosen = assert_type(tm.choose(flag, text, number), TaskNode[int, str | int])
    assert_type(tm.choose(flag, text, None), TaskNode[int, str | None])
    assert_type(tm.choose(flag, b"", text), TaskNode[int, bytes | str])
    assert_type(tm.choose(True, "a", 2.5), TaskNode[int, str | float])
    assert_type(
        tm.choose(flag, tm.choose(flag, text, None), number), TaskNode[int, str | int | None]
    )
    assert_type(tm.choose(flag, tm.map(tasks.one, [1]), None), TaskNode[int, list[str] | None])
    assert_type(tm.options(name="mail").choose(flag, text, text), Str)
    assert_type(tm.add_node(text_or_number, chosen), Str)


async def pages(n: int) -> AsyncIterator[str]:
    yield str(n)


def streams(tm: TaskManager[int]) -> None:
    found = assert_type(tm.add_node(streaming(pages), 1), TaskNode[int, list[str]])
    assert_type(tm.map(tasks.same, found), MapNode[int, str])
    assert_type(tm.options(at_once=2, key=len).map(tasks.same, found), MapNode[int, str])


ALL = [
    mapped_dags,
    choices,
    streams,
    outcomes_and_folds,
    sub_dags,
    items,
    unpacking,
    order,
    maps,
    zips_and_products,
]
