"""What limits a run, as sentences with figures: each gain is computed by simulating the run mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from async_dag.chain import NodeTimes, chain, pieces
from async_dag.simulate import Simulator, Strategy
from async_dag.trace import LONG_STEP
from async_dag.unexplained import unexplained
from async_dag.workload import LateWakings

FindingKind = Literal[
    "critical path", "held loop", "outside", "slots", "limit", "dependency", "nothing to gain"
]

WORTH_TELLING: Final = 0.02
"""The share of the makespan that a gain must have."""

_WORTH_ASKING: Final = 0.1
"""The share of the makespan that a dependency must cost before anybody is asked whether it is needed.

That is where the code of the task is not at hand: each dependency costs something; most are needed.
"""

_EXACT: Final = 0.01
"""The share of the makespan by which two figures may differ and still be told as one."""

_MOST_WORK: Final = 400_000
"""Nodes that may be simulated for the findings of one run: a few hundred runs of a thousand nodes."""

_AT_LEAST: Final = 3
"""Simulations of however large a run: what the critical path takes."""

_LATE: Final = (
    "what awaits something while the event loop is held is called late, and leaves no mark of when it "
    "was due"
)
"""Why it is not known exactly what a held loop costs."""

_WAITING: Final = {
    "pause": "in pauses between attempts",
    "limit": "waiting for a limit",
    "slot": "waiting for a slot",
    "loop": "waiting for the event loop",
    "turn": "waiting for its turn",
}

_LONGEST_NAME: Final = 40
"""Letters of a node's name in a sentence."""

_CANDIDATES: Final = 4
"""So many holders of the loop, and dependencies, are looked at more closely."""


class Gain(NamedTuple):
    """Seconds by which a run would be shorter, at least and at most; the same where that is known."""

    low: float
    high: float


@dataclass(frozen=True)
class Finding:
    """One thing that limits a run; `str(finding)` is a sentence that says so.

    Attributes:
        kind: `critical path`, `held loop`, `outside`, `slots`, `limit`, `dependency`, or
            `nothing to gain`.
        sentence: what was found, with figures and what to do about it.
        nodes: the names of the nodes it is about: first those to mend, then those concerned.
        gain: by how many seconds the makespan would be shorter, computed by `simulate`.
        why_range: if the gain is a range, what the trace can't tell; else None.

    >>> import asyncio
    >>> from async_dag import build_dag
    >>> async def nap(seconds: float, *needed: float) -> float:
    ...     await asyncio.sleep(seconds)
    ...     return seconds + sum(needed)
    >>> with build_dag() as tm:
    ...     short, long = tm.add_node(nap, 0.01), tm.add_node(nap, 0.05)
    ...     end = tm.options(name="end").add_node(nap, 0.01, short, long)
    >>> timeline = asyncio.run(tm.invoke()).timeline
    >>> finding = timeline.findings()[0]
    >>> finding.kind, finding.nodes
    ('critical path', ('nap_2', 'end'))
    >>> str(finding)
    'The critical path nap_2 → end is ...; nap_2 is ...% of it, and halving it saves ...'
    """

    kind: FindingKind
    sentence: str
    nodes: tuple[str, ...]
    gain: Gain
    why_range: str | None = None

    def __str__(self) -> str:
        return self.sentence


def findings_of(times: NodeTimes, strategy: Strategy) -> list[Finding]:
    """What `Timeline.findings` gives."""
    return _Search(times, strategy).findings()


class _OutOfTime(Exception):
    """Enough was simulated."""


