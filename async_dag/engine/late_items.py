"""`LateItems`: items that are carried over only once all is there that they take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from async_dag.engine.items import Block, Items
from async_dag.engine.result import MISSING

if TYPE_CHECKING:
    from async_dag.engine.item_flow import ItemFlow


class LateItems:
    """What is carried over late in one invoke.

    Args:
        flow: the maps of the invoke.
    """

    __slots__ = ("_flow", "_is_going_on", "_waiting")

    def __init__(self, flow: ItemFlow) -> None:
        self._flow = flow
        # Each with its value, which it does not have before others can go on from it.
        self._waiting: deque[tuple[Block, int, Any]] = deque()
        self._is_going_on = False

    def left_of(self, block: Block, rows: Sequence[int]) -> list[int]:
        """Carry over those of some items that could start; returns the rows of the others."""
        flow, items = self._flow, block.items
        carrying = flow.carrying
        assert carrying is not None
        left: list[int] = []
        for row in rows:
            if items.is_fold:
                place = row - block.first + block.offset
                if not carrying.folds.holds(flow, items, block.family, place):
                    left.append(row)
                continue
            value = carrying.late_value(flow, block, row)
            if value is MISSING:
                left.append(row)
            else:
                self._waiting.append((block, row, value))
        self._go_on()
        return left

    def carry(self, items: Items, values: Sequence[tuple[int, Any]]) -> None:
        """Carry over items, given the index and the value of each."""
        for index, value in values:
            self._waiting.append((items.block_of(index), items.row_of(index), value))
        self._go_on()

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Carry over nothing while items are looked at in turn: what one starts must start once."""
        was_going_on, self._is_going_on = self._is_going_on, True
        try:
            yield
        finally:
            self._is_going_on = was_going_on
        self._go_on()

    def _go_on(self) -> None:
        """Carry over, and let others go on; not by recursion."""
        if self._is_going_on:
            return
        self._is_going_on = True
        try:
            while self._waiting:
                block, row, value = self._waiting.popleft()
                if block.items.values[row - block.shift] is MISSING:
                    self._flow.note_reused(row)
                    self._flow.done(block, row, value)
        finally:
            self._is_going_on = False
