"""What a trace holds: its columns, its sparse tables, and what may stand in them.

This is the one place that declares them. `Trace` has an attribute for each, and so do the JSON, the
rows, the snapshot, the live feed and the page's protocol: `tests/trace/test_columns.py` compares all of
these with the declarations here, so that a column that was forgotten somewhere fails a test that names
the place.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeVar, get_args

State = Literal["waiting", "ready", "running", "done", "failed", "cancelled", "skipped", "reused"]
STATES: Final[tuple[State, ...]] = get_args(State)

NOT_YET: Final = math.nan
"""What a time column holds where nothing has happened yet."""

OUTSIDE: Final = -1
"""As the cause of a cancellation: it came from outside the graph, not from a failed node."""

NOT_NEEDED: Final = -2
"""As the cause of a skip: no target of the invoke depends on the node."""

NOT_CHOSEN: Final = -3
"""As the cause of a skip: no choice (`tm.choose`) took what would have needed the node."""

LEFT_OUT: Final = (NOT_NEEDED, NOT_CHOSEN)
"""The causes for which a run leaves nodes out although all goes well."""

LOST: Final = "worker lost"
"""The error of an attempt whose worker was gone before it ended."""

VALUE_LOST: Final = "value lost with its worker"
"""The error of an attempt that had succeeded, if the node had to run again as its value was lost."""

LARGE: Final = 10_000
"""Bytes of a value on a worker from which on its size is recorded."""

LONG_STEP: Final = 0.001
"""Seconds for which one step must hold the event loop to be recorded on its own."""

LATE: Final = 0.001
"""Seconds by which a step must begin too late to be recorded on its own."""

WaitKind = Literal["limit", "slot", "window", "pool", "scheduler", "transfer", "worker"]
WAIT_KINDS: Final[dict[WaitKind, str]] = {
    "limit": "waiting for a limit",
    "slot": "waiting for a slot",
    "window": "waiting for its map's window (at_once=)",
    "pool": "waiting for a free worker of its pool",
    "scheduler": "waiting for the cluster's scheduler",
    "transfer": "waiting for values from other workers",
    "worker": "waiting for its worker's time",
}
"""What a node can wait for while it could run, and how that is said."""


class Step(NamedTuple):
    """One step of a node, between two awaits, that held the event loop for over a millisecond."""

    node: int
    start: float  # seconds since the invoke began
    length: float  # seconds
    processor: float | None = None  # seconds of it that the loop's thread computed, at most


class LateStep(NamedTuple):
    """A step that began over a millisecond late: what the node awaited was there already.

    Or a pause between two attempts that was over so late; that is no part of the node's `late` time.
    Another step held the event loop meanwhile. By how much the step was late is known exactly for
    `asyncio.sleep`, `in_thread` and `in_process`; for everything else it lies between two bounds.
    """

    node: int
    start: float  # seconds since the invoke began
    at_least: float  # seconds
    at_most: float  # seconds


CallKind = Literal["thread", "process"]


class Call(NamedTuple):
    """A function that a node had called off the event loop, by `in_thread` or `in_process`.

    A call in a thread whose processor time is less than its length blocked, waited for Python's lock,
    or for a processor. The last of these is `run_delay`. While it waits for the lock its thread is
    woken every 5 ms to ask for it, so `switches` tells how long it can have waited at most.
    """

    node: int
    kind: CallKind
    start: float  # seconds since the invoke began, when a worker took it up
    end: float
    processor: float | None  # seconds of processor time; None where that can't be measured
    switches: int | None  # how often its thread gave the processor up; None likewise
    run_delay: float | None = None  # seconds for which it could run, but had no processor; likewise


class Wait(NamedTuple):
    """A time in which a node was ready, but waited for one of `WAIT_KINDS`."""

    node: int
    kind: WaitKind
    start: float  # seconds since the invoke began
    end: float  # NaN while it waits


class Attempt(NamedTuple):
    """One call of the task of a node that may be called again (`retry=`).

    Between two attempts lies the pause that the retrying asked for, and whatever the next attempt
    waited for.
    """

    node: int
    start: float  # seconds since the invoke began
    end: float  # NaN while it runs
    error: str | None  # how it failed, as text; None if it did not
    lane: int | None = None  # where it ran, if the run has lanes
    most: int | None = None  # how many the retrying allows in all; None if it does not tell


class Lane(NamedTuple):
    """A worker of the cluster on which a run took place: a row of `trace.lanes`.

    >>> Lane("worker 0", threads=2, start=0.0, end=NOT_YET).name
    'worker 0'
    """

    name: str
    threads: int
    start: float  # seconds since the invoke began; 0 if it was there already
    end: float  # when it was lost or left; NaN if it stayed
    host: str | None = None  # what its machine calls itself; None if it told nothing of that
    processors: int | None = None  # how many that machine lets it use


class Move(NamedTuple):
    """The value of a node on its way from one worker to another one: a row of `trace.moves`.

    >>> move = Move(3, source=0, target=1, start=0.5, end=0.75, size=20_000_000)
    >>> move.size / (move.end - move.start)  # bytes a second
    80000000.0
    """

    node: int
    source: int  # a lane, as is the target
    target: int
    start: float  # seconds since the invoke began
    end: float
    size: int  # bytes


class Progress(NamedTuple):
    """What a task last reported with `async_dag.report`."""

    done: float
    total: float | None
    message: str


class Column(NamedTuple):
    """A number of seconds for each node of a trace.

    `at_first` is what it holds before anything has happened: `NOT_YET` for a point in time.
    """

    name: str
    at_first: float
    meaning: str


COLUMNS: Final = (
    Column("ready", NOT_YET, "the last dependency was done"),
    Column("started", NOT_YET, "the task was called"),
    Column("finished", NOT_YET, "it ended, whichever way"),
    Column("held", 0.0, "seconds in which it held the event loop"),
    Column("late", NOT_YET, "seconds, at least, for which it could go on, but the loop was held"),
)
"""The columns of numbers. The states of all nodes are computed from them and from `outcomes`."""

TIME_COLUMNS: Final = tuple(column.name for column in COLUMNS)


class Table(NamedTuple):
    """Something that only some nodes have, beside the columns.

    Attributes:
        name: the attribute of `Trace`, and the field of the JSON.
        row: the type of its rows, if it is a list; None for a dict from node to what `meaning` says.
        event: what the live feed and the page call it.
        meaning: what it holds.
    """

    name: str
    row: type[Any] | None
    event: str
    meaning: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what a row has; of a dict `node` alone, as what follows has no name."""
        return ("node",) if self.row is None else self.row._fields


