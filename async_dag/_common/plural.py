"""Counts with their nouns."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """`1 task`, `1,200 tasks`, `2 boxes`.

    >>> plural(1, "task"), plural(1_200, "task"), plural(2, "box")
    ('1 task', '1,200 tasks', '2 boxes')
    """
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count:,} {noun}{ending}"
