"""What `_repr_mimebundle_` returns, made only as far as the front end asks for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

Bundle = dict[str, Any] | tuple[dict[str, Any], dict[str, Any]]


def mime_bundle(
    makers: Mapping[str, Callable[[], Any]],
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    *,
    metadata: Mapping[str, Any] | None = None,
) -> Bundle:
    """The data of each MIME type that is wanted; the others are not even made.

    Args:
        makers: by MIME type what makes its data.
        include: the types that are wanted; by default all.
        exclude: types that are not.
        metadata: by MIME type, such as the size of a picture.

    >>> mime_bundle({"text/plain": lambda: "here", "image/png": lambda: 1 / 0}, ["text/plain"])
    ({'text/plain': 'here'}, {})
    """
    data = {
        mime: make()
        for mime, make in makers.items()
        if (not include or mime in include) and (not exclude or mime not in exclude)
    }
    return data, {mime: one for mime, one in (metadata or {}).items() if mime in data}
