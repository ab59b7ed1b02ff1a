"""`CalmCollector`: short garbage collections during runs of thousands of nodes on a cluster.

Each node handed over is some dozen objects that stay. Python looks at all objects of a process whenever
these have grown by a quarter, and holds the event loop for a tenth of a second each time. What is there
already is set aside meanwhile (`gc.freeze`), which costs nothing, and given back at the end of the run.
"""

from __future__ import annotations

import gc
import time
from typing import Final, Self

MANY: Final = 500
"""Nodes from which on it is worth it."""

_EVERY: Final = 500
"""Nodes after which what was made meanwhile is set aside as well."""

_AT_FIRST: Final = 30.0
"""Seconds for which that is done: garbage that comes later is collected as ever."""


class CalmCollector:
    """`with CalmCollector(nodes) as collector:` around the handing over of so many nodes.

    It does nothing where somebody else has set objects aside, or has switched the collector off.
    Several may be at work at once.

    >>> with CalmCollector(10_000):
    ...     gc.get_freeze_count() > 0
    True
    """

    _at_work = 0

    def __init__(self, nodes: int) -> None:
        self._is_wanted = nodes >= MANY and gc.isenabled()
        self._since = 0
        self._until = time.monotonic() + _AT_FIRST

    def __enter__(self) -> Self:
        if self._is_wanted and (CalmCollector._at_work or not gc.get_freeze_count()):
            CalmCollector._at_work += 1
            gc.freeze()
        else:
            self._is_wanted = False
        return self

    def made(self, nodes: int) -> None:
        """So many more nodes were handed over."""
        self._since += nodes
        if self._is_wanted and self._since >= _EVERY:
            self._since = 0
            if time.monotonic() < self._until:
                gc.freeze()

    def __exit__(self, *_: object) -> None:
        if self._is_wanted:
            self._is_wanted = False
            CalmCollector._at_work -= 1
            if not CalmCollector._at_work:
                gc.unfreeze()
