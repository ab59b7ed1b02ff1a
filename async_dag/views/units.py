"""Seconds as people read them: one unit and one number of decimals for a whole picture."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Unit:
    """How the times of one picture are written."""

    name: str
    seconds: float
    decimals: int

    def number(self, seconds: float) -> str:
        """The number alone: `1.20`."""
        return f"{seconds / self.seconds:.{self.decimals}f}"

    def text(self, seconds: float) -> str:
        """The number with its unit: `1.20 s`."""
        return f"{self.number(seconds)} {self.name}"


def unit_for(longest: float) -> Unit:
    """The unit for a picture in which `longest` seconds is the longest time.

    >>> [unit_for(longest).text(longest) for longest in (1.2, 75.0, 0.0123, 0.00004)]
    ['1.20 s', '75.0 s', '12.3 ms', '0.04 ms']
    """
    name, seconds = ("s", 1.0) if longest >= 0.1 or longest == 0 else ("ms", 0.001)
    size = longest / seconds
    return Unit(name, seconds, 2 if size < 10 else 1 if size < 1000 else 0)


def ticks(until: float, at_most: int) -> Iterator[float]:
    """Round times from 0 to `until`, at most so many of them, for an axis.

    >>> list(ticks(1.2, 4)), list(ticks(0.03, 5))
    ([0.0, 0.5, 1.0], [0.0, 0.01, 0.02, 0.03])
    """
    if until <= 0 or at_most < 2:
        yield 0.0
        return
    power = math.floor(math.log10(until / (at_most - 1)))
    for factor in (1, 2, 5, 10, 20):
        # As a quotient where it is small: 3 * 0.01 is not 0.03, and labels would show it.
        count = math.floor(until / (factor * 10.0**power) * (1 + 1e-9))
        if count < at_most:
            for number in range(count + 1):
                steps = number * factor
                yield steps * 10.0**power if power >= 0 else steps / 10.0**-power
            return


def decimals_for(times: Sequence[float], unit: Unit) -> int:
    """As few decimals as tell the numbers of an axis apart."""
    for decimals in range(7):
        texts = [f"{time / unit.seconds:.{decimals}f}" for time in times]
        exact = all(
            math.isclose(float(text) * unit.seconds, time, rel_tol=1e-9, abs_tol=1e-15)
            for text, time in zip(texts, times, strict=True)
        )
        if exact:
            return decimals
    return 6


_BREAK: Final = re.compile(r" (?!(?:s|ms|µs)\b)")


def unbroken(sentence: str) -> list[str]:
    """The words of a sentence between which a line may break: not between a number and its unit.

    >>> unbroken("it saves 0.39 s.")
    ['it', 'saves', '0.39 s.']
    """
    return _BREAK.split(sentence)
