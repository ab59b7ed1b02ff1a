"""What a client asks of a value that lies on a worker: what it needs to go on, and not the value.

That is whether a choice's flag is true, and the elements of a list that maps go through. Elements that
are small come themselves; of others only how many there are, and each is moved to where it is needed.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import cloudpickle
from dask.sizeof import sizeof

from async_dag.cluster.worker.raised import pickled_error
from async_dag.engine.failures import error_text
from async_dag.nodes.collections import check_collection

TRUTH: Final = 1
"""Whether it is true."""

ELEMENTS: Final = 2
"""Its elements if they are small, else how many."""

BRING: Final = 4
"""The value itself, since the client looks into it: for a key, or to spread it."""

SMALL: Final = 64 * 1024
"""Bytes of pickled elements up to which they are sent."""


class Facts(NamedTuple):
    """What is known of a value.

    Attributes:
        truth: whether it is true; None if that was not asked, or raised.
        size: how many elements it has; -1 if that was not asked, or it can't be gone through.
        elements: the pickled list of them; empty if they stay.
        value: the pickled value itself; empty if it stays.
        is_list: whether an element has the same index wherever the value is.
        raised: the exceptions of what raised, pickled and as text: for its truth, for its elements.
    """

    truth: bool | None = None
    size: int = -1
    elements: bytes = b""
    is_list: bool = True
    value: bytes = b""
    raised: tuple[tuple[bytes, str] | None, tuple[bytes, str] | None] = (None, None)


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
            told = pickled_error(error), error_text(error)
            return Facts(raised=(told, told))
    if asks & TRUTH:
        try:
            truth = bool(value)
        except Exception as error:  # noqa: BLE001 - of a foreign value, such as an array
            of_truth = pickled_error(error), error_text(error)
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
            of_elements = pickled_error(error), error_text(error)
    is_list = type(value) in (list, tuple)
    return Facts(truth, size, elements, is_list, raised=(of_truth, of_elements))


def element_of(index: Any, value: Any) -> Any:
    """What a Dask task does that takes a value apart: the item of that index, or key."""
    return value[index]


def as_list(_: None, value: Any) -> list[Any]:
    """What a Dask task does that gives the elements of a collection one order for good."""
    return list(value)
