"""A trace as a few bytes, and back."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import InvocationError, TaskManager, Trace
from async_dag.errors import TraceFormatError
from async_dag.trace import packed
from async_dag.trace.columns import COLUMNS, TABLES
from tests.support.made_traces import Bar, made_trace
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual


def trace_of(specs: list[Spec], **options: object) -> Trace:
    """The trace of one invoke of these tasks, on the virtual clock."""

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        try:
            result = await tm.invoke(**options)  # type: ignore[arg-type]
        except InvocationError as error:
            result = error.result
        return result.trace

    return run_virtual(main)


Nap = Callable[..., Awaitable[None]]

_WHOLE = trace_of([Spec((), None, (1.0,)), Spec((0,), None, (2.0,), fails=True)])


def same(column: object, other: object) -> bool:
    """Equal within half a unit, NaN being equal to NaN."""
    return all(
        (one != one and two != two) or math.isclose(one, two, abs_tol=0.6e-7)
        for one, two in zip(column, other, strict=True)  # type: ignore[call-overload]
    )


@settings(max_examples=50, deadline=None)
@given(dags(failures=True), st.sampled_from(["cancel", "continue"]), st.sampled_from([None, 1, 2]))
def test_a_trace_survives_packing(specs: list[Spec], on_error: str, slots: int | None) -> None:
    """What any run of any DAG recorded is there again, times to 0.1 µs."""
    trace = trace_of(specs, on_error=on_error, max_concurrency=slots)
    again = packed.unpack(trace.graph, packed.pack(trace), trace.wall_start)
    assert again.states == trace.states
    assert math.isclose(again.elapsed, trace.elapsed, abs_tol=0.6e-7)
    assert again.wall_start == trace.wall_start
    assert again.max_concurrency == trace.max_concurrency
    assert (again.processors, again.has_lock) == (trace.processors, trace.has_lock)
    assert again.knows_lateness
    for column in COLUMNS:
        assert same(getattr(again, column.name), getattr(trace, column.name)), column.name
    for table in TABLES:
        assert getattr(again, table.name) == getattr(trace, table.name), table.name


def test_every_column_has_a_bit_of_its_own() -> None:
    """A column that is new in the trace gets the next bit, which none ever had."""
    assert list(packed.COLUMN_BITS) == [column.name for column in COLUMNS]
    bits = list(packed.COLUMN_BITS.values())
    assert bits == [1 << place for place in range(len(bits))]


def size_of(shape: Callable[[TaskManager[None], Nap], None]) -> int:
    """The bytes of a run of naps, on the virtual clock: on a busy machine lateness adds to them."""

    async def nap(seconds: float, *_: object) -> None:
        await asyncio.sleep(seconds)

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        shape(tm, nap)
        tm.sort()
        return (await tm.invoke()).trace

    return len(packed.pack(run_virtual(main)))


def test_six_nodes_take_below_a_hundred_bytes_and_two_thousand_below_ten_kilobytes() -> None:
    """A run is packed to about what its columns need, and large ones below that."""

    def six(tm: TaskManager[None], nap: Nap) -> None:
        first = [tm.add_node(nap, chance.random()) for _ in range(3)]
        for _ in range(3):
            tm.add_node(nap, chance.random(), *first)

    def many(tm: TaskManager[None], nap: Nap) -> None:
        for _ in range(2000):
            tm.add_node(nap, chance.random())

    chance = random.Random(1)
    assert size_of(six) <= 100
    assert size_of(many) <= 10_000


@pytest.mark.parametrize("seconds", [1e-6, 1.0, 1e5, 1e12])
def test_runs_of_any_length_keep_nine_digits(seconds: float) -> None:
    """The unit goes with the length of the run."""
    trace = Trace(_WHOLE.graph, clock=lambda: 0.0)
    trace.ready, trace.started, trace.finished = [0.0, 0.0], [0.0, 0.0], [seconds, seconds / 3]
    trace.close(seconds)
    again = packed.unpack(trace.graph, packed.pack(trace))
    assert math.isclose(again.finished[0], trace.finished[0], rel_tol=1e-9, abs_tol=1e-7)


def test_a_newer_layout_is_refused_by_name() -> None:
    """Bytes of a newer version name that version and what to do."""
    trace = trace_of([Spec((), None, (1.0,))])
    newer = bytes([packed.VERSION + 1]) + packed.pack(trace)[1:]
    with pytest.raises(TraceFormatError, match=r"newer version of async_dag .layout 2.*update"):
        packed.unpack(trace.graph, newer)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.binary(max_size=3))
def test_damaged_bytes_are_refused_or_read_never_worse(place: int, instead: bytes) -> None:
    """Whatever bytes are given, they are a trace or a TraceFormatError."""
    whole = packed.pack(_WHOLE)
    at = place % len(whole)
    for damaged in (whole[:at], whole[:at] + instead + whole[at + len(instead) :]):
        with contextlib.suppress(TraceFormatError):
            packed.unpack(_WHOLE.graph, damaged)


def test_what_tells_work_survives_packing() -> None:
    """Lateness, the processors and the lock: the work of a packed run is that of the run."""

    async def main(loop: VirtualLoop) -> Trace:
        async def work() -> None:
            await asyncio.sleep(0.01)
            loop.hold(0.02)

        tm = TaskManager[None](clock=loop.time)
        for _ in range(5):
            tm.add_node(work)
        tm.sort()
        return (await tm.invoke()).trace

    trace = run_virtual(main)
    trace.processors, trace.has_lock, trace.computed_elsewhere = 3, False, 0.25
    trace.machine_busy = 0.5
    again = packed.unpack(trace.graph, packed.pack(trace))
    assert (again.computed_elsewhere, again.machine_busy) == (0.25, 0.5)
    assert (again.processors, again.has_lock, again.knows_lateness) == (3, False, True)
    assert again.timeline.work_range == pytest.approx((5 * 0.03, 5 * 0.03), abs=1e-5)
    trace.processors, trace.knows_lateness, trace.machine_busy = None, False, None
    again = packed.unpack(trace.graph, packed.pack(trace))
    assert (again.processors, again.knows_lateness) == (None, False)
    assert again.machine_busy is None


def test_a_trace_that_no_engine_wrote_knows_no_lateness() -> None:
    """Its columns are what somebody says: nothing in them is taken for lateness."""
    trace = made_trace(Bar("a", 0.0, 0.0, 1.0))
    assert not trace.knows_lateness
    assert trace.timeline.work == 1.0
