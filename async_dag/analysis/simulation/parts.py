"""`Part`: a stretch of a task's time, and what it needs meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

PartKind = Literal["await", "hold", "pause"]

NO_TIME: Final = 1e-9
"""Seconds that are none, but the rounding of a sum."""


class Part(NamedTuple):
    """A part of a task's time.

    `await`: it waited for something outside, while others could run; `hold`: it held the event loop;
    `pause`: between two attempts, when it had given its slot and its limit back.

    Of its `seconds` it computes for `lock` with Python's lock, which one thread has at a time, and for
    `processor` without it, in a process or in code that releases the lock.
    """

    kind: PartKind
    seconds: float
    lock: float = 0.0
    processor: float = 0.0

    def scaled(self, factor: float) -> Part:
        """The same, so many times as long.

        >>> Part("await", 2.0, lock=1.0).scaled(0.5)
        Part(kind='await', seconds=1.0, lock=0.5, processor=0.0)
        """
        kind, seconds, lock, processor = self
        return Part(kind, seconds * factor, lock * factor, processor * factor)


Parts = tuple[Part, ...]


def total(parts: Sequence[Part]) -> float:
    """Seconds of all parts."""
    return sum((part.seconds for part in parts), start=0.0)
