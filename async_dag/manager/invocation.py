"""`Invocation`: what `tm.invoke(...)` returns, to be awaited."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine, Generator
from types import CodeType, FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from async_dag._common.shortening import short_repr
from async_dag.errors import LifecycleError, NotAwaitedError
from async_dag.nodes.nesting import NEVER_ARGUMENTS

R_co = TypeVar("R_co", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])


def mark_coroutine_function(function: F) -> F:
    """Let `iscoroutinefunction` say yes to a plain function that returns an `Invocation`.

    Frameworks ask it whether to await what a function returns. Before Python 3.12 only that of asyncio
    can be told.
    """
    if sys.version_info >= (3, 12):
        return inspect.markcoroutinefunction(function)
    function._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]
    return function


class Invocation(Coroutine[Any, Any, R_co]):
    """An invoke that begins when it is awaited: `result = await tm.invoke(...)`.

    It is a coroutine, which `asyncio.run`, `create_task`, `gather`, `wait_for` and `TaskGroup` take.
    Used as if it were the result, it raises `NotAwaitedError`.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     node = tm.add_node(one)
    >>> invocation = tm.invoke()
    >>> invocation
    <Invocation, not awaited yet: result = await tm.invoke(...)>
    >>> asyncio.run(invocation)[node]
    1
    """

    __slots__ = ("__weakref__", "_begun", "_coroutine")

    def __init__(self, coroutine: Coroutine[Any, Any, R_co]) -> None:
        self._coroutine: Any = coroutine  # of an async function
        # Whether it may be over. To ask the coroutine makes an object of its frame, which a graph of
        # six nodes feels.
        self._begun = False

    def __await__(self) -> Generator[Any, Any, R_co]:
        if self._begun and self._coroutine.cr_frame is None:
            self._refuse_again()
        self._begun = True
        return self._coroutine.__await__()  # type: ignore[no-any-return]

    def _refuse_again(self) -> NoReturn:
        raise LifecycleError(
            "this invoke was awaited already; tm.invoke(...) makes another one, which runs all again"
        )

    def send(self, value: Any) -> Any:
        """Go on, as an event loop asks a coroutine to."""
        if value is None and self._begun and self._coroutine.cr_frame is None:
            self._refuse_again()
        self._begun = True
        return self._coroutine.send(value)

    def throw(
        self,
        error: Any,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> Any:
        """Go on with an exception, as an event loop asks a coroutine to."""
        self._begun = True
        if value is None and traceback is None:  # given, they are a deprecated call since 3.12
            return self._coroutine.throw(error)
        return self._coroutine.throw(error, value, traceback)

    def close(self) -> None:
        """End it, so that it is never awaited."""
        self._begun = True
        self._coroutine.close()

    # What asyncio and debuggers read to show where a task is.

    @property
    def cr_code(self) -> CodeType:
        """As that of any coroutine."""
        return self._coroutine.cr_code  # type: ignore[no-any-return]

    @property
    def cr_frame(self) -> FrameType | None:
        """As that of any coroutine."""
        return self._coroutine.cr_frame  # type: ignore[no-any-return]

    @property
    def cr_running(self) -> bool:
        """As that of any coroutine."""
        return self._coroutine.cr_running  # type: ignore[no-any-return]

    @property
    def cr_await(self) -> Any:
        """As that of any coroutine."""
        return self._coroutine.cr_await

    def __repr__(self) -> str:
        state = inspect.getcoroutinestate(self._coroutine)
        if state == inspect.CORO_CREATED:
            return "<Invocation, not awaited yet: result = await tm.invoke(...)>"
        return f"<Invocation, {'over' if state == inspect.CORO_CLOSED else 'running'}>"

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getitem__(self, key: object) -> NoReturn:
            raise NotAwaitedError(
                f"[{short_repr(key)}] was asked of tm.invoke(...), which is no result before it is "
                "awaited: result = await tm.invoke(...)"
            )

        def __getattr__(self, name: str) -> Any:
            if name in {"__name__", "__qualname__"}:  # asyncio names a task's coroutine by them
                return getattr(self._coroutine, name)
            if name.startswith(("_", "gi_", "cr_", "ag_")):
                raise AttributeError(name)  # what tools ask any object for
            raise NotAwaitedError(
                f".{name} was asked of tm.invoke(...), which is no result before it is awaited: "
                "result = await tm.invoke(...)"
            )


NEVER_ARGUMENTS[Invocation] = (
    "an invoke runs once; tm.add_dag(other, parameter) adds the nodes of the other DAG, or a task runs "
    "it: await other.invoke(...)"
)
