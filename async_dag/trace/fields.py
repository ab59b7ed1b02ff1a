"""The fields of a JSON document, read with checks that name the field when they fail."""

from __future__ import annotations

import math
import reprlib
from array import array
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from async_dag.errors import TraceFormatError

T = TypeVar("T")


class Field:
    """One field of an object of the document.

    Raises `TraceFormatError` if the object has no such field.
    """

    def __init__(self, fields: dict[str, Any], name: str, within: str = "") -> None:
        self.name: str = within + name
        if name not in fields:
            raise TraceFormatError(f"field {self.name!r} is missing")
        self.value: Any = fields[name]

    def fields(self) -> dict[str, Any]:
        """Its value, if that is an object."""
        if not isinstance(self.value, dict):
            raise self._error("is not an object")
        return self.value

    def list_of(self, size: int | None, convert: Callable[[Any], T]) -> list[T]:
        """A list of `size` elements (any number if that is None), each passed through `convert`."""
        if not isinstance(self.value, list):
            raise self._error("is not a list")
        if size is not None and len(self.value) != size:
            raise self._error(f"has {len(self.value)} rows, but there are {size} nodes")
        return [
            self._checked(convert, element, f"[{index}]")
            for index, element in enumerate(self.value)
        ]

    def column(self, size: int, convert: Callable[[Any], float]) -> array[float]:
        """A list of `size` numbers."""
        return array("d", self.list_of(size, convert))

    def by_node(self, size: int, convert: Callable[[Any], T]) -> dict[int, T]:
        """A list of pairs: the index of a node, each once, and what belongs to it."""
        seen: set[int] = set()

        def pair(element: Any) -> tuple[int, T]:
            node, value = sequence_of(element, 2)
            if index_of(size)(node) in seen:
                raise ValueError(f"is about node {node}, as one before it is")
            seen.add(node)
            return node, convert(value)

        return dict(self.list_of(None, pair))

    def checked(self, convert: Callable[[Any], T]) -> T:
        """Its value, passed through `convert`."""
        return self._checked(convert, self.value, "")

    def _checked(self, convert: Callable[[Any], T], value: Any, where: str) -> T:
        try:
            return convert(value)
        except ValueError as error:
            raise TraceFormatError(f"field '{self.name}{where}' {error}") from None

    def _error(self, what: str) -> TraceFormatError:
        return TraceFormatError(f"field {self.name!r} {what}")


# Each of these returns what it was given, or raises a ValueError that goes on after "field 'x' ".


def shown(value: Any) -> str:
    """A repr that stays short, and quick, however large or deeply nested the value is."""
    return reprlib.repr(value)


def number_of(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"is {shown(value)}, not a number")
    try:
        number = float(value)
    except OverflowError:  # JSON's whole numbers have no limit
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"is {shown(value)}, not a finite number")
    return number


def bool_of(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"is {shown(value)}, not true or false")
    return value


def text_of(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError(f"is {shown(value)}, not a text")
    return value


def text_or_none(value: Any) -> str | None:
    """A text, or null."""
    return None if value is None else text_of(value)


def choice_of(allowed: Collection[str]) -> Callable[[Any], Any]:
    """One of these texts."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"is {shown(value)}, not one of {', '.join(allowed)}")
        return value

    return check


def index_of(size: int, what: str = "node") -> Callable[[Any], int]:
    """The index of one of `size` nodes, or of something else."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < size:
            raise ValueError(f"is {shown(value)}, not the index of a {what} (0 to {size - 1})")
        return value

    return check


def indices_of(size: int) -> Callable[[Any], tuple[int, ...]]:
    """The indices of some nodes, each once."""
    check = index_of(size)

    def convert(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise ValueError("is not a list of indices")
        indices = tuple(check(element) for element in value)
        if len(set(indices)) != len(indices):
            raise ValueError(f"is {shown(value)}, where an index stands twice")
        return indices

    return convert


def sequence_of(value: Any, *lengths: int) -> list[Any]:
    """A list of so many elements."""
    if not isinstance(value, list) or len(value) not in lengths:
        raise ValueError(f"is {shown(value)}, not a list of {' or '.join(map(str, lengths))}")
    return value


def size_of(value: Any) -> int:
    """A number of bytes."""
    size = count_of(0)(value)
    if size is None:
        raise ValueError("has null for its size, which is in bytes")
    return size


def count_of(at_least: int) -> Callable[[Any], int | None]:
    """A whole number of at least so much, or null."""

    def check(value: Any) -> int | None:
        if value is not None and (type(value) is not int or value < at_least):
            raise ValueError(
                f"is {shown(value)}, not a whole number of at least {at_least}, or null"
            )
        return value

    return check
