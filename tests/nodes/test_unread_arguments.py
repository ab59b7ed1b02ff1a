"""Which arguments a task never looks at, read from its code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from async_dag import TaskManager
from async_dag.nodes.unread_arguments import unread_dependencies


async def uses_first(one: int, other: int) -> int:
    return one


async def uses_in_closure(one: int, other: int) -> list[int]:
    return [inner() for inner in [lambda: one]]


async def only_overwrites(one: int, other: int) -> int:
    other = 3
    return one + other


async def takes_all(*values: int) -> int:
    return sum(values)


async def ignores_all(*values: int) -> None: ...


async def keyword_only(one: int, *, other: int) -> int:
    return other


async def keywords(one: int, **others: int) -> int:
    return sum(others.values())


async def sees_all(one: int, other: int) -> int:
    return len(locals())


class Client:
    async def fetch(self, one: int, other: int) -> int:
        return other

    async def __call__(self, one: int, other: int) -> int:
        return other


@pytest.mark.parametrize(
    ("task", "as_keyword", "unread"),
    [
        (uses_first, False, {1}),
        (uses_first, True, {1}),
        (uses_in_closure, False, {1}),
        (only_overwrites, True, set()),  # it reads what it wrote itself: that can't be told apart
        (takes_all, False, set()),
        (ignores_all, False, {0, 1}),
        (keyword_only, True, {0}),
        (keywords, True, {0}),
        (sees_all, False, None),
        (Client().fetch, False, {0}),
        (Client().fetch, True, {0}),
        (Client(), False, None),
        (functools.partial(uses_first), False, None),
    ],
)
def test_what_a_task_never_looks_at(
    task: Callable[..., Any], as_keyword: bool, unread: set[int] | None
) -> None:
    """By position and by keyword; None where the code does not tell."""
    tm = TaskManager[None]()
    one, other = tm.add_node(ignores_all), tm.add_node(ignores_all)
    add: Any = tm.add_node
    node = add(task, one, other=other) if as_keyword else add(task, one, other)
    assert unread_dependencies(node) == unread


def test_a_node_that_is_passed_twice_is_read_if_either_is() -> None:
    """It is one dependency."""
    tm = TaskManager[None]()
    one = tm.add_node(takes_all)
    assert unread_dependencies(tm.add_node(uses_first, one, one)) == frozenset()
