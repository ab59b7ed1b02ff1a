"""`CarriedFolds`: how far the folds of an earlier run are carried over.

A run keeps of a fold only what it has come to, not what it came to on the way. So all of its steps are
carried over together, or none is: until it is known of each whether all that it took is as it was, the
first one does not start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from async_dag.engine.items import Family, Items, is_there
from async_dag.engine.result import MISSING

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


class CarriedFolds:
    """The folds of one invoke, each within one family.

    Args:
        steps: gives the earlier values of a fold within a family, by place; none if it may not be
            carried over.
        is_same: whether a step takes what it took in the earlier run, given all that it takes is there.
    """

    __slots__ = ("_carried", "_is_same", "_reached", "_steps")

    def __init__(
        self,
        steps: Callable[[Items, Family], list[object]],
        is_same: Callable[[ItemFlow, Items, Family, int], bool],
    ) -> None:
        self._steps = steps
        self._is_same = is_same
        # How many steps are known to take what they took, and which have an earlier value, up to the
        # last one that has.
        self._reached: dict[tuple[int, Family], tuple[int, list[bool]]] = {}
        # Once that is decided: how many are carried over.
        self._carried: dict[tuple[int, Family], int] = {}

    def holds(self, flow: ItemFlow, items: Items, family: Family, place: int) -> bool:
        """A step of a fold could start: whether it does not, or not yet."""
        carried = self._carried.get((items.node, family))
        if carried is not None:
            return place < carried
        known = [is_there(value) for value in self._steps(items, family)]
        while known and not known[-1]:
            known.pop()
        if not known:
            self._carried[items.node, family] = 0
            return False
        self._reached[items.node, family] = 0, known
        self.look_again(flow, items, family)
        return True

    def look_again(self, flow: ItemFlow, items: Items, family: Family) -> None:
        """A step has all that it takes beside what the one before gives, or never will."""
        state = self._reached.get((items.node, family))
        if state is None:
            return
        count, known = state
        while count < len(known):
            if count >= family.born:
                if family.complete:
                    break
                self._reached[items.node, family] = count, known
                return
            index = family.index_of(count)
            if items.values[index] is not MISSING:  # it never starts
                break
            assert items.counts is not None
            if items.counts[index] > (count > 0):
                self._reached[items.node, family] = count, known
                return
            if not self._is_same(flow, items, family, count):
                break
            count += 1
        del self._reached[items.node, family]
        while count and not known[count - 1]:
            count -= 1
        self._carried[items.node, family] = count
        self._go_on(flow, items, family, count)

    def _go_on(self, flow: ItemFlow, items: Items, family: Family, count: int) -> None:
        """Carry over that many steps; the next one starts behind them."""
        first = family.index_of(0)
        if items.values[first] is not MISSING:  # none of them starts any more
            return
        if not count:
            flow.start_item(items, first)
            return
        steps = self._steps(items, family)[:count]
        flow.late.carry(items, [*zip(map(family.index_of, range(count)), steps, strict=True)])
