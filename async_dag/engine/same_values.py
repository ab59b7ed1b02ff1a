"""Whether two values are the same, as far as they tell."""

from __future__ import annotations


def same(one: object, other: object) -> bool:
    """Whether these are one object, or equal.

    >>> same([1], [1]), same(1, 2), same(object(), object())
    (True, False, False)
    """
    if one is other:
        return True
    try:
        # `is True`, not truthy: comparing numpy arrays gives an array.
        return (one == other) is True
    except Exception:  # noqa: BLE001 - whatever a foreign comparison does, it does not say "the same"
        return False
