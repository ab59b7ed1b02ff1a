"""`Band`: an estimate between two bounds."""

from __future__ import annotations

from typing import NamedTuple


class Band(NamedTuple):
    """An estimate with the interval that holds the true value with a given confidence.

    >>> Band(0.9, 1.0, 1.2).high
    1.2
    """

    low: float
    estimate: float
    high: float
