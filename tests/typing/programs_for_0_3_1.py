# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Programs written against what async-dag 0.3.1 exports: they run and type-check on ours unchanged.

Each was run, and checked by both type checkers, against async-dag 0.3.1 itself too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from async_dag import ExecutionResult, TaskManager, TaskNode, build_dag

P = TypeVar("P")
R = TypeVar("R")


async def increase(n: int) -> int:
    return n + 1


async def add(a: int, b: int) -> int:
    return a + b


async def describe(n: int, text: str) -> str:
    return f"{text}: {n}"


async def is_even(n: int) -> bool:
    return n % 2 == 0


async def total_of_20(
    n1: int,
    n2: int,
    n3: int,
    n4: int,
    n5: int,
    n6: int,
    n7: int,
    n8: int,
    n9: int,
    n10: int,
    n11: int,
    n12: int,
    n13: int,
    n14: int,
    n15: int,
    n16: int,
    n17: int,
    n18: int,
    n19: int,
    n20: int,
) -> int:
    first_half = n1 + n2 + n3 + n4 + n5 + n6 + n7 + n8 + n9 + n10
    return first_half + n11 + n12 + n13 + n14 + n15 + n16 + n17 + n18 + n19 + n20


# The tasks of the README.


async def fast_task_a() -> str:
    return "a"


async def slow_task_b(a: str) -> str:
    return f"b({a})"


async def slow_task_a() -> str:
    return "A"


async def fast_task_b() -> str:
    return "B"


async def fast_task_c(a: str, b: str) -> str:
    return f"c({a}, {b})"


async def end_task(b: str, c: str) -> str:
    return f"end({b}, {c})"


async def example_of_the_readme() -> None:
    # Define your DAG
    with build_dag() as tm:
        fast_task_a_node = tm.add_node(fast_task_a)
        slow_task_b_node = tm.add_node(slow_task_b, fast_task_a_node)

        slow_task_a_node = tm.add_node(slow_task_a)
        fast_task_b_node = tm.add_node(fast_task_b)
        fast_task_c_node = tm.add_node(fast_task_c, slow_task_a_node, fast_task_b_node)

        end_task_node = tm.add_node(end_task, slow_task_b_node, fast_task_c_node)

    # Execute your DAG
    execution_result = await tm.invoke(None)

    # Extract the return value of `end_task`
    end_task_result = end_task_node.extract_result(execution_result)
    assert end_task_result == "end(b(a), c(A, B))"


async def with_a_parameter() -> None:
    async def of_parameter(n: int) -> str:
        return str(n)

    with build_dag(int) as tm:
        fast_a = tm.add_node(of_parameter, tm.parameter_node)
        slow_b = tm.add_node(slow_task_b, fast_a)
        slow_a = tm.add_node(of_parameter, tm.parameter_node)
        fast_b = tm.add_node(of_parameter, tm.parameter_node)
        fast_c = tm.add_node(fast_task_c, slow_a, fast_b)
        end = tm.add_node(end_task, slow_b, fast_c)

    result = await tm.invoke(0)
    text: str = end.extract_result(result)
    assert text == "end(b(0), c(0, 0))"


async def manager_by_hand() -> None:
    tm = TaskManager[int]()  # Define a dag that receives an int as a parameter
    node_1 = tm.add_node(increase, tm.parameter_node)
    node_2 = tm.add_node(increase, node_1)
    node_3 = tm.add_node(increase, node_2)
    tm.sort()

    execution_result = await tm.invoke(0)
    assert node_3.extract_result(execution_result) == 3
    # As often as one likes.
    assert node_3.extract_result(await tm.invoke(parameter=10)) == 13
    assert node_3.extract_result(execution_result=execution_result) == 3


async def immediates() -> None:
    with build_dag() as tm:
        shared: TaskNode[None, int] = tm.add_immediate_node(40)
        named = tm.add_immediate_node(value="sum")
        total = tm.add_node(add, shared, 2)
        text = tm.add_node(describe, total, named)
        other = tm.add_node(describe, 1, "one")
        only = tm.add_node(task=fast_task_a)
    result = await tm.invoke(None)
    assert total.extract_result(result) == 42
    assert text.extract_result(result) == "sum: 42"
    assert other.extract_result(result) == "one: 1"
    assert only.extract_result(result) == "a"
    assert shared.extract_result(result) == 40


