# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Right calls: both type checkers take each of them, and find exactly this type.

Each function adds its nodes to a manager; a test runs them all.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, assert_type

from async_dag import ExecutionResult, Stream, TaskManager, TaskNode, build_dag, report
from tests.typing import tasks
from tests.typing.tasks import Box, Service

P = TypeVar("P")
T = TypeVar("T")
U = TypeVar("U")

Int = TaskNode[int, int]
Str = TaskNode[int, str]
Bytes = TaskNode[int, bytes]
Float = TaskNode[int, float]
Complex = TaskNode[int, complex]
MaybeStr = TaskNode[int, str | None]


def each_arity(tm: TaskManager[int]) -> None:
    i = assert_type(tm.add_node(tasks.zero), Int)
    s = assert_type(tm.add_node(tasks.one, i), Str)
    b = assert_type(tm.add_node(tasks.two, i, s), Bytes)
    f = assert_type(tm.add_node(tasks.three, i, s, b), Float)
    assert_type(tm.add_node(tasks.eight, i, s, b, f, i, s, b, f), Complex)
    assert_type(tm.add_node(tasks.nine, i, s, b, f, i, s, b, f, i), Complex)


def values_in_place_of_nodes(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    assert_type(tm.add_node(tasks.one, 1), Str)
    assert_type(tm.add_node(tasks.two, 1, "b"), Bytes)
    assert_type(tm.add_node(tasks.two, i, "b"), Bytes)
    assert_type(tm.add_node(tasks.two, 1, s), Bytes)
    assert_type(tm.add_node(tasks.three, 1, s, b""), Float)
    assert_type(tm.add_node(tasks.eight, i, "b", b"", 0.5, 1, s, b"", 1), Complex)
    assert_type(tm.add_node(tasks.eight, 1, "b", b"", 0.5, 1, "f", b"", 1), Complex)
    assert_type(tm.add_node(tasks.nine, 1, "b", b"", 0.5, 1, "f", b"", 1, i), Complex)


def either_node_or_value(tm: TaskManager[int]) -> None:
    def pick(number: int) -> Int | int:
        return number if number else tm.add_node(tasks.zero)

    assert_type(tm.add_node(tasks.one, pick(0)), Str)
    assert_type(tm.add_node(tasks.two, pick(1), "b"), Bytes)
    assert_type(tm.add_node(tasks.same, pick(1)), Int)


def task_as_keyword(tm: TaskManager[int]) -> None:
    assert_type(tm.add_node(task=tasks.zero), Int)
    # The first argument is positional, so a task may have a parameter of that name.
    assert_type(tm.add_node(tasks.named_task, task=1), Str)


def same_node_several_times(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    assert_type(tm.add_node(tasks.both, i, i), TaskNode[int, list[int]])


def other_nodes(tm: TaskManager[int]) -> None:
    assert_type(tm.parameter_node, Int)
    assert_type(tm.add_node(tasks.one, tm.parameter_node), Str)
    assert_type(tm.add_immediate_node("a"), Str)
    s = tm.add_immediate_node(value="a")
    assert_type(tm.add_node(tasks.two, tm.parameter_node, s), Bytes)
    collected = assert_type(tm.collect([tm.parameter_node] * 3), TaskNode[int, list[int]])
    assert_type(tm.collect(s for _ in range(3)), TaskNode[int, list[str]])
    assert_type(tm.add_node(tasks.sequence, collected), Float)


def options(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    named = tm.options(name="named")
    assert_type(named.add_node(tasks.two, i, "b"), Bytes)
    assert_type(tm.options(name="other").add_node(tasks.keywords, i, flag=True), Bytes)


def defaults(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    assert_type(tm.add_node(tasks.defaults, i), Bytes)
    assert_type(tm.add_node(tasks.defaults, i, s), Bytes)
    assert_type(tm.add_node(tasks.defaults, i, "b"), Bytes)
    assert_type(tm.add_node(tasks.defaults, 1, s, 2), Bytes)
    assert_type(tm.add_node(tasks.defaults, i, c=2.0), Bytes)
    assert_type(tm.add_node(tasks.defaults, i, s, c=2.0), Bytes)
    assert_type(tm.add_node(tasks.defaults, a=1), Bytes)
    assert_type(tm.add_node(tasks.objects, i), TaskNode[int, bool])
    assert_type(tm.add_node(tasks.objects, i, s), TaskNode[int, bool])


def keywords(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    assert_type(tm.add_node(tasks.keywords, i, flag=True), Bytes)
    assert_type(tm.add_node(tasks.keywords, 1, flag=True, depth=2), Bytes)
    assert_type(tm.add_node(tasks.keywords, a=1, flag=True), Bytes)
    assert_type(tm.add_node(tasks.any_keywords, i), Float)
    assert_type(tm.add_node(tasks.any_keywords, i, one="1", two="2"), Float)
    assert_type(tm.add_node(tasks.any_keywords, 1, one="1", two="2"), Float)


def stars(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    assert_type(tm.add_node(tasks.star), Float)
    assert_type(tm.add_node(tasks.star, i), Float)
    assert_type(tm.add_node(tasks.star, i, 1, i, 2), Float)
    assert_type(tm.add_node(tasks.star, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), Float)
    assert_type(tm.add_node(tasks.star, i, i, i, i, i, i, i, i, i, i), Float)
    assert_type(tm.add_node(tasks.one_and_star, s, i, 2, i), Float)


def lambdas(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    assert_type(tm.add_node(lambda: tasks.zero()), Int)
    assert_type(tm.add_node(lambda a: tasks.one(a), i), Str)
    assert_type(tm.add_node(lambda a: tasks.one(a), 1), Str)
    assert_type(tm.add_node(lambda a, b: tasks.two(a, b), i, s), Bytes)
    assert_type(tm.add_node(lambda a, b: tasks.two(a, b), i, "b"), Bytes)
    assert_type(tm.add_node(lambda a, b: tasks.two(a, b), 1, s), Bytes)
    assert_type(tm.add_node(lambda a, b, c: tasks.three(a, b, c), 1, s, b"c"), Float)


def generics(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    numbers = tm.add_node(tasks.ints, i)
    table = tm.add_immediate_node({"0": 1.5})
    assert_type(tm.add_node(tasks.same, i), Int)
    assert_type(tm.add_node(tasks.same, "a"), Str)
    assert_type(tm.add_node(tasks.pair, i, s), TaskNode[int, tuple[int, str]])
    assert_type(tm.add_node(tasks.pair, 1, "b"), TaskNode[int, tuple[int, str]])
    assert_type(tm.add_node(tasks.both, i, 1), TaskNode[int, list[int]])
    assert_type(tm.add_node(tasks.first, numbers), Int)
    assert_type(tm.add_node(tasks.first, [1, 2]), Int)
    assert_type(tm.add_node(tasks.first, tm.collect([s, s])), Str)
    assert_type(tm.add_node(tasks.look_up, table, s), Float)
    assert_type(tm.add_node(tasks.constrained, i), Int)
    assert_type(tm.add_node(tasks.constrained, "a"), Str)
    assert_type(tm.add_node(tasks.bounded, s), Str)
    assert_type(tm.add_node(tasks.bounded, numbers), TaskNode[int, list[int]])
    assert_type(tm.add_node(tasks.mapped, str.upper, ["a"]), TaskNode[int, list[str]])
    assert_type(tm.add_node(tasks.wait_for, tasks.one, i), Str)
    assert_type(tm.add_node(tasks.same_of_all, i, i, i), Int)
    assert_type(tm.add_node(tasks.same_of_all, 1, 2, 3), Int)
    assert_type(tm.add_node(Box("a").get, i), Str)


def generics_of_nodes_and_values(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    numbers = tm.add_node(tasks.ints, i)
    table = tm.add_immediate_node({"a": 1.5})
    assert_type(tm.add_node(tasks.pair, i, "b"), TaskNode[int, tuple[int, str]])
    assert_type(tm.add_node(tasks.pair, 1, s), TaskNode[int, tuple[int, str]])
    assert_type(tm.add_node(tasks.look_up, table, "a"), Float)
    assert_type(tm.add_node(tasks.look_up, {"0": 1.5}, s), Float)
    assert_type(tm.add_node(tasks.first_or, numbers, 0), Int)
    assert_type(tm.add_node(tasks.first_or, [1], i), Int)
    assert_type(tm.add_node(tasks.first_or, numbers, 0, skip=1), Int)
    assert_type(tm.add_node(tasks.first_or, numbers, i, skip=1), Int)
    assert_type(tm.add_node(tasks.first_or, [1], i, skip=1), Int)
    assert_type(tm.add_node(tasks.same_with_default, i), Int)
    assert_type(tm.add_node(tasks.same_with_default, i, 2), Int)
    assert_type(tm.add_node(tasks.same_with_default, i, times=2), Int)
    assert_type(tm.add_node(tasks.same_with_default, i, 2, suffix="s"), Int)
    assert_type(tm.add_node(tasks.same_with_default, i, suffix="s"), Int)
    assert_type(tm.add_node(tasks.same_with_default, 1, suffix="s"), Int)
    assert_type(tm.add_node(asyncio.sleep, 0), TaskNode[int, None])
    assert_type(tm.add_node(asyncio.sleep, 0, s), Str)
    assert_type(tm.add_node(asyncio.sleep, 0, result="s"), Str)
    assert_type(tm.add_node(asyncio.to_thread, len, "abc"), Int)


def generic_helper(
    tm: TaskManager[P], node: TaskNode[P, T], value: U
) -> TaskNode[P, tuple[tuple[T, U], P]]:
    """A helper that knows neither the parameter's type nor that of the node."""
    assert_type(tm.add_node(tasks.same, node), TaskNode[P, T])
    inner = assert_type(tm.add_node(tasks.pair, node, value), TaskNode[P, tuple[T, U]])
    return tm.add_node(tasks.pair, inner, tm.parameter_node)


def helpers(tm: TaskManager[int]) -> None:
    made = generic_helper(tm, tm.add_node(tasks.one, 1), 0.5)
    assert_type(made, TaskNode[int, tuple[tuple[str, float], int]])


def unions(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    assert_type(tm.add_node(tasks.optional, i), MaybeStr)
    assert_type(tm.add_node(tasks.optional, 1), MaybeStr)
    assert_type(tm.add_node(tasks.optional, None), MaybeStr)
    assert_type(tm.add_node(tasks.objects, tm.add_node(tasks.optional, i)), TaskNode[int, bool])
    for argument in (i, s):
        assert_type(tm.add_node(tasks.int_or_str, argument), TaskNode[int, int | str])
    either = tm.add_node(tasks.int_or_str, "a")
    assert_type(tm.add_node(tasks.int_or_str, either), TaskNode[int, int | str])


def containers(tm: TaskManager[int]) -> None:
    numbers = tm.add_node(tasks.ints, 1)
    assert_type(tm.add_node(tasks.sequence, numbers), Float)
    assert_type(tm.add_node(tasks.sequence, [1, 2]), Float)
    assert_type(tm.add_node(tasks.sequence, (1, 2)), Float)
    assert_type(tm.add_node(tasks.sequence, range(3)), Float)
    assert_type(tm.add_node(tasks.sequence, []), Float)
    assert_type(tm.add_node(tasks.whole_list, numbers), Float)
    assert_type(tm.add_node(tasks.whole_list, []), Float)
    assert_type(tm.add_node(tasks.mapping, {"a": 1}), Float)
    assert_type(tm.add_node(tasks.mapping, {}), Float)
    assert_type(tm.add_node(tasks.mapping, tm.add_immediate_node({"a": 1})), Float)


def any_and_none(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    unknown = assert_type(tm.add_node(tasks.anything, i), TaskNode[int, Any])
    assert_type(tm.add_node(tasks.one, unknown), Str)
    assert_type(tm.add_node(tasks.defaults, unknown, c=0.5), Bytes)
    assert_type(tm.add_node(tasks.nothing, i), TaskNode[int, None])
    assert_type(tm.add_node(tasks.objects, tm.add_node(tasks.nothing, i)), TaskNode[int, bool])


def no_plain_functions(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    s = tm.add_node(tasks.one, i)
    service = Service()
    assert_type(tm.add_node(service.method, i), Str)
    assert_type(tm.add_node(Service.method, service, i), Str)
    assert_type(tm.add_node(Service.of_class, i), Str)
    assert_type(tm.add_node(Service.static, i), Str)
    assert_type(tm.add_node(service, i), Bytes)
    assert_type(tm.add_node(service, i, s), Bytes)
    assert_type(tm.add_node(service, i, b="b"), Bytes)
    assert_type(tm.add_node(functools.partial(tasks.two, 1), s), Bytes)
    assert_type(tm.add_node(functools.partial(tasks.two, b="b"), i), Bytes)
    assert_type(tm.add_node(functools.partial(tasks.two, 1, "b")), Bytes)
    assert_type(tm.add_node(tasks.overloaded, i), Int)
    assert_type(tm.add_node(tasks.overloaded, s), Str)
    assert_type(tm.add_node(tasks.overloaded, "a"), Str)


def other_awaitables(tm: TaskManager[int]) -> None:
    i = tm.add_node(tasks.zero)
    assert_type(tm.add_node(tasks.future, i), Str)
    assert_type(tm.add_node(tasks.task, i), Str)
    assert_type(tm.add_node(tasks.awaitable, i), Str)
    assert_type(tm.add_node(tasks.soon, i), Str)


def covariant_in_the_result(tm: TaskManager[int]) -> None:
    def takes_int(node: TaskNode[int, int]) -> None:
        tm.add_node(tasks.one, node)

    def takes_object(node: TaskNode[int, object]) -> None:
        tm.add_node(tasks.objects, node)

    boolean = assert_type(tm.add_node(tasks.true, 1), TaskNode[int, bool])
    takes_int(boolean)
    takes_object(boolean)
    assert_type(tm.add_node(tasks.one, boolean), Str)
    every_node: list[TaskNode[int, object]] = [boolean, tm.add_node(tasks.one, 1)]
    assert_type(tm.collect(every_node), TaskNode[int, list[object]])


#: What a test runs.
ALL: list[Callable[[TaskManager[int]], None]] = [
    each_arity,
    values_in_place_of_nodes,
    either_node_or_value,
    task_as_keyword,
    same_node_several_times,
    other_nodes,
    options,
    defaults,
    keywords,
    stars,
    lambdas,
    generics,
    generics_of_nodes_and_values,
    helpers,
    unions,
    containers,
    any_and_none,
    no_plain_functions,
    other_awaitables,
    covariant_in_the_result,
]


async def building_and_invoking() -> None:
    """Managers, results and what `invoke` takes."""
    with build_dag(int) as tm:
        assert_type(tm, TaskManager[int])
        s = tm.add_node(tasks.one, tm.parameter_node)
    result = assert_type(await tm.invoke(7), ExecutionResult[int])
    assert_type(await tm.invoke(parameter=7), ExecutionResult[int])
    assert_type(s.extract_result(result), str)
    assert_type(s.extract_result(execution_result=result), str)
    assert_type(result[s], str)
    assert_type(result[tm.parameter_node], int)

    with build_dag() as without:
        assert_type(without, TaskManager[None])
        z = without.add_node(tasks.zero)
    assert_type(await without.invoke(), ExecutionResult[None])
    assert_type(z.extract_result(await without.invoke(None)), int)

    with build_dag(str) as of_str:
        n = assert_type(of_str.add_node(tasks.same, of_str.parameter_node), TaskNode[str, str])
    assert_type((await of_str.invoke("a"))[n], str)

    by_hand = TaskManager[list[int]]()
    total = by_hand.add_node(tasks.sequence, by_hand.parameter_node)
    by_hand.sort()
    assert_type((await by_hand.invoke([1, 2]))[total], float)


async def control(tm: TaskManager[int], without: TaskManager[None]) -> None:
    """What options, `invoke` and `stream` take beyond the parameter."""

    async def attempts() -> AsyncIterator[AbstractContextManager[None]]:
        yield nullcontext()

    limited = tm.options(timeout=5, retry=attempts, limit=asyncio.Semaphore(4), group="http")
    s = assert_type(limited.options(timeout=2.5, limit=None).add_node(tasks.one, 1), Str)
    first = await tm.invoke(7, max_concurrency=4, durations={"one": 0.5}, on_error="continue")
    assert_type(first, ExecutionResult[int])
    again = await tm.invoke(7, targets=[s], reuse=first)
    assert_type(again[s], str)
    await tm.invoke(7, reuse=tm.last_unfinished)
    await without.invoke(max_concurrency=1, reuse=without.last_unfinished)
    async with tm.stream(7, max_concurrency=2) as stream:
        assert_type(stream, Stream[int])
        async for node, value in stream:
            assert_type(node, TaskNode[int, Any])
            assert_type(value, Any)
    assert_type(stream.result, ExecutionResult[int])
    assert_type(without.stream(), Stream[None])
    report(1, 2, "blocks")
