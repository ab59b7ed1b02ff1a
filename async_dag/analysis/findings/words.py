"""How findings are said: seconds, names and lists in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from async_dag._common.shortening import cut_middle
from async_dag._common.units import Unit, unit_for
from async_dag.analysis.findings.finding import Gain

_LONGEST_NAME: Final = 40
"""Characters of a node's name in a sentence."""


class Words:
    """The words of the sentences about one run: its names, and seconds in its unit."""

    def __init__(self, names: Sequence[str], makespan: float) -> None:
        self._names = names
        self._unit = unit_for(makespan)

    def seconds(self, seconds: float) -> str:
        """In the unit of the whole run, or in a smaller one if it would round to zero.

        >>> Words([], makespan=0.16).seconds(0.02), Words([], makespan=0.16).seconds(0.0041)
        ('0.02 s', '4.10 ms')
        """
        return _written(seconds, self._unit_of(seconds))

    def saves(self, gain: Gain) -> str:
        """`saves 0.30 s`, or `saves between 0.20 s and 0.30 s`."""
        return f"saves {self.range_of(gain)}"

    def range_of(self, gain: Gain, one: str = "") -> str:
        """One number, with `one` before it, if both ends are written alike; else both.

        >>> say = Words([], makespan=1.0)
        >>> say.range_of(Gain(0.301, 0.303), "about "), say.range_of(Gain(0.2, 0.3))
        ('about 0.30 s', 'between 0.20 s and 0.30 s')
        """
        unit = self._unit_of(gain.high)
        low, high = _written(gain.low, unit), _written(gain.high, unit)
        return f"{one}{high}" if low == high else f"between {low} and {high}"

    def _unit_of(self, seconds: float) -> Unit:
        rounds_to_zero = 0 < seconds < 0.005 * self._unit.seconds
        return unit_for(seconds) if rounds_to_zero else self._unit

    def listed(self, nodes: Sequence[int], most: int = 3) -> str:
        """`a, b and 12 more`."""
        names = [self.name(node) for node in nodes]
        if len(names) > most:
            return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} more"
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def path(self, nodes: Sequence[int]) -> str:
        """`a → b → c`; of a long one its beginning and its end."""
        names = [self.name(node) for node in nodes]
        if len(names) > 6 or sum(map(len, names)) > 120:
            left_out = len(names) - 4
            names = [*names[:2], f"… {left_out:,} more …", *names[-2:]] if left_out > 0 else names
        return " → ".join(names)

    def name(self, node: int) -> str:
        """Short enough for a sentence; `Finding.nodes` has it in full."""
        return cut_middle(self._names[node], _LONGEST_NAME)


def _written(seconds: float, unit: Unit) -> str:
    """With two decimals where they can be told."""
    number = seconds / unit.seconds
    decimals = 2 if number < 100 or unit.name == "ms" else 0
    return f"{number:.{decimals}f} {unit.name}"


def short(function: str | None) -> str:
    """`fetch` of `Client.<locals>.fetch`."""
    return cut_middle((function or "").rpartition(".")[2], _LONGEST_NAME)
