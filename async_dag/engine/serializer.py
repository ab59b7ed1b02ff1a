"""What writes the values of a saved result, and whether it writes them without a loss."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from async_dag._common.shortening import short_repr
from async_dag.errors import WrongTypeError


@runtime_checkable
class Serializer(Protocol):
    """Anything with `dumps` and `loads`, such as the modules `json`, `pickle` and `orjson`.

    >>> import json
    >>> isinstance(json, Serializer)
    True
    """

    def dumps(self, value: Any, /) -> Any:
        """The value as bytes or as a text.

        >>> import json
        >>> json.dumps([1, 2])
        '[1, 2]'
        """
        ...

    def loads(self, data: Any, /) -> Any:
        """The value that `dumps` wrote.

        >>> import json
        >>> json.loads("[1, 2]")
        [1, 2]
        """
        ...


def checked_serializer(where: str, serializer: object) -> Serializer:
    """The serializer, if it is one. Raises `WrongTypeError` (a `TypeError`)."""
    if not isinstance(serializer, Serializer):
        raise WrongTypeError(
            f"{where} takes as serializer what writes and reads values: an object with dumps(value) "
            "and loads(data), such as the module json, or pickle for files that you trust; given was "
            f"{short_repr(serializer)}"
        )
    return serializer


def serializer_name(serializer: Serializer) -> str:
    """What a serializer is called in a file: the name of its module or class."""
    name = getattr(serializer, "__name__", None)
    return name if isinstance(name, str) else type(serializer).__qualname__


def to_bytes(serializer: Serializer, value: object) -> tuple[bytes, bool]:
    """The value as bytes, and whether they are a text."""
    written = serializer.dumps(value)
    if isinstance(written, str):
        return written.encode("utf-8", "surrogatepass"), True
    return bytes(written), False


def from_bytes(serializer: Serializer, written: bytes, is_text: bool) -> Any:
    """The value that `to_bytes` wrote."""
    return serializer.loads(written.decode("utf-8", "surrogatepass") if is_text else written)


def digest_of_value(serializer: Serializer, value: object) -> str | None:
    """What tells this value from others; None if the serializer can't write it without a loss."""
    try:
        written, is_text = to_bytes(serializer, value)
        if differs(value, from_bytes(serializer, written, is_text)):
            return None
    except Exception:  # noqa: BLE001 - whatever a serializer raises, it can't write that
        return None
    return hashlib.sha256(written).hexdigest()


def differs(value: object, again: object) -> bool:
    """Whether a value that was written and read is clearly another one, as json makes lists of tuples.

    >>> differs((1, 2), [1, 2]), differs({1: "a"}, {"1": "a"}), differs([1.5, None], [1.5, None])
    (True, True, False)
    """
    stack = [(value, again)]
    while stack:
        one, other = stack.pop()
        if type(one) is not type(other):
            return True
        if isinstance(one, (list, tuple)):
            if len(one) != len(other):  # type: ignore[arg-type]
                return True
            stack += zip(one, other, strict=True)  # type: ignore[call-overload]
        elif isinstance(one, dict):
            assert isinstance(other, Mapping)
            if len(one) != len(other):
                return True
            for key, held in one.items():
                if key not in other:
                    return True
                stack.append((held, other[key]))
        elif isinstance(one, (int, float, complex, str, bytes, bytearray, set, frozenset)):
            is_nan = one != one and other != other
            if one != other and not is_nan:
                return True
    return False
