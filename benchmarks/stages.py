"""Two stages that a map runs for each element of a list, told in a way that every adapter can read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stage:
    """A task for one element. With `seconds` it sleeps for so long, by the number of the element.

    Attributes:
        seconds: how long it takes; empty if it never awaits.
        began, ended: when it did, by the number of the element; only if it sleeps.
    """

    seconds: Sequence[float] = ()
    began: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)

    @property
    def task(self) -> Callable[[int], Awaitable[int]]:
        """As an async function."""

        async def quick(element: int) -> int:
            return element + 1

        async def slow(element: int) -> int:
            number = element % len(self.seconds)
            self.began[number] = time.perf_counter()
            await asyncio.sleep(self.seconds[number])
            self.ended[number] = time.perf_counter()
            return element + len(self.seconds)

        return slow if self.seconds else quick

    @property
    def plain(self) -> Callable[[int], int]:
        """As a plain function, for libraries that run only those, in threads."""

        def quick(element: int) -> int:
            return element + 1

        def slow(element: int) -> int:
            number = element % len(self.seconds)
            self.began[number] = time.perf_counter()
            time.sleep(self.seconds[number])
            self.ended[number] = time.perf_counter()
            return element + len(self.seconds)

        return slow if self.seconds else quick


MapInvoke = Callable[[list[int]], Awaitable[Sequence[int]]]
"""Runs both stages for the elements of a list; gives the values of the second, in their order."""

Mapper = Callable[[Stage, Stage], AbstractAsyncContextManager[MapInvoke]]
"""Builds what a contender needs for two stages; left when all runs of it are over."""
