"""Whether what `async_dag` computes from one run is what really happens.

Each case is a graph whose tasks do one kind of thing. It is really run one by one, wave by wave and as
a DAG (`compare`); from the DAG run alone the other two and the speed-up are computed. Each fault is a
graph with one thing wrong; the gain that `findings` names is held against two real runs, one with the
fault and one with the cure.

A figure holds if it is within 15 % of what was measured, or if it is a range that contains it and is no
wider than half of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import pbkdf2_hmac
from statistics import median
from typing import Any, Final, NamedTuple

import stamina

from async_dag import TaskManager, compare, in_process, in_thread
from async_dag._common.ranges import Range

CLOSE: Final = 0.15
"""The share of the measured figure by which a figure may be off."""

WIDEST: Final = 0.5
"""The share of the measured figure that a range which contains it may span."""

ROUNDS: Final = 3
"""Runs of each kind; the median is what was measured."""


class Line(NamedTuple):
    """One figure: what was told, and what was measured from outside."""

    case: str
    figure: str
    told: Range
    measured: float

    @property
    def holds(self) -> bool:
        """Whether the figure is as close as it must be."""
        low, high = self.told
        if max(abs(low - self.measured), abs(high - self.measured)) <= CLOSE * self.measured:
            return True
        return low <= self.measured <= high and high - low <= WIDEST * self.measured

    @property
    def text(self) -> str:
        """The line of the table."""
        off = max(self.told, key=lambda told: abs(told - self.measured)) / self.measured - 1
        verdict = "holds" if self.holds else "WRONG"
        told = self.told.text(3)
        return f"{self.case:34} {self.figure:14} {told:>13} {self.measured:9.3f} {off:+7.0%}  {verdict}"


# What tasks do


async def nap(seconds: float, *_: object) -> None:
    """Awaits."""
    await asyncio.sleep(seconds)


async def hold(seconds: float, *_: object) -> None:
    """Blocks the event loop."""
    time.sleep(seconds)  # noqa: ASYNC251 - what is shown is that it holds the loop


async def nap_and_compute(seconds: float, *_: object) -> None:
    """A third of the time it sleeps, and then it computes: three times."""
    for _round in range(3):
        await asyncio.sleep(seconds / 9)
        compute(loops_in(seconds * 2 / 9))


def block(seconds: float, *_: object) -> None:
    """Blocks its thread, and computes nothing."""
    time.sleep(seconds)


def compute(loops: int, *_: object) -> int:
    """Python code that never lets go of Python's lock."""
    total = 0
    for number in range(loops):
        total += number * number
    return total


def digest(rounds: int, *_: object) -> bytes:
    """Code that computes without Python's lock."""
    return pbkdf2_hmac("sha256", b"password", b"salt", rounds)


@lru_cache
def rounds_per_second(work: Callable[[int], object]) -> float:
    """The speed of `compute` or `digest` on this machine, measured once."""
    speeds = []
    for _ in range(7):
        begun = time.thread_time()
        work(100_000)
        speeds.append(100_000 / (time.thread_time() - begun))
    return median(speeds)


def loops_in(seconds: float) -> int:
    """What `compute` is given to take so long on a processor of its own."""
    return round(seconds * rounds_per_second(compute))


def rounds_in(seconds: float) -> int:
    """The same of `digest`."""
    return round(seconds * rounds_per_second(digest))


# The cases


def pairs(tm: TaskManager[None], task: Callable[..., Any], short: float, long: float) -> None:
    """Six chains of two: after the short ones come long ones, after the long ones short ones."""
    for number in range(6):
        first, second = (short, long) if number % 2 else (long, short)
        tm.add_node(task, second, tm.add_node(task, first))


def retried_pairs(tm: TaskManager[None]) -> None:
    """Tasks that fail at each odd call, and pause for 60 ms before the next one."""
    calls: dict[int, int] = {}

    async def flaky(number: int, seconds: float, *_: object) -> None:
        calls[number] = calls.get(number, 0) + 1
        await asyncio.sleep(seconds)
        if calls[number] % 2:
            raise ConnectionError("try again")

    def retry() -> Any:
        return stamina.retry_context(
            on=ConnectionError, attempts=2, timeout=None, wait_initial=0.06, wait_jitter=0
        )

    add = tm.options(retry=retry).add_node
    for number in range(6):
        first, second = (0.03, 0.1) if number % 2 else (0.1, 0.03)
        add(flaky, number + 100, second, add(flaky, number, first))


def limited_pairs(tm: TaskManager[None]) -> None:
    """The same as naps of which three may go on at a time."""
    add = tm.options(limit=asyncio.Semaphore(3)).add_node
    for number in range(6):
        first, second = (0.05, 0.15) if number % 2 else (0.15, 0.05)
        add(nap, second, add(nap, first))


CASES: Final[dict[str, Callable[[TaskManager[None]], None]]] = {
    "sleep": lambda tm: pairs(tm, nap, 0.05, 0.15),
    "hold the loop": lambda tm: pairs(tm, hold, 0.03, 0.09),
    "sleep and compute in turns": lambda tm: pairs(tm, nap_and_compute, 0.045, 0.135),
    "block in threads": lambda tm: pairs(tm, in_thread(block), 0.05, 0.15),
    "compute in threads": lambda tm: pairs(tm, in_thread(compute), loops_in(0.05), loops_in(0.15)),
    "hash in threads, without the lock": lambda tm: pairs(
        tm, in_thread(digest), rounds_in(0.05), rounds_in(0.15)
    ),
    "wait for a limit of 3": limited_pairs,
    "are retried after pauses": retried_pairs,
}


