"""How figures of many runs are written: seconds, shares and ratios, with their bands."""

from __future__ import annotations

from typing import Final

from async_dag._common.band import Band
from async_dag._common.units import Unit, unit_for

_MILLISECONDS: Final = Unit("ms", 0.001, 0)


def unit_of(longest: float) -> Unit:
    """The unit of all seconds that are shown together: milliseconds below a second.

    >>> unit_of(0.258).name, unit_of(3.0).name
    ('ms', 's')
    """
    return _MILLISECONDS if 0 < longest < 1 else unit_for(longest)


def number(value: float, digits: int = 3) -> str:
    """So many digits that count, and never an exponent.

    >>> number(258.31), number(22.14), number(1.5), number(0.041, 2), number(0.0)
    ('258', '22.1', '1.50', '0.041', '0')
    """
    if value == 0:
        return "0"
    size = abs(value)
    whole = len(str(int(size))) if size >= 1 else 0
    decimals = max(0, digits - whole)
    while whole == 0 and size < 0.1 and decimals < 9:
        size *= 10
        decimals += 1
    return f"{value:,.{min(decimals, 9)}f}"


def seconds(value: float, unit: Unit, digits: int = 3) -> str:
    """`258 ms`.

    >>> seconds(0.258, unit_of(0.258))
    '258 ms'
    """
    return f"{number(value / unit.seconds, digits)} {unit.name}"


def seconds_band(band: Band, unit: Unit) -> str:
    """`41 ms [33–50]`.

    >>> seconds_band(Band(0.033, 0.041, 0.05), unit_of(0.258))
    '41 ms [33–50]'
    """
    low, high = (number(value / unit.seconds, 2) for value in (band.low, band.high))
    return f"{seconds(band.estimate, unit, 2)} [{low}–{high}]"


def percent(share: float) -> str:
    """`72%`; `under 1%` and `over 99%` where that is neither none nor all.

    >>> percent(0.721), percent(0.002), percent(1.0)
    ('72%', 'under 1%', '100%')
    """
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{share:.0%}"


def change(ratio: float) -> str:
    """`+9.3%`.

    >>> change(1.093), change(0.95), change(1.0)
    ('+9.3%', '−5.0%', '0.0%')
    """
    points = 100 * (ratio - 1)
    sign = "+" if points >= 0.05 else "−" if points <= -0.05 else ""
    return f"{sign}{abs(points):.1f}%"


def change_band(band: Band) -> str:
    """`+9.3% [5.7–12.9]`.

    >>> change_band(Band(1.057, 1.093, 1.129)), change_band(Band(0.98, 1.004, 1.02))
    ('+9.3% [5.7–12.9]', '+0.4% [−2.0 to 2.0]')
    """
    low, high = (f"{100 * (side - 1):.1f}".replace("-", "−") for side in (band.low, band.high))
    between = " to " if "−" in low else "–"  # no dash next to a minus
    return f"{change(band.estimate)} [{low}{between}{high}]"
