"""`Runner`: what the flow of items needs from the run that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from async_dag.nodes.failure import Failure


class Runner(Protocol):
    """What runs items."""

    @property
    def is_stopping(self) -> bool:
        """Whether nothing more starts."""
        ...

    def start_items(self, rows: Sequence[int], *, first: bool) -> None:
        """The items of these rows can start, and nothing of their map holds them back.

        They come `first`, or behind those that could start before.
        """

    def item_waits(self, row: int) -> None:
        """The item of a row could start, but its map holds it back."""

    def item_waits_no_more(self, row: int) -> None:
        """The item of a row, held back before, is let in."""

    def item_skipped(self, row: int, cause: int) -> None:
        """The item of a row never starts, because of the row `cause`."""

    def item_chosen(self, row: int) -> None:
        """The choice of a row has the value of the side that it took."""

    def item_failed(self, row: int, error: Exception) -> None:
        """The choice of a row can't be made, or its side has no value."""

    def map_done(self, node: int, value: Any) -> None:
        """All items of a map are done: what it gives, mostly the list of their values."""

    def map_skipped(self, node: int, cause: int) -> None:
        """All items of a map are over; that of the row `cause` was the first that failed."""

    def map_failed(self, node: int, error: Exception) -> None:
        """A map can't run."""

    def failure(self, row: int) -> Failure:
        """What stands for the value of an item that has none since the row failed."""
        ...

    def more_later(self) -> None:
        """`growth.go_on` is to be called soon."""