async def lines_of_case(name: str) -> list[Line]:
    """What one DAG run of a case tells beside what `compare` measures."""
    tm: TaskManager[None] = TaskManager()
    CASES[name](tm)
    tm.sort()
    await tm.invoke()  # threads are started, and modules imported
    comparison = await compare(tm, repeat=ROUNDS)
    measured = {way: median(all_of_it) for way, all_of_it in comparison.makespans.items()}
    timeline = comparison.timelines["dag"]
    one_by_one = timeline.simulate("sequential")
    return [
        Line(name, "one by one", one_by_one.makespan_range, measured["sequential"]),
        Line(name, "in waves", timeline.simulate("waves").makespan_range, measured["waves"]),
        Line(name, "speed-up", timeline.speedup_range, measured["sequential"] / measured["dag"]),
    ]


# The faults


@dataclass(frozen=True)
class Fault:
    """A graph with one thing wrong.

    `fill` adds the nodes, with the fault or with the cure; `kind` is that of the finding which names
    it; `options` are what `invoke` is given with the fault and with the cure.
    """

    name: str
    kind: str
    fill: Callable[[TaskManager[None], bool], None]
    options: tuple[dict[str, Any], dict[str, Any]] = ({}, {})


def held_loop(tm: TaskManager[None], cured: bool) -> None:
    """A task that blocks for 0.3 s amid others that sleep."""
    tm.add_node(in_thread(block) if cured else hold, 0.3, tm.add_node(nap, 0.05))
    for _ in range(6):
        tm.add_node(nap, 0.2, tm.add_node(nap, 0.1))


def missing_slots(tm: TaskManager[None], cured: bool) -> None:
    """Eight naps, of which two may run at a time; the cure is in the options."""
    del cured
    for _ in range(8):
        tm.add_node(nap, 0.1)


def small_limit(tm: TaskManager[None], cured: bool) -> None:
    """Eight naps within a limit of two; the cure lets in all."""
    add = tm.options(limit=asyncio.Semaphore(8 if cured else 2)).add_node
    for _ in range(8):
        add(nap, 0.1)


async def ignore(seconds: float, value: object = None, unread: object = None) -> None:
    """Awaits, and never looks at one of the values that it is given."""
    del value
    await asyncio.sleep(seconds)


def needless_dependency(tm: TaskManager[None], cured: bool) -> None:
    """A task waits 0.3 s for a value that it never looks at."""
    slow, quick = tm.add_node(nap, 0.3), tm.add_node(nap, 0.1)
    if cured:
        tm.add_node(ignore, 0.2, quick)
    else:
        tm.add_node(ignore, 0.2, quick, slow)


def threads_on_the_lock(tm: TaskManager[None], cured: bool) -> None:
    """Eight calls of Python code in threads; the cure has them in processes."""
    task = in_process(compute) if cured else in_thread(compute)
    for _ in range(8):
        tm.add_node(task, loops_in(0.15))


def slow_critical_task(tm: TaskManager[None], cured: bool) -> None:
    """One of the tasks takes far longer than the others; the cure is to make it twice as fast."""
    last = tm.options(name="slow").add_node(nap, 0.25 if cured else 0.5, tm.add_node(nap, 0.1))
    tm.add_node(nap, 0.05, last)
    for _ in range(4):
        tm.add_node(nap, 0.1, tm.add_node(nap, 0.1))


FAULTS: Final = (
    Fault("a held loop", "held loop", held_loop),
    Fault("too few slots", "slots", missing_slots, ({"max_concurrency": 2}, {})),
    Fault("a limit too small", "limit", small_limit),
    Fault("a needless dependency", "dependency", needless_dependency),
    Fault("threads on Python's lock", "python lock", threads_on_the_lock),
    Fault("a slow critical task", "critical path", slow_critical_task),
)


async def line_of_fault(fault: Fault) -> Line:
    """What `findings` names as the gain of the cure beside what the cure brings."""
    managers: list[TaskManager[None]] = []
    for cured in (False, True):
        tm: TaskManager[None] = TaskManager()
        fault.fill(tm, cured)
        tm.sort()
        await tm.invoke()  # pools are started, and modules imported
        managers.append(tm)
    results: tuple[list[Any], list[Any]] = ([], [])
    for _ in range(ROUNDS):
        for tm, options, into in zip(managers, fault.options, results, strict=True):
            into.append((await tm.invoke(**options)).timeline)
    faulty, cured_runs = (sorted(runs, key=lambda one: one.makespan) for runs in results)
    middle = faulty[len(faulty) // 2]
    measured = middle.makespan - median(one.makespan for one in cured_runs)
    gains = [finding.gain for finding in middle.findings() if finding.kind == fault.kind]
    told = Range(*gains[0]) if gains else Range(0.0, 0.0)
    return Line(fault.name, "gain", told, measured)


def report() -> Iterator[str]:
    """Both tables, a line at a time, each as it is measured."""
    stamina.instrumentation.set_on_retry_hooks([])  # it would log each retry
    head = f"{'figure':14} {'told':>13} {'measured':>9} {'off':>7}"
    lines: list[Line] = []
    yield f"{'tasks that':34} {head}"
    for name in CASES:
        for line in asyncio.run(lines_of_case(name)):
            lines.append(line)
            yield line.text
    yield ""
    yield f"{'fault':34} {head}"
    for fault in FAULTS:
        lines.append(asyncio.run(line_of_fault(fault)))
        yield lines[-1].text
    yield ""
    yield f"{sum(line.holds for line in lines)} of {len(lines)} figures hold"
