"""The tasks that every contender runs: plain async functions that do next to nothing.

What is measured is the machinery around them, so each function is written twice: as it is, and with
one `sleep(0)`, which gives the event loop a turn and so makes the task a suspended one.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Awaitable, Callable

Task = Callable[..., Awaitable[int]]

# Roots of different values, so that a value that ends up in the wrong place is noticed. They take no
# argument: a library may run a task of its own for each plain value, and that is not measured here.


async def one() -> int:
    """A root."""
    return 1


async def two() -> int:
    """A root."""
    return 2


async def three() -> int:
    """A root."""
    return 3


async def after_one(a: int) -> int:
    """A task with one dependency."""
    return a + 1


async def after_three(a: int, b: int, c: int) -> int:
    """A task with three dependencies; its value tells them apart and stays a small number."""
    return (a + 2 * b + 3 * c) & 0xFFFF


async def one_paused() -> int:
    """`one`, with a turn of the event loop."""
    await sleep(0)
    return 1


async def two_paused() -> int:
    """`two`, with a turn of the event loop."""
    await sleep(0)
    return 2


async def three_paused() -> int:
    """`three`, with a turn of the event loop."""
    await sleep(0)
    return 3


async def after_one_paused(a: int) -> int:
    """`after_one`, with a turn of the event loop."""
    await sleep(0)
    return a + 1


async def after_three_paused(a: int, b: int, c: int) -> int:
    """`after_three`, with a turn of the event loop."""
    await sleep(0)
    return (a + 2 * b + 3 * c) & 0xFFFF


ROOTS: dict[bool, tuple[Task, Task, Task]] = {
    False: (one, two, three),
    True: (one_paused, two_paused, three_paused),
}
"""The root tasks, by whether they give the loop a turn."""

AFTER_ONE: dict[bool, Task] = {False: after_one, True: after_one_paused}
AFTER_THREE: dict[bool, Task] = {False: after_three, True: after_three_paused}