TABLES: Final = (
    Table("long_steps", Step, "steps", "steps that held the event loop for over a millisecond"),
    Table("late_steps", LateStep, "late", "steps that began over a millisecond late"),
    Table("calls", Call, "calls", "calls that were made off the event loop"),
    Table("waits", Wait, "waits", "times in which a node could have run, but waited"),
    Table("attempts", Attempt, "attempts", "attempts of nodes that may be called again"),
    Table("causes", None, "causes", "the node that it was cancelled or skipped for"),
    Table("errors", None, "errors", "the exception of a failed node as text"),
    Table("progress", None, "progress", "what a task last reported"),
    Table("lane_of", None, "lane", "the lane, a worker of a cluster, on which a node ran"),
    Table("sizes", None, "sizes", "bytes of the value of a node on a worker, from 10 kB on"),
    Table("moves", Move, "moves", "values that moved from one worker to another one"),
)
"""The sparse tables, in the order in which the JSON has them."""


class OfNode(Protocol):
    """A row of a table that says which node it is about."""

    @property
    def node(self) -> int:
        """The index of the node."""
        ...


R = TypeVar("R", bound=OfNode)


def by_node(rows: Iterable[R]) -> dict[int, list[R]]:
    """The rows of a table by the index of their node, in their order.

    >>> rows = [Step(1, 0.0, 0.2), Step(0, 0.2, 0.1), Step(1, 0.3, 0.1)]
    >>> {node: len(steps) for node, steps in by_node(rows).items()}
    {1: 2, 0: 1}
    """
    grouped: defaultdict[int, list[R]] = defaultdict(list)
    for row in rows:
        grouped[row.node].append(row)
    return dict(grouped)
