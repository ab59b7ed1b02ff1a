"""Timelines of runs with slots, limits, retries, failures, targets and reuse, on the virtual clock."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import InvocationError, TaskManager, Trace
from async_dag.analysis.timeline import Timeline
from tests.support.drawn_bytes import Choices
from tests.support.strategies import TICK, Spec, dags
from tests.support.timelines import assert_tiles
from tests.support.virtual import VirtualLoop, run_virtual


class _Attempt(AbstractContextManager[None]):
    """Swallows the error of an attempt, and tells whether there was one."""

    failed = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> bool:
        self.failed = isinstance(error, OSError)
        return self.failed


class Attempts:
    """As many as it takes, with a pause between: what stamina and tenacity look like."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._last: _Attempt | None = None

    def __aiter__(self) -> Attempts:
        return self

    async def __anext__(self) -> _Attempt:
        if self._last is not None:
            if not self._last.failed:
                raise StopAsyncIteration
            await asyncio.sleep(self._pause)
        self._last = _Attempt()
        return self._last


@dataclass(frozen=True)
class Conditions:
    """What a run is subject to."""

    slots: int | None
    within: tuple[
        int | None, ...
    ]  # for each task how many its limit lets in, None: it has no limit
    failures: tuple[int, ...]  # for each task how often it fails before it succeeds
    broken: int | None  # one that fails for good
    go_on: bool

    def on(self, index: int) -> tuple[int | None, int]:
        return self.within[index % len(self.within)], self.failures[index % len(self.failures)]


#: Bytes that say what a run is subject to, at most.
WIDTH = 12


def _read(drawn: bytes) -> Conditions:
    """What these bytes say; zeros are the simplest: nothing is out of the ordinary."""
    says = Choices(drawn)
    return Conditions(
        slots=says.one_of([None, None, None, 1, 2, 3]),
        within=tuple(says.several([None, None, 1, 2], 1, 3)),
        failures=tuple(says.several([0, 1, 2], 1, 3)),
        broken=says.number(0, 11) if says.flag() else None,
        go_on=says.flag(),
    )


conditions = st.binary(min_size=WIDTH, max_size=WIDTH).map(_read)


def run(specs: list[Spec], under: Conditions) -> Trace:
    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        limits = {count: asyncio.Semaphore(count) for count in (1, 2)}
        nodes: list[Any] = []
        for index, spec in enumerate(specs):
            within, failures = under.on(index)
            left = [failures]

            async def task(
                *_: object, index: int = index, spec: Spec = spec, left: list[int] = left
            ) -> None:
                for seconds in spec.sleeps:
                    await asyncio.sleep(seconds)
                if index == under.broken:
                    raise ValueError("for good")
                if left[0]:
                    left[0] -= 1
                    raise OSError("try again")

            options = tm.options(
                name=f"task{index}",
                limit=None if within is None else limits[within],
                retry=(lambda: Attempts(TICK)) if failures else None,
            )
            nodes.append(options.add_node(task, *[nodes[one] for one in spec.dependencies]))
        tm.sort()
        runs: list[Trace] = []
        with tm.watch(lambda run: runs.append(run.trace)), suppress(InvocationError):
            await tm.invoke(
                max_concurrency=under.slots, on_error="continue" if under.go_on else "cancel"
            )
        return runs[0]

    return run_virtual(main)


@settings(max_examples=500)
@given(dags(), conditions)
def test_pieces_tile_the_makespan_whatever_happens(specs: list[Spec], under: Conditions) -> None:
    """With slots, limits, retries and failures, alone and together."""
    trace = run(specs, under)
    timeline = trace.timeline
    assert_tiles(timeline)
    assert timeline.makespan == max([end for end in trace.finished if end == end], default=0.0)
    if under.slots is not None:
        assert timeline.peak_parallelism <= under.slots
    for name in timeline.durations:
        index = trace.graph.find(name)
        assert index is not None
        # All of a node's time is told: what it waited, and what it took, pauses included.
        whole = trace.finished[index] - trace.ready[index]
        assert timeline.wait[name] + timeline.durations[name] == pytest.approx(whole)
    steps = timeline.parallelism()
    area = sum(one.running * (other.time - one.time) for one, other in pairwise(steps))
    assert area == pytest.approx(sum(timeline.awaiting.values()))


