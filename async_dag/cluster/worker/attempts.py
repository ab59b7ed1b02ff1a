"""`timeout=` and `retry=` of a node, on the worker that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from async_dag._common.shortening import short_repr
from async_dag.errors import NodeTimeoutError, WrongTypeError
from async_dag.nodes.retries import most_attempts


async def within(timeout: float | None, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
    """Await `call()`; raises `NodeTimeoutError` if that takes longer than `timeout` seconds.

    >>> asyncio.run(within(0.01, "nap", lambda: asyncio.sleep(10)))
    Traceback (most recent call last):
    async_dag.errors.NodeTimeoutError: node 'nap' took longer than its timeout of 0.01 s
    """
    if timeout is None:
        return await call()
    deadline = asyncio.timeout(timeout)
    try:
        async with deadline:
            return await call()
    except TimeoutError as error:
        if not deadline.expired():  # the task's own
            raise
        raise NodeTimeoutError(
            f"node {name!r} took longer than its timeout of {timeout:g} s"
        ) from error


async def with_retry(
    retry: Callable[[], Any],
    name: str,
    attempt: Callable[[int | None], Awaitable[Any]],
    stopping: Callable[[], bool],
) -> Any:
    """Await `attempt(most)` until one succeeds or the retrying gives up.

    Args:
        retry: makes an async iterator of context managers, one for each attempt.
        name: the node's, for messages.
        attempt: one attempt, of so many that are allowed in all; None if the retrying does not tell.
        stopping: whether the run is being stopped, so that a cancellation is one and no failure.
    """
    succeeded = False
    value: Any = None
    error: BaseException | None = None
    attempts: Any = retry()
    if not hasattr(type(attempts), "__aiter__"):
        raise WrongTypeError(
            f"the retry= of node {name!r} returned {short_repr(attempts)}; it must return an async "
            "iterator of attempts, as stamina.retry_context and tenacity.AsyncRetrying are"
        )
    most = most_attempts(attempts)
    try:
        async for manager in attempts:
            succeeded = False
            with manager:
                try:
                    value = await attempt(most)
                except BaseException as raised:
                    error = raised
                    raise
                succeeded = True
            if succeeded:
                # tenacity may retry by the value: told as one tells it by hand.
                state = getattr(manager, "retry_state", None)
                if state is not None:
                    state.set_result(value)
            elif error is not None and stopping():
                raise error  # no attempt begins once nodes are cancelled
        if not succeeded:
            raise error or RuntimeError(f"the retry= of node {name!r} allowed no attempt")
        return value
    finally:
        error = None  # its traceback holds this frame: a cycle that would keep both alive
        if (close := getattr(attempts, "aclose", None)) is not None:  # a generator, left early
            await close()
