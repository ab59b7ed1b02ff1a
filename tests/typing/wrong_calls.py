# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Wrong calls: both type checkers refuse each of them.

Each has a `type: ignore` with the code of mypy's error. mypy complains of one that hides nothing,
and so does pyright, by the setting above; so a call that slips through fails the test. Nothing here
is ever run: these functions are only looked at.
"""

from __future__ import annotations

import asyncio
import functools

from async_dag import ExecutionResult, TaskManager, TaskNode, build_dag, report
from tests.typing import tasks
from tests.typing.tasks import Service


def missing_arguments(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    tm.add_node()  # type: ignore[call-overload]
    tm.add_node(tasks.one)  # type: ignore[arg-type]
    tm.add_node(tasks.two, i)  # type: ignore[arg-type]
    tm.add_node(tasks.two, 1)  # type: ignore[arg-type]
    tm.add_node(tasks.three, i, s)  # type: ignore[arg-type]
    tm.add_node(tasks.defaults)  # type: ignore[arg-type]
    tm.add_node(tasks.keywords, i)  # type: ignore[arg-type]
    tm.add_node(tasks.keywords, i, depth=1)  # type: ignore[call-arg, arg-type]
    tm.add_node(tasks.one_and_star)  # type: ignore[arg-type]
    tm.add_node(task=tasks.one)  # type: ignore[arg-type]
    tm.add_node(lambda a: tasks.one(a))  # type: ignore[misc, arg-type]


def too_many_arguments(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    tm.add_node(tasks.zero, i)  # type: ignore[arg-type]
    tm.add_node(tasks.zero, 1)  # type: ignore[arg-type]
    tm.add_node(tasks.one, i, i)  # type: ignore[arg-type]
    tm.add_node(tasks.one, i, 1)  # type: ignore[arg-type]
    tm.add_node(tasks.one, 1, 1)  # type: ignore[arg-type]
    tm.add_node(tasks.defaults, i, s, 0.5, i)  # type: ignore[arg-type]
    tm.add_node(tasks.keywords, i, True)  # type: ignore[arg-type]
    tm.add_node(tasks.one, i, a=1)  # type: ignore[misc, arg-type]


def misspelt_keywords(tm: TaskManager[int], i: TaskNode[int, int]) -> None:
    tm.add_node(tasks.zero, flag=True)  # type: ignore[call-overload]
    tm.add_node(tasks.keywords, i, flags=True)  # type: ignore[call-arg, arg-type]
    tm.add_node(tasks.keywords, i, flag=True, deep=1)  # type: ignore[call-arg, arg-type]
    tm.add_node(tasks.defaults, i, d=1)  # type: ignore[call-arg, arg-type]
    tm.add_node(tasks.defaults, 1, d=1)  # type: ignore[call-arg]


def wrong_values(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    tm.add_node(tasks.one, "a")  # type: ignore[arg-type]
    tm.add_node(tasks.one, None)  # type: ignore[misc]
    tm.add_node(tasks.two, i, 2)  # type: ignore[arg-type]
    tm.add_node(tasks.two, "a", s)  # type: ignore[arg-type]
    tm.add_node(tasks.defaults, i, "b", "c")  # type: ignore[arg-type]
    tm.add_node(tasks.defaults, i, c="c")  # type: ignore[arg-type]
    tm.add_node(tasks.keywords, i, flag="flag")  # type: ignore[arg-type]
    tm.add_node(tasks.keywords, "a", flag=True)  # type: ignore[arg-type]
    tm.add_node(tasks.any_keywords, i, one=1)  # type: ignore[arg-type]
    tm.add_node(tasks.star, 1, "2", 3)  # type: ignore[arg-type]
    tm.add_node(tasks.optional, "a")  # type: ignore[arg-type]
    tm.add_node(tasks.int_or_str, 0.5)  # type: ignore[arg-type]
    tm.add_node(tasks.sequence, ["a"])  # type: ignore[arg-type]
    tm.add_node(tasks.sequence, {1, 2})  # type: ignore[arg-type]
    tm.add_node(tasks.whole_list, (1, 2))  # type: ignore[arg-type]
    tm.add_node(tasks.mapping, {1: 1})  # type: ignore[arg-type]


def wrong_nodes(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    numbers = tm.add_node(tasks.ints, i)
    maybe = tm.add_node(tasks.optional, i)
    tm.add_node(tasks.one, s)  # type: ignore[arg-type]
    tm.add_node(tasks.two, i, i)  # type: ignore[arg-type]
    tm.add_node(tasks.defaults, i, i)  # type: ignore[arg-type]
    tm.add_node(tasks.keywords, s, flag=True)  # type: ignore[arg-type]
    tm.add_node(tasks.star, i, s, i)  # type: ignore[arg-type]
    tm.add_node(tasks.int_or_str, numbers)  # type: ignore[arg-type]
    tm.add_node(tasks.two, i, maybe)  # type: ignore[arg-type]
    tm.add_node(tasks.sequence, tm.collect([s]))  # type: ignore[arg-type]
    tm.add_node(tasks.sequence, [i, i])  # type: ignore[arg-type]


def swapped_arguments(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    tm.add_node(tasks.two, s, i)  # type: ignore[arg-type]
    tm.add_node(tasks.two, "a", i)  # type: ignore[arg-type]
    tm.add_node(tasks.two, s, 1)  # type: ignore[arg-type]
    tm.add_node(tasks.two, "a", 1)  # type: ignore[arg-type]
    tm.add_node(tasks.three, s, i, b"")  # type: ignore[arg-type]


def generic_functions(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    table = tm.add_immediate_node({"a": 1.5})
    tm.add_node(tasks.first, i)  # type: ignore[arg-type]
    tm.add_node(tasks.look_up, table, i)  # type: ignore[arg-type]
    tm.add_node(tasks.constrained, 0.5)  # type: ignore[arg-type]
    tm.add_node(tasks.bounded, i)  # type: ignore[arg-type]
    tm.add_node(tasks.wait_for, tasks.one, s)  # type: ignore[arg-type]
    tm.add_node(tasks.overloaded, table)  # type: ignore[arg-type]


def not_a_task(tm: TaskManager[int], i: TaskNode[int, int]) -> None:
    tm.add_node(tasks.not_async, i)  # type: ignore[arg-type]
    tm.add_node(len, [1])  # type: ignore[arg-type]
    tm.add_node(print)  # type: ignore[arg-type]
    tm.add_node(print, 1, 2, 3, 4, 5, 6, 7, 8, 9)  # type: ignore[arg-type]
    tm.add_node(lambda: 1)  # type: ignore[arg-type, return-value]
    tm.add_node(tasks.zero())  # type: ignore[call-overload]
    tm.add_node(tasks.one(1))  # type: ignore[call-overload]
    tm.add_node(asyncio.ensure_future(tasks.zero()))  # type: ignore[call-overload]
    tm.add_node(None)  # type: ignore[call-overload]
    tm.add_node(i)  # type: ignore[call-overload]
    tm.add_node(1, 2)  # type: ignore[call-overload]


def no_plain_functions(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    service = Service()
    tm.add_node(service.method, s)  # type: ignore[arg-type]
    tm.add_node(Service.method, i)  # type: ignore[arg-type]
    tm.add_node(Service.of_class)  # type: ignore[arg-type]
    tm.add_node(service, s)  # type: ignore[arg-type]
    tm.add_node(service, i, c="c")  # type: ignore[call-arg, arg-type]


def beyond_mypy(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    """To mypy, the parameters of a lambda and what is left of a partial's are Any."""
    tm.add_node(lambda a, b: tasks.two(a, b), s, i)  # pyright: ignore
    tm.add_node(functools.partial(tasks.two, 1), i)  # pyright: ignore
    tm.add_node(functools.partial(tasks.two, 1, "b"), s)  # pyright: ignore


