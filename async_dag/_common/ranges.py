"""`Range`: a number of which only bounds are known."""

from __future__ import annotations

from typing import NamedTuple


class Range(NamedTuple):
    """Between `low` and `high`, in seconds or as a factor; both are the same where it is known.

    >>> Range(1.0, 1.5).is_exact, Range(2.0, 2.0).is_exact
    (False, True)
    """

    low: float
    high: float

    @property
    def is_exact(self) -> bool:
        """Whether the bounds differ by less than one percent, so that one figure is enough."""
        return self.high - self.low <= 0.01 * abs(self.high)

    def text(self, decimals: int = 2, to: str = "–") -> str:
        """`1.50`, or `1.50–2.00`; `to` stands between the two.

        >>> Range(1.5, 2.0).text(), Range(1.5, 1.5).text(1)
        ('1.50–2.00', '1.5')
        """
        if self.is_exact:
            return f"{self.low:.{decimals}f}"
        return f"{self.low:.{decimals}f}{to}{self.high:.{decimals}f}"
