"""`Trace`: what happened in one invoke, as columns with one row a node.

The engine writes straight into the columns, plain lists while the invoke runs; once it is over they
become arrays when they are first read. Values of tasks are never in a trace, so it can be saved and
shared.

A thread may read a trace while it is being written: columns only become more complete, and `snapshot`
copies them in an order that keeps them consistent, so a node that has finished has also started.
"""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections.abc import Callable, MutableSequence, Sequence
from typing import TYPE_CHECKING, Any, Final

from async_dag._common.plural import plural
from async_dag.graph.graph import Graph
from async_dag.trace.columns import (
    NOT_YET,
    TABLES,
    TIME_COLUMNS,
    Attempt,
    Call,
    Lane,
    LateStep,
    Move,
    Progress,
    R,
    State,
    Step,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from os import PathLike
    from pathlib import Path

    import networkx

    from async_dag.analysis.timeline import Timeline
    from async_dag.draw.run_draw import RunDraw
    from async_dag.export.run_export import RunExport
    from async_dag.graph.births import Birth
    from async_dag.trace.rows import TraceRow

PROCESSORS: Final[int | None] = (
    len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
)
"""Processors that this process may use."""

HAS_LOCK: Final[bool] = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether this Python has the lock (the GIL) that lets one thread compute at a time."""

_SPARSE: Final[dict[str, type[list[Any] | dict[int, Any]]]] = {
    **{table.name: dict if table.row is None else list for table in TABLES},
    "births": list,
    "taken": dict,
    "chosen_by": dict,
    "outcomes": dict,
    "lanes": list,
}
"""What a trace holds beside the columns and mostly has nothing in: made when it is first asked for.

Sixteen empty lists and dicts were a twentieth of an invoke of six nodes, and what the garbage collector
visits for as long as the manager keeps the trace.
"""


# What columns are made of; to multiply these is half the cost of a list that is written out.
_NOT_YET: Final = [NOT_YET]
_ZERO: Final = [0.0]


class Trace:
    """What happened in one invoke: columns of equal length, one row a node in the order of `tm.nodes`.

    Times are float seconds since the invoke began, NaN for 'not yet'.

    Attributes:
        graph: the `Graph` of the manager; its columns go with those here. Of a run with maps that is
            over, and in a `snapshot`, it has a node for each item behind those of the manager; while
            the run goes on, the columns here grow and the graph stays that of the manager.
        template: the `Graph` of the manager itself, without items.
        births: which of the rows behind those of the manager's nodes stand for which items of its maps.
        taken: of the choices that were made whether they took `then`, by index.
        chosen_by: of the nodes that waited to be chosen the node whose value said so, by index.
        ready: when the last dependency was done.
        started: when the task was called; later than `ready` if it waited for a slot or the event loop.
        finished: when it ended, whichever way.
        held: seconds in which the node held the event loop (its steps between awaits).
        late: seconds, at least, for which what the node awaited was there, but the loop was held by
            others; NaN for a node that awaited nothing, or only yielded to others: all of its time is
            held or late. For the rest of its time a node was awaiting.
        outcomes: the state of every node that ended otherwise than `done`, by index.
        causes: for nodes that were cancelled or skipped the index of the node whose failure caused it,
            or `OUTSIDE`, `NOT_NEEDED` or `NOT_CHOSEN`.
        errors: the exceptions of failed nodes as text, by index.
        long_steps: the steps that held the event loop for over a millisecond, in order of their end.
        late_steps: the steps that began over a millisecond late, in order of their start.
        calls: the calls of `in_thread` and `in_process`, in order of their end.
        waits: the times in which a node waited for its limit, for a slot or for a worker of its pool,
            in order of their start.
        attempts: the attempts of nodes that may be called again, in order of their start.
        progress: what each task last reported with `report`, by index.
        lanes: the workers of the cluster on which it ran; empty if it ran in this process.
        lane_of: the lane of each node that came to a worker, by index; the last one, if several did.
        sizes: the bytes of the values that nodes left on workers, by index, from 10 kB on.
        moves: the values that moved from worker to worker, in order of their end.
        max_concurrency: how many nodes could run at once; None if there was no bound.
        processors: how many processors the machine has; None if that is not known.
        has_lock: whether threads compute one at a time, for Python's lock (the GIL).
        computed_elsewhere: seconds that threads of the process computed meanwhile of which no call
            tells, such as those of `asyncio.to_thread`; 0 if that was hardly anything.
        machine_busy: seconds that all programs of the machine computed, on all its processors, from
            when the first call off the loop was asked for until the last one ended; None if there
            was none, or if the system does not tell.
        knows_lateness: whether lateness was recorded; a run of an older version has none, nor has
            one that did not run on an event loop.
        wall_start: seconds since the epoch at which the invoke began.
        began: what the clock of the run said then, in seconds; the zero of all times here.
        tables: those of the sparse tables that were asked for, by name (not for users). If the run that
            writes it has asked for none, all went well, and no node was left out.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def one() -> int:
    ...     return 1
    >>> with build_dag() as tm:
    ...     _ = tm.add_node(one)
    >>> trace = asyncio.run(tm.invoke()).trace
    >>> trace.states, trace.ready[0]
    (['done'], 0.0)
    >>> Trace.from_json(trace.to_json()).states
    ['done']
    """

    __slots__ = (
        "__weakref__",
        "_clock",
        "_duration",
        "_timeline",
        "_unpacked",
        "attempts",
        "began",
        "births",
        "calls",
        "causes",
        "chosen_by",
        "computed_elsewhere",
        "errors",
        "finished",
        "graph",
        "has_lock",
        "held",
        "holder",
        "holder_since",
        "knows_lateness",
        "lane_of",
        "lanes",
        "late",
        "late_steps",
        "long_steps",
        "machine_busy",
        "max_concurrency",
        "moves",
        "outcomes",
        "processors",
        "progress",
        "ready",
        "sizes",
        "started",
        "tables",
        "taken",
        "template",
        "waits",
        "wall_start",
    )

    ready: MutableSequence[float]
    started: MutableSequence[float]
    finished: MutableSequence[float]
    held: MutableSequence[float]
    late: MutableSequence[float]
    births: list[Birth]
    taken: dict[int, bool]
    chosen_by: dict[int, int]
    outcomes: dict[int, State]
    causes: dict[int, int]
    errors: dict[int, str]
    long_steps: list[Step]
    late_steps: list[LateStep]
    calls: list[Call]
    waits: list[Wait]
    attempts: list[Attempt]
    progress: dict[int, Progress]
    lanes: list[Lane]
    lane_of: dict[int, int]
    sizes: dict[int, int]
    moves: list[Move]

    def __init__(self, graph: Graph, clock: Callable[[], float] = time.perf_counter) -> None:
        size = graph.size
        self.graph: Graph = graph
        self.template: Graph = graph
        self.ready = _NOT_YET * size
        self.started = _NOT_YET * size
        self.finished = _NOT_YET * size
        self.held = _ZERO * size
        self.late = _NOT_YET * size
        self.tables: dict[str, Any] = {}
        self.max_concurrency: int | None = None
        self.processors: int | None = PROCESSORS
        self.has_lock: bool = HAS_LOCK
        self.computed_elsewhere: float = 0.0
        self.machine_busy: float | None = None
        self.knows_lateness: bool = False  # set by what records it
        # The node whose step began last (-1: it has ended in an await) and when; see `holding`. The
        # engine does not reset it to -1 after a node's last step.
        self.holder: int = -1
        self.holder_since: float = 0.0
        self.wall_start: float = time.time()
        self._clock = clock
        self.began: float = clock()
        self._duration: float | None = None
        self._unpacked: tuple[Sequence[float], ...] | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Makes a sparse table when it is first asked for, and packs the columns of a closed trace.

            All columns are packed into arrays when one of them is first read.
            """
            make = _SPARSE.get(name)
            if make is not None:
                # Two threads may ask at once, and both write: `setdefault` gives them the same one.
                table = self.tables.setdefault(name, make())
                setattr(self, name, table)
                return table
            if name not in TIME_COLUMNS:
                return object.__getattribute__(self, name)
            while True:
                unpacked = self._unpacked
                if unpacked is not None:
                    for column, values in zip(TIME_COLUMNS, unpacked, strict=True):
                        setattr(self, column, array("d", values))
                    self._unpacked = None  # last: another thread may be here, too
                try:
                    return object.__getattribute__(self, name)
                except AttributeError:
                    if self._duration is None:
                        raise
                    time.sleep(0)  # another thread is in the middle of `close`

    def __len__(self) -> int:
        return len(self.finished) if self.tables and self.births else len(self.graph)

    def __repr__(self) -> str:
        whether = "" if self.over else ", running"
        return f"<Trace of {plural(len(self), 'node')}, {self.elapsed:.3f} s{whether}>"

    @property
    def over(self) -> bool:
        """Whether the invoke has ended, so that nothing here changes any more."""
        return self._duration is not None

    def start_clock(self) -> None:
        """Count times from now on, as if the invoke began here (not for users: the engine's)."""
        self.wall_start = time.time()
        self.began = self._clock()

    @property
    def elapsed(self) -> float:
        """Seconds from the call of `invoke` to its end, or to now while it runs."""
        duration = self._duration
        return self._clock() - self.began if duration is None else duration

    @property
    def states(self) -> list[State]:
        """The state of every node: waiting, ready, running, done, failed, cancelled, skipped, reused.

        It is computed from the other columns, so it costs a run nothing; keep it if you need it twice.
        """
        trace = self if self.over else self.snapshot()
        states: list[State] = [
            "done"
            if end == end
            else "running"
            if start == start
            else "ready"
            if able == able
            else "waiting"
            for end, start, able in zip(trace.finished, trace.started, trace.ready, strict=True)
        ]
        for index, state in trace.outcomes.items():
            states[index] = state
        return states

    def node_at(self, row: int) -> int:
        """The index of the manager's node that a row belongs to; of an item that of its map."""
        return row if row < len(self.template) else self.item_of(row)[0]

    def item_of(self, row: int) -> tuple[int, tuple[int, ...]]:
        """Which item a row behind those of the nodes is: the index of its map, and a path."""
        from async_dag.graph.unrolled import item_of

        return item_of(self.births, row)

    def name_of(self, row: int) -> str:
        """The name of a node or item, also of one that came to be while the run goes on.

        >>> from async_dag.graph.graph import Origin
        >>> Trace(Graph.of(["one"], ["task"], [()], [Origin("one", None, None)], [None])).name_of(0)
        'one'
        """
        graph = self.template
        if row < len(graph):
            return graph.names[row]
        from async_dag.graph.unrolled import item_name

        return item_name(graph, *self.item_of(row))

    def holding(self) -> Step | None:
        """The step that holds the event loop right now, its length being up to now; None if none does.

        Safe from any thread, so that a node can be seen holding the loop while it does.

        >>> import asyncio, threading, time
        >>> from async_dag import build_dag
        >>> async def compute() -> None:
        ...     time.sleep(0.2)  # instead of awaiting
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(compute)
        >>> seen = []
        >>> def look(trace):
        ...     while not trace.over:
        ...         seen.append(trace.holding())
        ...         time.sleep(0.02)
        >>> def follow(run):
        ...     threading.Thread(target=look, args=[run.trace], daemon=True).start()
        >>> with tm.watch(follow):
        ...     trace = asyncio.run(tm.invoke()).trace
        >>> {trace.graph.names[step.node] for step in seen if step}
        {'compute'}
        """
        node, since = self.holder, self.holder_since
        if node < 0 or self.finished[node] == self.finished[node]:  # not NaN: its last step is over
            return None
        return Step(node, since, max(0.0, self.elapsed - since))

    @property
    def draw(self) -> RunDraw:
        """Pictures of the run: `print(trace.draw.text())`."""
        from async_dag.draw.run_draw import RunDraw

        return RunDraw(self)

    @property
    def export(self) -> RunExport:
        """The run in the formats of other programs: `trace.export.chrome_trace("run.json")`."""
        from async_dag.export.run_export import RunExport

        return RunExport(self)

    @property
    def timeline(self) -> Timeline:
        """Where the time went: makespan, critical path, slack, findings, what-if.

        Of a run that goes on each call tells how things are at this moment.
        """
        timeline: Timeline | None = getattr(self, "_timeline", None)
        if timeline is None:
            from async_dag.analysis.timeline import Timeline

            timeline = Timeline(self)
            if self.over:  # nothing in it changes any more
                self._timeline = timeline
        return timeline

    def to_networkx(self) -> networkx.DiGraph[Any]:
        """As `ExecutionResult.to_networkx`, without the arguments and options, which no trace has."""
        from async_dag.export.networkx import run_to_networkx

        return run_to_networkx(self)

    def to_json(self) -> str:
        """The trace, with its graph, as strict JSON (NaN as null) that `from_json` reads.

        A trace that is still being written is saved as it is at this moment.

        >>> import asyncio
        >>> from async_dag import Trace, build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> text = asyncio.run(tm.invoke()).trace.to_json()
        >>> Trace.from_json(text).states
        ['done']
        """
        from async_dag.trace.json import to_json

        return to_json(self)

    @staticmethod
    def from_json(text: str | bytes) -> Trace:
        """The trace that `to_json` wrote.

        Raises `TraceFormatError` (a `ValueError`) that names the field if the text is no such trace,
        was cut off, or contradicts itself.

        >>> from async_dag import Trace
        >>> Trace.from_json('{"format": "async-dag-trace"')
        Traceback (most recent call last):
        async_dag.errors.TraceFormatError: this is no JSON, or was cut off: Expecting ',' delimiter: \
line 1 column 29 (char 28)
        """
        from async_dag.trace.json import from_json

        return from_json(text)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the trace to a file, as `to_json` has it; compressed if its name ends in `.gz`.

        Returns the path. Raises `OSError` if the file can't be written.
        """
        from async_dag.trace.files import save

        return save(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Trace:
        """The trace that `save` wrote to that file.

        Raises `TraceFormatError` (a `ValueError`) that names the file and the field if it is no such
        file, was cut off, or contradicts itself; `OSError` if it can't be read.

        >>> import asyncio, pathlib, tempfile
        >>> from async_dag import Trace, build_dag
        >>> async def one() -> int:
        ...     return 1
        >>> with build_dag() as tm:
        ...     _ = tm.add_node(one)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder) / "run.json"
        ...     _ = asyncio.run(tm.invoke()).trace.save(path)
        ...     Trace.load(path)
        <Trace of 1 node, ... s>
        """
        from async_dag.trace.files import load

        return load(path)

    def to_rows(self) -> list[TraceRow]:
        """A dict for each node, in the order of `tm.nodes`: `pandas.DataFrame(trace.to_rows())`.

        Keys: name, kind, state; ready, started, finished, duration, held, late (seconds; None for
        'not yet'); attempts, cause, error, group, limit, task, file, line, dependencies (names).

        >>> from async_dag.graph.graph import Origin
        >>> trace = Trace(Graph.of(["one"], ["task"], [()], [Origin("one", None, None)], [None]))
        >>> [(row["name"], row["state"], row["started"]) for row in trace.to_rows()]
        [('one', 'waiting', None)]
        """
        from async_dag.trace.rows import to_rows

        return to_rows(self)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """In a notebook: the Gantt chart."""
        from async_dag.draw.run_cell import run_bundle

        return run_bundle(self, include, exclude)

    def close(self, duration: float | None = None, *, copies: bool = False) -> None:
        """Say that the invoke is over (not for users).

        `duration` is how long it took, in seconds; by default until now. The columns are packed into
        arrays when one is first read, which most traces of small graphs never see: a tenth of an
        invoke of six nodes. With `copies` they are packed at once, as somebody may still write into
        the lists.
        """
        self._duration = self._clock() - self.began if duration is None else duration
        self.holder = -1
        if self.tables and (self.births or self.taken or self.chosen_by):
            from async_dag.graph.unrolled import unrolled

            size = len(self.finished)
            self.graph = unrolled(self.template, self.births, size, self.taken, self.chosen_by)
        columns = (self.ready, self.started, self.finished, self.held, self.late)
        # In this order: what `__getattr__` has packed, for a reader in another thread, stays.
        del self.ready, self.started, self.finished, self.held, self.late
        self._unpacked = tuple([array("d", column) for column in columns]) if copies else columns

    def copied(self) -> Trace:
        """A closed trace of the same columns, graph and tables, for what shows a run otherwise."""
        copy = Trace.__new__(Trace)
        for name in Trace.__slots__:
            if name not in ("__weakref__", "_timeline") and hasattr(self, name):
                setattr(copy, name, getattr(self, name))
        return copy

    def _columns(self) -> tuple[Sequence[float], ...]:
        """The columns of a closed trace, in their order, not packed into arrays."""
        return self._unpacked or tuple(getattr(self, name) for name in TIME_COLUMNS)

    def snapshot(self) -> Trace:
        """A consistent copy, closed at this moment; safe from any thread while the invoke runs."""
        copy = Trace.__new__(Trace)
        copy.graph = copy.template = self.template
        copy.tables = {}
        copy._clock = self._clock
        copy.began = self.began
        copy.wall_start = self.wall_start
        # From effect to cause: what is copied later can only know more, so a node that has finished
        # has started, and one that has started was ready. An outcome is written just before
        # `finished`; one whose node had not finished yet when that was copied is left out.
        copy.finished = array("d", self.finished)
        copy.held = array("d", self.held)
        copy.late = array("d", self.late)
        copy.started = array("d", self.started)
        copy.ready = array("d", self.ready)
        # Items may have come to be meanwhile; `finished` is the last column to grow.
        size = len(copy.finished)
        del copy.held[size:], copy.late[size:], copy.started[size:], copy.ready[size:]
        copy.births = [birth for birth in list(self.births) if birth.first + birth.size <= size]
        outcomes = dict(self.outcomes)  # before the choices, which leave nodes unstarted
        copy.taken, copy.chosen_by = dict(self.taken), dict(self.chosen_by)
        if copy.births or copy.taken or copy.chosen_by:
            from async_dag.graph.unrolled import unrolled

            copy.graph = unrolled(self.template, copy.births, size, copy.taken, copy.chosen_by)
        copy.outcomes = {
            index: state
            for index, state in outcomes.items()
            if index < size and (state == "skipped" or copy.finished[index] == copy.finished[index])
        }
        copy.causes = {
            index: cause
            for index, cause in dict(self.causes).items()
            if index in copy.outcomes and cause < size
        }
        copy.errors = {i: text for i, text in dict(self.errors).items() if i in copy.outcomes}
        copy.long_steps = _up_to(size, self.long_steps)
        copy.late_steps = _up_to(size, self.late_steps)
        copy.calls = _up_to(size, self.calls)
        copy.waits = _up_to(size, self.waits)
        copy.attempts = _up_to(size, self.attempts)
        copy.progress = {i: told for i, told in dict(self.progress).items() if i < size}
        copy.moves = list(self.moves)
        copy.sizes = {i: bytes_ for i, bytes_ in dict(self.sizes).items() if i < size}
        copy.lane_of = {i: lane for i, lane in dict(self.lane_of).items() if i < size}
        copy.lanes = list(self.lanes)  # last: it has those that the others name
        copy.max_concurrency = self.max_concurrency
        copy.processors, copy.has_lock = self.processors, self.has_lock
        copy.computed_elsewhere = self.computed_elsewhere
        copy.machine_busy = self.machine_busy
        copy.knows_lateness = self.knows_lateness
        copy.holder_since = self.holder_since
        holder = self.holder
        copy.holder = holder if holder < size else -1
        copy._unpacked = None
        copy._duration = self.elapsed
        return copy


def _up_to(size: int, rows: Sequence[R]) -> list[R]:
    """The rows of a table about the first so many nodes; almost always all of them."""
    copy = list(rows)
    if any(row.node >= size for row in copy):
        copy = [row for row in copy if row.node < size]
    return copy
