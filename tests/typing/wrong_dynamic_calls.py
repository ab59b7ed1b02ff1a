# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Wrong calls about sub-DAGs and items: both type checkers refuse each of them.

As in `wrong_calls.py`, a call that slips through fails the test. Nothing here is ever run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from async_dag import TaskManager, TaskNode, streaming
from tests.typing import tasks


def sub_dags(
    tm: TaskManager[int], sub: TaskManager[str], of_int: TaskManager[int], s: TaskNode[int, str]
) -> None:
    tm.add_dag(sub)  # type: ignore[arg-type]
    tm.add_dag(sub, 1)  # type: ignore[misc]
    tm.add_dag(of_int, s)  # type: ignore[arg-type]
    tm.add_dag(tasks.one, 1)  # type: ignore[call-overload]
    tm.add_dag(sub, sub.parameter_node)  # type: ignore[misc]
    tm.add_dag(sub, "a")[s]  # type: ignore[index]
    tm.add_node(tasks.one, tm.add_dag(sub, "a")[sub.parameter_node])  # type: ignore[arg-type]


def items(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    i[0]  # type: ignore[misc]
    tm.add_immediate_node({"a": 1.5})[0]  # type: ignore[index]
    tm.add_node(tasks.ints, i)["a"]  # type: ignore[index]
    tm.add_node(tasks.one, tm.add_node(tasks.pair, i, s)[1])  # type: ignore[arg-type]
    _, _ = i  # type: ignore[misc]


def order(tm: TaskManager[int], other: TaskManager[str], i: TaskNode[int, int]) -> None:
    tm.options(after=1)  # type: ignore[arg-type]
    tm.options(after=[1])  # type: ignore[list-item]
    tm.options(after=[other.add_node(tasks.zero)])  # type: ignore[list-item]


async def length(text: str) -> int:
    return len(text)


async def longer(so_far: str, number: int) -> str:
    return so_far + str(number)


async def pages(n: int) -> AsyncIterator[str]:
    yield str(n)


def streams(tm: TaskManager[int]) -> None:
    tm.add_node(pages, 1)  # type: ignore[arg-type]
    streaming(length)  # type: ignore[arg-type]
    tm.add_node(streaming(pages), "a")  # type: ignore[arg-type]
    tm.map(tasks.one, tm.add_node(streaming(pages), 1))  # type: ignore[arg-type]
    tm.options(key="name")  # type: ignore[arg-type]


def outcomes_and_folds(tm: TaskManager[int], i: TaskNode[int, int]) -> None:
    of_ints = tm.add_node(tasks.ints, i)
    strings = tm.map(tasks.one, of_ints)
    tm.outcomes(of_ints)  # type: ignore[arg-type]
    tm.map(length, tm.outcomes(strings))  # type: ignore[arg-type]
    tm.fold(longer, 0, of_ints)  # type: ignore[arg-type]
    tm.fold(longer, "", strings)  # type: ignore[arg-type]
    tm.fold(longer, "", i)  # type: ignore[arg-type]
    tm.fold(tasks.one, 0, of_ints)  # type: ignore[arg-type]


def mapped_dags(tm: TaskManager[int], sub: TaskManager[str], s: TaskNode[int, str]) -> None:
    tm.map(sub, [1])  # type: ignore[misc]
    tm.map(sub)  # type: ignore[call-overload]
    tm.map(sub, ["a"])[s]  # type: ignore[index]
    tm.map(tasks.one, tm.map(sub, ["a"]))  # type: ignore[call-overload]


def choices(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    flag = tm.add_node(tasks.true, i)
    tm.choose(i, s, s)  # type: ignore[arg-type]
    tm.choose("yes", s, s)  # type: ignore[call-overload]
    tm.choose(flag, s)  # type: ignore[call-overload]
    tm.choose(TaskManager[str]().add_node(tasks.true, 1), s, s)  # type: ignore[arg-type]
    tm.add_node(length, tm.choose(flag, s, None))  # type: ignore[arg-type]
    tm.add_node(tasks.one, tm.choose(flag, i, s))  # type: ignore[arg-type]
    tm.map(tasks.one, tm.choose(flag, tm.map(tasks.one, [1]), [2]))  # type: ignore[arg-type]


def maps(tm: TaskManager[int], other: TaskManager[str], i: TaskNode[int, int]) -> None:
    of_ints = tm.add_node(tasks.ints, i)
    strings = tm.map(tasks.one, of_ints)
    tm.map(tasks.one, i)  # type: ignore[arg-type]
    tm.map(tasks.one, 1)  # type: ignore[call-overload]
    tm.map(tasks.one, ["a"])  # type: ignore[arg-type]
    tm.map(tasks.one, strings)  # type: ignore[arg-type]
    tm.map(tasks.one)  # type: ignore[call-overload]
    tm.map(tasks.one, iter([1]))  # type: ignore[call-overload]
    tm.map(tasks.two, of_ints)  # type: ignore[arg-type]
    tm.map(tasks.two, of_ints, 1)  # type: ignore[arg-type]
    tm.map(tasks.two, of_ints, strings)  # type: ignore[arg-type]
    tm.map(tasks.one, of_ints, 1)  # type: ignore[arg-type]
    tm.map(tasks.not_async, of_ints)  # type: ignore[arg-type]
    tm.map(tasks.one, other.add_node(tasks.ints, 1))  # type: ignore[arg-type]
    tm.add_node(tasks.one, strings)  # type: ignore[arg-type]
    tm.starmap(tasks.two, tm.zip(strings, of_ints))  # type: ignore[call-overload]
    tm.map(tasks.one, tm.flatten([["a"]]))  # type: ignore[arg-type]
    tm.options(at_once="4")  # type: ignore[arg-type]
