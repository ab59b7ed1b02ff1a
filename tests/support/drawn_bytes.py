"""Choices read from bytes: Hypothesis draws them all at once.

To draw each number by itself takes longer than most tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """What `drawn` says, byte by byte. Zeros say what is simplest: the least and the first."""

    def __init__(self, drawn: bytes) -> None:
        self._left = iter(drawn)

    def number(self, least: int, most: int) -> int:
        """An integer between these two, both included; they are less than 256 apart."""
        return least + next(self._left) % (most - least + 1)

    def flag(self) -> bool:
        return next(self._left) % 2 == 1

    def one_of(self, among: Sequence[T]) -> T:
        return among[next(self._left) % len(among)]

    def several(self, among: Sequence[T], least: int, most: int) -> list[T]:
        """So many, where one may come several times."""
        return [self.one_of(among) for _ in range(self.number(least, most))]
