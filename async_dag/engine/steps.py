"""How the engine drives what tasks return, step by step, within a coroutine of its own.

The engine does not await the coroutine of a task, since it could not tell then when a step begins and
ends. It runs each step itself, up to the next thing that the task waits for, times it, and yields what
the task yielded to the asyncio task around it, which waits as if it had awaited the coroutine.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from types import CoroutineType
from types import coroutine as generator_coroutine
from typing import TYPE_CHECKING, Any, Final, cast

from async_dag.engine.lateness import note_idle_loop, record_lateness
from async_dag.errors import NotAwaitableError
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.node import TaskNode
from async_dag.trace.columns import LONG_STEP

if TYPE_CHECKING:
    from async_dag.engine.run import Run

DONE: Final = object()
"""What a stepper yields when a coroutine has returned; the value then lies in its cell."""

FAILED: Final = object()
"""What lies in the cell when a node has failed in its first step."""

Stepper = Generator[Any, Coroutine[Any, Any, Any] | None, None]


def _steps(cell: list[Any], coroutine: Any) -> Stepper:
    while True:
        cell[0] = yield from coroutine
        coroutine = yield DONE


# `types.coroutine` lets it `yield from` a coroutine. (It still returns a generator, but its type
# is said to be an awaitable.)
new_stepper: Callable[[list[Any], Any], Stepper] = cast(
    "Callable[[list[Any], Any], Stepper]", generator_coroutine(_steps)
)
"""`new_stepper(cell, coroutine)`: what runs one coroutine after the other, step by step.

It yields what the coroutine yields, and in the end `DONE`, with the value in `cell[0]`; then the next
coroutine may be sent. Were a coroutine driven by its own `send`, its end would come as a
`StopIteration`, which costs a tenth of a node that never waits. Once a coroutine has raised, its
stepper is of no more use.
"""


@generator_coroutine
def hand_on(yielded: Any) -> Generator[Any, Any, None]:
    """Yield something from a coroutine to the asyncio task that runs it."""
    yield yielded


@generator_coroutine
def pause() -> Generator[None, None, None]:
    """Wait for the next send."""
    yield


@generator_coroutine
def timed_steps(run: Run, index: int) -> Generator[Any, Any, Any]:
    """Call the task of a node, await what it returns, and record each step: off the hot path."""
    trace, held = run.trace, run._held
    clock, began = run._clock, run._began
    cell: list[Any] = [None]
    stepper: Stepper | None = None
    thrown: BaseException | None = None
    since = clock() - began
    if run._started[index] != run._started[index]:  # NaN: it is no second attempt
        run._started[index] = since
    note_idle_loop(run, since)
    while True:
        trace.holder_since = since
        trace.holder = index
        try:
            if stepper is None:
                coroutine = run._call(index)
                stepper = new_stepper(cell, coroutine)
            yielded = stepper.send(None) if thrown is None else stepper.throw(thrown)
        finally:
            thrown = None  # its traceback holds this frame: a cycle that would keep both alive
            trace.holder = -1
            run._now = now = clock() - began
            step = now - since
            held[index] += step
            if step > LONG_STEP and not trace.over:
                run._held_long(index, since, now)
        if yielded is DONE:
            return cell[0]
        try:
            yield yielded
        except BaseException as error:  # noqa: BLE001 - a cancellation, or the loop's end
            thrown = error
        since = clock() - began
        if not trace.over:
            record_lateness(run, index, since, now, yielded, stepper)


def call_task(
    compiled: CompiledGraph[Any], index: int, values: Sequence[Any]
) -> Coroutine[Any, Any, Any]:
    """Call the task of a node with the values of its arguments; returns the coroutine to drive.

    Raises what the call raises, and `NotAwaitableError`.
    """
    task = compiled.tasks[index]
    arguments = [values[slot] for slot in compiled.slots[index]]
    keyword_slots = compiled.keyword_slots.get(index)
    try:
        if keyword_slots is None:
            returned = task(*arguments)
        else:
            keywords = {key: values[slot] for key, slot in keyword_slots.items()}
            returned = task(*arguments, **keywords)
    except StopIteration as error:
        # Python does the same where an async function raises it: to who awaits a coroutine, a
        # StopIteration means that it has returned.
        raise RuntimeError("the task raised StopIteration") from error
    if type(returned) is CoroutineType:
        return returned
    return as_coroutine(returned, compiled.nodes[index])


def as_coroutine(returned: object, node: TaskNode[Any, Any]) -> Coroutine[Any, Any, Any]:
    """A coroutine that awaits what a task returned: a future, a task, an object with `__await__`.

    Raises `NotAwaitableError` for anything else.
    """
    if type(returned) is CoroutineType:
        return returned
    if inspect.isawaitable(returned):
        return _wait_for(returned)
    raise NotAwaitableError(
        f"the task of node {node.name!r} returned {type(returned).__name__}, which can't be "
        "awaited; a task is an async function: write 'async def', or for a plain function that does "
        "blocking work pass in_thread(function)"
    )


async def _wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def failing(error: BaseException) -> Any:
    """A coroutine that raises `error` in its first step."""
    raise error
