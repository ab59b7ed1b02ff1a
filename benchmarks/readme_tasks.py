"""The six tasks of the README's example, without their long sleeps."""

from __future__ import annotations

from asyncio import sleep

from benchmarks.tasks import Task


async def fast_task_a(n: int) -> int:
    """Takes the parameter."""
    return n + 1


async def slow_task_a(n: int) -> int:
    """Takes the parameter."""
    return n + 2


async def fast_task_b(n: int) -> int:
    """Takes the parameter."""
    return n + 3


async def slow_task_b(a: int) -> int:
    """After `fast_task_a`."""
    return a * 10


async def fast_task_c(a: int, b: int) -> int:
    """After `slow_task_a` and `fast_task_b`."""
    return a + b


async def end_task(b: int, c: int) -> int:
    """After `slow_task_b` and `fast_task_c`."""
    return b + c


async def fast_task_a_paused(n: int) -> int:
    """`fast_task_a`, with a turn of the event loop."""
    await sleep(0)
    return n + 1


async def slow_task_a_paused(n: int) -> int:
    """`slow_task_a`, with a turn of the event loop."""
    await sleep(0)
    return n + 2


async def fast_task_b_paused(n: int) -> int:
    """`fast_task_b`, with a turn of the event loop."""
    await sleep(0)
    return n + 3


async def slow_task_b_paused(a: int) -> int:
    """`slow_task_b`, with a turn of the event loop."""
    await sleep(0)
    return a * 10


async def fast_task_c_paused(a: int, b: int) -> int:
    """`fast_task_c`, with a turn of the event loop."""
    await sleep(0)
    return a + b


async def end_task_paused(b: int, c: int) -> int:
    """`end_task`, with a turn of the event loop."""
    await sleep(0)
    return b + c


README_TASKS: dict[bool, tuple[Task, ...]] = {
    False: (fast_task_a, slow_task_a, fast_task_b, slow_task_b, fast_task_c, end_task),
    True: (
        fast_task_a_paused,
        slow_task_a_paused,
        fast_task_b_paused,
        slow_task_b_paused,
        fast_task_c_paused,
        end_task_paused,
    ),
}
"""By whether they give the loop a turn, in the order in which the README adds them to the graph."""
