"""`Shared`: something that several tasks use at once, each the slower the more they are."""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf


class Shared:
    """Python's lock, or the processors of a machine, shared out evenly among those that compute.

    A thread has the lock for 5 ms at a time while others ask for it, and an operating system hands out
    its processors in slices of that order, so over longer times all get equal shares: it is processor
    sharing (Kleinrock 1967). While n compute each goes on at `min(1, capacity / (n + others))`.

    Args:
        capacity: how many can compute at full speed: 1 for the lock, else the number of processors.
        others: how many of other programs do all the time.

    Two that each need a second of one processor, the other one coming half a second later:
    """

    def __init__(self, capacity: float, others: float = 0.0) -> None:
        self._capacity = capacity
        self._others = others
        self._now = 0.0
        self._done = 0.0  # seconds of work that each who was there from the start would have done
        self._ends: list[tuple[float, int]] = []  # at which `_done` each is through

    @property
    def _rate(self) -> float:
        count = len(self._ends)
        return min(1.0, self._capacity / (count + self._others)) if count else 1.0

    @property
    def next_end(self) -> float:
        """When the next one is through, if no one else comes; infinite if there is none."""
        if not self._ends:
            return inf
        return self._now + max(0.0, self._ends[0][0] - self._done) / self._rate

    def enter(self, node: int, seconds: float, now: float) -> None:
        """A node begins to compute for so many seconds; `now` never goes back."""
        self._pass_to(now)
        heappush(self._ends, (self._done + seconds, node))

    def leave(self) -> int:
        """The node that is through next; it is gone afterwards."""
        self._pass_to(self.next_end)
        self._done = self._ends[0][0]  # exactly, whatever was rounded
        return heappop(self._ends)[1]

    def _pass_to(self, now: float) -> None:
        self._done += max(0.0, now - self._now) * self._rate
        self._now = max(now, self._now)
