"""The hooks: callbacks that are told of each invoke when it begins, and when it is over."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.shortening import short_repr
from async_dag.engine.off_loop import OffLoop
from async_dag.errors import WrongTypeError

if TYPE_CHECKING:
    from async_dag.engine.run import Run

Callback = Callable[["Run"], object]


class Callbacks:
    """The callbacks of one manager, or of all; at first none.

    No named tuple, whose attributes cost ten times as much: an invoke reads four of them.
    """

    __slots__ = ("beginning", "over")

    def __init__(self) -> None:
        self.beginning: list[Callback] = []
        self.over: list[Callback] = []


class Watching:
    """What `watch` returns: call it, or leave the `with` block, to end the watching."""

    def __init__(
        self, added: Sequence[tuple[list[Callback], Callback]], off_loop: OffLoop | None = None
    ) -> None:
        self._added = added
        self._off_loop = off_loop
        self._ended = False
        for callbacks, callback in added:
            callbacks.append(callback)

    def __call__(self) -> None:
        """End the watching. A second call does nothing."""
        if self._ended:
            return
        self._ended = True
        for callbacks, callback in self._added:
            _remove(callbacks, callback)
        if self._off_loop is not None:
            self._off_loop.close()

    @property
    def dropped(self) -> int:
        """Of how many runs a callback off the loop was not told, as too many waited."""
        return 0 if self._off_loop is None else self._off_loop.dropped

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self()


def _remove(callbacks: list[Callback], callback: Callback) -> None:
    # By identity and only once: what somebody else registered must stay, be it the same function.
    for position, other in enumerate(callbacks):
        if other is callback:
            del callbacks[position]
            return


of_every_manager: Final = Callbacks()
"""The callbacks of `async_dag.watch`."""


@explains_wrong_calls("watch(begins, over=ends)")
def watch(
    callback: Callback | None = None, *, over: Callback | None = None, off_loop: bool = False
) -> Watching:
    """Call `callback(run)` at the start of every invoke of every manager, and `over(run)` at its end.

    `run` is a `Run`: its `trace` is being written while the invoke goes on and may be read from any
    thread, and its `cancel()` may be called from any thread. `over` is called once the invoke has
    succeeded, failed or been cancelled, on the event loop, before `invoke` returns; by then
    `run.trace.over` holds. `TaskManager.watch` does the same for one manager. An exception in a
    callback is handed to the event loop's exception handler; the invoke goes on.

    With `off_loop=True` a thread calls `over(run)`, some 50 ms later and one run after the other, with
    the context variables of the invoke: for what writes metrics or spans and must not hold the loop. If
    over 10,000 runs wait, further ones are dropped and counted (`Watching.dropped`), exceptions are
    logged, and the end of the watching waits for what is left.

    Returns what ends the watching, to be called or used in a `with` statement. Raises `WrongTypeError`
    (a `TypeError`) if a callback can't be called.

    >>> import asyncio, async_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with async_dag.build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> with async_dag.watch(
    ...     lambda run: print("a run of", len(run.trace), "node"),
    ...     over=lambda run: print("ended with", run.trace.states),
    ... ):
    ...     _ = asyncio.run(tm.invoke())
    a run of 1 node
    ended with ['done']
    """
    return watch_in(of_every_manager, callback, over, off_loop=off_loop)


def watch_in(
    callbacks: Callbacks,
    callback: Callback | None,
    over: Callback | None,
    *,
    off_loop: bool = False,
) -> Watching:
    """Add to `callbacks` what is not None, and return what takes it out again."""
    if callback is None and over is None:
        raise WrongTypeError(
            "watch takes a function of one argument, the run, to call when it begins, or over= one to "
            "call when it is over; given was none"
        )
    thread: OffLoop | None = None
    if off_loop:
        if over is None:
            raise WrongTypeError(
                "watch(off_loop=True) takes over=, which a thread calls; given was none"
            )
        over = thread = OffLoop(_checked(over))
    added = [
        (callbacks_of_kind, _checked(given))
        for callbacks_of_kind, given in zip(
            (callbacks.beginning, callbacks.over), (callback, over), strict=True
        )
        if given is not None
    ]
    return Watching(added, thread)


def _checked(callback: Callback) -> Callback:
    if not callable(callback):
        raise WrongTypeError(
            f"watch takes a function of one argument, the run; given was {short_repr(callback)}"
        )
    if inspect.iscoroutinefunction(callback):
        raise WrongTypeError(
            "watch takes a plain function, which it calls and does not await; given was "
            f"{short_repr(callback)}: call asyncio.create_task in a plain function instead"
        )
    return callback


def notify(run: Run, of_manager: list[Callback], of_all: list[Callback]) -> None:
    """Tell everybody who watches of `run`, that it begins or that it is over."""
    for callback in [*of_manager, *of_all]:
        try:
            callback(run)
        except Exception as error:  # noqa: BLE001 - a watcher must never break what it watches
            context: dict[str, Any] = {
                "message": "a callback given to async_dag's watch raised",
                "exception": error,
            }
            try:
                loop = asyncio.get_running_loop()
            except (
                RuntimeError
            ):  # the invoke was left unfinished, and is closed outside of any loop
                raise error from None
            loop.call_exception_handler(context)
