"""List scheduling on paper: when each task would start and end, given what each does with its time.

Tasks start the moment their last dependency is done, as long as there are slots; of those that wait for
one the most urgent is first (Graham 1969). There is one event loop: while a task holds it no other can
start, go on or end. Who asks for it meanwhile gets it in the order of asking; only tasks that another
one made ready start right behind that one, as they do in the engine. Threads that compute share
Python's lock, with each other and with the task that holds the loop; what needs no lock shares the
processors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from math import inf, nan
from typing import Final, Literal, NamedTuple

from async_dag.analysis.simulation.parts import Part, Parts
from async_dag.analysis.simulation.sharing import Shared
from async_dag.analysis.simulation.windows import WindowPlan, Windows
from async_dag.engine.run import TURN
from async_dag.graph.algorithms import Dependencies, dependents_of
from async_dag.trace.columns import LONG_STEP, Attempt, Step, Wait

_Event = Literal[0, 1, 2, 3, 4, 5, 6]
_AWAITED: Final = 0  # what a task awaited is there: it needs the loop to go on
_HELD: Final = 1  # a task has held the loop as long as it does
_ASKS: Final = 2  # a task asks for its limit and its slot
_NEW_TURN: Final = 3  # the engine goes on starting tasks
_TAKES_LOCK: Final = 4  # a task computes from now on, with Python's lock
_TAKES_PROCESSOR: Final = 5  # the same without the lock
_COMPUTED: Final = 6  # one of those that compute is through
_ENGINE: Final = -1  # instead of a node
_LOCK: Final = 0  # likewise
_PROCESSORS: Final = 1


class Rules(NamedTuple):
    """What a schedule keeps to.

    `slots` is how many tasks may run at once. `urgency`, a number for each node, says who gets a free
    slot: the highest. `limit_of` names the limit of each node that has one, `limits` says how many may
    be within it at once. `delays` are seconds that a node waits for a limit whose workings are unknown.
    `start_cost` is how many seconds of the loop's time the engine takes to start a task. `processors`
    is how many the machine has, and `others` how many computations of other programs share them.
    `windows` are those of maps.
    """

    slots: float = inf
    urgency: Sequence[float] | None = None
    limit_of: Mapping[int, str] = {}
    limits: Mapping[str, int] = {}
    delays: Mapping[int, float] = {}
    start_cost: float = 0.0
    processors: float = inf
    others: float = 0.0
    windows: WindowPlan | None = None


class Schedule:
    """When each node starts and ends; computed by the constructor.

    Args:
        work: for each node its parts; None for one that never runs, which is done at once.
        dependencies: for each node the nodes it waits for.
        rules: what to keep to.

    Attributes:
        work: what it was given.
        started: for each node when it starts, in seconds.
        finished: for each node when it ends.
        held: for each node how many seconds it holds the event loop.
        long_steps: the steps that hold the event loop for over a millisecond, in order of their end.
        waits: what nodes wait for limits and slots, in order of their start.
        attempts: those of nodes that pause, in order of their end.

    Two tasks of 1 s each on one slot, where nobody holds the loop:

    >>> from async_dag.analysis.simulation.parts import Part
    >>> Schedule([(Part("await", 1.0),)] * 2, [(), ()], Rules(slots=1)).finished
    [1.0, 2.0]
    """

    def __init__(
        self, work: Sequence[Parts | None], dependencies: Dependencies, rules: Rules
    ) -> None:
        size = len(work)
        self.work = work
        self.started: list[float] = [nan] * size
        self.finished: list[float] = [nan] * size
        self.held: list[float] = [0.0] * size
        self.long_steps: list[Step] = []
        self.waits: list[Wait] = []
        self.attempts: list[Attempt] = []
        self._rules = rules
        self._windows = None if rules.windows is None else Windows(rules.windows)
        self._dependents = dependents_of(dependencies)
        self._missing = [len(needed) for needed in dependencies]
        self._events: list[tuple[float, int, int, _Event]] = []  # time, number, node, which
        self._number = 0  # of two events at the same time the one with the lower number comes first
        self._place = [0] * size  # the part that comes next
        self._called: set[int] = set()  # the tasks that were called, and not again since
        self._attempt_since: dict[int, float] = {}
        self._asked: dict[int, float] = {}  # since when a node waits for what it waits for now
        self._free: float = rules.slots
        self._for_slots: list[tuple[float, int, int]] = []
        self._within: dict[str, int] = {}
        self._for_limit: dict[str, deque[int]] = {}
        self._now = 0.0  # up to when the loop was busy: nothing happens before
        self._held = False  # whether a task holds the loop
        self._held_since = 0.0
        self._shared = (Shared(1), Shared(rules.processors, rules.others))
        self._announced = [0, 0]  # the number of the event that tells the end of the next in each
        self._then: dict[int, tuple[float, float, _Event]] = {}  # of each that computes, or will
        self._for_loop: deque[int] = deque()
        self._to_start: deque[int] = deque()  # what the engine starts before it lets the loop go on
        self._turn_ends = 0.0  # when it lets it all the same
        self._turn_over = False
        self._play()
        self.waits.sort(key=lambda wait: wait.start)

    def _play(self) -> None:
        roots = self._roots()
        if (urgency := self._rules.urgency) is not None:
            roots.sort(key=urgency.__getitem__, reverse=True)
        for node in roots:
            self._become_ready(node, 0.0)
        self._hand_out_slots(0.0)
        self._serve()
        self._play_events()
        # As in a run, a window lets one more in where all that are begun wait for others.
        while self._windows is not None and (rows := self._windows.let_in()):
            self._let_in(rows, self._now)
            self._hand_out_slots(self._now)
            self._serve()
            self._play_events()

    def _play_events(self) -> None:
        events = self._events
        while events:
            time, number, node, event = heappop(events)
            if event == _COMPUTED and number != self._announced[node]:
                continue  # others came meanwhile, so it takes longer
            now = self._now = max(time, self._now)
            if event == _AWAITED:
                if self._held or self._for_loop or self._to_start:
                    self._for_loop.append(node)
                else:
                    self._go_on(node, now)
            elif event == _HELD:
                self._held = False
                self._has_held(node, now)
                self._go_on(node, now)
            elif event in (_TAKES_LOCK, _TAKES_PROCESSOR):
                self._compute(node, event, time)
            elif event == _COMPUTED:
                self._computed(node, time)
            elif event == _ASKS:
                self._ask(node, now)
                self._hand_out_slots(now)
            else:
                self._turn_over = False
                self._turn_ends = now + TURN
            if not self._held and (self._for_loop or self._to_start):
                self._serve()

    def _roots(self) -> list[int]:
        """The tasks that wait for no other one, in their order; what they are given is done."""
        roots = [node for node, count in enumerate(self._missing) if not count]
        tasks: list[int] = []
        while roots:
            node = roots.pop()
            if self.work[node] is not None:
                tasks.append(node)
                continue
            self.started[node] = self.finished[node] = 0.0
            if self._windows is not None:
                self._windows.over(node)  # nothing waits for room yet
            for dependent in self._dependents[node]:
                self._missing[dependent] -= 1
                if not self._missing[dependent]:
                    roots.append(dependent)
        return sorted(tasks)

    def _event(self, time: float, node: int, event: _Event) -> None:
        self._number += 1
        heappush(self._events, (time, self._number, node, event))

    def _spend(self, node: int, part: Part, now: float, then: _Event) -> None:
        """Let the time of a part pass, first what of it needs neither lock nor processor."""
        if part.lock <= 0 and part.processor <= 0:
            self._event(now + part.seconds, node, then)
            return
        self._then[node] = (part.lock, part.processor, then)
        idle = max(0.0, part.seconds - part.lock - part.processor)
        self._event(now + idle, node, _TAKES_LOCK if part.lock > 0 else _TAKES_PROCESSOR)

    def _compute(self, node: int, event: _Event, time: float) -> None:
        lock, processor, then = self._then[node]
        if event == _TAKES_LOCK:
            self._then[node] = (0.0, processor, then)
            self._shared[_LOCK].enter(node, lock, time)
            self._announce(_LOCK)
        else:
            self._then[node] = (0.0, 0.0, then)
            self._shared[_PROCESSORS].enter(node, processor, time)
            self._announce(_PROCESSORS)

    def _computed(self, which: int, time: float) -> None:
        node = self._shared[which].leave()
        _, processor, then = self._then[node]
        if processor > 0:
            self._event(time, node, _TAKES_PROCESSOR)
        else:
            del self._then[node]
            self._event(time, node, then)
        self._announce(which)

    def _announce(self, which: int) -> None:
        """Say when the next of those that compute is through, unless others come before."""
        end = self._shared[which].next_end
        self._announced[which] = 0
        if end < inf:
            self._event(end, which, _COMPUTED)
            self._announced[which] = self._number

    def _serve(self) -> None:
        """Let those go on who ask for the loop, until one of them holds it."""
        while not self._held:
            if self._to_start and not self._turn_over:
                if self._now <= self._turn_ends:
                    self._go_on(self._to_start.popleft(), self._now)
                else:  # first whoever else is due
                    self._turn_over = True
                    self._event(self._now, _ENGINE, _NEW_TURN)
            elif self._for_loop:
                self._go_on(self._for_loop.popleft(), self._now)
            else:
                return

    def _become_ready(self, node: int, now: float) -> None:
        if self.work[node] is None:
            self.started[node] = now
            self._finish(node, now)
        elif (delay := self._rules.delays.get(node, 0.0)) > 0:
            self.waits.append(Wait(node, "limit", now, now + delay))
            self._event(now + delay, node, _ASKS)
        else:
            self._ask(node, now)

    def _ask(self, node: int, now: float) -> None:
        """First for its window, if it is an item of a map, then for the limit, then for a slot."""
        rules = self._rules
        if self._windows is not None and not self._windows.enter(node):
            self._asked[node] = now
            return
        limit = rules.limit_of.get(node)
        if limit is not None and (most := rules.limits.get(limit)) is not None:
            within = self._within.get(limit, 0)
            if within >= most:
                self._asked[node] = now
                self._for_limit.setdefault(limit, deque()).append(node)
                return
            self._within[limit] = within + 1
        if rules.slots == inf:
            self._start(node, now)
            return
        self._number += 1
        self._asked[node] = now
        first = -rules.urgency[node] if rules.urgency is not None else 0.0
        heappush(self._for_slots, (first, self._number, node))

    def _hand_out_slots(self, now: float) -> None:
        waiting = self._for_slots
        while waiting and self._free > 0:
            node = heappop(waiting)[2]
            self._free -= 1
            since = self._asked.pop(node)
            if now > since:
                self.waits.append(Wait(node, "slot", since, now))
            self._start(node, now)

    def _start(self, node: int, now: float) -> None:
        """A task, or its next attempt, has all that it needs but the loop."""
        if not self._to_start and not self._turn_over:
            self._turn_ends = now + TURN
        self._to_start.append(node)

    def _go_on(self, node: int, now: float) -> None:
        """A task has the loop: play its parts up to the next for which it must wait."""
        parts = self.work[node]
        assert parts is not None  # else it never runs
        place = self._place[node]
        if node not in self._called:
            self._called.add(node)
            if not place:
                now = self._now = self.started[node] = now + self._rules.start_cost
            if place or (len(parts) > 1 and any(part.kind == "pause" for part in parts)):
                self._attempt_since[node] = now
        while place < len(parts):
            part = parts[place]
            kind, seconds = part.kind, part.seconds
            place += 1
            if kind == "hold":
                end = now + seconds
                if (
                    part.lock > 0
                    or self._for_loop
                    or self._to_start
                    or (self._events and self._events[0][0] <= end)
                ):
                    self._place[node] = place
                    self._held, self._held_since = True, now
                    self._spend(node, part, now, _HELD)
                    return
                self._record_step(node, now, seconds)
                now = self._now = end  # nobody asks meanwhile
                continue
            self._place[node] = place
            if kind == "await":
                self._spend(node, part, now, _AWAITED)
            else:
                self._give_back(node, now, "failed")
                self._called.remove(node)
                self._event(now + seconds, node, _ASKS)
                self._hand_out_slots(now)
            return
        self._give_back(node, now, None)
        self._finish(node, now)
        self._hand_out_slots(now)

    def _has_held(self, node: int, now: float) -> None:
        """A task that kept others waiting for the loop is through with the part before its next one."""
        parts = self.work[node]
        assert parts is not None
        part = parts[self._place[node] - 1]
        since = self._held_since
        # Exactly as long as it is, unless it had to share the lock.
        self._record_step(node, since, part.seconds if part.lock <= 0 else now - since)

    def _record_step(self, node: int, start: float, length: float) -> None:
        self.held[node] += length
        if length > LONG_STEP:
            self.long_steps.append(Step(node, start, length))

    def _give_back(self, node: int, now: float, error: str | None) -> None:
        """End an attempt: the slot is free, and the first that waits for the limit gets it."""
        if (since := self._attempt_since.pop(node, None)) is not None:
            self.attempts.append(Attempt(node, since, now, error))
        self._free += 1
        limit = self._rules.limit_of.get(node)
        if limit is None or limit not in self._within:
            return
        self._within[limit] -= 1
        if queue := self._for_limit.get(limit):
            first = queue.popleft()
            since = self._asked.pop(first)
            if now > since:
                self.waits.append(Wait(first, "limit", since, now))
            self._ask(first, now)

    def _finish(self, node: int, now: float) -> None:
        """A node is done; so are, at once, those that never run and waited only for it."""
        over = deque([node])
        while over:
            done = over.popleft()
            self.finished[done] = now
            for dependent in self._dependents[done]:
                self._missing[dependent] -= 1
                if self._missing[dependent]:
                    continue
                if self.work[dependent] is None:
                    self.started[dependent] = now
                    over.append(dependent)
                else:
                    self._become_ready(dependent, now)
            if self._windows is not None:  # what goes on from it may come before what waits already
                self._let_in(self._windows.over(done), now)

    def _let_in(self, nodes: Sequence[int], now: float) -> None:
        """Items whose window lets them in."""
        for node in nodes:
            since = self._asked.pop(node)
            if now > since:
                self.waits.append(Wait(node, "window", since, now))
            self._ask(node, now)
