"""Pickles what a run takes along, and refuses what can't be pickled, by the name of its node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cloudpickle

from async_dag._common.shortening import short_repr
from async_dag.cluster.worker.pickled import Pickled
from async_dag.errors import WrongArgumentError, WrongTaskError
from async_dag.nodes.functions import task_name

INLINE: Final = 1024
"""Bytes up to which a function or a value travels within the call of each node that takes it. A larger
one is a task of its own: it goes to each worker once."""

_PLAIN: Final = frozenset({int, float, bool, type(None)})


class Pickling:
    """What was pickled for one run, each object once.

    >>> from async_dag.cluster.worker.node_call import run_node
    >>> pickling = Pickling()
    >>> pickling.function(run_node, "some node").load() is run_node
    True
    """

    def __init__(self) -> None:
        self._done: dict[int, tuple[object, Pickled]] = {}  # by id; the object is kept, so ids stay

    def function(self, function: Callable[..., Any], node: str) -> Pickled:
        """A node's function, or what makes its retrying.

        Raises `WrongTaskError` (a `TypeError`) if it can't be pickled.
        """
        try:
            return self._pickled(function)
        except Exception as error:  # whatever a foreign __reduce__ raises
            raise WrongTaskError(
                f"node {node!r} can't run on a cluster: its function {task_name(function)} can't be "
                f"pickled ({_reason(error)}); define it in a module that the workers have, and let it "
                "make there what can't travel, such as open files, locks and connections"
            ) from error

    def value(self, value: object, node: str, where: str) -> Pickled | None:
        """A value that a node takes; None if it is small, and may as well stay as it is.

        `where` says what it is to the node. Raises `WrongArgumentError` (a `ValueError`) if it can't be
        pickled.
        """
        if type(value) in _PLAIN or (type(value) in (str, bytes) and len(value) < INLINE // 4):  # type: ignore[arg-type]
            return None
        try:
            pickled = self._pickled(value)
        except Exception as error:  # whatever a foreign __reduce__ raises
            raise WrongArgumentError(
                f"node {node!r} can't run on a cluster: its {where}, {short_repr(value)}, can't be "
                f"pickled ({_reason(error)}); pass what it can be made from, and make it in the task"
            ) from error
        return pickled if pickled.size > INLINE else None

    def _pickled(self, value: object) -> Pickled:
        known = self._done.get(id(value))
        if known is None:
            known = self._done[id(value)] = value, Pickled.of(value, cloudpickle.dumps)
        return known[1]


def constants(values: tuple[object, ...]) -> Pickled | None:
    """Small values, which have all been looked at; None if there are none."""
    return Pickled.of(values, cloudpickle.dumps) if values else None


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error) or 'it says no more'}"[:300]
