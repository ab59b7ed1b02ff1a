"""Answers on a worker what a client asks of a value (see `facts`), and takes values apart."""

from __future__ import annotations

from typing import Any, Final

import cloudpickle
from dask.sizeof import sizeof

from async_dag.cluster.worker.facts import BRING, ELEMENTS, TRUTH, Facts
from async_dag.cluster.worker.raised import pickled_error
from async_dag.cluster.worker.sendable import sendable
from async_dag.engine.failures import error_text
from async_dag.nodes.collections import check_collection

SMALL: Final = 64 * 1024
"""Bytes of pickled elements up to which they are sent."""


def facts_of(value: Any, asks: int) -> Facts:
    """What is asked of a value; never raises.

    >>> facts_of([1, 2], TRUTH).truth, facts_of([1, 2], ELEMENTS).size, facts_of("ab", ELEMENTS).size
    (True, 2, -1)
    """
    truth: bool | None = None
    size, elements = -1, b""
    of_truth = of_elements = None
    if asks & BRING:
        try:
            return Facts(value=cloudpickle.dumps(value))
        except Exception as error:  # noqa: BLE001 - whatever a foreign __reduce__ raises
            told = _told(error)
            return Facts(raised=(told, told))
    if asks & TRUTH:
        try:
            truth = bool(value)
        except Exception as error:  # noqa: BLE001 - of a foreign value, such as an array
            of_truth = _told(error)
    if asks & ELEMENTS:
        try:
            check_collection(value)
            size = len(value)
            if (
                sizeof(value) <= 2 * SMALL
                and len(pickled := cloudpickle.dumps(list(value))) <= SMALL
            ):
                elements = pickled
        except Exception as error:  # noqa: BLE001 - the same
            size = -1
            of_elements = _told(error)
    is_list = type(value) in (list, tuple)
    return Facts(truth, size, elements, is_list, raised=(of_truth, of_elements))


def _told(error: BaseException) -> tuple[bytes, str]:
    return pickled_error(error), sendable(error_text(error))


def size_at_once(value: Any) -> int:
    """The bytes of a value as Dask counts them; 0 where to count them may take long, or raises.

    >>> size_at_once(bytes(1_000)) >= 1_000, size_at_once({1: 2})
    (True, 0)
    """
    if isinstance(value, (dict, set, frozenset)):  # each element is looked at
        return 0
    try:
        return int(sizeof(value))
    except Exception:  # noqa: BLE001 - of a foreign value; Dask takes it for a megabyte, and says so
        return 0


def element_of(index: Any, value: Any) -> Any:
    """What a Dask task does that takes a value apart: the item of that index, or key."""
    return value[index]


def as_list(_: None, value: Any) -> list[Any]:
    """What a Dask task does that gives the elements of a collection one order for good."""
    return list(value)
