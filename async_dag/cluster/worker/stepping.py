"""Drives a node's coroutine step by step, so that it is known when it holds the loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Generator
from types import coroutine as generator_coroutine
from typing import Any


@generator_coroutine
def in_steps(
    coroutine: Coroutine[Any, Any, Any], stepped: Callable[[float, float], object]
) -> Generator[Any, Any, Any]:
    """Await `coroutine`; after each of its steps call `stepped(start, end)`.

    Both are seconds of `time.perf_counter`.
    """
    thrown: BaseException | None = None
    while True:
        start = time.perf_counter()
        try:
            yielded = coroutine.send(None) if thrown is None else coroutine.throw(thrown)
        except StopIteration as stop:
            return stop.value
        finally:
            thrown = None  # its traceback holds this frame: a cycle that would keep both alive
            stepped(start, time.perf_counter())
        try:
            yield yielded
        except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
            thrown = error
