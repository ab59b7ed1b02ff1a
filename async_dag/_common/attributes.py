"""What is raised where an object is asked for an attribute that it does not have."""

from __future__ import annotations

from async_dag.errors import WrongTypeError


class NoAttributeError(WrongTypeError, AttributeError):
    """As `hasattr` and `getattr` with a default expect it."""


def refuse_private(name: str) -> None:
    """Raise a plain `AttributeError` for what tools ask any object for.

    >>> refuse_private("values")
    >>> refuse_private("_repr_png_")
    Traceback (most recent call last):
    AttributeError: _repr_png_
    """
    if name.startswith("_"):
        raise AttributeError(name)
