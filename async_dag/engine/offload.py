"""`in_thread` and `in_process`: plain functions as tasks, so that their work leaves the event loop."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Lock
from types import CodeType, CoroutineType
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.shortening import short_repr
from async_dag.engine.timed_call import ProcessCall, ThreadCall
from async_dag.errors import MissingExtraError, NotAwaitableError, WrongTaskError, WrongTypeError
from async_dag.nodes.functions import task_name

A = ParamSpec("A")
R = TypeVar("R")

THREADS = 512
"""Threads that `in_thread` uses at most. They are made as they are needed and wait for blocking work,
so there are many: asyncio's own default, some tens, would make a hundred waiting nodes queue."""


class Offloaded(NamedTuple):
    """The function behind a task made by `in_thread` or `in_process`."""

    where: str  # "in_thread" or "in_process"
    function: Callable[..., Any]
    pool: Executor | None


_offloaded: WeakKeyDictionary[Callable[..., Any], Offloaded] = WeakKeyDictionary()


def offloaded(task: Callable[..., Any]) -> Offloaded | None:
    """What `in_thread` or `in_process` made a task from; None if neither made it.

    >>> offloaded(in_thread(print)), offloaded(print)
    (Offloaded(where='in_thread', function=<built-in function print>, pool=None), None)
    """
    try:
        return _offloaded.get(task)
    except TypeError:  # an object that can't be hashed, or referred to weakly
        return None


def original(task: Any) -> Any:
    """The plain function behind a task that runs it off the loop; any other task itself.

    >>> original(in_thread(print)), original(print)
    (<built-in function print>, <built-in function print>)
    """
    made = offloaded(task)
    return task if made is None else made.function


_pool: ThreadPoolExecutor | None = None
_pool_lock = Lock()


@explains_wrong_calls("add_node(in_thread(function), argument)")
def in_thread(
    function: Callable[A, R], *, pool: Executor | None = None
) -> Callable[A, Awaitable[R]]:
    """A task that runs a plain function in a thread, so that the event loop stays free meanwhile.

    Args:
        function: a plain function that blocks (reads files, calls a synchronous client, sleeps) or
            that computes in code which releases the GIL.
        pool: the `concurrent.futures` thread pool to use. By default a pool of async_dag's own with up
            to 512 threads, so that a hundred such nodes run at once.

    Returns:
        An async function with the same parameters and result, for `add_node`. The function sees a copy
        of the node's context variables.

    Cancelling such a node ends the waiting only: a thread can't be stopped, so a call that has begun
    runs to its end, and its result is dropped. A call that still waits for a thread never begins.

    Of each call a trace has what it computed. Of threads that a task starts in its own way, such as by
    `asyncio.to_thread`, it has only what all of them computed together; so what is said of work and
    speed-up is then a range.

    Raises `WrongTaskError` (a `TypeError`) if `function` can't be called or is async already; in a
    browser (Pyodide), where there are no threads, the node fails with it.

    >>> import asyncio, time
    >>> from async_dag import build_dag, in_thread
    >>> def read(seconds: float) -> float:
    ...     time.sleep(seconds)
    ...     return seconds
    >>> with build_dag() as tm:
    ...     nodes = [tm.add_node(in_thread(read), 0.01) for _ in range(3)]
    >>> asyncio.run(tm.invoke())[nodes[0]]
    0.01
    """
    _check_plain(function, "in_thread")
    _check_pool(pool, "in_thread")

    @functools.wraps(function)
    async def call_in_thread(*args: A.args, **kwargs: A.kwargs) -> R:
        # As asyncio.to_thread does, but with our own choice of pool.
        call = functools.partial(function, *args, **kwargs)
        value: Any = await _in_thread(_threads() if pool is None else pool, ThreadCall(call))
        if type(value) is CoroutineType:
            raise _not_awaited(value, task_name(function))
        return value  # type: ignore[no-any-return]

    call_in_thread.__name__ = task_name(function)  # partials and callable objects have no name
    _offloaded[call_in_thread] = Offloaded("in_thread", function, pool)
    return call_in_thread


