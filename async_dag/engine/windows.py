"""What holds back items of a map that could start: `at_once=`, and limits that let few in.

An item that waits here has no asyncio task yet, and a place in a queue costs little, so a map of ten
thousand elements does not need ten thousand tasks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

LIMIT_QUEUE = 64
"""How many items of one map wait at its limit at the same time, each in a task of its own.

A limit that lets in several at once must find as many of them there; what comes after waits without a
task, which is four times cheaper.
"""


class Window:
    """Lets at most `size` elements be begun and not yet through all the maps behind.

    Args:
        size: how many.
        start: starts an item, given its row.
    """

    __slots__ = (
        "_begun",
        "_free",
        "_start",
        "_unbegun",
        "_waiting",
        "on_room",
        "size",
        "through",
        "weight",
    )

    def __init__(self, size: int, start: Callable[[int], object]) -> None:
        self.size: int = size
        self._unbegun: dict[int, int] = {}  # by index of such an element: how many items are over
        self.through: int = 0  # how many elements have gone through
        self.on_room: Callable[[], object] | None = None  # called when one more has
        self.weight: int = 0  # how many maps an element goes through
        self._free = size
        self._start = start
        self._begun: dict[
            int, int
        ] = {}  # by index of the element: how many of its items are not over
        self._waiting: list[tuple[int, int]] = []  # a heap of indices and rows

    def enter(self, index: int, row: int) -> bool:
        """Whether an item that could start may do so now; otherwise it is started in its turn."""
        if self._free and not self._waiting:
            self._begin(index)
            return True
        heappush(self._waiting, (index, row))
        return False

    def _begin(self, index: int) -> None:
        self._free -= 1
        self._begun[index] = self._begun.get(index, 0) + self.weight

    def more(self, index: int, count: int) -> None:
        """An element has turned into `count` more items."""
        self._begun[index] = self._begun.get(index, 0) + count

    def over(self, index: int) -> None:
        """One of the items of an element is over, whichever way."""
        left = self._begun.get(index)
        if left is None:  # it was skipped before it began, or carried over from an earlier run
            self._over_unbegun(index)
            return
        if left > 1:
            self._begun[index] = left - 1
            return
        del self._begun[index]
        self._free += 1
        self.through += 1
        if self.on_room is not None:
            self.on_room()
        if self._waiting:
            following, row = heappop(self._waiting)
            self._begin(following)
            self._start(row)

    def _over_unbegun(self, index: int) -> None:
        count = self._unbegun.get(index, 0) + 1
        if count < self.weight:
            self._unbegun[index] = count
            return
        self._unbegun.pop(index, None)
        self.through += 1
        if self.on_room is not None:
            self.on_room()


class Backlog:
    """Lets at most `size` items of one map wait elsewhere at a time.

    Args:
        size: how many.
        start: lets an item go there, given its row.
    """

    __slots__ = ("_inside", "_size", "_start", "_waiting")

    def __init__(self, size: int, start: Callable[[int], object]) -> None:
        self._size = size
        self._start = start
        self._inside: set[int] = set()
        self._waiting: deque[int] = deque()

    def enter(self, row: int) -> bool:
        """Whether an item may go there now; otherwise it goes in its turn."""
        if len(self._inside) < self._size:
            self._inside.add(row)
            return True
        self._waiting.append(row)
        return False

    def leave(self, row: int) -> None:
        """An item no longer waits there, if it did."""
        if row not in self._inside:
            return
        self._inside.remove(row)
        if self._waiting:
            following = self._waiting.popleft()
            self._inside.add(following)
            self._start(following)
