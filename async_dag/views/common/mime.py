"""The data by MIME type that a notebook asks an object for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

MOST_BYTES: Final = 2_000_000
"""The largest picture, in bytes, that is put into a notebook."""
MOST_LISTED: Final = 5_000
"""Nodes up to which a cell lists them as text; a longer list would take too long."""

MimeBundle = tuple[dict[str, Any], dict[str, Any]]
"""Data and metadata by MIME type, as IPython takes them from `_repr_mimebundle_`."""


def chosen(
    offered: Iterable[str], include: Iterable[str] | None, exclude: Iterable[str] | None
) -> list[str]:
    """The `offered` MIME types that are asked for, by the rules of `_repr_mimebundle_`.

    >>> chosen(["image/png", "text/plain"], include=["text/plain"], exclude=None)
    ['text/plain']
    """
    wanted = None if include is None else set(include)
    unwanted = set(exclude or ())
    return [kind for kind in offered if (wanted is None or kind in wanted) and kind not in unwanted]
