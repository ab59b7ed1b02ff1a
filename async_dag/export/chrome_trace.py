"""A run in the Trace Event format, which https://ui.perfetto.dev and chrome://tracing open.

Each bar is a complete event (`ph: "X"`). Bars that overlap are on different tracks ("threads").
Times are rounded to nanoseconds and written in microseconds, as the format has them. No slice is
shorter than a nanosecond, since an arrow can't start or end at a slice without a length.

The format: Trace Event Format, Google, 2016.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple

from async_dag._common.paths import file_path
from async_dag.trace.columns import by_node
from async_dag.trace.trace import Trace
from async_dag.views.common.facts import RunFacts, end_of
from async_dag.views.common.lanes import lanes
from async_dag.views.common.task_dependencies import task_dependencies
from async_dag.views.common.words import LEGEND_WORDS

_TASKS: Final = 1
_WAITING: Final = 2
_LOOP: Final = 3
_WORKERS: Final = 10
"""The process of a cluster's first worker; each has one of its own, instead of that of the tasks."""
_MOVES: Final = 1000
"""The first track of values that come to a worker, below those of its tasks."""
_PROCESSES: Final = {_TASKS: "tasks", _WAITING: LEGEND_WORDS["queued"], _LOOP: "event loop"}
"""The groups of tracks, in the order in which viewers show them."""


class _At(NamedTuple):
    """A moment on a track, where an arrow begins or ends."""

    process: int
    track: int
    time: int  # nanoseconds


class _Slice(NamedTuple):
    start: int  # nanoseconds
    end: int
    name: str
    node: int
    arguments: dict[str, Any]
    lane: int = 0


def chrome_events(trace: Trace) -> list[dict[str, Any]]:
    """The events of a run, as the dicts of the format."""
    return list(_Events(RunFacts(trace)).all())


def chrome_json(trace: Trace) -> str:
    """The events of a run as one JSON object."""
    document = {"traceEvents": chrome_events(trace), "displayTimeUnit": "ms"}
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def save_chrome_trace(trace: Trace, path: str | PathLike[str]) -> Path:
    """Write the run to a file, as `RunExport.chrome_trace` describes."""
    path = file_path("export.chrome_trace()", path)
    path.write_text(chrome_json(trace), encoding="utf-8")
    return path


