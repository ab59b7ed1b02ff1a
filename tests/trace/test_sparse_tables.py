"""The tables of a trace that mostly have nothing in them are made when they are first asked for."""

from __future__ import annotations

import asyncio
import copy
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from async_dag import InvocationError, TaskManager, Trace, build_dag
from async_dag.trace.columns import TABLES, Step
from tests.support.made_traces import Bar, made_graph
from tests.support.virtual import VirtualLoop, run_virtual


async def one() -> int:
    """Return 1."""
    return 1


async def fail() -> None:
    """Raise an OSError."""
    raise OSError("no route")


def test_a_run_in_which_all_goes_well_makes_none() -> None:
    """Neither the engine nor the manager's history asks for a table that nothing is written to."""

    async def main(loop: VirtualLoop) -> tuple[TaskManager[None], Trace]:
        tm = TaskManager[None](clock=loop.time)
        tm.add_node(one)
        tm.sort()
        return tm, (await tm.invoke()).trace

    tm, trace = run_virtual(main)  # in which no step is ever long
    assert [kept is trace for kept in tm.history] == [True]
    assert not trace.tables
    assert trace.outcomes == {}
    assert trace.long_steps == []
    assert trace.tables


def test_a_failed_run_has_more_than_times() -> None:
    """A run that fails is not taken for one in which all went well."""
    with build_dag() as tm:
        tm.add_node(fail)
    try:
        asyncio.run(tm.invoke())
    except InvocationError as error:
        assert error.result.trace.tables
        assert error.result.trace.outcomes == {0: "failed"}
    assert (len(tm.history), tm.history.left_out) == (0, 1)


def test_threads_that_ask_at_once_get_the_same_table() -> None:
    """What several threads write at once, each as the first, is all there."""
    threads, rounds = 4, 300
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(rounds):
                trace = Trace(made_graph([Bar("a")]))
                together = Barrier(threads)

                def write(number: int, trace: Trace = trace, together: Barrier = together) -> None:
                    together.wait()
                    trace.long_steps.append(Step(0, float(number), 0.5))

                list(pool.map(write, range(threads)))
                assert sorted(step.start for step in trace.long_steps) == [0.0, 1.0, 2.0, 3.0]
    finally:
        sys.setswitchinterval(interval)


def test_copies_have_the_tables_too() -> None:
    """A shallow copy, a deep one and a snapshot hold what was written, and can be written to."""
    trace = Trace(made_graph([Bar("a")]), clock=float)
    trace.causes[0] = 0
    for made in (copy.copy(trace), copy.deepcopy(trace), trace.snapshot()):
        for table in TABLES:
            assert getattr(made, table.name) is getattr(made, table.name)
    assert copy.deepcopy(trace).causes == {0: 0}
