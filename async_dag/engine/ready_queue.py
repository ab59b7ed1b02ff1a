"""`ReadyQueue`: where the engine finds the node to start next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class ReadyQueue(Protocol):
    """Nodes that are ready to start. A `deque` is one: every node may start, first come, first served.

    A queue may hold nodes back, as `SlotQueue` does. Asking what may start changes nothing; `popleft`
    grants the start.
    """

    def __len__(self) -> int:
        """How many nodes may start now; the engine asks only whether there is one (`while queue:`)."""
        ...

    def extend(self, nodes: Iterable[int], /) -> None:
        """Add nodes that are ready."""
        ...

    def append(self, node: int, /) -> None:
        """Add a node that is ready."""
        ...

    def popleft(self) -> int:
        """Take out the node that starts next."""
        ...

    def clear(self) -> None:
        """Forget all: nothing more may start."""
        ...