def node_as_keyword(tm: TaskManager[int], i: TaskNode[int, int], s: TaskNode[int, str]) -> None:
    """These are right at run time; refusing them is the price of checking keywords at all."""
    tm.add_node(tasks.one, a=i)  # type: ignore[call-overload]
    tm.add_node(tasks.defaults, i, b=s)  # type: ignore[arg-type]
    tm.add_node(tasks.named_task, task=i)  # type: ignore[call-overload]


def node_of_another_manager(tm: TaskManager[int], other: TaskManager[str]) -> None:
    foreign = other.add_node(tasks.one, 1)
    tm.add_node(tasks.two, 1, foreign)  # type: ignore[arg-type]
    tm.collect([foreign])  # type: ignore[list-item]


def the_builder_of_options(tm: TaskManager[int], s: TaskNode[int, str]) -> None:
    named = tm.options(name="named")
    named.add_node(tasks.one, s)  # type: ignore[arg-type]
    named.add_node(tasks.one, 1, depth=1)  # type: ignore[call-arg]
    tm.options(nam="named")  # type: ignore[call-arg]


def result_is_covariant_only(node: TaskNode[int, int], of_bool: TaskNode[bool, int]) -> None:
    def takes_bool(node: TaskNode[int, bool]) -> None: ...
    def takes_int(node: TaskNode[int, int]) -> None: ...

    takes_bool(node)  # type: ignore[arg-type]
    takes_int(of_bool)  # type: ignore[arg-type]


async def invoking(tm: TaskManager[int], without: TaskManager[None]) -> None:
    i = tm.add_node(tasks.zero)
    await tm.invoke()  # type: ignore[call-overload]
    await tm.invoke("a")  # type: ignore[call-overload]
    await tm.invoke(1, 2)  # type: ignore[call-overload]
    await without.invoke(1)  # type: ignore[call-overload]
    result: ExecutionResult[None] = await without.invoke()
    i.extract_result(result)  # type: ignore[arg-type]
    result[i]  # type: ignore[index]
    text: str = i.extract_result(await tm.invoke(1))  # type: ignore[assignment]
    text = (await tm.invoke(1))[i]  # type: ignore[assignment]
    text.strip()
    build_dag(1)  # type: ignore[call-overload]


async def control(
    tm: TaskManager[int], foreign: ExecutionResult[str], node: TaskNode[str, int]
) -> None:
    tm.options(timeout="5")  # type: ignore[arg-type]
    tm.options(limit=4)  # type: ignore[arg-type]
    tm.options(retry=3)  # type: ignore[arg-type]
    tm.options(nmae="a")  # type: ignore[call-arg]
    tm.options("a")  # type: ignore[call-arg]
    tm.options().options(nmae="a")  # type: ignore[call-arg]
    tm.collect(tm.parameter_node, tm.parameter_node)  # type: ignore[call-arg]
    await tm.invoke(1, timeout=3)  # type: ignore[call-overload]
    tm.stream(1, timeout=3)  # type: ignore[call-arg]
    await tm.invoke(1, reuse=foreign)  # type: ignore[arg-type]
    await tm.invoke(1, targets=[node])  # type: ignore[list-item]
    await tm.invoke(1, on_error="ignore")  # type: ignore[call-overload]
    await tm.invoke(1, 4)  # type: ignore[call-overload]
    tm.stream("a")  # type: ignore[arg-type]
    tm.stream()  # type: ignore[call-arg]
    report("half")  # type: ignore[arg-type]
