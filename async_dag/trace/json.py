"""A `Trace` as JSON and back: strict JSON, with the graph, and with a format version.

What is read is checked field by field, since a file may have been cut off or edited: the error names
the field, and a trace that was read is as consistent as one that was recorded.

Version 2 (async_dag 0.5) has what version 1 has, and beside it lateness, calls off the loop, the
processor time of long steps, what the machine can do at once, the lanes and moves of a run on a
cluster, and items of maps, choices and sub-DAGs. Every run is written as that: the lateness of none
could be told in version 1.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, cast

from async_dag.errors import TraceFormatError, WrongTypeError
from async_dag.graph import algorithms
from async_dag.graph.choices import Choice
from async_dag.graph.graph import KINDS, Graph, Kind, Origin
from async_dag.graph.scope import SCOPE_KINDS, Scope, ScopeKind
from async_dag.trace.columns import STATES, Attempt, Lane, State
from async_dag.trace.fields import (
    Field,
    bool_of,
    choice_of,
    count_of,
    index_of,
    indices_of,
    number_of,
    sequence_of,
    shown,
    size_of,
    text_of,
    text_or_none,
)
from async_dag.trace.row_reader import ROUNDING, RowReader, lane_of_run, seconds_of
from async_dag.trace.trace import Trace

FORMAT: Final = "async-dag-trace"
VERSION: Final = 2
OLDEST: Final = 1
"""The oldest version that is still read."""

_LEAST: Final = 4
"""The fields that each attempt and each lane has; those behind are left out where they are unknown."""


# By state: which of ready, started and finished are there.
_TIMES_OF: Final[dict[str, Sequence[tuple[bool, ...]]]] = {
    "waiting": [(False, False, False)],
    "ready": [(True, False, False)],
    "running": [(True, True, False)],
    "done": [(True, True, True)],
    "failed": [(True, True, True)],
    "cancelled": [(True, True, True)],
    "skipped": [(False, False, False), (True, False, False)],
    "reused": [(True, False, True), (True, True, True)],  # its value came from elsewhere
}


def to_json(trace: Trace) -> str:
    """The trace as one JSON object; a trace that is still being written as it is at this moment."""
    if not trace.over:
        trace = trace.snapshot()
    document = {
        "format": FORMAT,
        "version": VERSION,
        "wall_start": trace.wall_start,
        "elapsed": trace.elapsed,
        "processors": trace.processors,
        "has_lock": trace.has_lock,
        "knows_lateness": trace.knows_lateness,
        **_elsewhere(trace),
        "max_concurrency": trace.max_concurrency,
        "graph": graph_fields(trace.graph),
        "ready": _numbers(trace.ready),
        "started": _numbers(trace.started),
        "finished": _numbers(trace.finished),
        "held": _numbers(trace.held),
        "late": _numbers(trace.late),
        "states": trace.states,
        "causes": sorted(trace.causes.items()),
        "errors": list(trace.errors.items()),  # in the order in which they happened
        "long_steps": trace.long_steps,
        "late_steps": trace.late_steps,
        "calls": trace.calls,
        "waits": [wait._replace(end=_number_or_none(wait.end)) for wait in trace.waits],
        "attempts": [_shortest(attempt) for attempt in trace.attempts],
        "progress": [(node, *progress) for node, progress in trace.progress.items()],
        "lanes": [_shortest(lane) for lane in trace.lanes],
        "lane_of": sorted(trace.lane_of.items()),
        "sizes": sorted(trace.sizes.items()),
        "moves": trace.moves,
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def _choices(graph: Graph) -> dict[str, Any]:
    """What its choices take, and took; nothing of a graph that has none."""
    rows = [
        (node, *(choice[:4] if choice.several is None else choice))
        for node, choice in graph.choices.items()
    ]
    return {"choices": rows} if rows else {}


def _elsewhere(trace: Trace) -> dict[str, Any]:
    """What no call tells of; nothing of a run in which there was nothing like that."""
    fields: dict[str, Any] = {}
    if trace.computed_elsewhere:
        fields["computed_elsewhere"] = trace.computed_elsewhere
    if trace.machine_busy is not None:
        fields["machine_busy"] = trace.machine_busy
    return fields


def _scopes(graph: Graph) -> dict[str, Any]:
    """The sub-DAGs of a graph; nothing of one that has none."""
    return {"scopes": graph.scopes, "within": graph.within} if graph.scopes else {}


def from_json(text: str | bytes) -> Trace:
    """The trace that `to_json` wrote. Raises `TraceFormatError`, naming the field that is wrong."""
    if not isinstance(text, (str, bytes, bytearray)):
        raise WrongTypeError(
            f"from_json takes the text that to_json wrote, not {type(text).__name__}; to read a file: "
            "Trace.load(path)"
        )
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TraceFormatError(f"this is no JSON, or was cut off: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TraceFormatError(
            f'this is JSON, but no trace: a trace is an object with "format": "{FORMAT}"'
        )
    version = Field(document, "version").value
    if type(version) is not int or not OLDEST <= version <= VERSION:  # not True, which equals 1
        raise TraceFormatError(
            f"field 'version' is {shown(version)}; this version of async_dag reads traces of versions "
            f"{OLDEST} to {VERSION}"
        )
    trace = Trace(read_graph(Field(document, "graph").fields()))
    _read_run(trace, document, version)
    return trace


def _read_run(trace: Trace, document: dict[str, Any], version: int) -> None:
    size = len(trace)

    def field(name: str) -> Field:
        return Field(document, name)

    trace.wall_start = field("wall_start").checked(number_of)
    elapsed = field("elapsed").checked(seconds_of)
    if version > 1:
        trace.lanes = field("lanes").list_of(None, lane_of_run(elapsed))
    read = RowReader(size, elapsed, len(trace.lanes))
    for column in ("ready", "started", "finished"):
        setattr(trace, column, field(column).column(size, read.time))
    trace.held = field("held").column(size, read.seconds)
    states = field("states").list_of(size, choice_of(STATES))
    trace.causes = field("causes").by_node(size, read.cause)
    trace.errors = field("errors").by_node(size, text_of)
    trace.long_steps = field("long_steps").list_of(None, read.step)
    trace.waits = field("waits").list_of(None, read.wait)
    trace.attempts = field("attempts").list_of(None, read.attempt)
    trace.progress = dict(field("progress").list_of(None, read.progress))
    trace.max_concurrency = field("max_concurrency").checked(count_of(1))
    if version == 1:
        trace.knows_lateness = False
        trace.processors = None
        trace.has_lock = True  # no Python that version 1 was written on had none
    else:
        trace.late = field("late").column(size, read.time)
        trace.late_steps = field("late_steps").list_of(None, read.late_step)
        trace.calls = field("calls").list_of(None, read.call)
        trace.lane_of = field("lane_of").by_node(size, read.lane)
        trace.moves = field("moves").list_of(None, read.move)
        if "sizes" in document:  # the first files of version 2 have none
            trace.sizes = field("sizes").by_node(size, size_of)
        trace.processors = field("processors").checked(count_of(1))
        trace.has_lock = field("has_lock").checked(bool_of)
        trace.knows_lateness = field("knows_lateness").checked(bool_of)
        if "computed_elsewhere" in document:
            trace.computed_elsewhere = field("computed_elsewhere").checked(seconds_of)
        if "machine_busy" in document:
            trace.machine_busy = field("machine_busy").checked(seconds_of)
    check_consistency(trace, states)
    trace.outcomes = {
        index: cast("State", state)
        for index, state in enumerate(states)
        if state in ("failed", "cancelled", "skipped", "reused")
    }
    trace.close(elapsed)


def _shortest(known: Attempt | Lane) -> Sequence[Any]:
    """A row without the fields at its end that are unknown."""
    row: list[Any] = list(known._replace(end=_number_or_none(known.end)))
    while len(row) > _LEAST and row[-1] is None:
        row.pop()
    return row


def _numbers(column: Sequence[float]) -> list[float | None]:
    return [_number_or_none(number) for number in column]


def _number_or_none(number: float) -> Any:
    return None if number != number else number


def graph_fields(graph: Graph) -> dict[str, Any]:
    """A graph as the JSON has it."""
    return {
        "names": graph.names,
        "kinds": graph.kinds,
        "dependencies": graph.dependencies,
        "origins": graph.origins,
        "groups": graph.groups,
        "limits": graph.limits,
        **_scopes(graph),
        **({"tolerant": sorted(graph.tolerant)} if graph.tolerant else {}),
        **_choices(graph),
    }


def read_graph(fields: dict[str, Any]) -> Graph:
    """The graph of those fields, checked. Raises `TraceFormatError`, naming the field that is wrong."""

    def field(name: str) -> Field:
        return Field(fields, name, "graph.")

    names = field("names").list_of(None, text_of)
    size = len(names)
    if len(set(names)) != size:
        [(twice, _)] = Counter(names).most_common(1)
        raise TraceFormatError(f"field 'graph.names' has {shown(twice)} twice; names are unique")
    kinds = field("kinds").list_of(size, choice_of(KINDS))
    dependencies = field("dependencies").list_of(size, indices_of(size))
    origins = field("origins").list_of(size, _origin)
    groups = field("groups").list_of(size, text_or_none)
    limits = field("limits").list_of(size, text_or_none)
    for index, kind in enumerate(kinds):
        if dependencies[index] and kind in ("parameter", "immediate"):
            raise TraceFormatError(
                f"field 'graph.dependencies[{index}]' is not empty, but the node is of kind {kind!r}, "
                "which depends on nothing"
            )
    cycle = algorithms.find_cycle(dependencies)
    if cycle is not None:
        path = " → ".join(shown(names[index]) for index in cycle[:12])
        raise TraceFormatError(f"field 'graph.dependencies' has a cycle: {path}")
    scopes, within = _read_scopes(fields, size)
    tolerant = field("tolerant").list_of(None, index_of(size)) if "tolerant" in fields else ()
    return Graph.of(
        names,
        cast("list[Kind]", kinds),
        dependencies,
        origins,
        groups,
        limits,
        scopes,
        within,
        tolerant=tolerant,
        choices=_read_choices(fields, kinds),
    )


def _read_scopes(
    fields: dict[str, Any], size: int
) -> tuple[Sequence[Scope], Sequence[int | None] | None]:
    """The sub-DAGs, and for each node which one it lies in; a graph without any has no such fields."""
    if "scopes" not in fields:
        return (), None
    scopes = Field(fields, "scopes", "graph.").list_of(None, _scope)
    for index, scope in enumerate(scopes):
        if scope.parent is not None and scope.parent >= index:
            raise TraceFormatError(
                f"field 'graph.scopes[{index}]' lies within scope {scope.parent}, which comes later"
            )
    check = index_of(len(scopes))
    return scopes, Field(fields, "within", "graph.").list_of(
        size, lambda value: None if value is None else check(value)
    )


def _read_choices(fields: dict[str, Any], kinds: Sequence[str]) -> dict[int, Choice]:
    """What choices take, by their index; a graph without any has no such field."""
    if "choices" not in fields:
        return {}
    size = len(kinds)
    nodes_of = indices_of(size)

    def node_or_none(value: Any) -> int | None:
        return None if value is None else index_of(size)(value)

    def several_of(value: Any) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        flag, then, other = map(nodes_of, sequence_of(value, 3))
        return flag, then, other

    def choice(value: Any) -> tuple[int, Choice]:
        node, flag, then, other, taken, *several = sequence_of(value, 5, 6)
        if kinds[index_of(size)(node)] != "choice":
            raise ValueError(f"is about node {node}, which is no choice")
        return node, Choice(
            node_or_none(flag),
            node_or_none(then),
            node_or_none(other),
            None if taken is None else bool_of(taken),
            several_of(several[0]) if several else None,
        )

    return dict(Field(fields, "choices", "graph.").list_of(None, choice))


def _scope(value: Any) -> Scope:
    name, kind, parent = sequence_of(value, 3)
    checked = cast("ScopeKind", choice_of(SCOPE_KINDS)(kind))
    return Scope(text_of(name), checked, None if parent is None else index_of(sys.maxsize)(parent))


def _origin(value: Any) -> Origin:
    task, file, line = sequence_of(value, 3)
    if line is not None and (isinstance(line, bool) or not isinstance(line, int)):
        raise ValueError(f"has {shown(line)} for a line number")
    return Origin(text_or_none(task), text_or_none(file), line)


# Whether a trace that was read contradicts itself: no effect before its cause.


def check_consistency(trace: Trace, states: Sequence[str]) -> None:
    """Raises `TraceFormatError` if times, states, dependencies and causes can't belong together."""
    for node, state in enumerate(states):
        _check_times(trace, node, state)
        if state != "reused":
            _check_dependencies(trace, states, node)
    for node, cause in trace.causes.items():
        _check_cause(trace, states, node, cause)