@explains_wrong_calls("add_node(in_process(function), argument)")
def in_process(
    function: Callable[A, R], *, pool: Executor | None = None
) -> Callable[A, Awaitable[R]]:
    """A task that runs a plain function in another process, for computation in Python itself.

    Args:
        function: a plain function. Functions defined in a notebook work too; arguments and the result
            must be picklable.
        pool: the `concurrent.futures` process pool to use. By default loky's reusable pool, with a
            process for each core; that needs the package `loky`.

    Returns:
        An async function with the same parameters and result, for `add_node`.

    Cancelling such a node ends the waiting only: a call that has begun runs to its end, and its result
    is dropped. A call that still waits for a process never begins.

    Raises `WrongTaskError` (a `TypeError`) if `function` can't be called or is async already; the node
    fails with `MissingExtraError` (an `ImportError`) if loky is not installed.

    >>> import asyncio
    >>> from async_dag import build_dag, in_process
    >>> with build_dag() as tm:
    ...     total = tm.add_node(in_process(sum), [1, 2, 3])
    >>> asyncio.run(tm.invoke())[total]
    6
    """
    _check_plain(function, "in_process")
    _check_pool(pool, "in_process")

    @functools.wraps(function)
    async def call_in_process(*args: A.args, **kwargs: A.kwargs) -> R:
        call = functools.partial(function, *args, **kwargs)
        return await _in_process(_processes() if pool is None else pool, ProcessCall(call))

    call_in_process.__name__ = task_name(function)
    _offloaded[call_in_process] = Offloaded("in_process", function, pool)
    return call_in_process


# `Lateness` reads from the frames of these two when their call ended.


async def _in_thread(pool: Executor, timed: ThreadCall[R]) -> R:
    try:
        future = pool.submit(timed)
    except RuntimeError as error:
        if sys.platform != "emscripten":
            raise
        raise WrongTaskError(
            "in_thread needs threads, and Python in a browser (Pyodide) has none: write an async "
            "function that does the work itself"
        ) from error
    try:
        return await asyncio.wrap_future(future)
    finally:
        timed.went_on()


async def _in_process(pool: Executor, timed: ProcessCall[R]) -> R:
    future = pool.submit(timed.task)
    future.add_done_callback(timed.over)  # before asyncio's own, which then finds the time
    try:
        answer = await asyncio.wrap_future(future)
    finally:
        timed.went_on()
    return answer.value


DUE_IN_TRACE_TIME: Final[dict[CodeType, str]] = {
    _in_thread.__code__: "timed",
    _in_process.__code__: "timed",
}
"""Coroutines that know when what they wait for was there: the variable that has it as `ended`."""


def _not_awaited(coroutine: CoroutineType[Any, Any, Any], task: str) -> NotAwaitableError:
    """The error about a coroutine that a function in a thread returned; ends it."""
    coroutine.close()  # else Python warns that it was never awaited
    return NotAwaitableError(
        f"{task}, passed to in_thread, returned a coroutine, {coroutine.__name__}(...), that nobody "
        "awaits; an async function needs no thread: add_node(function, ...)"
    )


def _check_pool(pool: object, where: str) -> None:
    if pool is not None and not hasattr(pool, "submit"):
        raise WrongTypeError(
            f"{where}(pool=) takes an executor of concurrent.futures, or None; given was "
            f"{short_repr(pool)}"
        )


def _check_plain(function: Any, where: str) -> None:
    if not callable(function):
        raise WrongTaskError(
            f"{where} takes a plain function; given was {short_repr(function)}, which is not "
            f"callable: pass the function itself, and its arguments to add_node({where}(function), ...)"
        )
    # A callable object is async if its __call__ is.
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(type(function), "__call__", None)  # noqa: B004 - it is read, not tested for
    ):
        name = task_name(function)
        raise WrongTaskError(
            f"{where} takes a plain function; {name} is async already: add_node({name}, ...)"
        )
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        name = task_name(function)
        instead = (
            f"add_node(streaming({name}), ...) makes a node of an async one"
            if inspect.isasyncgenfunction(function)
            else f"a function that returns list({name}(...)) does the work there"
        )
        raise WrongTaskError(
            f"{where} takes a function that does its work when it is called, and {name} is a generator "
            f"function, whose call does nothing yet; {instead}"
        )


def _threads() -> ThreadPoolExecutor:
    global _pool  # noqa: PLW0603 - one pool for all invokes, made when it is first needed
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="async_dag")
        return _pool


def _forget_threads() -> None:
    """Start afresh in a forked child: it has none of its parent's threads, and perhaps a held lock."""
    global _pool, _pool_lock
    _pool, _pool_lock = None, Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)


def _processes() -> Executor:
    try:
        from loky import get_reusable_executor
    except ImportError:
        raise MissingExtraError("in_process needs loky: pip install loky") from None
    executor: Executor = get_reusable_executor()
    return executor
