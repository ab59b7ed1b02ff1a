"""The kinds of data that a notebook asks an object for."""

from __future__ import annotations

from collections.abc import Container, Iterable


def chosen(
    offered: Iterable[str], include: Container[str] | None, exclude: Container[str] | None
) -> list[str]:
    """Those of the `offered` MIME types that are asked for; as `_repr_mimebundle_` is to do it.

    >>> chosen(["image/png", "text/plain"], include=["text/plain"], exclude=None)
    ['text/plain']
    """
    return [
        kind
        for kind in offered
        if (include is None or kind in include) and (exclude is None or kind not in exclude)
    ]