class _Search:
    """Looks for what limits one run."""

    def __init__(self, times: NodeTimes, strategy: Strategy) -> None:
        self._times = times
        self._strategy: Strategy = strategy
        self._trace = times.trace
        self._names = times.trace.graph.names
        self._path = chain(times)
        self._makespan = times.end[self._path[-1]] if self._path else 0.0
        self._work_left = max(_MOST_WORK, _AT_LEAST * len(self._trace))
        self._out_of_time = False
        self._plain = Simulator(times, incomplete=True)

    def findings(self) -> list[Finding]:
        if self._makespan <= 0:
            return []
        found: list[Finding] = []
        ways = (self._critical_path, self._slots, self._limits, self._holders, self._outside)
        try:
            for way in (*ways, self._dependencies):
                for finding in way():
                    found.append(finding)  # noqa: PERF402 - each as it comes: time may run out
        except _OutOfTime:
            self._out_of_time = True  # the most telling ones came first
        worth = WORTH_TELLING * self._makespan
        found = [finding for finding in found if finding.gain.high >= worth]
        found.sort(key=lambda finding: -(finding.gain.low + finding.gain.high))
        if all(finding.kind in ("critical path", "dependency") for finding in found):
            found += self._nothing()
        return found

    # What it would be like

    def _simulated(self, simulator: Simulator, **mended: Any) -> float:
        """The makespan of the run, mended like this."""
        self._work_left -= len(self._trace)
        if self._work_left < 0:
            raise _OutOfTime
        slots = mended.pop("max_concurrency", self._trace.max_concurrency)
        as_started = mended.pop("as_started", True)
        trace = simulator.run(
            self._strategy, max_concurrency=slots, as_started=as_started, **mended
        )
        return trace.elapsed

    @cached_property
    def _early(self) -> Simulator:
        return Simulator(self._times, early=True, incomplete=True)

    @cached_property
    def _base(self) -> float:
        """The makespan of the run as it is, simulated: what the model leaves out is no gain."""
        return self._simulated(self._plain)

    def _gain(self, **mended: Any) -> Gain:
        """What would be gained by a change that leaves the steps which hold the loop as they are."""
        seconds = self._simulated(self._plain, **mended)
        return self._between(self._base - seconds, self._base - seconds)

    def _between(self, low: float, high: float) -> Gain:
        if abs(self._base - self._makespan) > WORTH_TELLING * self._makespan:
            # The model does not quite hold: perhaps what it left out is gained as well, or lost.
            low, high = (
                min(low, low + self._makespan - self._base),
                max(high, high + self._makespan - self._base),
            )
        low, high = max(0.0, low), max(0.0, high)
        return Gain(low, low) if high - low <= _EXACT * self._makespan else Gain(low, high)

    def _gain_off_loop(self, nodes: Sequence[int]) -> Gain:
        """What would be gained if these held the loop no longer."""
        names = [self._names[node] for node in nodes]
        low = self._base - self._simulated(self._plain, off_loop=names)
        # Nobody who waits for a step waits for longer than it takes.
        held = sum(self._times.held[node] for node in nodes)
        high = min(held, self._makespan - self._simulated(self._early, off_loop=names))
        return self._between(low, max(low, high))

    def _why(self, gain: Gain) -> str | None:
        if gain.low == gain.high:
            return None
        return "the run took longer than its tasks and their waits explain"

    # How it is said

    def _seconds(self, seconds: float) -> str:
        """In the unit of the whole run: seconds, or milliseconds."""
        if self._makespan >= 0.1:
            return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:.0f} s"
        return f"{seconds * 1000:.2f} ms"

    def _saves(self, gain: Gain) -> str:
        if gain.low == gain.high:
            return f"saves {self._seconds(gain.high)}"
        return f"saves between {self._seconds(gain.low)} and {self._seconds(gain.high)}"

    def _listed(self, nodes: Sequence[int], most: int = 3) -> str:
        """`a, b and 12 more`."""
        names = [self._name(node) for node in nodes]
        if len(names) > most:
            return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} more"
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def _route(self) -> str:
        names = [self._name(node) for node in self._path]
        if len(names) > 6 or sum(map(len, names)) > 120:
            left_out = len(names) - 4
            names = [*names[:2], f"… {left_out:,} more …", *names[-2:]] if left_out > 0 else names
        return " → ".join(names)

    def _name(self, node: int) -> str:
        """Short enough for a sentence; `nodes` has it in full."""
        name = self._names[node]
        return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"

    def _function(self, node: int) -> str | None:
        return self._trace.graph.origins[node].task

    # What there is to find

    def _critical_path(self) -> Iterator[Finding]:
        """What decided the makespan, and what it is made of."""
        path = self._path
        seconds = {node: self._times.duration(node) for node in path}
        longest = max(path, key=seconds.__getitem__)
        alike = self._alike(path, seconds)
        gain = self._halved([longest])
        mended, named = [longest], f"{self._name(longest)} is"
        worth = WORTH_TELLING * self._makespan
        # Where many do the same, one of them made faster only lets the next one decide. (That all
        # tasks in half their time take half as long is no news, unless there is no other.)
        if len(alike) > 1 and (len(alike) < len(self._times.ran) or gain.high < worth):
            together = self._halved(alike)
            if together.high > 1.5 * gain.high:
                gain, mended = together, alike
                named = f"tasks of {_short(self._function(alike[0]))} are"
        share = sum(seconds.get(node, 0.0) for node in mended) / self._makespan
        what = "it" if len(mended) == 1 else f"all {len(mended):,} of them"
        yield Finding(
            "critical path",
            f"The critical path {self._route()} is {self._seconds(self._makespan)}"
            f"{self._waiting()}; {named} {share:.0%} of it, and halving {what} {self._saves(gain)}.",
            tuple(self._names[node] for node in dict.fromkeys([*mended, *path])),
            gain,
            self._why(gain),
        )

    def _waiting(self) -> str:
        """What of the critical path is not work: `, 0.30 s of it waiting for a slot`."""
        seconds: dict[str, float] = {}
        for piece in pieces(self._times, self._path, "loop" if self._strategy == "dag" else "turn"):
            if piece.kind in _WAITING:
                seconds[piece.kind] = seconds.get(piece.kind, 0.0) + piece.length
        worth = WORTH_TELLING * self._makespan
        told = [
            f"{self._seconds(sum_)} of it {_WAITING[kind]}"
            for kind, sum_ in seconds.items()
            if sum_ >= worth
        ]
        return "".join(f", {one}" for one in told)

    def _alike(self, path: Sequence[int], seconds: Mapping[int, float]) -> list[int]:
        """All tasks of the function that takes most of the critical path, on it or not."""
        by_function: dict[str, float] = {}
        for node in path:
            if (function := self._function(node)) is not None:
                by_function[function] = by_function.get(function, 0.0) + seconds[node]
        if not by_function:
            return []
        most = max(by_function, key=by_function.__getitem__)
        return [node for node in self._times.ran if self._function(node) == most]

    def _halved(self, nodes: Sequence[int]) -> Gain:
        return self._gain(faster={self._names[node]: 2.0 for node in nodes})

    def _holders(self) -> Iterator[Finding]:
        """Who held the event loop, one by one and by function."""
        held = self._times.held
        worth = WORTH_TELLING * self._makespan
        alike: dict[object, list[int]] = {}
        for node in self._times.ran:
            if held[node] > 0:
                alike.setdefault(self._function(node) or node, []).append(node)
        found: list[tuple[float, list[int]]] = []
        for nodes in alike.values():
            together = sum(held[node] for node in nodes)
            most = max(nodes, key=held.__getitem__)
            # Nothing can be gained that was not held.
            if held[most] >= max(worth, 0.8 * together):
                found.append((held[most], [most]))
            elif together >= worth:
                found.append((together, nodes))
        found.sort(key=lambda one: -one[0])
        for together, nodes in found[:_CANDIDATES]:
            gain = self._gain_off_loop(nodes)
            delayed = self._delayed(nodes)
            yield Finding(
                "held loop",
                f"{self._who_held(nodes, together)}{self._meanwhile(delayed)}; move that work off the "
                f"loop with in_thread: {self._saves(gain)}.",
                tuple(self._names[node] for node in [*nodes, *delayed]),
                gain,
                None if gain.low == gain.high else _LATE,
            )

    def _who_held(self, nodes: Sequence[int], together: float) -> str:
        steps = [step for node in nodes for step in self._times.steps.get(node, ())]
        if len(nodes) > 1:
            who = f"{len(nodes):,} tasks of {_short(self._function(nodes[0]))}"
        else:
            who = self._name(nodes[0])
        said = f"{who} held the event loop for {self._seconds(together)}"
        if len(steps) == 1:
            return f"{said} at {self._seconds(steps[0].start)}"
        if not steps:
            return f"{said} in steps of less than a millisecond"
        longest = max(steps, key=lambda step: step.length)
        return (
            f"{said} in {len(steps):,} steps, the longest of {self._seconds(longest.length)} at "
            f"{self._seconds(longest.start)}"
        )

    def _delayed(self, holders: Sequence[int]) -> list[int]:
        """Whom their steps made wait: who was ready, and who went on or ended right behind one."""
        trace, times = self._trace, self._times
        own = set(holders)
        steps = [step for node in holders for step in times.steps.get(node, ())]
        if not steps:
            return []
        late = LateWakings(steps)
        by = {
            node: late.right_before(trace.ready[node], trace.started[node])
            + sum(late.right_before(start, end) for start, end in self._awaits(node))
            for node in times.ran
            if node not in own
        }
        return sorted(
            (node for node, seconds in by.items() if seconds > LONG_STEP), key=lambda n: -by[n]
        )

    def _awaits(self, node: int) -> Iterator[tuple[float, float]]:
        """The spans of time in which a task ran and held no loop for long."""
        now = self._trace.started[node]
        for step in self._times.steps.get(node, ()):
            yield now, step.start
            now = step.start + step.length
        yield now, self._times.end[node]

    def _meanwhile(self, delayed: Sequence[int]) -> str:
        if not delayed:
            return ""
        return f", while {self._listed(delayed)} could not go on"

    def _outside(self) -> Iterator[Finding]:
        """Times in which a node was ready and waited for nothing, but nobody here held the loop."""
        # One by one or wave by wave nodes wait for their turn, and nobody holds the loop.
        gaps = unexplained(self._times) if self._strategy == "dag" else []
        outside = sum(end - start for start, end, _ in gaps)
        if outside < WORTH_TELLING * self._makespan:
            return
        most = max(0.0, min(outside, self._makespan - self._base))
        start, end, node = max(gaps, key=lambda gap: gap[1] - gap[0])
        # Steps of under a millisecond leave no mark of their own: some of it may be theirs.
        short = sum(self._short_steps(node) for node in self._times.ran)
        gain = Gain(max(0.0, most - short), most)
        if gain.high - gain.low <= _EXACT * self._makespan:
            gain = Gain(gain.high, gain.high)
        why = "steps of less than a millisecond leave no mark of when they were"
        yield Finding(
            "outside",
            f"Code outside this run held the event loop for {self._seconds(outside)}, the longest "
            f"{self._seconds(end - start)} at {self._seconds(start)}, while {self._name(node)} was "
            f"ready; without it the run {self._saves(gain)}.",
            (self._names[node],),
            gain,
            why if gain.low != gain.high else None,
        )

    def _short_steps(self, node: int) -> float:
        steps = self._times.steps.get(node, ())
        return max(0.0, self._times.held[node] - sum(step.length for step in steps))

    def _slots(self) -> Iterator[Finding]:
        """What the bound on how many run at once costs, and which bound would not."""
        slots = self._trace.max_concurrency
        waited = list(dict.fromkeys(wait.node for wait in self._trace.waits if wait.kind == "slot"))
        if slots is None or not waited:
            return
        gain = self._gain(max_concurrency=None)
        if gain.high < WORTH_TELLING * self._makespan:
            return
        enough = self._enough(
            slots,
            lambda count: self._simulated(self._plain, max_concurrency=count, as_started=False),
            self._simulated(self._plain, max_concurrency=None),
        )
        yield Finding(
            "slots",
            f"max_concurrency={slots} made {self._listed(waited)} wait for a slot; "
            f"max_concurrency={enough} {self._saves(gain)}.",
            tuple(self._names[node] for node in waited),
            gain,
            self._why(gain),
        )

    def _limits(self) -> Iterator[Finding]:
        """The same for each limit that nodes share."""
        limits = self._plain.limits
        for name in sorted(set(limits.of.values())):
            waited = list(
                dict.fromkeys(
                    wait.node
                    for wait in self._trace.waits
                    if wait.kind == "limit" and limits.of.get(wait.node) == name
                )
            )
            if not waited:
                continue
            gain = self._gain(limits={name: None})
            if gain.high < WORTH_TELLING * self._makespan:
                continue
            yield Finding(
                "limit",
                f"The limit {name} made {self._listed(waited)} wait; "
                f"{self._wider(name, limits.counts.get(name))} {self._saves(gain)}.",
                tuple(self._names[node] for node in waited),
                gain,
                self._why(gain),
            )

    def _wider(self, name: str, count: int | None) -> str:
        if count is None:
            return "without it the run"
        simulator = self._plain
        enough = self._enough(
            count,
            lambda most: self._simulated(simulator, limits={name: most}),
            self._simulated(simulator, limits={name: None}),
        )
        return f"it let {count} in at once, and letting in {enough}"

    def _enough(self, count: int, seconds: Callable[[int], float], goal: float) -> int:
        """The smallest number over `count` with which a run is within 2 % of the goal; by bisection."""
        goal *= 1 + WORTH_TELLING
        low, high = count, count * 2
        most = len(self._times.ran)
        while high < most and seconds(high) > goal:
            low, high = high, high * 2
        high = min(high, most)
        while high - low > 1:
            middle = (low + high) // 2
            if seconds(middle) <= goal:
                high = middle
            else:
                low = middle
        return high

    def _dependencies(self) -> Iterator[Finding]:
        """Dependencies that made the critical path longer, and whose value is not even looked at.

        Where the code of the task is not at hand: those that cost much, for others to judge.
        """
        trace = self._trace
        finished, dependencies = trace.finished, trace.graph.dependencies
        candidates: list[tuple[float, int, int, bool]] = []
        for node in self._path:
            needed = dependencies[node]
            last = max(needed, key=lambda one: (finished[one], one), default=None)
            if last is None:
                continue
            others = max((finished[one] for one in needed if one != last), default=0.0)
            sooner = finished[last] - others
            unread = trace.graph.unread(node)
            if unread is None:
                # All that some task needs is hardly ever needless.
                if len(needed) > 1 and sooner >= _WORTH_ASKING * self._makespan:
                    candidates.append((sooner, last, node, False))
            elif last in unread and sooner >= WORTH_TELLING * self._makespan:
                candidates.append((sooner, last, node, True))
        candidates.sort(reverse=True)
        for sooner, last, node, is_unread in candidates[:_CANDIDATES]:
            gain = self._gain(without=(node, last))
            if not is_unread and gain.high < _WORTH_ASKING * self._makespan:
                continue
            one, other = self._name(node), self._name(last)
            if is_unread:
                said = f"{one} waits for {other}, but never looks at its value"
                unless = "unless it must come after it,"
            else:
                said = f"{one} waited for {other} {self._seconds(sooner)} longer than for anything else"
                unless = "if it does not need it,"
            yield Finding(
                "dependency",
                f"{said}; {unless} dropping that dependency {self._saves(gain)}.",
                (self._names[node], self._names[last]),
                gain,
                self._why(gain),
            )

    def _nothing(self) -> Iterator[Finding]:
        """Said where neither slots, limits, loop nor dependencies cost anything worth telling."""
        trace = self._trace
        if self._out_of_time or any(end != end for end in trace.finished) or trace.outcomes:
            return  # of a run that was cut off, or not looked at in full, nobody knows
        yield Finding(
            "nothing to gain",
            f"With these tasks and dependencies nothing is left to gain: the makespan of "
            f"{self._seconds(self._makespan)} is the length of the critical path.",
            tuple(self._names[node] for node in self._path),
            Gain(0.0, 0.0),
        )


def _short(function: str | None) -> str:
    """`fetch` of `Client.<locals>.fetch`."""
    return (function or "").rpartition(".")[2]
