"""A node that pauses between two attempts, or waits for its limit then, does not run."""

from __future__ import annotations

import asyncio

import stamina

from async_dag import TaskManager, Trace
from async_dag.views.common.facts import RunFacts
from tests.support.virtual import VirtualLoop, run_virtual


def test_a_run_that_goes_on() -> None:
    """What is counted as running is what the timeline says runs at once, at each moment."""
    seen: list[tuple[float, str, int]] = []

    async def main(loop: VirtualLoop) -> None:
        calls = 0

        async def flaky() -> None:
            nonlocal calls
            calls += 1
            await asyncio.sleep(1.0)
            if calls == 1:
                raise ConnectionError

        tm = TaskManager[None](clock=loop.time)
        tm.options(
            retry=lambda: stamina.retry_context(
                on=ConnectionError, attempts=2, timeout=None, wait_initial=2.0, wait_jitter=0
            )
        ).add_node(flaky)
        tm.options(name="long").add_node(asyncio.sleep, 5.0)
        tm.sort()

        def look(trace: Trace) -> None:
            now = trace.snapshot()
            text = ", ".join(RunFacts(now).counts())
            seen.append((now.elapsed, text, now.timeline.parallelism()[-2].running))

        with tm.watch(lambda run: [loop.call_later(t, look, run.trace) for t in (0.5, 2.0, 3.5)]):
            await tm.invoke()

    run_virtual(main)
    assert seen == [
        (0.5, "2 tasks, 2 running", 2),
        (2.0, "2 tasks, 1 running, 1 paused", 1),
        (3.5, "2 tasks, 2 running", 2),
    ]
