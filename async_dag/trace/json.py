"""A `Trace` as JSON and back: strict JSON, with the graph, and with a format version.

What is read is checked field by field, since a file may have been cut off or edited: the error names
the field, and a trace that was read is as consistent as one that was recorded.
"""

from __future__ import annotations

import json
import math
import reprlib
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, TypeVar, cast

from async_dag.errors import TraceFormatError, WrongTypeError
from async_dag.graph import algorithms
from async_dag.graph.graph import KINDS, Graph, Kind, Origin
from async_dag.trace.columns import (
    NOT_NEEDED,
    NOT_YET,
    OUTSIDE,
    STATES,
    WAIT_KINDS,
    Attempt,
    Progress,
    State,
    Step,
    Wait,
    WaitKind,
)
from async_dag.trace.trace import Trace

FORMAT: Final = "async-dag-trace"
VERSION: Final = 1

ROUNDING: Final = 1e-6
"""Seconds by which a sum of times may pass the end of the run, since floats are rounded."""

T = TypeVar("T")


def to_json(trace: Trace) -> str:
    """The trace as one JSON object; a trace that is still being written as it is at this moment."""
    if not trace.over:
        trace = trace.snapshot()
    graph = trace.graph
    document = {
        "format": FORMAT,
        "version": VERSION,
        "wall_start": trace.wall_start,
        "elapsed": trace.elapsed,
        "graph": {
            "names": graph.names,
            "kinds": graph.kinds,
            "dependencies": graph.dependencies,
            "origins": graph.origins,
            "groups": graph.groups,
            "limits": graph.limits,
        },
        "ready": _numbers(trace.ready),
        "started": _numbers(trace.started),
        "finished": _numbers(trace.finished),
        "held": _numbers(trace.held),
        "states": trace.states,
        "causes": sorted(trace.causes.items()),
        "errors": list(trace.errors.items()),  # in the order in which they happened
        "long_steps": trace.long_steps,
        "waits": [wait._replace(end=_number_or_none(wait.end)) for wait in trace.waits],
        "attempts": [one._replace(end=_number_or_none(one.end)) for one in trace.attempts],
        "progress": [(node, *told) for node, told in trace.progress.items()],
        "max_concurrency": trace.max_concurrency,
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def from_json(text: str | bytes) -> Trace:
    """The trace that `to_json` wrote. Raises `TraceFormatError`, naming the field that is wrong."""
    if not isinstance(text, (str, bytes, bytearray)):
        raise WrongTypeError(
            f"from_json takes the text that to_json wrote, not {type(text).__name__}; to read a file: "
            "Trace.from_json(path.read_bytes())"
        )
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TraceFormatError(f"this is no JSON, or was cut off: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TraceFormatError(
            f'this is JSON, but no trace: a trace is an object with "format": "{FORMAT}"'
        )
    version = _Field(document, "version").value
    if type(version) is not int or version != VERSION:  # not True and not 1.0, which equal 1
        raise TraceFormatError(
            f"field 'version' is {_shown(version)}; this version of async_dag reads traces of version "
            f"{VERSION}"
        )
    graph = _read_graph(_Field(document, "graph").fields())
    size = len(graph)
    trace = Trace(graph)
    trace.wall_start = _Field(document, "wall_start").number()
    elapsed = _Field(document, "elapsed").number()
    if elapsed < 0:
        raise TraceFormatError("field 'elapsed' is negative; it is in seconds, zero or more")
    for column in ("ready", "started", "finished"):
        setattr(trace, column, _Field(document, column).column(size, _time_until(elapsed)))
    trace.held = _Field(document, "held").column(size, _seconds_until(elapsed))
    states = _Field(document, "states").list_of(size, _one_of(STATES))
    trace.causes = dict(_Field(document, "causes").pairs(size, _cause(size)))
    trace.errors = dict(_Field(document, "errors").pairs(size, _text))
    trace.long_steps = _Field(document, "long_steps").steps(size, elapsed)
    trace.waits = _Field(document, "waits").list_of(None, _wait(size, elapsed))
    trace.attempts = _Field(document, "attempts").list_of(None, _attempt(size, elapsed))
    trace.progress = dict(_Field(document, "progress").list_of(None, _progress(size)))
    trace.max_concurrency = _Field(document, "max_concurrency").checked(_count_or_none)
    _check_order(trace, states)
    trace.outcomes = {
        index: cast(State, state)
        for index, state in enumerate(states)
        if state in ("failed", "cancelled", "skipped", "reused")
    }
    trace.close(elapsed)
    return trace


def _numbers(column: Sequence[float]) -> list[float | None]:
    return [_number_or_none(number) for number in column]


def _number_or_none(number: float) -> Any:
    return None if number != number else number


def _read_graph(fields: dict[str, Any]) -> Graph:
    names = _Field(fields, "names", "graph.").list_of(None, _text)
    size = len(names)
    if len(set(names)) != size:
        [(twice, _)] = Counter(names).most_common(1)
        raise TraceFormatError(f"field 'graph.names' has {_shown(twice)} twice; names are unique")
    kinds = _Field(fields, "kinds", "graph.").list_of(size, _one_of(KINDS))
    dependencies = _Field(fields, "dependencies", "graph.").list_of(size, _indices(size))
    origins = _Field(fields, "origins", "graph.").list_of(size, _origin)
    groups = _Field(fields, "groups", "graph.").list_of(size, _text_or_none)
    limits = _Field(fields, "limits", "graph.").list_of(size, _text_or_none)
    for index, kind in enumerate(kinds):
        if dependencies[index] and kind in ("parameter", "immediate"):
            raise TraceFormatError(
                f"field 'graph.dependencies[{index}]' is not empty, but the node is of kind {kind!r}, "
                "which depends on nothing"
            )
    cycle = algorithms.find_cycle(dependencies)
    if cycle is not None:
        path = " → ".join(_shown(names[index]) for index in cycle[:12])
        raise TraceFormatError(f"field 'graph.dependencies' has a cycle: {path}")
    return Graph.of(names, cast(list[Kind], kinds), dependencies, origins, groups, limits)


def _check_order(trace: Trace, states: Sequence[str]) -> None:
    """Whether the times of each node follow each other and fit its state."""
    for index, state in enumerate(states):
        times = trace.ready[index], trace.started[index], trace.finished[index]
        ready, started, finished = times
        if started < ready or finished < ready or finished < started:  # false for NaN
            raise TraceFormatError(
                f"fields 'ready', 'started' and 'finished' of node {_shown(trace.graph.names[index])} "
                f"are not in this order: {ready}, {started}, {finished}"
            )
        if tuple(time == time for time in times) not in _TIMES_OF[state]:
            raise TraceFormatError(
                f"field 'states[{index}]' is {state!r}, which the node's times contradict: ready "
                f"{ready}, started {started}, finished {finished}"
            )


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


class _Field:
    """One field of the document, with checks that name it when they fail."""

    def __init__(self, fields: dict[str, Any], name: str, within: str = "") -> None:
        self.name = within + name
        if name not in fields:
            raise TraceFormatError(f"field {self.name!r} is missing")
        self.value = fields[name]

    def fields(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self._error("is not an object")
        return self.value

    def number(self) -> float:
        return self.checked(_number)

    def list_of(self, size: int | None, convert: Callable[[Any], T]) -> list[T]:
        """A list of `size` elements (any number if that is None), each passed through `convert`."""
        if not isinstance(self.value, list):
            raise self._error("is not a list")
        if size is not None and len(self.value) != size:
            raise self._error(f"has {len(self.value)} rows, but there are {size} nodes")
        return [
            self._checked(convert, element, f"[{index}]")
            for index, element in enumerate(self.value)
        ]

    def column(self, size: int, convert: Callable[[Any], float]) -> array[float]:
        return array("d", self.list_of(size, convert))

    def pairs(self, size: int, convert: Callable[[Any], T]) -> list[tuple[int, T]]:
        """A list of pairs: the index of a node, each once, and what belongs to it."""
        seen: set[int] = set()

        def pair(element: Any) -> tuple[int, T]:
            node, value = _sequence(element, 2)
            if _index(size)(node) in seen:
                raise ValueError(f"is about node {node}, as one before it is")
            seen.add(node)
            return node, convert(value)

        return self.list_of(None, pair)

    def steps(self, size: int, elapsed: float) -> list[Step]:
        seconds = _seconds_until(elapsed)

        def step(element: Any) -> Step:
            node, start, length = _sequence(element, 3)
            step = Step(_index(size)(node), seconds(start), seconds(length))
            seconds(step.start + step.length)
            return step

        return self.list_of(None, step)

    def checked(self, convert: Callable[[Any], T]) -> T:
        return self._checked(convert, self.value, "")

    def _checked(self, convert: Callable[[Any], T], value: Any, where: str) -> T:
        try:
            return convert(value)
        except ValueError as error:
            raise TraceFormatError(f"field '{self.name}{where}' {error}") from None

    def _error(self, what: str) -> TraceFormatError:
        return TraceFormatError(f"field {self.name!r} {what}")


# Each of these returns what it was given, or raises a ValueError that goes on after "field 'x' ".


def _shown(value: Any) -> str:
    """A repr that stays short, and quick, however large or deeply nested the value is."""
    return reprlib.repr(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"is {_shown(value)}, not a number")
    try:
        number = float(value)
    except OverflowError:  # JSON's whole numbers have no limit
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"is {_shown(value)}, not a finite number")
    return number


def _seconds_until(end: float) -> Callable[[Any], float]:
    """Reads a number of seconds between 0 and the end of the run."""

    def check(value: Any) -> float:
        number = _number(value)
        if number < 0:
            raise ValueError(f"is {number}, a negative time")
        if number > end + ROUNDING:
            raise ValueError(f"is {number}, after the end of the run")
        return number

    return check


def _time_until(end: float) -> Callable[[Any], float]:
    """The same, or null for 'not yet'."""
    check = _seconds_until(end)
    return lambda value: NOT_YET if value is None else check(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"is {_shown(value)}, not a text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _one_of(allowed: Collection[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"is {_shown(value)}, not one of {', '.join(allowed)}")
        return value

    return check


def _index(size: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < size:
            raise ValueError(f"is {_shown(value)}, not the index of a node (0 to {size - 1})")
        return value

    return check


def _cause(size: int) -> Callable[[Any], int]:
    check = _index(size)

    def convert(value: Any) -> int:
        # Not True and not -1.0, which equal numbers that are allowed.
        return value if type(value) is int and value in (OUTSIDE, NOT_NEEDED) else check(value)

    return convert


def _indices(size: int) -> Callable[[Any], tuple[int, ...]]:
    check = _index(size)

    def convert(value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise ValueError("is not a list of indices")
        indices = tuple(check(element) for element in value)
        if len(set(indices)) != len(indices):
            raise ValueError(f"is {_shown(value)}, where an index stands twice")
        return indices

    return convert


def _sequence(value: Any, length: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise ValueError(f"is {_shown(value)}, not a list of {length}")
    return value


def _wait(size: int, elapsed: float) -> Callable[[Any], Wait]:
    span = _span_until(elapsed)

    def convert(value: Any) -> Wait:
        node, kind, start, end = _sequence(value, 4)
        checked = cast(WaitKind, _one_of(WAIT_KINDS)(kind))
        return Wait(_index(size)(node), checked, *span(start, end))

    return convert


def _attempt(size: int, elapsed: float) -> Callable[[Any], Attempt]:
    span = _span_until(elapsed)

    def convert(value: Any) -> Attempt:
        node, start, end, error = _sequence(value, 4)
        return Attempt(_index(size)(node), *span(start, end), _text_or_none(error))

    return convert


def _span_until(elapsed: float) -> Callable[[Any, Any], tuple[float, float]]:
    """Reads a start and an end, which may be null for 'not yet'."""
    start_of, end_of = _seconds_until(elapsed), _time_until(elapsed)

    def convert(start: Any, end: Any) -> tuple[float, float]:
        span = start_of(start), end_of(end)
        if span[1] < span[0]:  # false for NaN
            raise ValueError(f"ends at {span[1]}, before it starts at {span[0]}")
        return span

    return convert


def _progress(size: int) -> Callable[[Any], tuple[int, Progress]]:
    def convert(value: Any) -> tuple[int, Progress]:
        node, done, total, message = _sequence(value, 4)
        told = Progress(_number(done), None if total is None else _number(total), _text(message))
        return _index(size)(node), told

    return convert


def _count_or_none(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 1):
        raise ValueError(f"is {_shown(value)}, not a whole number of at least 1, or null")
    return value


def _origin(value: Any) -> Origin:
    task, file, line = _sequence(value, 3)
    if line is not None and (isinstance(line, bool) or not isinstance(line, int)):
        raise ValueError(f"has {_shown(line)} for a line number")
    return Origin(_text_or_none(task), _text_or_none(file), line)
