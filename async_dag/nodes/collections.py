"""What a map can run for: the check of a collection, when it is passed and when it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongArgumentError, WrongTypeError


def check_collection(value: object, what: str = "it") -> None:
    """Raise `WrongTypeError` unless `value` is a collection whose elements a map can run for."""
    if isinstance(value, (str, bytes, bytearray)):
        raise WrongTypeError(
            f"a map runs for the elements of a collection, such as a list; {what} is "
            f"{short_repr(value)}, a single {type(value).__name__}: for its parts make a list of it, "
            "for a map of one element put it into one"
        )
    if isinstance(value, Mapping):
        raise WrongTypeError(
            f"a map runs for the elements of a collection, such as a list; {what} is a mapping, "
            f"{short_repr(value)}: pass list(mapping), list(mapping.values()) or "
            "list(mapping.items()), whichever is meant"
        )
    if isinstance(value, Iterator):
        raise WrongTypeError(
            f"a map runs for the elements of a collection, such as a list; {what} is an iterator, "
            f"{short_repr(value)}, which can be read only once: pass list(iterator)"
        )
    if not (hasattr(value, "__iter__") and hasattr(value, "__len__")):
        raise WrongTypeError(
            f"a map runs for the elements of a collection, such as a list; {what} is "
            f"{short_repr(value)} of type {type(value).__name__}"
        )


def unequal_lengths(lengths: Iterable[int | None]) -> WrongArgumentError:
    """The error for collections of different lengths that are zipped."""
    return WrongArgumentError(
        f"the collections that are zipped have {' and '.join(map(str, lengths))} elements, and must "
        "have the same number: cut the longer ones in a node of their own"
    )
