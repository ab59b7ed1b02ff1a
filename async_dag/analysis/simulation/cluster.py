"""What a run on a cluster would take with other workers, placements or moves: list scheduling on paper.

The model: a node becomes known to its worker as long after its dependencies as it did in the run. What
it takes from other workers comes all at once, in the time that its move took; a value that did not move
in the run would take as long as its bytes do at the rate of those that did. A plain function then
occupies a thread of its worker, a coroutine some milliseconds of one; coroutines of one worker hold its
loop one after the other. Of those that wait for a thread that one is first which was in the run.
What a lost worker took along is no work. What ran on no worker, as a streaming node does, needs none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush
from statistics import median
from typing import Any, Final, NamedTuple

from async_dag.analysis.critical_path import NodeTimes
from async_dag.analysis.simulation.barriers import with_barriers
from async_dag.analysis.simulation.parts import total
from async_dag.analysis.simulation.workload import is_plain, parts_of
from async_dag.graph.algorithms import dependents_of
from async_dag.trace.columns import LARGE, LOST, NOT_YET, VALUE_LOST, Lane, Move, Wait, WaitKind
from async_dag.trace.trace import Trace

_IN_SLOT: Final = 0.005
"""Seconds for which a coroutine occupies a thread before it leaves it to others."""

_KEPT_HERE: Final[tuple[WaitKind, ...]] = ("limit", "slot", "window")

_RATE: Final = 100e6
"""Bytes a second where nothing large moved: what Dask expects of a network."""


class _Running(NamedTuple):
    """A worker while a schedule is made: `queue` has those that wait for a thread."""

    threads: int
    queue: list[tuple[float, int]]
    there: dict[int, float]  # since when it has, or will have, the value of a node


class ClusterSimulator:
    """Plays a run on a cluster again. (Not for users: `Timeline.simulate` is.)"""

    def __init__(self, times: NodeTimes) -> None:
        self._times = times
        trace = times.trace
        self.trace: Trace = trace
        ran = times.ran
        self._ran = ran
        self._seconds = {node: total(parts_of(times, node)) for node in ran}
        self._plain = {node for node in ran if is_plain(times, node)}
        lost = {node for node, tries in times.attempts.items() if any(map(_was_lost, tries))}
        self.lost: set[int] = lost
        told = {node: self._waited(node, "scheduler") for node in ran if node not in lost}
        usual = median(told.values()) if told else 0.0
        self._delays = {node: told.get(node, usual) for node in ran}
        # For limits, slots and windows, which are kept by who invokes.
        self._held_back = {
            node: self._waited(node, *_KEPT_HERE) for node in ran if node not in lost
        }
        self._moved = {(move.node, move.target): move.end - move.start for move in trace.moves}
        self._order = {node: trace.started[node] for node in ran}
        self.measured: dict[int, int] = {
            node: self._first_lane(node) for node in ran if node in trace.lane_of
        }

    def _waited(self, node: int, *kinds: WaitKind) -> float:
        """Seconds for which a node waited for that."""
        waits = self._times.waits.get(node, ())
        return sum(wait.end - wait.start for wait in waits if wait.kind in kinds)

    def _first_lane(self, node: int) -> int:
        for attempt in self._times.attempts.get(node, ()):
            if attempt.lane is not None:
                return attempt.lane
        return self.trace.lane_of[node]

    @cached_property
    def _rate(self) -> tuple[float, float]:
        """Seconds that a move takes in any case, and bytes a second beyond."""
        moves = self.trace.moves
        small = [move.end - move.start for move in moves if move.size < LARGE]
        large = [move for move in moves if move.size >= LARGE]
        seconds = sum(move.end - move.start for move in large)
        rate = sum(move.size for move in large) / seconds if seconds > 0 else _RATE
        return (median(small) if small else 0.0), rate

    def move_seconds(self, node: int, target: int) -> float:
        """How long the value of a node takes to a worker."""
        measured = self._moved.get((node, target))
        if measured is not None:
            return measured
        least, rate = self._rate
        known = [move.size for move in self.trace.moves if move.node == node]
        size = known[0] if known else self.trace.sizes.get(node, 0)
        return least + size / rate

    def run(
        self,
        *,
        workers: int | None = None,
        threads: int | None = None,
        moves: bool = True,
        scheduler: bool = True,
        faster: Mapping[int, float] | None = None,
        placement: Mapping[int, int] | None = None,
        barriers: bool = False,
    ) -> Trace:
        """The computed trace.

        Args:
            workers: how many; with None those of the run, each node where it was.
            threads: of each worker; None for those of the run.
            moves: whether moving a value takes time.
            scheduler: whether nodes wait for the scheduler as they did.
            faster: a factor for each node that takes less time.
            placement: workers of nodes that are elsewhere than in the run.
            barriers: whether items of a map wait for all items of the maps they take some of.
        """
        lanes = self.trace.lanes
        if workers is None:
            counts = [lane.threads if threads is None else threads for lane in lanes]
            placed = {**self.measured, **(placement or {})}
        else:
            usual = max(lane.threads for lane in lanes) if threads is None else threads
            counts = [usual] * workers
            placed = dict(placement or {})
        schedule = _Schedule(self, counts, placed, moves, scheduler, faster or {}, barriers)
        return schedule.trace(self.trace)


def _was_lost(attempt: Any) -> bool:
    return attempt.error in (LOST, VALUE_LOST)


class _Schedule:
    """When each node would run where; computed by the constructor."""

    def __init__(
        self,
        model: ClusterSimulator,
        threads: Sequence[int],
        placed: Mapping[int, int],
        moves: bool,
        scheduler: bool,
        faster: Mapping[int, float],
        barriers: bool,
    ) -> None:
        self._model = model
        self._placed = placed
        self._moves = moves
        self._scheduler = scheduler
        self._faster = faster
        trace = model.trace
        size = len(trace)
        self.ready = [NOT_YET] * size
        self.started = [NOT_YET] * size
        self.finished = [NOT_YET] * size
        self.lane_of: dict[int, int] = {}
        self.moved: list[Move] = []
        self.waits: list[Wait] = []
        self._workers = [_Running(count, [], {}) for count in threads]
        self._free = list(threads)
        self._loop_free = [0.0] * len(threads)
        self._booked = [0.0] * len(threads)  # seconds of threads that are asked for and not over
        self._able: dict[int, float] = {}
        self._number = 0
        self._events: list[tuple[float, int, Any, int]] = []
        dependencies = trace.graph.dependencies
        reused = {node for node, outcome in trace.outcomes.items() if outcome == "reused"}
        self._ran = set(model._ran)
        self._takes = [() if node in reused else needs for node, needs in enumerate(dependencies)]
        waits_for = with_barriers(trace, self._takes) if barriers else self._takes
        self._missing = [len(needs) for needs in waits_for]
        self._dependents = dependents_of(waits_for)
        for node in range(size):
            if not self._missing[node]:
                self._at(0.0, self._become_ready, node)
        while self._events:
            time, _, act, node = heappop(self._events)
            act(node, time)

    def _at(self, time: float, act: Any, node: int) -> None:
        self._number += 1
        heappush(self._events, (time, self._number, act, node))

    def _seconds(self, node: int) -> float:
        return self._model._seconds[node] / self._faster.get(node, 1.0)

    def _become_ready(self, node: int, now: float) -> None:
        self.ready[node] = now
        if node not in self._ran:  # takes no time: a parameter, a collect, or what never started
            if node not in self._model.trace.outcomes or self._takes[node] == ():
                self.started[node] = now
                self._finish(node, now)
            return
        held_back = self._model._held_back.get(node, 0.0)
        delay = held_back + (self._model._delays[node] if self._scheduler else 0.0)
        if delay > held_back:
            self.waits.append(Wait(node, "scheduler", now + held_back, now + delay))
        if node in self._model.measured:
            self._at(now + delay, self._come, node)
        else:
            self._at(now + delay, self._start_here, node)

    def _start_here(self, node: int, now: float) -> None:
        """It starts in the process that invokes."""
        self.started[node] = now
        self._at(now + self._seconds(node), self._finish, node)

    def _sources(self, node: int) -> list[int]:
        """The nodes whose values it takes; of one that collects others, those of the others."""
        sources: list[int] = []
        stack = list(self._takes[node])
        while stack:
            needed = stack.pop()
            if needed in self.lane_of:
                sources.append(needed)
            elif self._model.trace.graph.kinds[needed] == "collect":
                stack.extend(self._takes[needed])
        return sources

    def _arrival(self, node: int, lane: int, now: float) -> float:
        """When a worker would have all that a node takes."""
        if not self._moves:
            return now
        there = self._workers[lane].there
        return max(
            [
                there.get(needed, now + self._model.move_seconds(needed, lane))
                for needed in self._sources(node)
            ],
            default=now,
        )

    def _come(self, node: int, now: float) -> None:
        """It comes to its worker, or to the one where it would start first."""
        lane = self._placed.get(node)
        if lane is None or lane >= len(self._workers):
            lane = min(
                range(len(self._workers)),
                key=lambda lane: max(
                    self._arrival(node, lane, now),
                    now + self._booked[lane] / self._workers[lane].threads,
                ),
            )
        self.lane_of[node] = lane
        self._booked[lane] += self._in_slot(node)
        able = max(now, self._arrival(node, lane, now))
        if self._moves:
            there = self._workers[lane].there
            for needed in self._sources(node):
                if needed not in there:
                    end = now + self._model.move_seconds(needed, lane)
                    there[needed] = end
                    size = self._model.trace.sizes.get(needed, 0)
                    self.moved.append(Move(needed, self.lane_of[needed], lane, now, end, size))
        if able > now:
            self.waits.append(Wait(node, "transfer", now, able))
        self._able[node] = able
        self._at(able, self._ask, node)

    def _in_slot(self, node: int) -> float:
        seconds = self._seconds(node)
        return seconds if node in self._model._plain else min(seconds, _IN_SLOT)

    def _ask(self, node: int, now: float) -> None:
        lane = self.lane_of[node]
        heappush(self._workers[lane].queue, (self._model._order[node], node))
        self._start_next(lane, now)

    def _start_next(self, lane: int, now: float) -> None:
        worker = self._workers[lane]
        while worker.queue and self._free[lane] > 0:
            _, node = heappop(worker.queue)
            self._free[lane] -= 1
            if now > self._able[node]:
                self.waits.append(Wait(node, "worker", self._able[node], now))
            self.started[node] = now
            begins = now
            if node not in self._model._plain:
                held = min(self._model._times.held[node], self._seconds(node))
                begins = max(now, self._loop_free[lane])
                self._loop_free[lane] = begins + held
            self._at(now + self._in_slot(node), self._leave, node)
            self._at(begins + self._seconds(node), self._end, node)

    def _leave(self, node: int, now: float) -> None:
        lane = self.lane_of[node]
        self._free[lane] += 1
        self._booked[lane] -= self._in_slot(node)
        self._start_next(lane, now)

    def _end(self, node: int, now: float) -> None:
        self._workers[self.lane_of[node]].there[node] = now
        self._finish(node, now)

    def _finish(self, node: int, now: float) -> None:
        self.finished[node] = now
        for dependent in self._dependents[node]:
            self._missing[dependent] -= 1
            if not self._missing[dependent]:
                self._at(now, self._become_ready, dependent)

    def trace(self, old: Trace) -> Trace:
        """It all as the trace of a run."""
        trace = Trace(old.graph, clock=_no_time)
        trace.wall_start = old.wall_start
        trace.processors, trace.has_lock = old.processors, old.has_lock
        trace.ready, trace.started, trace.finished = self.ready, self.started, self.finished
        trace.held = [
            0.0 if start != start else held
            for held, start in zip(self._model._times.held, self.started, strict=True)
        ]
        trace.lanes = [
            old.lanes[number]._replace(threads=worker.threads, start=0.0, end=NOT_YET)
            if number < len(old.lanes)
            else Lane(f"worker {number}", worker.threads, 0.0, NOT_YET)
            for number, worker in enumerate(self._workers)
        ]
        trace.lane_of = self.lane_of
        trace.sizes = dict(old.sizes)
        trace.moves = sorted(self.moved, key=lambda move: move.end)
        trace.waits = sorted(self.waits, key=lambda wait: wait.start)
        for node, outcome in old.outcomes.items():
            if self.finished[node] != self.finished[node] or outcome == "reused":
                trace.outcomes[node] = outcome
                if node in old.causes:
                    trace.causes[node] = old.causes[node]
        trace.close(max((end for end in self.finished if end == end), default=0.0))
        return trace


def _no_time() -> float:
    return 0.0
