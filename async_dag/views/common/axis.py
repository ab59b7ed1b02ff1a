"""Seconds on an axis: where its ticks stand, and with how many decimals."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

from async_dag._common.units import Unit


def ticks(until: float, at_most: int, unit: Unit | None = None) -> Iterator[float]:
    """Round times from 0 to `until` seconds, at most so many of them, for an axis.

    They are round numbers of `unit`; without one, of seconds.

    >>> list(ticks(1.2, 4)), list(ticks(0.03, 5))
    ([0.0, 0.5, 1.0], [0.0, 0.01, 0.02, 0.03])
    >>> from async_dag._common.units import unit_for
    >>> [tick / 60 for tick in ticks(1000.0, 5, unit_for(1000.0))]
    [0.0, 5.0, 10.0, 15.0]
    """
    if until <= 0 or at_most < 2:
        yield 0.0
        return
    if unit is not None and unit.seconds > 1:
        # Below a second, powers of ten are round in any unit.
        yield from (tick * unit.seconds for tick in ticks(until / unit.seconds, at_most))
        return
    power = math.floor(math.log10(until / (at_most - 1)))
    for factor in (1, 2, 5, 10, 20):
        # Divide for small steps: 3 * 0.01 is not 0.03, and labels would show the difference.
        count = math.floor(until / (factor * 10.0**power) * (1 + 1e-9))
        if count < at_most:
            for number in range(count + 1):
                steps = number * factor
                yield steps * 10.0**power if power >= 0 else steps / 10.0**-power
            return


def decimals_for(times: Sequence[float], unit: Unit) -> int:
    """The fewest decimals that write the numbers of an axis exactly; at most 6."""
    for decimals in range(7):
        texts = [f"{time / unit.seconds:.{decimals}f}" for time in times]
        exact = all(
            math.isclose(float(text) * unit.seconds, time, rel_tol=1e-9, abs_tol=1e-15)
            for text, time in zip(texts, times, strict=True)
        )
        if exact:
            return decimals
    return 6


_BREAK: Final = re.compile(r" (?!(?:s|ms|µs|min|h)\b)")


def unbroken(sentence: str) -> list[str]:
    """The pieces of a sentence between which a line may break: a number stays with its unit.

    >>> unbroken("it saves 0.39 s.")
    ['it', 'saves', '0.39 s.']
    """
    return _BREAK.split(sentence)
