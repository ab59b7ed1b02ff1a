"""What the pictures of many runs show, as plain numbers and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from async_dag._common.units import Unit

Bounds = tuple[float, float, float]
"""The lower end of a band, the estimate, and the upper end."""


class NodeRow(NamedTuple):
    """One node in the picture of a profile; seconds, and shares from 0 to 1."""

    name: str
    started: Bounds  # p10, median, p90
    finished: Bounds
    criticality: float
    gain: Bounds
    gain_text: str


class Mark(NamedTuple):
    """A quantile of the makespan, in seconds; without a band if there are too few runs for one."""

    name: str
    seconds: float
    band: tuple[float, float] | None
    text: str


class Bin(NamedTuple):
    """A bar of the histogram: from and to in seconds, and how many runs."""

    start: float
    end: float
    runs: int


@dataclass(frozen=True)
class ProfileContent:
    """What the picture of a profile shows.

    Attributes:
        title: what it is of.
        below: what the runs are, in one line.
        unit: of all seconds.
        rows: the nodes in the order in which they start.
        rows_left_out: how many nodes are not among the rows.
        bins: the histogram of the makespan.
        beyond: how many runs took longer than its last bin, in words; empty if none did.
        marks: its quantiles.
        findings: sentences.
    """

    title: str
    below: str
    unit: Unit
    rows: Sequence[NodeRow]
    rows_left_out: int
    bins: Sequence[Bin]
    beyond: str
    marks: Sequence[Mark]
    findings: Sequence[str]


class RatioRow(NamedTuple):
    """One node in the picture of a difference."""

    name: str
    before: str
    after: str
    ratio: Bounds  # after ÷ before
    text: str
    changed: bool
    judged: bool  # whether there is a verdict


@dataclass(frozen=True)
class DifferenceContent:
    """What the picture of a difference shows.

    Attributes:
        title: what is compared with what.
        below: how many runs, in one line.
        before: what the first set is called.
        after: what the second set is called.
        rows: the nodes.
        rows_left_out: how many nodes are not among the rows.
        seen: the ratio from which on a change of any node would have been seen; 1 if not known.
        findings: sentences.
    """

    title: str
    below: str
    before: str
    after: str
    rows: Sequence[RatioRow]
    rows_left_out: int
    seen: float
    findings: Sequence[str]