class _Events:
    def __init__(self, facts: RunFacts) -> None:
        self._facts = facts
        self._trace = facts.trace
        # The ends of arrows: the start of each node's first slice, and the end of its last.
        self._first: dict[int, _At] = {}
        self._last: dict[int, _At] = {}
        self._values: dict[tuple[int, int], _At] = {}  # the last slice of a node on a worker

    def all(self) -> Iterator[dict[str, Any]]:
        processes = dict(_PROCESSES)
        if self._trace.lanes:
            del processes[_TASKS]
            running = self._running()
            for number, lane in enumerate(self._trace.lanes):
                processes[_WORKERS + number] = _text(lane.name)
                there = [piece for piece in running if piece.lane == number]
                yield from self._tracks(_WORKERS + number, "lane", there)
            yield from self._moves()
        else:
            yield from self._tracks(_TASKS, "lane", self._running())
        yield from self._tracks(_WAITING, "lane", self._waiting())
        yield from self._tracks(_LOOP, "held by", self._holding())
        yield from self._flows()
        yield from self._counter()
        for process, name in processes.items():
            yield _metadata("process_name", process, 0, {"name": name})
            yield _metadata("process_sort_index", process, 0, {"sort_index": process})

    def _running(self) -> list[_Slice]:
        """A slice per task, or per attempt of a task that was retried."""
        trace = self._trace
        attempts = by_node(trace.attempts)
        slices: list[_Slice] = []
        for node in self._facts.started:
            about = self._about(node)
            tries = attempts.get(node, [])
            if len(tries) < 2:
                piece = self._slice(trace.started[node], end_of(trace, node), node, about)
                slices.append(piece._replace(lane=trace.lane_of.get(node, 0)))
            for number, attempt in enumerate(tries if len(tries) > 1 else (), 1):
                until = attempt.end if attempt.end == attempt.end else trace.elapsed
                failed = {"attempt failed": attempt.error} if attempt.error else {}
                facts = about | {"attempt": number} | failed
                piece = self._slice(attempt.start, until, node, facts, f" (attempt {number})")
                lane = trace.lane_of.get(node, 0) if attempt.lane is None else attempt.lane
                slices.append(piece._replace(lane=lane))
        return slices

    def _about(self, node: int) -> dict[str, Any]:
        trace = self._trace
        origin = trace.graph.origins[node]
        place = f"{origin.file}:{origin.line}" if origin.file and origin.line else origin.file
        facts = {
            "state": self._facts.states[node],
            "held the event loop (s)": round(trace.held[node], 9),
            "waited to start (s)": round(max(0.0, trace.started[node] - trace.ready[node]), 9),
            "task": origin.task,
            "source": place,
            "group": trace.graph.groups[node],
            "limit": trace.graph.limits[node],
            "error": trace.errors.get(node),
            "why": self._facts.note(node, str) if node in trace.causes else None,
        }
        return {key: value for key, value in facts.items() if value is not None}

    def _waiting(self) -> list[_Slice]:
        trace = self._trace
        slices: list[_Slice] = []
        for node in self._facts.tasks:
            ready, started = trace.ready[node], trace.started[node]
            if started > ready:  # false for NaN
                slices.append(self._slice(ready, started, node, {}))
            elif ready == ready and self._facts.states[node] == "ready":
                slices.append(self._slice(ready, trace.elapsed, node, {}))
        for wait in trace.waits:
            # Waits before the first start are covered above.
            if wait.start >= trace.started[wait.node]:
                end = wait.end if wait.end == wait.end else trace.elapsed
                slices.append(self._slice(wait.start, end, wait.node, {"for": wait.kind}))
        return slices

    def _holding(self) -> list[_Slice]:
        return [
            self._slice(step.start, step.start + step.length, step.node, {})
            for step in self._trace.long_steps
        ]

    def _slice(
        self, start: float, end: float, node: int, arguments: dict[str, Any], more: str = ""
    ) -> _Slice:
        begin = _nanoseconds(start)
        name = self._trace.graph.names[node] + more
        return _Slice(begin, max(_nanoseconds(end), begin + 1), name, node, arguments)

    def _tracks(
        self, process: int, title: str, slices: Sequence[_Slice]
    ) -> Iterator[dict[str, Any]]:
        """The slices on as few tracks as possible, in order of their start."""
        lane_of = lanes([(piece.start, piece.end) for piece in slices])
        for track in range(1, max(lane_of, default=-1) + 2):
            name = f"{title} {track}" if process != _LOOP else title
            yield _metadata("thread_name", process, track, {"name": name})
            yield _metadata("thread_sort_index", process, track, {"sort_index": track})
        for piece, lane in sorted(
            zip(slices, lane_of, strict=True), key=lambda pair: pair[0].start
        ):
            track = lane + 1
            if process == _TASKS or process >= _WORKERS:
                first = self._first.get(piece.node)
                if first is None or piece.start < first.time:
                    self._first[piece.node] = _At(process, track, piece.start)
                end = _At(process, track, piece.end - 1)  # within the slice: its end is not
                last = self._last.get(piece.node)
                if last is None or end.time > last.time:
                    self._last[piece.node] = end
                self._values[piece.node, piece.lane] = end
            yield _slice_event(piece, process, track, "task")

    def _flows(self) -> Iterator[dict[str, Any]]:
        """An arrow from the end of each task to the start of each of its dependents."""
        number = 0
        for node in self._facts.started:
            for needed in task_dependencies(self._trace.graph, node):
                if needed in self._last and node in self._first:
                    number += 1
                    ends = self._last[needed], self._first[node]
                    yield from _arrow("dependency", number, *ends)

    def _moves(self) -> Iterator[dict[str, Any]]:
        """A slice for each value that came to a worker, and an arrow from where it came from."""
        trace, names = self._trace, self._trace.graph.names
        sources = {(move.node, move.target): move.source for move in trace.moves}
        by_target: dict[int, list[_Slice]] = {}
        for move in trace.moves:
            facts = {"bytes": move.size, "from": trace.lanes[move.source].name}
            piece = self._slice(move.start, move.end, move.node, facts)
            named = piece._replace(name=f"move of {names[move.node]}", lane=move.target)
            by_target.setdefault(move.target, []).append(named)
        number = 0
        for target, slices in by_target.items():
            process = _WORKERS + target
            for piece, lane in zip(
                slices, lanes([(piece.start, piece.end) for piece in slices]), strict=True
            ):
                number += 1
                track = _MOVES + lane
                yield _metadata("thread_name", process, track, {"name": f"values {lane + 1}"})
                yield _metadata("thread_sort_index", process, track, {"sort_index": track})
                yield _slice_event(piece, process, track, "move")
                start = self._values.get((piece.node, sources[piece.node, target]))
                if start is not None:
                    end = _At(process, track, piece.start)
                    yield from _arrow("move", number, start, end)

    def _counter(self) -> Iterator[dict[str, Any]]:
        # If it changes more than once within a nanosecond, the last value counts.
        steps = self._trace.timeline.parallelism()
        values = {_nanoseconds(step.time): step.running for step in steps}
        for at, running in values.items():
            yield {
                "ph": "C",
                "name": "running at once",
                "pid": _WORKERS if self._trace.lanes else _TASKS,
                "tid": 0,
                "ts": at / 1000,
                "args": {"tasks": running},
            }


def _slice_event(piece: _Slice, process: int, track: int, category: str) -> dict[str, Any]:
    return {
        "ph": "X",
        "name": _text(piece.name),
        "cat": category,
        "pid": process,
        "tid": track,
        "ts": piece.start / 1000,
        "dur": (piece.end - piece.start) / 1000,
        "args": {key: _text(value) for key, value in piece.arguments.items()},
    }


def _arrow(kind: str, number: int, start: _At, end: _At) -> Iterator[dict[str, Any]]:
    """From one slice to another one; `number` is its own among those of its kind."""
    for phase, at in (("s", start), ("f", end)):
        event = {
            "ph": phase,
            "name": kind,
            "cat": kind,
            "id": number,
            "pid": at.process,
            "tid": at.track,
            "ts": at.time / 1000,
        }
        yield event | ({"bp": "e"} if phase == "f" else {})


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def _text(value: Any) -> Any:
    """A text that any reader accepts: lone surrogates, which UTF-8 can't encode, are escaped."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _metadata(name: str, process: int, track: int, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"ph": "M", "name": name, "pid": process, "tid": track, "ts": 0, "args": arguments}
