"""`Turns`: long work on the event loop in short turns, with a pause after each.

In the pause every other task gets its turn, and scheduler and workers the processor, if they run on the
same machine. Were there none, the kernel would count this process among those that compute, and let it
wait for some ten milliseconds whenever these have work; one that sleeps half of the time runs at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

TURN: Final = 0.001
"""Seconds that a turn may take."""

PAUSE: Final = 0.001
"""Seconds of sleep after it."""


class Turns:
    """The turns of one piece of work, the first of which begins now."""

    def __init__(self) -> None:
        self.ends: float = time.perf_counter() + TURN
        """When the turn is over, in seconds of `time.perf_counter`."""

    @property
    def over(self) -> bool:
        """Whether the turn has taken as long as one may."""
        return time.perf_counter() > self.ends

    async def give_way(self) -> None:
        """Pause if the turn is over, else let others have theirs; then begin the next one."""
        await asyncio.sleep(PAUSE if self.over else 0)
        self.ends = time.perf_counter() + TURN


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The items, with a pause whenever to make them, and what is done with them, has taken a turn.

    >>> async def double(most: int) -> list[int]:
    ...     return [2 * number async for number in in_turns(range(most))]
    >>> asyncio.run(double(3))
    [0, 2, 4]
    """
    turns = Turns()
    for item in items:
        yield item
        if turns.over:
            await turns.give_way()
