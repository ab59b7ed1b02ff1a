"""The event loops and task factories that the engine has to get along with."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

Factory = Callable[..., Any]


def plain_factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
    """Makes the task that the loop would make."""
    return asyncio.Task(coro, loop=loop, **options)


def old_factory(loop: asyncio.AbstractEventLoop, coro: Any) -> Any:
    """As factories were before Python 3.11: it takes no context."""
    return asyncio.Task(coro, loop=loop)


def wrapping_factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
    """Runs a coroutine of its own around it, as tracers do."""

    async def traced() -> Any:
        try:
            return await coro
        finally:
            pass

    return asyncio.Task(traced(), loop=loop, **options)


def wrapping_eager_factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
    """The same, with an eager start (Python 3.12)."""

    async def traced() -> Any:
        return await coro

    return asyncio.Task(traced(), loop=loop, eager_start=loop.is_running(), **options)  # type: ignore[call-arg]


class FactoryError(Exception):
    """What the raising factory raises."""


class RaisingFactory:
    """Makes tasks, but raises at every second one of the engine's, or at every `every`-th.

    Not at those that a task makes for itself: where that fails `asyncio.gather` leaves tasks behind.
    """

    def __init__(self, every: int = 2) -> None:
        self._every = every
        self._made = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
        if Path(coro.cr_code.co_filename).parts[-3] == "async_dag":
            self._made += 1
            if self._made % self._every == 0:
                coro.close()
                raise FactoryError(f"task {self._made}")
        return asyncio.Task(coro, loop=loop, **options)


FACTORIES: dict[str, Callable[[], Factory | None]] = {
    "none": lambda: None,
    "plain": lambda: plain_factory,
    "old": lambda: old_factory,
    "wrapping": lambda: wrapping_factory,
}
"""By name; called for each loop. All of them run every coroutine that they are given."""

if sys.version_info >= (3, 12):
    FACTORIES["eager"] = lambda: asyncio.eager_task_factory
    FACTORIES["wrapping, eager"] = lambda: wrapping_eager_factory


def make_default(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every event loop that a test makes be of that kind: a factory, `debug`, or `uvloop`."""
    if kind == "debug":
        monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")  # each new loop looks at it
    elif kind == "uvloop":
        import uvloop

        monkeypatch.setattr(asyncio.events, "new_event_loop", uvloop.new_event_loop)
        monkeypatch.setattr(asyncio, "new_event_loop", uvloop.new_event_loop)
    elif kind not in FACTORIES:
        pytest.skip(f"this Python has no {kind} tasks")
    else:
        make_loop = asyncio.BaseEventLoop.__init__

        def make_with_factory(loop: asyncio.BaseEventLoop) -> None:
            make_loop(loop)
            loop.set_task_factory(FACTORIES[kind]())

        monkeypatch.setattr(asyncio.BaseEventLoop, "__init__", make_with_factory)


def run_with(
    main: Coroutine[Any, Any, Any],
    factory: str | Factory = "none",
    *,
    debug: bool = False,
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> Any:
    """Run `main` on a loop with that task factory; afterwards no task may be left."""

    async def checked() -> Any:
        # Not around it: what the runner itself starts is no concern of the factory.
        loop = asyncio.get_running_loop()
        loop.set_task_factory(FACTORIES[factory]() if isinstance(factory, str) else factory)
        try:
            return await main
        finally:
            loop.set_task_factory(None)
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"tasks left behind: {left}"

    with asyncio.Runner(loop_factory=new_loop, debug=debug) as runner:
        return runner.run(checked())
