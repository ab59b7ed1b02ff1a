# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Right calls about sub-DAGs and items: both type checkers take each, and find exactly this type.

Each function adds its nodes to a manager; a test runs them all.
"""

from __future__ import annotations

from typing import assert_type

from async_dag import InlinedDag, TaskManager, TaskNode, build_dag
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


ALL = [sub_dags, items, unpacking, order]
