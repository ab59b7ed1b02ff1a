"""Limits that outlive an event loop: one of asyncio's own for each loop, made when it is needed."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any
from weakref import WeakValueDictionary

from async_dag._common.arguments import whole_number
from async_dag._common.misuse import explains_wrong_calls
from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError, WrongTypeError
from async_dag.nodes.limits import Limit, limit_size


class SharedLimit:
    """A limit that nodes share, within one event loop after another or in several at once.

    Limits such as `asyncio.Semaphore` belong to the first event loop that makes somebody wait. This one
    calls `factory` once for each loop, so that a manager can be made at the top of a module.

    Made by `async_dag.limit`, or of a function that is passed as `options(limit=)`.

    Attributes:
        name: what pictures and findings call it.
        size: how many it lets in at once, as text; None if it does not tell.

    >>> import async_dag
    >>> api = async_dag.limit("api", 5)
    >>> api.name, api.size
    ('api', '5')
    """

    def __init__(
        self, factory: Callable[[], Limit], name: str | None = None, size: int | None = None
    ) -> None:
        function_name = getattr(factory, "__name__", "")
        self.name: str = name or (function_name if function_name.isidentifier() else "limit")
        self._factory = factory
        self._size = size
        self._lock = threading.Lock()
        self._of_loop: dict[asyncio.AbstractEventLoop, Limit] = {}

    async def __aenter__(self) -> None:
        limit = self._here()
        await type(limit).__aenter__(limit)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        limit = self._here()
        await type(limit).__aexit__(limit, kind, error, traceback)

    def _here(self) -> Limit:
        """The limit of the running loop."""
        loop = asyncio.get_running_loop()
        limit = self._of_loop.get(loop)
        if limit is None:
            with self._lock:
                # A limit refers to its loop, so they would keep each other alive.
                for other in [other for other in self._of_loop if other.is_closed()]:
                    del self._of_loop[other]
                limit = self._of_loop[loop] = _made(self._factory)
        return limit

    @property
    def size(self) -> str | None:
        """How many it lets in at once, as text; None as long as no loop has one that tells."""
        if self._size is not None:
            return str(self._size)
        made = next(iter(list(self._of_loop.values())), None)
        return None if made is None else limit_size(made)

    def __repr__(self) -> str:
        size = self.size
        return f"<limit {self.name!r}{'' if size is None else f' ({size})'}>"


@explains_wrong_calls(
    "limit('api', 5)",
    **dict.fromkeys(
        ("size", "value", "max_concurrency", "limit"),
        "how many nodes may be in it at once is at_once: limit('api', 5)",
    ),
)
def limit(name: str, at_once: int | Callable[[], Limit]) -> SharedLimit:
    """A limit with a name, for `tm.options(limit=...)`, that works in every event loop.

    Args:
        name: what pictures and findings call it: `limit api (5)`.
        at_once: how many nodes may be in it at once, in each event loop; or a function that makes a
            limit of another kind: `lambda: aiolimiter.AsyncLimiter(10, 1)`.

    Raises `WrongTypeError` (a `TypeError`) or `WrongArgumentError` (a `ValueError`) for a value that
    can't be used.

    >>> import asyncio
    >>> import async_dag
    >>> api = async_dag.limit("api", 2)
    >>> async def fetch(number: int) -> int:
    ...     await asyncio.sleep(0.001)
    ...     return number
    >>> with async_dag.build_dag() as tm:
    ...     pages = [tm.options(limit=api).add_node(fetch, number) for number in range(4)]
    >>> asyncio.run(tm.invoke()).timeline.peak_parallelism  # in an event loop of its own
    2
    >>> asyncio.run(tm.invoke()).timeline.peak_parallelism  # and in another one
    2
    """
    if not isinstance(name, str):
        raise WrongTypeError(f"limit(name, ...) takes a text; given was {short_repr(name)}")
    if not name.strip():
        raise WrongArgumentError(f"limit(name, ...) takes a name; given was {short_repr(name)}")
    if callable(at_once):
        return SharedLimit(at_once, name)
    size = whole_number(
        "limit(name, at_once)", at_once, at_least=1, meaning="how many nodes may be in it at once"
    )
    return SharedLimit(lambda: asyncio.Semaphore(size), name, size)


#: The limit that stands for each function, so that nodes which are given the same one share it.
_OF_FACTORY: WeakValueDictionary[Callable[[], Limit], SharedLimit] = WeakValueDictionary()


def as_limit(given: Any) -> Any:
    """What `options(limit=)` was given, or a `SharedLimit` if that is a function that makes limits."""
    if isinstance(given, type) or hasattr(type(given), "__aenter__") or not callable(given):
        return given
    factory: Any = given
    try:
        limit = _OF_FACTORY.get(factory)
        if limit is None:
            limit = _OF_FACTORY[factory] = SharedLimit(factory)
    except TypeError:  # it can't be hashed
        limit = SharedLimit(factory)
    return limit


def _made(factory: Callable[[], Limit]) -> Limit:
    made = factory()
    if not (hasattr(type(made), "__aenter__") and hasattr(type(made), "__aexit__")):
        if inspect.iscoroutine(made):
            made.close()
        raise WrongTypeError(
            "a function given as a limit returns an async context manager, such as "
            f"asyncio.Semaphore(4); {short_repr(factory)} returned {short_repr(made)}"
        )
    return made
