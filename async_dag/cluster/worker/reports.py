"""Lets `async_dag.report` work on a worker: what a task tells goes into the journal."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextvars import Context, copy_context
from typing import Any

from async_dag.cluster.worker.journal import Journal
from async_dag.engine.report import report_as
from async_dag.trace.columns import Progress


class _Told:
    """Stands where `report` has the trace: as much of it as it asks for."""

    over = False

    def __init__(self, journal: Journal, run: str, node: int) -> None:
        self._journal = journal
        self._run = run
        self._node = node
        self.finished = {node: math.nan}
        self.progress = self
        # What a coroutine calls in threads of its own is part of its own time: nobody asks, and nobody
        # knows what holds the worker's loop.
        self.knows_lateness = False
        self.holder = -1
        self.calls: deque[object] = deque(maxlen=0)
        self.waits: deque[object] = deque(maxlen=0)

    @property
    def elapsed(self) -> float:
        """Seconds, on the worker's clock."""
        return time.perf_counter()

    def __setitem__(self, node: int, progress: Progress) -> None:
        self._journal.tell(self._run, "reports", self._node, time.perf_counter(), *progress)

    def holding(self) -> None:
        """No other node can be meant."""


def reporting(
    journal: Journal, run: str, node: int, loop: asyncio.AbstractEventLoop | None
) -> Context:
    """A context in which `report` is about this node."""
    reports: Any = _Told(journal, run, node)
    context = copy_context()
    context.run(report_as, reports, node, loop)
    return context
