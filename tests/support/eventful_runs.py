"""Random runs in which everything happens: slots, limits, retries, held loops, failures, cancellation.

They are run on the virtual clock. There are no threads on it, so calls of `in_thread` and `in_process`
are written into the trace afterwards, as the engine would have recorded them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeVar

from hypothesis import strategies as st

from async_dag import InvocationError, Run, TaskManager, Trace
from async_dag.trace.columns import Call
from tests.support.attempts import retrying
from tests.support.drawn_bytes import Choices
from tests.support.strategies import TICK, Spec, dags
from tests.support.virtual import VirtualLoop, run_virtual

Where = Literal["thread", "process"] | None
"""What the time of a task is: a call in a thread or a process; None: it runs on the loop."""
WHERE: list[Where] = [None, "thread", "thread", "process"]

T = TypeVar("T")


@dataclass(frozen=True)
class Events:
    """What happens in a run. Each tuple is gone through in turn, a task taking one of its elements.

    Attributes:
        slots: how many may run at once; None for any number.
        within: how many the limit of a task lets in; None: it has no limit.
        failures: how often a task fails before it succeeds.
        holds: for how many ticks it holds the loop after each of its sleeps.
        where: whether it is a call off the loop.
        names: how many characters of padding its name has.
        broken: a task that fails for good.
        cancelled: at which tick the whole is cancelled.
        go_on: whether the rest goes on after a failure.
        take_turns: whether what is in threads computes, one at a time.
    """

    slots: int | None
    within: tuple[int | None, ...]
    failures: tuple[int, ...]
    holds: tuple[int, ...]
    where: tuple[Where, ...]
    names: tuple[int, ...]
    broken: int | None
    cancelled: int | None
    go_on: bool
    take_turns: bool
    seed: int


#: Bytes that say what happens in a run, at most.
WIDTH = 32


def _read(drawn: bytes) -> Events:
    """What these bytes say; zeros are the simplest: nothing happens."""
    says = Choices(drawn)

    def seldom(least: int, most: int) -> int | None:
        """None, four times out of five."""
        return says.number(least, most) if says.number(0, 4) == 4 else None

    def some(choose: Callable[[], T]) -> tuple[T, ...]:
        return tuple([choose() for _ in range(says.number(1, 3))])

    return Events(
        slots=says.one_of([None, None, None, 1, 2, 3]),
        within=some(lambda: seldom(1, 2)),
        failures=some(lambda: says.one_of([0, 0, 0, 1, 2])),
        holds=some(lambda: says.number(0, 8)),
        where=some(lambda: says.one_of(WHERE)),
        names=some(lambda: says.one_of([0, 0, 30, 200])),
        broken=seldom(0, 11),
        cancelled=seldom(0, 40),
        go_on=says.flag(),
        take_turns=says.flag(),
        seed=256 * says.number(0, 255) + says.number(0, 255),
    )


events = st.binary(min_size=WIDTH, max_size=WIDTH).map(_read)


def run_with(
    specs: list[Spec], under: Events, follow: Callable[[Run], object] | None = None
) -> Trace:
    """The trace of a run of these tasks in which that happens; `follow` is told when it begins."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        limits = {count: asyncio.Semaphore(count) for count in (1, 2)}
        nodes: list[Any] = []
        for index, spec in enumerate(specs):
            within = _in_turn(under.within, index)
            failures = _in_turn(under.failures, index)
            options = tm.options(
                name=f"task{'_' * _in_turn(under.names, index)}{index}",
                limit=None if within is None else limits[within],
                retry=retrying(failures + 1, TICK) if failures else None,
            )
            task = _task(loop, index, spec, under)
            nodes.append(options.add_node(task, *[nodes[one] for one in spec.dependencies]))
        tm.sort()
        runs: list[Trace] = []

        def begins(run: Run) -> None:
            runs.append(run.trace)
            if follow is not None:
                follow(run)

        with tm.watch(begins), suppress(InvocationError, TimeoutError):
            async with asyncio.timeout(None if under.cancelled is None else under.cancelled * TICK):
                await tm.invoke(
                    max_concurrency=under.slots, on_error="continue" if under.go_on else "cancel"
                )
        return runs[0]

    trace = run_virtual(main)
    _write_calls(trace, under)
    return trace


def _in_turn(elements: tuple[Any, ...], index: int) -> Any:
    return elements[index % len(elements)]


def _task(loop: VirtualLoop, index: int, spec: Spec, under: Events) -> Any:
    left = [_in_turn(under.failures, index)]
    # What is off the loop does not hold it.
    held = _in_turn(under.holds, index) * TICK if _in_turn(under.where, index) is None else 0.0

    async def task(*_: object) -> None:
        for seconds in spec.sleeps:
            await asyncio.sleep(seconds)
            if held:
                loop.hold(held)
        if index == under.broken:
            raise ValueError("for good")
        if left[0]:
            left[0] -= 1
            raise OSError("try again")

    return task


def _write_calls(trace: Trace, under: Events) -> None:
    """Calls that fill the time of those nodes, and computed some of it."""
    random = Random(under.seed)
    trace.processors = random.choice([None, 1, 2, 8])
    trace.has_lock = random.random() < 0.9
    retried = {attempt.node for attempt in trace.attempts}
    spans = [
        (index, trace.started[index], trace.finished[index])
        for index in range(len(trace))
        if _in_turn(under.where, index) is not None and index not in retried
    ]
    spans = [(index, start, end) for index, start, end in spans if end > start]  # false for NaN
    for index, start, end in spans:
        length = end - start
        if under.take_turns:
            crowd = sum(other < end and start < over for _, other, over in spans)
            processor = length / crowd
            delay, switches = 0.0, round((length - processor) / 0.005)
        else:
            processor = length * random.choice([0.0, random.random(), 1.0])
            delay = random.choice([None, 0.0, (length - processor) * random.random()])
            switches = random.choice([None, 0, round(length / 0.005 * random.random())])
        known = None if random.random() < 0.05 else processor
        kind = _in_turn(under.where, index)
        trace.calls.append(Call(index, kind, start, end, known, switches, delay))
    trace.calls.sort(key=lambda call: call.end)
    trace.long_steps = [
        step._replace(
            processor=random.choice([None, 0.0, step.length, step.length * random.random()])
        )
        for step in trace.long_steps
    ]


eventful_runs = st.builds(run_with, dags(), events)
"""Traces of such runs."""
