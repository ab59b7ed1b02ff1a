"""An event loop on a virtual clock: a sleep takes no time, and every schedule is exact.

The loop's own machinery is asyncio's. Where it would wait for its next timer, the clock is moved on to
that timer instead; so `asyncio.sleep`, `asyncio.timeout` and `call_later` work as they always do.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Where asyncio would wait for `timeout` seconds, moves the clock on by as much."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:  # nothing is due: only a thread or a socket can go on
            return super().select(timeout)
        if timeout > 0:
            self.now += timeout
        return super().select(0)


class _Timer(asyncio.TimerHandle):
    """A timer of a virtual loop."""

    number = 0

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, _Timer):
            return NotImplemented
        return (self.when(), self.number) < (other.when(), other.number)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when every task sleeps."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._set = 0  # how many timers there were

    @property
    def _clock_resolution(self) -> float:
        # asyncio runs a timer that is due within this; none must run early on an exact clock. A float
        # of a late time can't tell such short times apart, and then the next one will do.
        return max(1e-12, math.ulp(self._jumping.now))

    @_clock_resolution.setter
    def _clock_resolution(self, _: float) -> None:
        """The loop sets it as it is made, to that of the real clock."""

    def time(self) -> float:
        return self._jumping.now

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        """As asyncio's; but of timers for the same moment the one that was set first is first."""
        timer = _Timer(when, callback, args, self, context)
        self._set += 1
        timer.number = self._set
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    def hold(self, seconds: float) -> None:
        """Let time pass while the loop stands still, as `time.sleep` in a task does."""
        self._jumping.now += seconds


def run_virtual(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """Run `main(loop)` on a new virtual loop; afterwards no task may be left."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:

        async def with_check() -> T:
            try:
                return await main(loop)
            finally:
                left = asyncio.all_tasks() - {asyncio.current_task()}
                assert not left, f"tasks left behind: {left}"

        return runner.run(with_check())