async def twenty_arguments() -> None:
    with build_dag(int) as tm:
        a, b, c, d, e, f, g, h, i, j = (tm.add_node(increase, n) for n in range(10))
        values = tm.add_node(
            total_of_20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
        )
        mixed: TaskNode[int, int] = tm.add_node(
            total_of_20, a, 1, b, 2, c, 3, d, 4, e, 5, f, 6, g, 7, h, 8, i, 9, j, tm.parameter_node
        )
        spread = tm.add_node(total_of_20, *[tm.add_node(increase, n) for n in range(20)])
    result = await tm.invoke(10)
    assert values.extract_result(result) == 210
    assert mixed.extract_result(result) == 110
    assert spread.extract_result(result) == 210


# Annotations.


def add_chain(tm: TaskManager[P], start: TaskNode[P, int], length: int) -> TaskNode[P, int]:
    """A helper for a manager of any parameter."""
    node = start
    for _ in range(length):
        node = tm.add_node(increase, node)
    return node


def extract_all(result: ExecutionResult[P], nodes: Sequence[TaskNode[P, R]]) -> list[R]:
    """A helper for any result."""
    return [node.extract_result(result) for node in nodes]


def add_checked(
    tm: TaskManager[P], task: Callable[[int], Awaitable[R]], argument: TaskNode[P, int] | int
) -> TaskNode[P, R]:
    """A helper that passes a task and its argument on."""
    return tm.add_node(task, argument)


class Pipeline:
    """A manager, a node and the latest result in a class of one's own."""

    tm: TaskManager[int]
    end: TaskNode[int, str]
    latest: ExecutionResult[int] | None = None

    def __init__(self) -> None:
        with build_dag(int) as tm:
            self.tm = tm
            self.end = tm.add_node(describe, add_chain(tm, tm.parameter_node, 3), "end")

    async def run(self, parameter: int) -> str:
        self.latest = await self.tm.invoke(parameter)
        return self.end.extract_result(self.latest)


async def annotated() -> None:
    pipeline = Pipeline()
    assert await pipeline.run(1) == "end: 4"
    assert pipeline.latest is not None

    tm: TaskManager[int] = TaskManager()
    nodes: list[TaskNode[int, int]] = [tm.add_node(increase, i) for i in range(3)]
    # Covariant in the result: a node of bool is a node of int.
    even: TaskNode[int, int] = tm.add_node(is_even, tm.parameter_node)
    nodes.append(even)
    nodes.append(add_checked(tm, increase, nodes[0]))
    nodes.append(add_checked(tm, increase, 5))
    by_name: dict[str, TaskNode[int, object]] = {"even": even, "first": nodes[0]}
    tm.sort()
    result: ExecutionResult[int] = await tm.invoke(2)
    assert extract_all(result, nodes) == [1, 2, 3, True, 2, 6]
    assert extract_all(result, list(by_name.values())) == [True, 1]


async def none_and_optional_parameters() -> None:
    async def or_zero(n: int | None) -> int:
        return n or 0

    nothing = TaskManager[None]()
    one = nothing.add_node(increase, 0)
    nothing.sort()
    assert one.extract_result(await nothing.invoke(None)) == 1

    tm = TaskManager[int | None]()
    zero = tm.add_node(or_zero, tm.parameter_node)
    tm.sort()
    assert zero.extract_result(await tm.invoke(None)) == 0
    assert zero.extract_result(await tm.invoke(3)) == 3


async def errors() -> None:
    async def fails(n: int) -> int:
        raise OSError(n)

    with build_dag(int) as tm:
        failing = tm.add_node(fails, tm.parameter_node)
        tm.add_node(increase, failing)
    caught: list[str] = []
    try:
        await tm.invoke(1)
    except* OSError as group:
        caught += [repr(error) for error in group.exceptions]
    assert caught == ["OSError(1)"]

    for wrong in (tm.sort, lambda: tm.add_node(increase, 1)):
        try:
            wrong()
        except ValueError:
            continue
        raise AssertionError("no ValueError")


async def node_of_a_node() -> None:
    with build_dag(int) as inner:
        same = inner.add_node(add, inner.parameter_node, 0)
        doubled = inner.add_node(add, inner.parameter_node, same)

    async def run_inner(n: int) -> int:
        return doubled.extract_result(await inner.invoke(n))

    with build_dag(int) as outer:
        end = outer.add_node(run_inner, outer.add_node(run_inner, outer.parameter_node))
    assert end.extract_result(await outer.invoke(1)) == 4


#: What a test runs.
ALL: list[Callable[[], Awaitable[None]]] = [
    example_of_the_readme,
    with_a_parameter,
    manager_by_hand,
    immediates,
    twenty_arguments,
    annotated,
    none_and_optional_parameters,
    errors,
    node_of_a_node,
]
