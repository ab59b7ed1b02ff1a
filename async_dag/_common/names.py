"""Suggests similar names for one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from async_dag._common.shortening import short_repr

_MOST_COMPARED: Final = 20_000
"""The most names that are searched, so that an error does not take long."""


def nearest(name: object, names: Iterable[str]) -> str:
    """`; the nearest are 'fetch', 'fetch_2'`: the end of an error; empty if none is near.

    >>> nearest("fetsh", ["parse", "fetch"])
    "; the nearest are 'fetch'"
    >>> nearest("x" * 500, ["parse", "fetch"])
    ''
    """
    from difflib import get_close_matches  # on use: only an error needs it

    known = dict.fromkeys(islice(names, _MOST_COMPARED))
    # A text much longer than any name is similar to none, and takes long to compare.
    close = get_close_matches(str(name)[:200], known, n=3)
    return f"; the nearest are {', '.join(map(short_repr, close))}" if close else ""