@given(dags(), conditions)
def test_findings_promise_no_more_than_there_is(specs: list[Spec], under: Conditions) -> None:
    """Whatever happened in the run, no gain is negative or above the makespan."""
    timeline = run(specs, under).timeline
    for finding in timeline.findings():
        assert 0 <= finding.gain.low <= finding.gain.high <= timeline.makespan


@given(dags(), conditions)
def test_one_by_one_takes_the_work_whatever_was_waited_for(
    specs: list[Spec], under: Conditions
) -> None:
    """What nodes waited for limits and slots is gone; pauses between attempts are not."""
    timeline = run(
        specs, Conditions(under.slots, under.within, under.failures, None, False)
    ).timeline
    sequential = timeline.simulate("sequential")
    assert sequential.makespan == timeline.work
    assert sequential.work == timeline.work
    free = timeline.simulate(limits=dict.fromkeys(filter(None, timeline.trace.graph.limits)))
    assert free.makespan <= timeline.makespan
    assert_tiles(free)


@given(dags(), st.integers(1, 4))
def test_slots_are_simulated_as_they_are_handed_out(specs: list[Spec], slots: int) -> None:
    """With durations known the engine gives slots to the same nodes at the same times."""

    async def main(loop: VirtualLoop) -> tuple[Timeline, Trace]:
        tm = TaskManager[None](clock=loop.time)
        nodes: list[Any] = []
        for index, spec in enumerate(specs):

            async def task(*_: object, index: int = index, spec: Spec = spec) -> None:
                # No two are ever equally urgent, or over at once.
                await asyncio.sleep(spec.duration + 2.0 ** (index - 30))

            nodes.append(tm.add_node(task, *[nodes[one] for one in spec.dependencies]))
        tm.sort()
        free = await tm.invoke()
        bound = await tm.invoke(max_concurrency=slots, durations=free.timeline)
        return free.timeline, bound.trace

    timeline, really = run_virtual(main)
    computed = timeline.simulate(max_concurrency=slots).trace
    assert list(computed.finished) == pytest.approx(list(really.finished))
    waited = sorted((wait.node, wait.end) for wait in computed.waits)
    really_waited = sorted((wait.node, wait.end) for wait in really.waits)
    assert [node for node, _ in waited] == [node for node, _ in really_waited]
    assert [end for _, end in waited] == pytest.approx([end for _, end in really_waited])


def test_a_semaphore_is_known_for_a_count_by_its_waits() -> None:
    """Two calls at once, of four: simulated with three they take less, with one more."""

    async def main(loop: VirtualLoop) -> Timeline:
        async def call() -> None:
            await asyncio.sleep(1.0)

        tm = TaskManager[None](clock=loop.time)
        calls = tm.options(limit=asyncio.Semaphore(2))
        for _ in range(6):
            calls.add_node(call)
        tm.sort()
        return (await tm.invoke()).timeline

    timeline = run_virtual(main)
    [name] = {limit for limit in timeline.trace.graph.limits if limit is not None}
    assert timeline.makespan == timeline.simulate().makespan == 3.0
    assert timeline.simulate(limits={name: 1}).makespan == 6.0
    assert timeline.simulate(limits={name: 3}).makespan == 2.0
    assert timeline.simulate(limits={name: None}).makespan == 1.0


def test_a_resumed_run_has_a_timeline_of_what_it_ran() -> None:
    """Reused nodes took no time in it, and what no target needs stays out of it."""

    async def main(loop: VirtualLoop) -> tuple[Timeline, Timeline]:
        async def call(*_: object) -> None:
            await asyncio.sleep(1.0)

        tm = TaskManager[None](clock=loop.time)
        first = tm.options(name="first").add_node(call)
        second = tm.options(name="second").add_node(call, first)
        tm.options(name="other").add_node(call)
        tm.sort()
        part = await tm.invoke(targets=[first])
        return part.timeline, (await tm.invoke(targets=[second], reuse=part)).timeline

    part, resumed = run_virtual(main)
    assert list(part.durations) == ["first"]
    assert list(resumed.durations) == ["second"]
    assert resumed.critical_path == ("second",)
    assert resumed.makespan == resumed.simulate("waves").makespan == 1.0
    assert_tiles(resumed)
