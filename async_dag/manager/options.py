"""`OptionsBuilder`, which `tm.options(...)` returns: options, and an `add_node` that applies them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from async_dag._common.arguments import finite_number, whole_number
from async_dag._common.misuse import explains_wrong_calls, missing_attribute, refuse
from async_dag._common.shortening import short_repr
from async_dag.errors import ForeignNodeError, WrongTypeError
from async_dag.manager.adding import Adds
from async_dag.nodes.builder import GraphBuilder
from async_dag.nodes.limits import LimitOption, check_limit
from async_dag.nodes.node import TaskNode
from async_dag.nodes.options import NodeOptions, Retry
from async_dag.nodes.selection import Selection
from async_dag.nodes.shared_limit import as_limit

P = TypeVar("P")

explains_options: Final = explains_wrong_calls(
    "tm.options(name='fetch users')",
    retries="a library says how often: retry=lambda: stamina.retry_context(on=OSError, attempts=3)",
    max_concurrency="invoke(max_concurrency=8) bounds all nodes of a run; "
    "limit=async_dag.limit('api', 8) those with these options",
    depends_on="a node whose value a task takes is its argument: add_node(task, node); one that "
    "must merely be done first is given as after=[node]",
)
"""For `options` of a manager and of other options."""


class OptionsBuilder(Adds[P]):
    """Adds nodes with options; made by `tm.options(...)`, reusable.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def fetch(url: str) -> str:
    ...     return f"page of {url}"
    >>> with build_dag() as tm:
    ...     web = tm.options(timeout=5, limit=asyncio.Semaphore(4))
    ...     pages = [web.add_node(fetch, url) for url in ("a", "b")]
    >>> asyncio.run(tm.invoke())[pages[1]]
    'page of b'
    """

    __slots__ = ("_builder", "_options")

    def __init__(self, builder: GraphBuilder[P], options: NodeOptions) -> None:
        for key, text in (("name", options.name), ("group", options.group)):
            if text is not None and (not isinstance(text, str) or not text):
                raise WrongTypeError(
                    f"options({key}=) takes a string that is not empty; given was {short_repr(text)}"
                )
        if options.timeout is not None:
            finite_number(
                "options(timeout=)", options.timeout, above=0, what="seconds", or_none=True
            )
        if options.retry is not None:
            _check_retry(options.retry)
        if options.limit is not None:
            check_limit(options.limit)
        if options.at_once is not None:
            whole_number(
                "options(at_once=)",
                options.at_once,
                at_least=1,
                meaning="how many elements of a map may be in progress at once",
                or_none=True,
            )
        if options.key is not None and not callable(options.key):
            raise WrongTypeError(
                "options(key=) takes a function of an element, such as key=lambda page: page.url; "
                f"given was {short_repr(options.key)}"
            )
        if options.key is not None:
            _check_key(options.key)
        for node in options.after:
            if not builder.owns(node):
                raise ForeignNodeError(
                    f"node {node.name!r}, given as options(after=), belongs to another TaskManager"
                )
        self._builder = builder
        self._options = options

    @explains_options
    def options(
        self,
        *,
        name: str | EllipsisType | None = ...,
        group: str | EllipsisType | None = ...,
        timeout: float | EllipsisType | None = ...,
        retry: Retry | EllipsisType | None = ...,
        limit: LimitOption | EllipsisType | None = ...,
        after: Selection[P] | EllipsisType | None = ...,
        at_once: int | EllipsisType | None = ...,
        key: Callable[[Any], Hashable] | EllipsisType | None = ...,
    ) -> OptionsBuilder[P]:
        """A copy with some options changed; None removes an option.

        Arguments and errors are those of `TaskManager.options`.
        """
        given = {
            "name": name,
            "group": group,
            "timeout": timeout,
            "retry": retry,
            "limit": as_limit(limit),
            "at_once": at_once,
            "key": key,
        }
        changed: dict[str, Any] = {key: value for key, value in given.items() if value is not ...}
        if not isinstance(after, EllipsisType):
            changed["after"] = checked_after(after, self._builder)
        return OptionsBuilder(self._builder, (self._options or NodeOptions())._replace(**changed))

    if not TYPE_CHECKING:  # type checkers find these mistakes by themselves

        def __getattr__(self, name: str) -> NoReturn:
            instead = "options add nodes; all else is done by the manager itself: tm.invoke(...)"
            missing_attribute(self, name, called="tm.options(...)", instead=instead)

    def __repr__(self) -> str:
        given = (self._options or NodeOptions())._asdict().items()
        texts = [
            f"{key}={short_repr(value)}"
            for key, value in given
            if value is not None and (key != "after" or value)
        ]
        return f"<{' '.join(['options', *texts])}>"


_ADDS: Final = "options are for the nodes that they add: tm.options(...).add_node(task, ...)"
refuse(OptionsBuilder, enter=_ADDS, exit=_ADDS)


def checked_after(after: Any, builder: GraphBuilder[Any]) -> tuple[TaskNode[Any, Any], ...]:
    """The nodes given as `options(after=)`, one or several, or their names.

    Raises `WrongTypeError` for anything else, and `UnknownNodeError` for a name that no node has.
    """
    if after is None:
        return ()
    given = (after,) if isinstance(after, (TaskNode, str)) else after
    if isinstance(given, Iterable):
        nodes = tuple(
            builder.nodes[builder.names.find(node)] if isinstance(node, str) else node
            for node in given
        )
        if all(isinstance(node, TaskNode) for node in nodes):
            return nodes
    raise WrongTypeError(
        "options(after=) takes nodes or their names, one or a list of them: after=[node]; given was "
        f"{short_repr(after)}"
    )


def _check_key(key: Callable[[Any], Hashable]) -> None:
    """Raise an error unless `key` can be called with an element."""
    try:
        inspect.signature(key).bind(None)
    except TypeError as error:
        raise WrongTypeError(
            "options(key=) takes a function of an element, such as key=lambda page: page.url; given "
            f"was {short_repr(key)}: {error}"
        ) from None
    except ValueError:  # some built-in callables have no signature
        return


def _check_retry(retry: object) -> None:
    """Raise an error unless `retry` can be called without arguments and is no retry object itself."""
    example = "retry=lambda: stamina.retry_context(on=OSError)"
    # tenacity's AsyncRetrying is callable too, but all nodes would share it.
    kind = type(retry)
    if hasattr(kind, "__aiter__") or hasattr(kind, "__iter__"):
        raise WrongTypeError(
            f"options(retry=) takes a function that makes a new retry object for each node: {example}; "
            f"given was a retry object itself, {short_repr(retry)}"
        )
    if not callable(retry) or inspect.iscoroutinefunction(retry):
        raise WrongTypeError(
            "options(retry=) takes a function that makes an async iterator of attempts, as "
            f"stamina.retry_context and tenacity.AsyncRetrying do: {example}; given was "
            f"{short_repr(retry)}"
        )
    try:
        inspect.signature(retry).bind()
    except TypeError as error:
        raise WrongTypeError(
            f"options(retry=) takes a function that is called without arguments: {example}; given was "
            f"{short_repr(retry)}: {error}"
        ) from None
    except ValueError:  # some built-in callables have no signature
        return
