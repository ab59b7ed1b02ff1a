"""The example of the README on the virtual clock, and the run that it gives, made by hand."""

from __future__ import annotations

import asyncio

from async_dag import TaskManager
from tests.support.made_traces import Bar
from tests.support.virtual import VirtualLoop

#: Each node of the run as a DAG.
README_BARS = (
    Bar("fast_a", 0.0, 0.0, 0.1),
    Bar("slow_b", 0.1, 0.1, 1.1, needs=(0,)),
    Bar("slow_a", 0.0, 0.0, 0.5, steps=((0.4, 0.1),)),
    Bar("fast_b", 0.0, 0.0, 0.2),
    Bar("fast_c", 0.5, 0.5, 0.6, needs=(2, 3)),
    Bar("end", 1.1, 1.1, 1.2, needs=(1, 4)),
)


def readme_manager(loop: VirtualLoop) -> TaskManager[int]:
    """The example of the README: 2.0 s one by one, 1.6 s in waves, 1.2 s as a DAG."""

    async def task(seconds: float, *needed: int) -> int:
        await asyncio.sleep(seconds)
        return sum(needed) + 1

    tm = TaskManager[int](clock=loop.time)
    fast_a = tm.add_node(task, 0.1, tm.parameter_node)
    slow_b = tm.add_node(task, 1.0, fast_a)
    slow_a = tm.add_node(task, 0.5, tm.parameter_node)
    fast_b = tm.add_node(task, 0.2, tm.parameter_node)
    fast_c = tm.add_node(task, 0.1, slow_a, fast_b)
    tm.add_node(task, 0.1, slow_b, fast_c)
    tm.sort()
    return tm