def _check_times(trace: Trace, node: int, state: str) -> None:
    times = trace.ready[node], trace.started[node], trace.finished[node]
    ready, started, finished = times
    if started < ready or finished < ready or finished < started:  # false for NaN
        raise TraceFormatError(
            f"fields 'ready', 'started' and 'finished' of node {shown(trace.graph.names[node])} "
            f"are not in this order: {ready}, {started}, {finished}"
        )
    if tuple(time == time for time in times) not in _TIMES_OF[state]:
        raise TraceFormatError(
            f"field 'states[{node}]' is {state!r}, which the node's times contradict: ready "
            f"{ready}, started {started}, finished {finished}"
        )


def _check_dependencies(trace: Trace, states: Sequence[str], node: int) -> None:
    ready = trace.ready[node]
    if ready != ready:  # NaN: not yet
        return
    if states[node] == "failed" and trace.graph.kinds[node] != "task":
        return  # what it takes can't be used, whatever else it would have needed
    names = trace.graph.names
    over = (
        ("done", "reused", "failed", "cancelled", "skipped")
        if node in trace.graph.tolerant
        else ("done", "reused")
    )
    for needed in trace.graph.dependencies[node]:
        if states[needed] not in over:
            raise TraceFormatError(
                f"field 'ready[{node}]' says that node {shown(names[node])} had all that it needs at "
                f"{ready}, but {shown(names[needed])} is {states[needed]}"
            )
        if trace.finished[needed] > ready + ROUNDING:
            raise TraceFormatError(
                f"field 'ready[{node}]' is {ready}, before node {shown(names[needed])}, which "
                f"{shown(names[node])} depends on, had finished, at {trace.finished[needed]}"
            )


def _check_cause(trace: Trace, states: Sequence[str], node: int, cause: int) -> None:
    names = trace.graph.names
    if states[node] not in ("cancelled", "skipped"):
        raise TraceFormatError(
            f"field 'causes' says why node {shown(names[node])} was cut short, but it is {states[node]}"
        )
    if cause < 0:
        return
    if states[cause] != "failed":
        raise TraceFormatError(
            f"field 'causes' says that node {shown(names[node])} was cut short as "
            f"{shown(names[cause])} failed, but that is {states[cause]}"
        )
    if trace.finished[node] < trace.finished[cause] - ROUNDING:  # false for NaN
        raise TraceFormatError(
            f"field 'causes' says that node {shown(names[node])} was cut short as "
            f"{shown(names[cause])} failed, at {trace.finished[cause]}, but it had ended before, at "
            f"{trace.finished[node]}"
        )
