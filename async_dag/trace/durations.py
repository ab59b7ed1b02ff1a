"""How long each node of a complete run took, from the columns alone."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from operator import sub
from typing import Final

from async_dag.graph.births import Birth, MapShape
from async_dag.trace.columns import TIME_COLUMNS, Wait
from async_dag.trace.trace import Trace

STARTED: Final = TIME_COLUMNS.index("started")
FINISHED: Final = TIME_COLUMNS.index("finished")
HELD: Final = TIME_COLUMNS.index("held")

SAMPLE: Final = 250
"""The most items of one map that its expected duration is taken from."""

PLACES: Final = 25
"""At how many places of a map with very many items these lie."""


def columns_of(trace: Trace) -> Sequence[Sequence[float]]:
    """The columns of a closed trace in the order of `trace.columns`, as they are.

    Reading an attribute would pack them into arrays.

    >>> from async_dag import Graph
    >>> trace = Trace(Graph.of([], [], [], [], []))
    >>> trace.close()
    >>> len(columns_of(trace))
    5
    """
    return trace._columns()


def durations_of(trace: Trace) -> list[float]:
    """Of each node of a run that is over and complete the seconds that it took.

    That is from its start to its end, without what it then waited for limits and slots, as between two
    attempts. It is 0 for nodes that never run.
    """
    columns: Sequence[Sequence[float]] = columns_of(trace)
    started, finished = columns[STARTED], columns[FINISHED]
    durations = list(map(sub, finished, started))
    for wait in trace.waits:
        durations[wait.node] -= _waited(wait, started[wait.node], finished[wait.node])
    return durations


def durations_of_nodes(trace: Trace) -> array[float]:
    """As `durations_of`, of the nodes of the manager alone: of a map the median of its items.

    Of what streams it is the median of the times between its yields.

    Of a map with very many items the median is that of a sample: this is computed on the event loop
    when an invoke ends.
    """
    columns = columns_of(trace)
    started, finished = columns[STARTED], columns[FINISHED]
    # Straight into the array, without a list of as many floats.
    durations = array("f", map(sub, islice(finished, len(trace.template)), started))
    of_items = {node: _sample(births) for node, births in _births_by_node(trace).items()}
    seconds = {row: finished[row] - started[row] for rows in of_items.values() for row in rows}
    # A run on a cluster has some three waits for each node, all before its start if none runs twice.
    waits = trace.waits if trace.attempts or trace.births or not trace.lanes else ()
    for wait in waits:
        row = wait.node
        if wait.end <= started[row]:  # as most are
            continue
        if row in seconds:
            seconds[row] -= _waited(wait, started[row], finished[row])
        elif row < len(durations):
            durations[row] -= _waited(wait, started[row], finished[row])
    for node, rows in of_items.items():
        durations[node] = sorted([seconds[row] for row in rows])[len(rows) // 2]
    return durations


def _waited(wait: Wait, start: float, end: float) -> float:
    """How long a wait lasted between the start and the end of its node, in seconds."""
    return max(0.0, min(end, wait.end) - max(start, wait.start))


def _births_by_node(trace: Trace) -> dict[int, list[Birth]]:
    """The births of each map, or of very many those at evenly chosen places."""
    births, maps = trace.births, trace.template.maps
    if len(births) > 4 * PLACES and not _may_split_items(maps):
        some = _by_node(births[:: -(-len(births) // (2 * PLACES))], maps)
        if len(some) == len(maps):
            return some
    return _by_node(births, maps)


def _may_split_items(maps: Mapping[int, MapShape]) -> bool:
    """Whether items of a map may stream: then others take parts of them."""
    return any(
        taken.node in maps and taken.stop > maps[taken.node].depth
        for shape in maps.values()
        for taken in shape.taken
    )


def _by_node(births: Sequence[Birth], maps: Mapping[int, MapShape]) -> dict[int, list[Birth]]:
    by_node: dict[int, list[Birth]] = defaultdict(list)
    split: dict[int, list[Birth]] = defaultdict(list)  # items that stream took no time themselves
    for birth in births:
        if birth.size:
            of = split if maps[birth.node].is_part(birth) else by_node
            of[birth.node].append(birth)
    return {**by_node, **split}


def _sample(births: list[Birth]) -> list[int]:
    """The rows of items of a map; of very many those at evenly chosen places.

    At each place they are next to one another: a million items are spread over so much memory that a
    look at one alone takes microseconds.
    """
    chosen = births[:: -(-len(births) // PLACES)]
    if len(births) > PLACES and sum(birth.size for birth in chosen) >= SAMPLE:
        each = SAMPLE // len(chosen)
        return [
            row for birth in chosen for row in range(birth.first, birth.first + birth.size)[:each]
        ]
    chosen = births[:: -(-len(births) // SAMPLE)]
    each = SAMPLE // len(chosen)  # rows of each birth
    return [
        row
        for birth in chosen
        for row in range(birth.first, birth.first + birth.size)[:: -(-birth.size // each)]
    ]
