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
        "_left",
        "_start",
        "_waiting",
        "asked",
        "holds_streams",
        "on_room",
        "size",
        "through",
        "told",
        "weight",
    )

    def __init__(self, size: int, start: Callable[[int], object]) -> None:
        self.size: int = size
        self.through: int = 0  # how many elements have gone through
        # What waits to be asked for its next element: the first is called when one more has.
        self.on_room: deque[Callable[[], object]] = deque()
        self.asked: int = 0  # how many elements streams were asked for that are not there yet
        self.told: int = 0  # how many streams were told of room that did not look yet: it is theirs
        self.holds_streams: bool = (
            True  # whether what gives its elements is asked only if it has room
        )
        self.weight: int = 0  # how many maps an element goes through
        self._free = size
        self._start = start
        self._begun: set[int] = set()  # the indices of the elements in it
        # By index of an element how many of its items are not over. Until one is, that is `weight`; one
        # may be before the element is begun: it was skipped, or carried over from an earlier run.
        self._left: dict[int, int] = {}
        self._waiting: list[tuple[int, int]] = []  # a heap of indices and rows

    def enter(self, index: int, row: int) -> bool:
        """Whether an item that could start may do so now; otherwise it is started in its turn."""
        if self._free > 0 and not self._waiting:
            self._begin(index)
            return True
        heappush(self._waiting, (index, row))
        return False

    def _begin(self, index: int) -> None:
        self._free -= 1
        self._begun.add(index)

    def let_in(self) -> bool:
        """Let the next element in, although there is no room; returns whether one waits."""
        if not self._waiting:
            return False
        self._begin_next()
        return True

    def _begin_next(self) -> None:
        following, row = heappop(self._waiting)
        self._begin(following)
        self._start(row)

    def more(self, index: int, count: int) -> None:
        """An element has turned into `count` more items."""
        self._left[index] = self._left.get(index, self.weight) + count

    def over(self, index: int) -> None:
        """One of the items of an element is over, whichever way."""
        left = self._left.get(index, self.weight) - 1
        if left:
            self._left[index] = left
            return
        self._left.pop(index, None)
        self.through += 1
        was_begun = index in self._begun
        if was_begun:
            self._begun.remove(index)
            self._free += 1
        self.tell_stream()
        if self._free > 0 and self._waiting:
            self._begin_next()

    def has_room(self, born: int) -> bool:
        """Whether one more element may come, beside so many that there are."""
        return born + self.asked + self.told - self.through < self.size

    def tell_stream(self) -> None:
        """Let the stream that has waited for longest look whether there is room."""
        if self.on_room:
            self.told += 1
            self.on_room.popleft()()


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
