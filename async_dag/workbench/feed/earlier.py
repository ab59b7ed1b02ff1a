"""What earlier runs of the same manager took, while another one goes on."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from async_dag.analysis.simulation.draws import ENOUGH_RUNS, MOST_RUNS, interval
from async_dag.analysis.simulation.rest import lengths_of
from async_dag.manager.recent_runs import RecentRuns
from async_dag.trace.collapsed import collapsed
from async_dag.trace.completeness import not_chosen
from async_dag.workbench.feed.analysis import Outgoing
from async_dag.workbench.feed.binary import little_endian

SHARE: Final = 0.8
"""The share of runs that a band holds."""


_MOST_ROWS: Final = 50_000
"""Nodes of all runs together that are drawn from, each of which takes a microsecond."""


class EarlierRuns:
    """The last complete runs of a manager, as they were when another one began.

    Attributes:
        rows: of each run how many seconds each node took, the earliest run first.
        by_name: the seconds of the last run, by name; items of maps are among them.
    """

    def __init__(self, history: RecentRuns) -> None:
        rows = history.measured(MOST_RUNS)
        few = max(_MOST_ROWS // max(len(rows[0]), 1), ENOUGH_RUNS) if rows else 0
        self.rows: list[Sequence[float]] = rows[-few:] if few else []
        self._traces = list(history)[-few:] if few else []
        *_, last = [None, *self._traces]
        self.by_name: Mapping[str, float] = {} if last is None else dict(last.timeline.durations)

    @cached_property
    def lengths(self) -> list[tuple[frozenset[int], Sequence[float]]]:
        """Of each run which nodes no choice took, and how long each took from its last dependency on.

        These may be fewer runs than those of `rows`: it takes whole traces.
        """
        runs = map(collapsed, self._traces)
        return [(not_chosen(trace), array("d", lengths_of(trace))) for trace in runs]

    def message(self, key: str) -> Outgoing:
        """The `EarlierMessage` of the page's protocol: of each node the usual range of seconds."""
        ranges = [interval(taken, SHARE) for taken in zip(*self.rows, strict=True)]
        message: dict[str, Any] = {
            "kind": "earlier",
            "run": key,
            "runs": len(self.rows),
            "share": share_of(len(self.rows)),
        }
        return message, [
            little_endian(array("f", [low for low, _ in ranges])),
            little_endian(array("f", [high for _, high in ranges])),
        ]


def share_of(runs: int) -> float | None:
    """The share that the band of so many runs holds; None if they are too few to say.

    >>> share_of(20), share_of(3)
    (0.8, None)
    """
    return SHARE if runs >= ENOUGH_RUNS else None
