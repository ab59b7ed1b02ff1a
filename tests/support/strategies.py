"""Random DAGs of async tasks for Hypothesis, and what they should give by plain evaluation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from async_dag import TaskManager, TaskNode

# Sixteenths of a second: sums of them are exact in binary, so schedules can be compared with ==.
TICK = 1 / 16


@dataclass(frozen=True)
class Spec:
    """One task: what it depends on (an index may stand there twice), and how it behaves."""

    arguments: tuple[int, ...]
    keyword: int | None  # a dependency passed as a keyword
    sleeps: tuple[float, ...]  # seconds, virtual; none: it never awaits
    fails: bool = False

    @property
    def duration(self) -> float:
        return sum(self.sleeps)

    @property
    def dependencies(self) -> list[int]:
        passed = [*self.arguments, *([] if self.keyword is None else [self.keyword])]
        return list(dict.fromkeys(passed))


#: Bytes that make one task.
WIDTH = 12


@st.composite
def dags(draw: st.DrawFn, max_nodes: int = 12, *, failures: bool = False) -> list[Spec]:
    """DAGs in topological order, with duplicate dependencies, keywords and instant tasks.

    They are read from bytes: drawing each number by itself takes longer than most tests.
    """
    nodes = draw(st.integers(1, max_nodes))
    drawn = draw(st.binary(min_size=nodes * WIDTH, max_size=nodes * WIDTH))
    return [
        _spec(index, drawn[index * WIDTH : (index + 1) * WIDTH], failures) for index in range(nodes)
    ]


def _spec(index: int, drawn: bytes, failures: bool) -> Spec:
    """The task that these bytes say; zeros are the simplest: no dependency, no sleep."""
    arguments, keyword, sleeps, fails = drawn[:5], drawn[5:7], drawn[7:11], drawn[11]
    return Spec(
        arguments=tuple(one % index for one in arguments[1 : 1 + arguments[0] % 5])
        if index
        else (),
        keyword=keyword[1] % index if index and keyword[0] % 2 else None,
        sleeps=tuple(one % 9 * TICK for one in sleeps[1 : 1 + sleeps[0] % 4]),
        fails=failures and fails % 6 == 5,
    )


class Boom(Exception):
    """What a failing task raises."""


def build(
    specs: list[Spec],
    clock: Callable[[], float],
    on_step: Callable[[int], object] = lambda _: None,
) -> tuple[TaskManager[None], list[TaskNode[None, Any]]]:
    """A sorted manager of these tasks; `on_step(index)` is called before each sleep."""
    tm = TaskManager[None](clock=clock)
    nodes: list[TaskNode[None, Any]] = []
    for index, spec in enumerate(specs):
        task = _task(index, spec, on_step)
        arguments = [nodes[dependency] for dependency in spec.arguments]
        keywords = {} if spec.keyword is None else {"keyword": nodes[spec.keyword]}
        nodes.append(tm.add_node(task, *arguments, **keywords))  # type: ignore[arg-type]
    tm.sort()
    return tm, nodes


def _task(index: int, spec: Spec, on_step: Callable[[int], object]) -> Callable[..., Any]:
    async def task(*values: object, keyword: object = None) -> object:
        for seconds in spec.sleeps:
            on_step(index)
            await asyncio.sleep(seconds)
        if spec.fails:
            raise Boom(index)
        return (index, values, keyword)

    task.__name__ = f"task{index}"
    return task


def expected_values(specs: list[Spec]) -> list[object]:
    """What the tasks return, by evaluating them one after the other."""
    values: list[object] = []
    for index, spec in enumerate(specs):
        arguments = tuple(values[dependency] for dependency in spec.arguments)
        keyword = None if spec.keyword is None else values[spec.keyword]
        values.append((index, arguments, keyword))
    return values
