"""`NodeOptions`: what `tm.options(...)` says about the nodes it adds."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

from async_dag.nodes.limits import Limit

if TYPE_CHECKING:
    from async_dag.nodes.node import TaskNode

Retry = Callable[[], AsyncIterable[Any]]
"""Makes an async iterator of context managers, one for each attempt."""


class NodeOptions(NamedTuple):
    """What `tm.options(...)` says about the nodes it adds."""

    name: str | None = None
    group: str | None = None
    timeout: float | None = None  # seconds
    retry: Retry | None = None
    limit: Limit | None = None
    after: tuple[TaskNode[Any, Any], ...] = ()
    at_once: int | None = None  # elements of a map
    key: Callable[[Any], Hashable] | None = None  # of an element of a map

    @property
    def has_attempts(self) -> bool:
        """Whether a call of the task is more than a call."""
        return self.timeout is not None or self.retry is not None or self.limit is not None
