"""Of a run that failed or was cancelled: what ended it, whom that stopped, what is left to do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given

from async_dag import (
    Finding,
    InvocationError,
    ResultUnavailableError,
    Run,
    TaskManager,
    Trace,
    build_dag,
    streaming,
)
from tests.support.made_traces import Bar, made_trace
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual


def kinds(trace: Trace) -> list[str]:
    """The kinds of the findings, in their order."""
    return [finding.kind for finding in trace.timeline.findings()]


def failed_run() -> Trace:
    """One task fails after a second; another is cancelled, a third never starts, a fourth is done."""

    async def main(loop: VirtualLoop) -> Trace:
        async def fetch() -> None:
            await asyncio.sleep(1.0)
            raise ValueError("no such page")

        async def nap(seconds: float, *_: Any) -> None:
            await asyncio.sleep(seconds)

        tm = TaskManager[None](clock=loop.time)
        fetched = tm.add_node(fetch)
        tm.options(name="slow").add_node(nap, 5.0)
        tm.options(name="after").add_node(nap, 1.0, fetched)
        tm.options(name="quick").add_node(nap, 0.5)
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke()
        return caught.value.result.trace

    return run_virtual(main)


def test_a_failed_run() -> None:
    """What failed and why, whom that stopped, and what is left; no advice on speed."""
    trace = failed_run()
    failure, left = trace.timeline.findings()
    assert failure.kind == "failed"
    assert failure.nodes == ("fetch", "slow", "after")
    assert "fetch failed at 1.00 s" in str(failure)
    assert "slow was cancelled for it and after never started" in str(failure)
    assert "no such page" in str(failure)
    assert left.kind == "left to do"
    assert set(left.nodes) == {"fetch", "slow", "after"}
    assert "1 of 4 tasks succeeded" in str(left)


def test_maps_of_which_items_ran_are_incomplete() -> None:
    """They did not 'never start': neither one whose item failed, nor one that takes its items."""

    async def fetch(number: int) -> int:
        if number != 1:
            raise OSError("no route")
        return number

    async def parse(number: int) -> int:
        return number

    async def total(numbers: list[int]) -> int:
        return sum(numbers)

    with build_dag() as tm:
        pages = tm.map(fetch, [0, 1, 2])
        parsed = tm.map(parse, pages)
        tm.add_node(total, parsed)
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    result = caught.value.result
    told = str(result.timeline.findings()[0])
    assert (
        "2 of 3 items of fetch failed (67%), fetch[0] and fetch[2]; parse is incomplete; " in told
    )
    assert "total, parse[0] and parse[2] never started" in told
    for node in (pages, parsed):
        with pytest.raises(ResultUnavailableError, match=r"not all of its items are done, because"):
            result[node]


def test_maps_over_a_stream_that_failed_are_incomplete() -> None:
    """What came of it went through them; the stream itself failed, which is told once."""

    async def numbers() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(0)
        raise OSError("no route")

    async def parse(number: int) -> int:
        return number

    with build_dag() as tm:
        parsed = tm.map(parse, tm.add_node(streaming(numbers)))
    with pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke(on_error="continue"))
    failure, _ = caught.value.result.timeline.findings()
    assert str(failure).startswith("numbers failed at ")
    assert "parse is incomplete" in str(failure)
    assert "never started" not in str(failure)
    with pytest.raises(ResultUnavailableError, match="not all of its items are done"):
        caught.value.result[parsed]


def test_a_cancelled_run() -> None:
    """Who was running when it came from outside, and what is left."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        first = tm.options(name="first").add_node(asyncio.sleep, 5.0)
        tm.options(name="second", after=[first]).add_node(asyncio.sleep, 1.0)
        tm.sort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await tm.invoke()
        assert tm.last_unfinished is not None
        return tm.last_unfinished.trace

    trace = run_virtual(main)
    assert kinds(trace) == ["cancelled", "left to do"]
    told = str(trace.timeline.findings()[0])
    assert "first was running" in told
    assert "1 task never started" in told


def test_a_run_whose_nodes_all_still_wait() -> None:
    """There is nothing to say yet; it is no error."""
    waiting = Trace(made_trace(Bar("a"), Bar("b", needs=(0,))).graph, clock=lambda: 1.0)
    assert waiting.timeline.findings() == []
    ready = made_trace(Bar("a", 0.0), Bar("b", needs=(0,)), elapsed=1.0)
    assert ready.timeline.findings() == []


def test_long_names_are_cut_in_the_middle() -> None:
    """Names differ at either end."""
    name = "download_" + "page_" * 20 + "12"
    [path, _] = made_trace(Bar(name, 0.0, 0.0, 1.0)).timeline.findings()
    assert "download_" in str(path)
    assert "page_12" in str(path)
    assert name not in str(path)
    assert path.nodes == (name,)


def test_a_name_does_nothing_to_the_terminal() -> None:
    """What moves its cursor or changes its colours is escaped in the sentence, and kept in the name."""
    name = "a\x1b[31mred\u202eX\nY"
    [path, _] = made_trace(Bar(name, 0.0, 0.0, 1.0)).timeline.findings()
    assert r"a\x1b[31mred\u202eX\nY" in str(path)
    assert path.nodes == (name,)


def test_shares_of_the_path_are_those_of_its_pieces() -> None:
    """What overlaps with the node before it on the path does not count twice."""
    trace = made_trace(Bar("a", 0.0, 0.0, 1.0), Bar("b", 0.0, 0.0, 2.0, needs=(0,)))
    [path, *_] = trace.timeline.findings()
    assert "50% of it" in str(path)


@given(dags(failures=True))
def test_whatever_was_cut_off_has_findings(specs: list[Spec]) -> None:
    """At two moments of every run and after it: no error, and no gain beyond the makespan."""
    looked: list[tuple[Trace, list[Finding]]] = []

    def look(trace: Trace) -> None:
        looked.append((trace.snapshot(), trace.timeline.findings()))

    async def main(loop: VirtualLoop) -> None:
        tm, _ = build(specs, clock=loop.time)

        def follow(run: Run) -> None:
            for when in (0.0, 0.2):
                loop.call_later(when, look, run.trace)

        with tm.watch(follow):
            with contextlib.suppress(TimeoutError, InvocationError):
                async with asyncio.timeout(0.5):
                    look((await tm.invoke()).trace)
            if tm.last_unfinished is not None:
                look(tm.last_unfinished.trace)

    run_virtual(main)
    for trace, findings in looked:
        for finding in findings:
            assert str(finding)
            assert 0 <= finding.gain.low <= finding.gain.high <= trace.elapsed


def test_of_many_failures_five_sentences() -> None:
    """Errors come first: three of them one by one, then all others, then what is left to do."""

    async def main(loop: VirtualLoop) -> Trace:
        async def broken(seconds: int) -> None:
            await asyncio.sleep(1)
            raise ValueError(seconds)

        tm = TaskManager[None](clock=loop.time)
        for n in range(9):
            tm.options(name=f"task_{n}").add_node(broken, n)
        tm.sort()
        with pytest.raises(InvocationError) as caught:
            await tm.invoke(on_error="continue")
        return caught.value.result.trace

    findings = run_virtual(main).timeline.findings()
    assert [finding.kind for finding in findings] == ["failed"] * 4 + ["left to do"]
    assert str(findings[3]) == "task_3, task_4 and 4 more failed as well."
    assert len(findings[3].nodes) == 6
