"""`StreamParts`: the rows of what streams, one for each element.

A map's item needs the part that ends with its element, not the whole node: only then is it true in
the graph of a run that a dependency ends before its dependent starts. A part is ready when the one
before has yielded, and starts when the generator is asked to go on, which a window may delay.
"""

from __future__ import annotations

from typing import Final

from async_dag.engine.items import Block
from async_dag.graph.births import Birth
from async_dag.trace.columns import NOT_YET
from async_dag.trace.trace import Trace

_NO_BLOCK: Final = None


class StreamParts:
    """The parts of one streaming node, or of an item that streams, in one run.

    Args:
        trace: what is written.
        owner: for each row of the trace its block of items; it grows with the trace.
        row: that of the node or item.
    """

    __slots__ = (
        "_count",
        "_held",
        "_late",
        "_map",
        "_node",
        "_owner",
        "_path",
        "_row",
        "_starts_with_node",
        "_trace",
    )

    def __init__(self, trace: Trace, owner: list[Block | None], row: int) -> None:
        self._trace = trace
        self._owner = owner
        self._node = row
        block = owner[row]
        self._map = row if block is None else block.items.node
        self._path = () if block is None else block.path(row)
        self._count = 0
        self._held = 0.0  # what earlier parts held the loop, and by how much they were late
        self._late = 0.0
        self._starts_with_node = True  # the first part does, unless a window holds it back
        self._row = self._begin(trace.ready[row])  # it may have waited for a slot

    def held_back(self) -> int:
        """A window holds the next part back; returns its row."""
        self._starts_with_node = False
        return self._row

    def _begin(self, now: float) -> int:
        """A part is ready; returns its row."""
        trace, row = self._trace, len(self._owner)
        trace.births.append(Birth(self._map, self._path, row, 1, self._count, None))
        self._count += 1
        self._owner.append(_NO_BLOCK)
        trace.ready.append(now)
        trace.held.append(0.0)
        trace.late.append(NOT_YET)
        trace.started.append(NOT_YET)
        trace.finished.append(NOT_YET)  # last: see `Growth`
        return row

    def asked(self, now: float) -> None:
        """The generator is asked for its next element."""
        trace = self._trace
        trace.started[self._row] = trace.started[self._node] if self._starts_with_node else now
        self._starts_with_node = False
        late = trace.late[self._node]
        if late == late:
            self._late = late  # what was late before the part started is not the part's

    def yielded(self, now: float) -> None:
        """An element is there: one part ends, the next is ready."""
        self._end(now)
        self._row = self._begin(now)

    def _end(self, now: float) -> None:
        trace, row = self._trace, self._row
        if trace.started[row] != trace.started[row]:  # NaN: cut off before it was asked
            trace.started[row] = now
        held = trace.held[self._node] - self._held
        # The step that yields is still going on, so that some of it falls to the next part.
        trace.held[row] = held = max(0.0, min(held, now - trace.started[row]))
        self._held += held
        # What was no waiting for the loop is not known of a node that has not awaited anything yet.
        late = trace.late[self._node]
        if late == late:  # not NaN
            trace.late[row] = max(0.0, min(late - self._late, now - trace.started[row] - held))
            self._late = late
        trace.finished[row] = now

    def done(self, now: float) -> None:
        """The node is done: its own row, which had all of the time, now is what its parts give."""
        self._end(now)
        trace, node = self._trace, self._node
        trace.ready[node] = trace.started[node] = now
        trace.held[node] = 0.0
        trace.late[node] = NOT_YET

    def cut_off(self, now: float, cause: int) -> None:
        """The node failed, or was cancelled for that cause."""
        self._end(now)
        trace, node = self._trace, self._node
        if cause == node:
            trace.outcomes[self._row] = "failed"
            if node in trace.errors:
                trace.errors[self._row] = trace.errors[node]
        else:
            trace.causes[self._row] = cause
            trace.outcomes[self._row] = "cancelled"
        trace.ready[node] = trace.started[node] = now
