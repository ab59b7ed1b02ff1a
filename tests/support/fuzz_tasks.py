"""Tasks that behave in some forty ways, for the fuzzer of the engine.

Each behaviour is an async function of a `World`, the index of its node, and the values that it was
given. What a task does besides is seen by the world's log alone, so the oracle needs no second engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from async_dag import InvocationError, Run, TaskManager, build_dag

Behaviour = Callable[["World", int, tuple[Any, ...]], Awaitable[Any]]


class Boom(Exception):
    """An ordinary failure."""


class Fatal(BaseException):
    """A failure outside `Exception`."""


class Hostile(Exception):
    """An exception that fails at whatever it is asked."""

    @property
    def __class__(self) -> Any:
        raise Boom("asked for its class")

    @__class__.setter
    def __class__(self, _: Any) -> None: ...

    def __str__(self) -> str:
        raise SystemExit("asked for its text")


@dataclass
class Event:
    """Something that happened: `begins`, `returns`, `raises`, or `cancels` (the whole invoke)."""

    what: str
    node: int
    value: Any = None


@dataclass
class World:
    """What the tasks of one case share.

    Attributes:
        log: what happened, in order.
        tasks: the asyncio task of each node that has begun.
        run: the run, for those who cancel it.
        parent: the task that invokes.
    """

    log: list[Event] = field(default_factory=list)
    tasks: dict[int, asyncio.Task[Any]] = field(default_factory=dict)
    run: Run | None = None
    parent: asyncio.Task[Any] | None = None
    calls: dict[int, int] = field(default_factory=dict)

    def cancel_run(self) -> None:
        """As a button would."""
        if self.run is not None and not self.run.done:
            self.log.append(Event("cancels", -1))
            self.run.cancel()

    def cancel_parent(self) -> None:
        """As a timeout around the invoke would."""
        if self.parent is not None and self.run is not None and not self.run.done:
            self.log.append(Event("cancels", -1))
            self.parent.cancel()


def value_of(index: int, values: tuple[Any, ...]) -> Any:
    """What every task returns that returns something."""
    return (index, sum(hash(value) % 1000 for value in values))


# Those that succeed


async def at_once(world: World, index: int, values: tuple[Any, ...]) -> Any:
    return value_of(index, values)


async def gives_way(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0)
    return value_of(index, values)


async def sleeps(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0.01 * (1 + index % 3))
    return value_of(index, values)


async def sleeps_often(world: World, index: int, values: tuple[Any, ...]) -> Any:
    for _ in range(3):
        await asyncio.sleep(0.005)
        await asyncio.sleep(0)
    return value_of(index, values)


async def in_time(world: World, index: int, values: tuple[Any, ...]) -> Any:
    async with asyncio.timeout(5):
        await asyncio.sleep(0.01)
    return value_of(index, values)


async def out_of_time_but_prepared(world: World, index: int, values: tuple[Any, ...]) -> Any:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.005):
            await asyncio.sleep(1)
    return value_of(index, values)


async def waits_for(world: World, index: int, values: tuple[Any, ...]) -> Any:
    return await asyncio.wait_for(sleeps(world, index, values), 5)


async def gathers(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0), asyncio.sleep(0.02))
    return value_of(index, values)


async def has_children(world: World, index: int, values: tuple[Any, ...]) -> Any:
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(asyncio.sleep(0.01))
    return value_of(index, values)


async def cancels_a_child(world: World, index: int, values: tuple[Any, ...]) -> Any:
    child = asyncio.ensure_future(asyncio.sleep(1))
    try:
        await asyncio.sleep(0)
    finally:
        child.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await child
    return value_of(index, values)


async def waits_for_an_event(world: World, index: int, values: tuple[Any, ...]) -> Any:
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, event.set)
    await event.wait()
    return value_of(index, values)


async def waits_for_a_future(world: World, index: int, values: tuple[Any, ...]) -> Any:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(_give, future)
    await future
    return value_of(index, values)


def _give(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def one() -> int:
    return 1


async def invokes(world: World, index: int, values: tuple[Any, ...]) -> Any:
    with build_dag() as tm:
        first = tm.add_node(one)
        second = tm.add_node(asyncio.sleep, 0.01, first)
    assert (await tm.invoke())[second] == 1
    return value_of(index, values)


async def streams(world: World, index: int, values: tuple[Any, ...]) -> Any:
    with build_dag() as tm:
        tm.add_node(asyncio.sleep, 0.01, 3)
    assert [value async for _, value in tm.stream()] == [3]
    return value_of(index, values)


def _failing_dag() -> TaskManager[None]:
    with build_dag() as tm:
        tm.add_node(asyncio.sleep, 1)
        tm.add_node(_boom)
    return tm


async def _boom() -> None:
    await asyncio.sleep(0)
    raise Boom


async def invokes_and_handles(world: World, index: int, values: tuple[Any, ...]) -> Any:
    with contextlib.suppress(InvocationError):
        await _failing_dag().invoke()
    return value_of(index, values)


async def swallows(world: World, index: int, values: tuple[Any, ...]) -> Any:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0.03)
    return value_of(index, values)


async def swallows_and_goes_on(world: World, index: int, values: tuple[Any, ...]) -> Any:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.02)
    return value_of(index, values)


async def cleans_up_slowly(world: World, index: int, values: tuple[Any, ...]) -> Any:
    try:
        await asyncio.sleep(0.02)
    finally:
        await asyncio.sleep(0.01)
    return value_of(index, values)


async def cleans_up_in_a_dag(world: World, index: int, values: tuple[Any, ...]) -> Any:
    try:
        await asyncio.sleep(0.02)
    finally:
        with build_dag() as tm:
            tm.add_node(asyncio.sleep, 0.01)
        await tm.invoke()
    return value_of(index, values)


async def cancels_itself_and_recovers(world: World, index: int, values: tuple[Any, ...]) -> Any:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0.01)
    task.uncancel()
    return value_of(index, values)


async def cancels_itself_and_ends(world: World, index: int, values: tuple[Any, ...]) -> Any:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    return value_of(index, values)


async def returns_an_exception(world: World, index: int, values: tuple[Any, ...]) -> Any:
    return Boom  # a value as any other


async def cancels_a_sibling(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0.005)
    for other, task in list(world.tasks.items()):
        if other != index and not task.done():
            task.cancel()
            break
    return value_of(index, values)


async def cancels_all_siblings(world: World, index: int, values: tuple[Any, ...]) -> Any:
    for other, task in list(world.tasks.items()):
        if other != index:
            task.cancel()
    await asyncio.sleep(0)
    return value_of(index, values)


async def cancels_the_run(world: World, index: int, values: tuple[Any, ...]) -> Any:
    world.cancel_run()
    await asyncio.sleep(0)
    return value_of(index, values)


async def cancels_the_parent(world: World, index: int, values: tuple[Any, ...]) -> Any:
    world.cancel_parent()
    return value_of(index, values)


async def takes_two_attempts(world: World, index: int, values: tuple[Any, ...]) -> Any:
    if world.calls[index] % 2:
        await asyncio.sleep(0)
        raise Boom("again")  # without retry= it fails
    return value_of(index, values)


# Those that fail


async def fails_at_once(world: World, index: int, values: tuple[Any, ...]) -> Any:
    raise Boom(index)


async def fails_later(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0.01)
    raise Boom(index)


async def fails_in_the_next_turn(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0)
    raise Boom(index)


async def is_fatal(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0)
    raise Fatal(index)


async def exits(world: World, index: int, values: tuple[Any, ...]) -> Any:
    raise SystemExit(index)


async def interrupts(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0.01)
    raise KeyboardInterrupt(index)


async def is_hostile(world: World, index: int, values: tuple[Any, ...]) -> Any:
    if index % 2:
        await asyncio.sleep(0)
    raise Hostile


async def raises_a_cancellation(world: World, index: int, values: tuple[Any, ...]) -> Any:
    if index % 2:
        await asyncio.sleep(0)
    raise asyncio.CancelledError("of its own")


async def cancels_itself(world: World, index: int, values: tuple[Any, ...]) -> Any:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0.01)


async def stops_iteration(world: World, index: int, values: tuple[Any, ...]) -> Any:
    raise StopIteration(index)


async def exits_the_generator(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await asyncio.sleep(0)
    raise GeneratorExit


async def raises_a_group(world: World, index: int, values: tuple[Any, ...]) -> Any:
    async with asyncio.TaskGroup() as group:
        group.create_task(_boom())
        group.create_task(asyncio.sleep(1))


async def recurses(world: World, index: int, values: tuple[Any, ...]) -> Any:
    def deeper() -> None:
        deeper()

    deeper()


async def waits_for_itself(world: World, index: int, values: tuple[Any, ...]) -> Any:
    task: Any = asyncio.current_task()
    await task


class _Garbage:
    def __await__(self) -> Generator[Any, Any, None]:
        yield "no future"


async def yields_garbage(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await _Garbage()


async def is_out_of_time(world: World, index: int, values: tuple[Any, ...]) -> Any:
    async with asyncio.timeout(0.005):
        await asyncio.sleep(1)


async def fails_in_clean_up(world: World, index: int, values: tuple[Any, ...]) -> Any:
    try:
        await asyncio.sleep(0.02)
    finally:
        await asyncio.sleep(0)
        raise Boom("in clean-up")


async def turns_a_cancellation_into_an_error(
    world: World, index: int, values: tuple[Any, ...]
) -> Any:
    try:
        await asyncio.sleep(0.03)
    except asyncio.CancelledError:
        raise Boom("not this way") from None
    return value_of(index, values)


async def invokes_what_fails(world: World, index: int, values: tuple[Any, ...]) -> Any:
    await _failing_dag().invoke()


SUCCEED: tuple[Behaviour, ...] = (
    at_once,
    gives_way,
    sleeps,
    sleeps_often,
    in_time,
    out_of_time_but_prepared,
    waits_for,
    gathers,
    has_children,
    cancels_a_child,
    waits_for_an_event,
    waits_for_a_future,
    invokes,
    streams,
    invokes_and_handles,
    returns_an_exception,
    cleans_up_slowly,
    cleans_up_in_a_dag,
    cancels_itself_and_recovers,
    cancels_itself_and_ends,
    swallows,
    swallows_and_goes_on,
)
"""Tasks that return their value if they are left alone."""

INTERFERE: tuple[Behaviour, ...] = (
    cancels_a_sibling,
    cancels_all_siblings,
    cancels_the_run,
    cancels_the_parent,
    takes_two_attempts,
)
"""Tasks that do something to others."""

FAIL: tuple[Behaviour, ...] = (
    fails_at_once,
    fails_later,
    fails_in_the_next_turn,
    is_fatal,
    exits,
    interrupts,
    is_hostile,
    raises_a_cancellation,
    cancels_itself,
    stops_iteration,
    exits_the_generator,
    raises_a_group,
    recurses,
    waits_for_itself,
    yields_garbage,
    is_out_of_time,
    fails_in_clean_up,
    turns_a_cancellation_into_an_error,
    invokes_what_fails,
)
"""Tasks that raise, if only when they are cancelled."""


def task_of(world: World, index: int, behaviour: Behaviour) -> Callable[..., Awaitable[Any]]:
    """An async function that behaves so, and logs how it begins and ends."""

    async def task(*values: Any, **named: Any) -> Any:
        world.calls[index] = world.calls.get(index, 0) + 1
        task = asyncio.current_task()
        if task is not None:
            world.tasks[index] = task
        given = (*values, *named.values())
        world.log.append(Event("begins", index, given))
        try:
            value = await behaviour(world, index, given)
        except BaseException as error:
            world.log.append(Event("raises", index, error))
            raise
        world.log.append(Event("returns", index, value))
        return value

    task.__name__ = f"{behaviour.__name__}_{index}"
    return task


class _Awaitable:
    """An object with `__await__`, as some clients return."""

    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        result = yield from self._coroutine.__await__()
        return result


class CallableObject:
    """A callable object whose call is async."""

    def __init__(self, task: Callable[..., Awaitable[Any]]) -> None:
        self._task = task

    async def __call__(self, *values: Any, **named: Any) -> Any:
        return await self._task(*values, **named)


def wrapped(task: Callable[..., Awaitable[Any]], kind: str) -> Callable[..., Any]:
    """The same as another kind of callable than an async function."""
    if kind == "partial":
        return functools.partial(task)
    if kind == "object":
        return CallableObject(task)
    if kind == "plain":
        return lambda *values, **named: task(*values, **named)  # noqa: PLW0108 - not an async function
    if kind == "awaitable":
        return lambda *values, **named: _Awaitable(task(*values, **named))
    return task


KINDS = ("function", "function", "function", "partial", "object", "plain", "awaitable")
