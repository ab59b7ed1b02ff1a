"""Formats seconds, with one unit and one number of decimals for everything in a picture; and bytes."""

from __future__ import annotations

from dataclasses import dataclass

from async_dag._common.ranges import Range


@dataclass(frozen=True)
class Unit:
    """How the times of one picture, or of one text, are written."""

    name: str
    seconds: float
    decimals: int

    def number(self, seconds: float) -> str:
        """The number alone: `1.20`."""
        return f"{seconds / self.seconds:.{self.decimals}f}"

    def text(self, seconds: float) -> str:
        """The number with its unit: `1.20 s`."""
        return f"{self.number(seconds)} {self.name}"

    def range_text(self, seconds: Range, to: str = "–") -> str:
        """Both ends with one unit: `1.20–1.50 s`; one number if they hardly differ.

        >>> unit_for(1.5).range_text(Range(1.2, 1.5)), unit_for(1.5).range_text(Range(1.5, 1.5))
        ('1.20–1.50 s', '1.50 s')
        """
        if seconds.is_exact:
            return self.text(seconds.low)
        return f"{self.number(seconds.low)}{to}{self.text(seconds.high)}"

    def fitting(self, seconds: float) -> Unit:
        """This unit, or that of a time which is so much longer that this one does not fit it.

        >>> unit_for(1200.0).fitting(72_000.0).text(72_000.0)
        '20.0 h'
        """
        return unit_for(seconds) if seconds > 900 * self.seconds else self

    def duration(self, seconds: float) -> str:
        """The number with its unit, or with a smaller unit if it would round to zero.

        >>> unit_for(1200.0).duration(300.0), unit_for(1200.0).duration(1.5)
        ('5.0 min', '1.50 s')
        >>> unit_for(2.0).duration(2.01 - 2.0), unit_for(1.0).duration(0.009)
        ('0.01 s', '9.00 ms')
        """
        smallest = self.seconds * 10.0**-self.decimals
        # (Not for a difference of two times that is too small by rounding alone.)
        own = unit_for(seconds) if 0 < seconds < smallest * (1 - 1e-9) else self
        return own.text(seconds)


def unit_for(longest: float) -> Unit:
    """The unit for a picture in which `longest` seconds is the longest time.

    Milliseconds below a tenth of a second, minutes from ten minutes on, hours from three hours on.

    >>> [unit_for(longest).text(longest) for longest in (1.2, 75.0, 0.0123, 0.00004)]
    ['1.20 s', '75.0 s', '12.3 ms', '0.04 ms']
    >>> [unit_for(longest).text(longest) for longest in (599.0, 600.0, 10_800.0)]
    ['599.0 s', '10.0 min', '3.00 h']
    """
    name, seconds = "ms", 0.001
    if longest >= 3 * 3600:
        name, seconds = "h", 3600.0
    elif longest >= 600:
        name, seconds = "min", 60.0
    elif longest >= 0.1 or longest == 0:
        name, seconds = "s", 1.0
    size = longest / seconds
    return Unit(name, seconds, 2 if size < 10 else 1 if size < 1000 else 0)


def size_text(size: float) -> str:
    """Bytes in their unit, in powers of a thousand, with two digits at least.

    >>> [size_text(size) for size in (0, 999, 1_250, 20_000_000, 3_100_000_000)]
    ['0 B', '999 B', '1.2 kB', '20 MB', '3.1 GB']
    """
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_:
            number = size / bytes_
            return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"
    return f"{size:.0f} B"
