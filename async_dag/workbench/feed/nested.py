"""Which invokes took place within nodes of another one: a view shows them below the node.

The engine does not note it. So while a view follows a run, every invoke is watched, and asked in whose
node it begins.
"""

from __future__ import annotations

import threading
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary, ref

from async_dag.engine.report import node_here, traces_around
from async_dag.engine.run import Run
from async_dag.engine.watch import Watching, watch
from async_dag.trace.trace import Trace

MOST_NESTED: Final = 50
"""Of one run the most nested ones whose tasks are shown; the others are counted."""

MOST_ROWS_SOUGHT: Final = 2_000
"""The most rows of a trace of which the only one that runs is sought."""


class NestedRun(NamedTuple):
    """An invoke within a node.

    Attributes:
        trace: of the nested invoke.
        around: the place of the nested run in whose node it is; -1 for the run that is followed.
        node: that node.
    """

    trace: Trace
    around: int
    node: int


class NestedRuns:
    """The invokes within the nodes of one run, and within theirs; the earliest first.

    Attributes:
        runs: those that are shown.
        left_out: how many are not, by the node of the followed run that they are in.
    """

    def __init__(self) -> None:
        self.runs: list[NestedRun] = []
        self.left_out: dict[int, int] = {}

    def add(self, trace: Trace, around: int, node: int) -> int | None:
        """Take a run that begins, and return its place; None if there are too many."""
        if len(self.runs) < MOST_NESTED:
            self.runs.append(NestedRun(trace, around, node))
            return len(self.runs) - 1
        while around >= 0:
            _, around, node = self.runs[around]
        self.left_out[node] = self.left_out.get(node, 0) + 1
        return None


class _Place(NamedTuple):
    """Where a run is shown: on its own (-1), or as the nested run at that place among others.

    Attributes:
        among: what belongs to the run that is followed; not kept alive by the runs within it.
        place: of one of too many that of the nested run around it.
        is_nested: whether it is within the run that is followed.
    """

    among: ref[NestedRuns]
    place: int
    is_nested: bool


class Nesting:
    """The runs that views follow, and those within them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # The nested runs stay as long as the trace of the one that is followed.
        self._followed: WeakKeyDictionary[Trace, NestedRuns] = WeakKeyDictionary()
        self._places: WeakKeyDictionary[Trace, list[_Place]] = WeakKeyDictionary()
        self._going_on: set[Trace] = set()
        self._watching: Watching | None = None

    def follow(self, run: Run) -> None:
        """Note from now on which invokes take place within the nodes of a run that begins."""
        trace = run.trace
        with self._lock:
            if trace in self._followed:
                return
            nested = self._followed[trace] = NestedRuns()
            self._places.setdefault(trace, []).append(_Place(ref(nested), -1, is_nested=False))
            self._going_on.add(trace)
            if self._watching is None:
                self._watching = watch(self._begin, over=self._over)

    def within(self, trace: Trace) -> NestedRuns | None:
        """What took place within the nodes of a run; None if no view follows it."""
        return self._followed.get(trace)

    def is_shown(self, run: Run) -> bool:
        """Whether a run that begins is shown within one that a view follows; called in its context."""
        self._begin(run)
        return any(place.is_nested for place in self._places.get(run.trace, ()))

    def _begin(self, run: Run) -> None:
        if not self._going_on or (around := _node_around()) is None:
            return
        trace, node = around
        with self._lock:
            places = self._places.setdefault(run.trace, [])
            told = {id(place.among()) for place in places if place.is_nested}
            for among, place, _ in list(self._places.get(trace, ())):
                nested = among()
                if nested is None or id(nested) in told:
                    continue
                new = nested.add(run.trace, place, trace.node_at(node))
                places.append(_Place(among, place if new is None else new, is_nested=True))

    def _over(self, run: Run) -> None:
        with self._lock:
            self._going_on.discard(run.trace)
            if not self._going_on and self._watching is not None:
                self._watching()
                self._watching = None


NESTING: Final = Nesting()


def _node_around() -> tuple[Trace, int] | None:
    """The node in which an invoke begins, with its trace; None if that is none, or nobody can know.

    In a task that the node has started, as for a `gather`, it is known where only one node runs.
    """
    traces = traces_around()
    if not traces:
        return None
    here = node_here()
    if here is not None:
        return here if here[0] is traces[0] else None
    trace = traces[0]
    if len(trace) > MOST_ROWS_SOUGHT:
        return None
    running = [
        row
        for row, (start, end) in enumerate(zip(trace.started, trace.finished, strict=False))
        if start == start and end != end  # not NaN, and NaN
    ]
    return (trace, running[0]) if len(running) == 1 else None
