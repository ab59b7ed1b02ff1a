"""How long the rest of a run may take: what earlier runs took, drawn so that it fits the run so far.

For each earlier run the durations of its nodes are one draw. They are scaled by how fast the run that
goes on has been beside that earlier one, on the nodes that it has finished. The fewer these are, the
less that counts: by m / (m + 3) for m nodes. A node that runs already takes longer than it has taken;
where the earlier run did not, another one that did is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from random import Random
from statistics import median
from typing import Final

MOST_RUNS: Final = 100
"""So many earlier runs, the last ones, are drawn from."""

ENOUGH_RUNS: Final = 9
"""Of so many runs the middle holds 80 % of further ones; of fewer it is all that is known."""

_SHRINKAGE: Final = 3
"""By so many nodes the factor is held back towards 1."""


def draws(
    earlier: Sequence[Sequence[float]],
    tasks: Sequence[int],
    finished: Mapping[int, float],
    running: Mapping[int, float],
) -> list[list[float]]:
    """For each earlier run what each node may take in this one, in seconds.

    Args:
        earlier: of each earlier run the durations of all nodes.
        tasks: the nodes that run.
        finished: the nodes that have finished in this run, and how long they took.
        running: the nodes that run, and how long they have done so.

    >>> draws([[2.0, 4.0], [2.0, 6.0]], [0, 1], {}, {1: 5.0})
    [[2.0, 6.0], [2.0, 6.0]]
    """
    usual = {node: median([run[node] for run in earlier]) for node in finished}
    shrink = len(finished) / (len(finished) + _SHRINKAGE)
    now = _factor(finished, usual, shrink)
    rows: list[list[float]] = []
    for run in earlier:
        scale = now / _factor({node: run[node] for node in finished}, usual, shrink)
        row = list(run)
        for node in tasks:
            row[node] *= scale
        for node, seconds in finished.items():
            row[node] = seconds
        rows.append(row)
    rng = Random(0)  # the same state always gives the same draws
    for node, seconds in running.items():
        longer = [row[node] for row in rows if row[node] > seconds]
        for row in rows:
            if row[node] <= seconds:
                # Longer than ever before: nobody knows, and it may end at any moment.
                row[node] = rng.choice(longer) if longer else seconds
    return rows


def _factor(taken: Mapping[int, float], usual: Mapping[int, float], shrink: float) -> float:
    if not taken:
        return 1.0
    factor = shared_factor(list(taken.values()), [usual[node] for node in taken])
    return float(factor**shrink)


def shared_factor(durations: Sequence[float], usual: Sequence[float]) -> float:
    """By what factor the nodes of a run took longer than usual: the median over them."""
    logs = [
        log(taken / middle)
        for taken, middle in zip(durations, usual, strict=True)
        if taken > 0 and middle > 0
    ]
    return exp(median(logs)) if logs else 1.0


def interval(values: Sequence[float], share: float) -> tuple[float, float]:
    """The middle of some values that holds a further one of their kind with that probability.

    >>> interval([float(n) for n in range(1, 10)], 0.8)
    (1.0, 9.0)
    """
    ordered = sorted(values)
    # A further value lies between the k-th and the next of n with a chance of 1 / (n + 1).
    places = [(1 - share) / 2 * (len(ordered) + 1), (1 + share) / 2 * (len(ordered) + 1)]
    low, high = (min(max(place - 1, 0.0), len(ordered) - 1) for place in places)
    return _between(ordered, low), _between(ordered, high)


def _between(ordered: Sequence[float], place: float) -> float:
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
