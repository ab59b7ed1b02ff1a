"""The one hook: callbacks that are told of each invoke when it begins."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError

if TYPE_CHECKING:
    from async_dag.engine.run import Run

Callback = Callable[["Run"], object]


class Watching:
    """What `watch` returns: call it, or leave the `with` block, and the callback is called no more."""

    def __init__(self, callbacks: list[Callback], callback: Callback) -> None:
        self._callbacks = callbacks
        self._callback = callback
        self._ended = False
        callbacks.append(callback)

    def __call__(self) -> None:
        """End the watching. A second call does nothing."""
        if self._ended:
            return
        self._ended = True
        # By identity and only once: what somebody else registered must stay, be it the same function.
        for position, other in enumerate(self._callbacks):
            if other is self._callback:
                del self._callbacks[position]
                return

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        self()


_of_every_manager: list[Callback] = []


def watch(callback: Callback) -> Watching:
    """Call `callback(run)` at the start of every invoke of every manager.

    `run` is a `Run`: its `trace` is being written while the invoke goes on and may be read from any
    thread, and its `cancel()` may be called from any thread. `TaskManager.watch` does the same for
    one manager. An exception in the callback is handed to the event loop's exception handler; the
    invoke goes on.

    Returns what ends the watching, to be called or used in a `with` statement. Raises `WrongTypeError`
    (a `TypeError`) if `callback` can't be called.

    >>> import asyncio, async_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> with async_dag.watch(lambda run: print("a run of", len(run.trace), "node")):
    ...     _ = asyncio.run(tm.invoke())
    a run of 1 node
    """
    return watch_in(_of_every_manager, callback)


def watch_in(callbacks: list[Callback], callback: Callback) -> Watching:
    """Add `callback` to `callbacks` and return what takes it out again."""
    if not callable(callback):
        raise WrongTypeError(
            f"watch takes a function of one argument, the run; given was {short_repr(callback)}"
        )
    if inspect.iscoroutinefunction(callback):
        raise WrongTypeError(
            "watch takes a plain function, which it calls and does not await; given was "
            f"{short_repr(callback)}: call asyncio.create_task in a plain function instead"
        )
    return Watching(callbacks, callback)


def notify(run: Run, of_manager: list[Callback]) -> None:
    """Tell everybody who watches that `run` begins."""
    for callback in [*of_manager, *_of_every_manager]:
        try:
            callback(run)
        except Exception as error:  # noqa: BLE001 - a watcher must never break what it watches
            context: dict[str, Any] = {
                "message": "a callback given to async_dag's watch raised",
                "exception": error,
            }
            asyncio.get_running_loop().call_exception_handler(context)
