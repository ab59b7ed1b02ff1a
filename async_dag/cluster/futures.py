"""`Futures`: what a result holds on the workers, let go in portions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from distributed import Future

_PORTION: Final = 50
"""Futures that are let go at once: a millisecond of Dask's loop."""

_PAUSE: Final = 0.002
"""Seconds between two portions."""


class Futures(dict[int, "Future[Any]"]):
    """Dask's futures by row; who drops the last reference to this lets them go.

    For each Dask wakes its loop and has a callback there, which for those of a large DAG at once would
    hold the loop for a tenth of a second.
    """

    def let_go(self) -> None:
        """Let the workers drop all values that nobody else holds; may be called in any thread."""
        futures = list(self.values())
        self.clear()
        if len(futures) <= _PORTION:
            return
        client: Any = futures[0].client
        loop: AbstractEventLoop = client.loop.asyncio_loop
        try:
            loop.call_soon_threadsafe(_let_go_portion, loop, futures)
        except RuntimeError:  # the loop is closed, and nothing is held any more
            return

    def __del__(self) -> None:
        self.let_go()


def _let_go_portion(loop: AbstractEventLoop, futures: list[Future[Any]]) -> None:
    del futures[-_PORTION:]
    if futures:
        loop.call_later(_PAUSE, _let_go_portion, loop, futures)
