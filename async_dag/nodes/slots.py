"""Slots: where the values of a node's arguments lie among the values of an invoke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def distinct_nodes(
    slots: tuple[int, ...], keyword_slots: Mapping[str, int] | None
) -> Sequence[int]:
    """The nodes among these slots, each once, in their order; the slots of immediates are negative.

    >>> distinct_nodes((3, -1, 3), {"key": 2})
    [3, 2]
    """
    if keyword_slots is not None:
        slots = (*slots, *keyword_slots.values())
    if len(slots) == 1:  # by far the most common
        return slots if slots[0] >= 0 else ()
    distinct = list(dict.fromkeys(slots))
    if not distinct or min(distinct) >= 0:
        return distinct
    return [slot for slot in distinct if slot >= 0]
