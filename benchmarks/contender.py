"""What an adapter says about its contender."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from benchmarks.graphs import TaskGraph
from benchmarks.stages import Mapper


class CannotExpressError(Exception):
    """The contender has no way to run such a graph; the message is the reason, for the table."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A graph that is built and ready to run."""

    invoke: Callable[[int], Awaitable[Any]]
    """Runs the graph once with a parameter. Its time is what is measured."""

    values: Callable[[Any], Mapping[int, int]]
    """The values of nodes, of the sinks at least, from what `invoke` returned. Not measured."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One library, or one way to write it by hand.

    Attributes:
        name: what the command line calls it.
        prepare: builds a graph; left when all runs of it are over. Imports the library on use, since
            the adapter is also read where the library is not installed.
        requirements: what pip installs for it, into an environment of its own; none if the standard
            library and this checkout are enough.
        python: the oldest Python it runs on.
        sizes: the most nodes that it is given, by shape, where it is too slow for the full size. Ours
            is then measured at this size too.
        environment: variables for its process.
        maps: builds two stages that run for each element of a list; None if it can't.
        map_size: the most elements that it is given.
    """

    name: str
    prepare: Callable[[TaskGraph], AbstractAsyncContextManager[Prepared]]
    requirements: tuple[str, ...] = ()
    python: tuple[int, int] = (3, 11)
    sizes: Mapping[str, int] | None = None
    environment: Mapping[str, str] | None = None
    maps: Mapper | None = None
    map_size: int = 10_000
