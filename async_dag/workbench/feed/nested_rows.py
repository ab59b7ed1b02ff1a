"""What a page is told of invokes within the nodes of a run: their tasks as rows of their own."""

from __future__ import annotations

from typing import Any, Final

from async_dag.trace.columns import STATES
from async_dag.trace.trace import Trace
from async_dag.workbench.feed.nested import NESTING, NestedRun
from async_dag.workbench.feed.run_state import run_state
from async_dag.workbench.feed.texts import line_of
from async_dag.workbench.feed.updates import UpdateSource

MOST_TASKS: Final = 200
"""Of larger nested runs a page is told when they began and ended, and how many tasks they have."""

MOST_ROWS: Final = 1_500
"""The most rows of nested runs in one frame."""


class NestedRows:
    """The runs within the nodes of one run and their rows, each sent once, and when it has changed.

    >>> from async_dag import Graph
    >>> NestedRows(Trace(Graph.of([], [], [], [], []))).take()
    {}
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._followed: list[_Rows] = []
        self._left_out: dict[int, int] = {}
        self.are_left: bool = False
        """Whether some rows did not fit into the last frame."""

    def take(self) -> dict[str, list[Any]]:
        """New rows by table, as `Events` of the protocol has them."""
        nested = NESTING.within(self._trace)
        if nested is None:
            return {}
        for place in range(len(self._followed), len(nested.runs)):
            run = nested.runs[place]
            node = run.node if run.around < 0 else self._followed[run.around].row_of(run.node)
            self._followed.append(_Rows(place, run, node))
        runs: list[Any] = []
        rows: list[Any] = []
        self.are_left = False
        for run_rows in self._followed:
            if len(rows) >= MOST_ROWS:
                self.are_left = True
                break
            run_rows.look(self._trace, runs, rows)
        left_out = {
            node: count
            for node, count in nested.left_out.copy().items()
            if self._left_out.get(node) != count
        }
        self._left_out |= left_out
        tables = {
            "nested": runs,
            "inner": rows,
            "unshown": [list(pair) for pair in left_out.items()],
        }
        return {name: table for name, table in tables.items() if table}


class _Rows:
    """One nested run."""

    def __init__(self, place: int, run: NestedRun, node: int) -> None:
        self._place = place
        self._run = run
        self._node = node
        self._told: str | None = None  # the state that the page knows
        graph = run.trace.template
        tasks = [node for node, kind in enumerate(graph.kinds) if kind in ("task", "map")]
        self._tasks = len(tasks)
        self._names: list[str] | None = None
        self._row: dict[int, int] = {}
        self._updates: UpdateSource | None = None
        if len(tasks) <= MOST_TASKS:
            self._names = [line_of(graph.names[node]) for node in tasks]
            self._row = {node: row for row, node in enumerate(tasks)}
            self._updates = UpdateSource(run.trace)

    def row_of(self, node: int) -> int:
        """The row of a task; -1 if it has none."""
        return self._row.get(node, -1)

    def look(self, outer: Trace, runs: list[Any], rows: list[Any]) -> None:
        """Add what is new of it; times are those of the outer run."""
        if self._told not in (None, "running"):
            return
        trace = self._run.trace
        state = run_state(trace)  # first: what is read afterwards is final once it is over
        start = trace.began - outer.began
        if self._updates is not None:
            update = self._updates.look()
            for node, begin, end, number in zip(
                update.rows, update.started, update.finished, update.states, strict=True
            ):
                row = self._row.get(node)
                if row is not None:
                    times = [None if time != time else start + time for time in (begin, end)]
                    rows.append([self._place, row, *times, number])
        if state != self._told:
            end_of_run = None if state == "running" else start + trace.elapsed
            names = self._names if self._told is None else None
            number = STATES.index(state)
            runs.append(
                [
                    *(self._place, self._run.around, self._node),
                    *(start, end_of_run, number, self._tasks, names),
                ]
            )
            self._told = state
