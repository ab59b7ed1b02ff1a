"""How the engine drives what tasks return, step by step, within a coroutine of its own.

The engine does not await the coroutine of a task, since it could not tell then when a step begins and
ends. It runs each step itself, up to the next thing that the task waits for, times it, and yields what
the task yielded to the asyncio task around it, which waits as if it had awaited the coroutine.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from inspect import CO_COROUTINE, CO_GENERATOR, CO_ITERABLE_COROUTINE
from types import CodeType, CoroutineType, FunctionType
from types import coroutine as generator_coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from async_dag.engine.lateness import note_idle_loop, record_lateness
from async_dag.errors import NotAwaitableError
from async_dag.nodes.compiled import CompiledGraph
from async_dag.nodes.node import TaskNode
from async_dag.trace.columns import LONG_STEP

if TYPE_CHECKING:
    from async_dag.engine.run import Run

Stepper = Generator[Any, None, None]

R = TypeVar("R")
A = ParamSpec("A")


def _with_flags(function: FunctionType, flags: int) -> FunctionType:
    """The same function, but for the flags of its code.

    It is made by running a `def`. Python 3.13 never specialises the calls of a function that was made
    in another way, or whose code or defaults were assigned: some 100 instructions more for each call.
    """
    assert function.__defaults__ is None
    assert function.__kwdefaults__ is None
    assert function.__closure__ is None

    def maker() -> Any:
        def made() -> None:
            """Its code is exchanged below."""

        return made

    flagged = function.__code__.replace(co_flags=flags)
    constants = [flagged if type(one) is CodeType else one for one in maker.__code__.co_consts]
    code = maker.__code__.replace(co_consts=tuple(constants))
    made: FunctionType = FunctionType(code, function.__globals__)()
    made.__name__, made.__qualname__ = function.__name__, function.__qualname__
    made.__module__, made.__doc__ = function.__module__, function.__doc__
    made.__annotations__ = function.__annotations__
    return made


def _steps(cell: list[Any], coroutine: Any) -> Stepper:
    cell[0] = yield from coroutine


# Marked as a coroutine, as `types.coroutine` does, it may `yield from` one. (What the mark gives is
# still a generator; its type is said to be an awaitable.)
new_stepper: Callable[[list[Any], Any], Stepper] = _with_flags(
    cast("FunctionType", _steps), _steps.__code__.co_flags | CO_ITERABLE_COROUTINE
)
"""`new_stepper(cell, coroutine)`: runs a coroutine step by step, as a `for` loop asks for them.

It yields what the coroutine yields; at the end the value is in `cell[0]`. If the coroutine were driven
by its own `send`, its end would come as a `StopIteration`, which costs more than all of this.
"""


def yields_straight(
    function: Callable[A, Generator[Any, None, R]],
) -> Callable[A, Coroutine[Any, Any, R]]:
    """A generator function as a coroutine function: what it yields goes straight to its asyncio task.

    An async function may not yield, and has to await something that does: a tenth of the cost of a node
    that waits once. `types.coroutine` does the same, with a flag of the code, but what its functions
    return is still a generator, of which asyncio makes no task.
    """
    flags = function.__code__.co_flags & ~CO_GENERATOR | CO_COROUTINE
    made = _with_flags(cast("FunctionType", function), flags)
    return cast("Callable[A, Coroutine[Any, Any, R]]", made)


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
    yielded: Any = None
    has_returned = False
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
            yielded = next(stepper) if thrown is None else stepper.throw(thrown)
        except StopIteration:  # of the stepper: one of the task's has become a RuntimeError in it
            has_returned = True
        finally:
            thrown = None  # its traceback holds this frame: a cycle that would keep both alive
            trace.holder = -1
            run._now = now = clock() - began
            step = now - since
            held[index] += step
            if step > LONG_STEP:
                run._held_long(index, since, now)
        if has_returned:
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
