"""Invokes within the nodes of a run: what a page is told of them, and what is kept."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from async_dag import InvocationError, Run, TaskManager
from async_dag.engine.watch import of_every_manager
from async_dag.trace.columns import STATES
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.nested import MOST_NESTED
from async_dag.workbench.feed.nested_rows import MOST_TASKS
from tests.support.fake_page import FakePage
from tests.support.virtual import VirtualLoop, run_virtual


async def nap(seconds: float, *needed: object) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def broken(_: object) -> None:
    raise ValueError("no route")


@contextlib.contextmanager
def dag(clock: Callable[[], float]) -> Iterator[TaskManager[Any]]:
    """`build_dag`, on the clock of a loop."""
    tm = TaskManager[Any](clock=clock)
    yield tm
    tm.sort()


def manager(clock: Callable[[], float], *chains: int) -> TaskManager[float]:
    """Chains of so many naps, all of them as long as the parameter."""
    with dag(clock) as tm:
        for length in chains:
            node: Any = tm.parameter_node
            for _ in range(length):
                node = tm.add_node(nap, tm.parameter_node, node)
    return tm


class Nested:
    """What a page knows of the nested runs, as it pieces them together."""

    def __init__(self, page: FakePage) -> None:
        self.runs: dict[int, list[Any]] = {}
        self.names: dict[int, list[str]] = {}
        self.tasks: dict[tuple[int, int], list[Any]] = {}
        self.unshown: dict[int, int] = {}
        for message, _ in page.messages:
            events = message.get("events", {})
            for place, *rest, names in events.get("nested", []):
                self.runs[place] = rest
                if names is not None:
                    self.names[place] = names
            for place, row, *rest in events.get("inner", []):
                self.tasks[place, row] = rest
            self.unshown.update(events.get("unshown", []))


def followed(tm: TaskManager[Any], invoke: Any, loop: VirtualLoop, every: float) -> Any:
    """A coroutine that invokes, and looks every so often; it returns what the page knows."""

    async def follow() -> tuple[Nested, Run]:
        page = FakePage()
        feed = Feed(page)
        runs: list[Run] = []
        with tm.watch(feed.begin), tm.watch(runs.append):
            task = asyncio.ensure_future(invoke())
            while not task.done():
                await asyncio.sleep(every)
                feed.pump(loop.time())
                feed.handle({"kind": "ack", "run": feed.records[-1].key, "frame": 10**9})
            with contextlib.suppress(InvocationError):
                await task
        feed.flush(loop.time())
        assert not feed.busy
        return Nested(page), runs[0]

    return follow()


def test_nested_runs_are_told_with_the_times_of_the_run_around_them() -> None:
    """One awaited, and within it another: their tasks are rows of the node, on its own clock."""

    async def main(loop: VirtualLoop) -> tuple[Nested, Run]:
        inmost = manager(loop.time, 2)

        async def deeper(seconds: float) -> None:
            await inmost.invoke(seconds)

        with dag(loop.time) as inner:
            inner.add_node(deeper, inner.parameter_node)

        async def outer_task(seconds: float) -> None:
            await asyncio.sleep(1)
            await inner.invoke(seconds)

        with dag(loop.time) as tm:
            tm.add_node(nap, 9)
            tm.add_node(outer_task, 2)
        return await followed(tm, tm.invoke, loop, 0.5)

    known, _ = run_virtual(main)
    done = STATES.index("done")
    assert known.runs == {0: [-1, 1, 1.0, 5.0, done, 1], 1: [0, 0, 1.0, 5.0, done, 2]}
    assert known.names == {0: ["deeper"], 1: ["nap", "nap_2"]}
    assert known.tasks == {
        (0, 0): [1.0, 5.0, done],
        (1, 0): [1.0, 3.0, done],
        (1, 1): [3.0, 5.0, done],
    }


def test_nested_runs_that_fail_or_are_cancelled_say_so() -> None:
    """A failing nested run fails its node, which cancels the other one."""

    async def main(loop: VirtualLoop) -> tuple[Nested, Run]:
        slow = manager(loop.time, 2)
        with dag(loop.time) as fails:
            fails.add_node(broken, fails.add_node(nap, 1))

        async def outer_task(tm: TaskManager[Any], *given: float) -> None:
            await tm.invoke(*given)

        with dag(loop.time) as tm:
            tm.add_node(outer_task, slow, 4.0)
            tm.add_node(outer_task, fails)
        return await followed(tm, tm.invoke, loop, 0.3)

    known, _ = run_virtual(main)
    assert [STATES[run[4]] for run in known.runs.values()] == ["cancelled", "failed"]
    assert [STATES[known.tasks[1, row][2]] for row in (0, 1)] == ["done", "failed"]
    assert STATES[known.tasks[0, 0][2]] == "cancelled"
    assert STATES[known.tasks[0, 1][2]] == "skipped"


def test_too_many_are_counted_and_large_ones_have_no_rows() -> None:
    """Of a loop of invokes the first are told, and of a large DAG its length."""

    async def main(loop: VirtualLoop) -> tuple[Nested, Run]:
        large = manager(loop.time, *[1] * (MOST_TASKS + 1))
        small = manager(loop.time, 1)

        async def in_a_loop() -> None:
            await large.invoke(1.0)
            for _ in range(MOST_NESTED + 4):
                await small.invoke(0.0)

        with dag(loop.time) as tm:
            tm.add_node(in_a_loop)
        return await followed(tm, tm.invoke, loop, 0.5)

    known, _ = run_virtual(main)
    assert len(known.runs) == MOST_NESTED
    assert known.unshown == {0: 5}
    assert known.runs[0][3:] == [1.0, STATES.index("done"), MOST_TASKS + 1]
    assert 0 not in known.names
    assert known.names[1] == ["nap"]


def test_in_tasks_that_nodes_start_the_only_one_that_runs_is_known() -> None:
    """A `gather` of invokes belongs to the node that runs; where two run nobody can know."""

    async def main(loop: VirtualLoop) -> tuple[Nested, Run]:
        small = manager(loop.time, 1)

        async def gathered(*needed: object) -> None:
            await asyncio.gather(small.invoke(1.0), small.invoke(2.0))

        with dag(loop.time) as tm:
            first = tm.add_node(gathered)
            tm.options(after=[first]).add_node(gathered)
            tm.options(after=[first]).add_node(nap, 5)
        return await followed(tm, tm.invoke, loop, 0.5)

    known, _ = run_virtual(main)
    assert [run[:2] for run in known.runs.values()] == [[-1, 0], [-1, 0]]


def test_nothing_is_watched_or_kept_once_the_run_is_over_and_forgotten() -> None:
    """No callback stays behind, and nested traces go with the one around them."""

    async def main(loop: VirtualLoop) -> weakref.ref[Any]:
        small = manager(loop.time, 1)
        traces: list[Any] = []

        async def outer_task() -> None:
            result = await small.invoke(1.0)
            traces.append(weakref.ref(result.trace))

        with dag(loop.time) as tm:
            tm.add_node(outer_task)
        _, run = await followed(tm, tm.invoke, loop, 0.5)
        del run, tm
        gc.collect()
        [trace] = traces
        return trace  # type: ignore[no-any-return]

    before = (len(of_every_manager.beginning), len(of_every_manager.over))
    trace = run_virtual(main)
    gc.collect()
    assert trace() is None
    assert (len(of_every_manager.beginning), len(of_every_manager.over)) == before
