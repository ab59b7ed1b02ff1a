"""Tasks that fail the first times, and retries for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any

from tests.support.virtual import VirtualLoop


class Attempt:
    """An attempt as stamina and tenacity make them: it swallows the errors that are to be retried."""

    def __init__(self, swallows: bool) -> None:
        self._swallows = swallows
        self.failed = False

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> bool:
        self.failed = isinstance(error, Exception)
        return self.failed and self._swallows


def retrying(attempts: int, pause: float) -> Callable[[], AsyncIterator[Attempt]]:
    """A factory of so many attempts with so many seconds between them."""

    async def iterate() -> AsyncIterator[Attempt]:
        for number in range(1, attempts + 1):
            attempt = Attempt(swallows=number < attempts)
            yield attempt
            if not attempt.failed:
                return
            await asyncio.sleep(pause)

    return iterate


def flaky(loop: VirtualLoop, failures: int, seconds: float = 1.0) -> Callable[..., Any]:
    """A task that takes some seconds, and fails the first times."""
    left = failures

    async def task(*_: object) -> float:
        nonlocal left
        await asyncio.sleep(seconds)
        left -= 1
        if left >= 0:
            raise OSError("try again")
        return loop.time()

    return task
