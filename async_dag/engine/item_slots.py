"""`ItemSlotQueue`: a slot queue for nodes and the items of maps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from async_dag.engine.items import Block, Items
from async_dag.engine.recording import WaitRecorder
from async_dag.engine.slots import SlotQueue


class ItemSlotQueue(SlotQueue):
    """A `SlotQueue` in which the items of maps that continue one another have one order.

    The lower element goes first, in whichever of the maps it is, so that begun elements get
    through instead of all being begun before one is done.

    Args:
        waits, slots, paths, at_once: as for `SlotQueue`.
        owner: of each row the block of items it belongs to; None for the nodes of the graph.
        items: by the index of a map its items.
    """

    __slots__ = ("_chain_paths", "_owner")

    def __init__(
        self,
        waits: WaitRecorder,
        slots: int,
        paths: Sequence[float],
        at_once: Collection[int],
        owner: Sequence[Block | None],
        items: Mapping[int, Items],
    ) -> None:
        super().__init__(waits, slots, paths, at_once)
        self._owner = owner
        # Of each space, with those within it, the longest remaining path of its maps.
        self._chain_paths: dict[int, float] = {}
        for node, own in items.items():
            root = own.elements.root
            self._chain_paths[root] = max(self._chain_paths.get(root, 0.0), paths[node])

    def append(self, node: int, /) -> None:
        """A node or item that is ready to start."""
        if node < 0 or self._needs_no_slot(node):
            self._start_at_once(node)
        else:
            super().append(node)

    def _needs_no_slot(self, row: int) -> bool:
        """Whether the task of an item asks for the slot itself, since it must have its limit first."""
        block = self._owner[row]
        options = None if block is None else block.items.plan.options
        return options is not None and options.limit is not None

    def _order(self, node: int) -> tuple[float, int]:
        block = self._owner[node] if node >= 0 else None
        if block is None:
            return super()._order(node) if node >= 0 else (float("-inf"), 0)
        path = block.path(node)
        return -self._chain_paths[block.items.elements.root], path[0]
