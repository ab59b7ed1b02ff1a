"""What a client asks of a value that lies on a worker: what it needs to go on, and not the value.

That is whether a choice's flag is true, and the elements of a list that maps go through. Elements that
are small come themselves; of others only how many there are, and each is moved to where it is needed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

TRUTH: Final = 1
"""Whether it is true."""

ELEMENTS: Final = 2
"""Its elements if they are small, else how many."""

BRING: Final = 4
"""The value itself, since the client looks into it: for a key, or to spread it."""

SIZE: Final = 8
"""Its bytes, before its end is told: who takes a large value goes first where there are slots."""


class Facts(NamedTuple):
    """What is known of a value.

    Attributes:
        truth: whether it is true; None if that was not asked, or raised.
        size: how many elements it has; -1 if that was not asked, or it can't be gone through.
        elements: the pickled list of them; empty if they stay.
        value: the pickled value itself; empty if it stays.
        is_list: whether an element has the same index wherever the value is.
        raised: the exceptions of what raised, pickled and as text: for its truth, for its elements.
    """

    truth: bool | None = None
    size: int = -1
    elements: bytes = b""
    is_list: bool = True
    value: bytes = b""
    raised: tuple[tuple[bytes, str] | None, tuple[bytes, str] | None] = (None, None)
