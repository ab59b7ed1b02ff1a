"""Findings about maps, against runs in which the thing that they tell of is really otherwise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_dag import ExecutionResult, InvocationError, TaskManager, Timeline
from tests.support.virtual import VirtualLoop, run_virtual


def ran(
    fetching: list[int],
    parsing: list[int],
    *,
    at_once: int | None = None,
    barrier: bool = False,
    failing: frozenset[int] = frozenset(),
    **options: Any,
) -> ExecutionResult[None]:
    """Two maps in a row whose items take so many sixteenths of a second."""

    async def main(loop: VirtualLoop) -> ExecutionResult[None]:
        async def fetch(n: int) -> int:
            await asyncio.sleep(fetching[n] / 16)
            if n in failing:
                raise OSError("HTTP 404")
            return n

        async def parse(n: int) -> int:
            await asyncio.sleep(parsing[n] / 16)
            return n

        async def same(numbers: list[int]) -> list[int]:
            return list(numbers)

        tm = TaskManager[None](clock=loop.time)
        fetched = tm.options(at_once=at_once).map(fetch, list(range(len(fetching))))
        tm.map(parse, tm.add_node(same, fetched) if barrier else fetched)
        tm.sort()
        return await tm.invoke(**options)

    return run_virtual(main)


def told(result: ExecutionResult[None], kind: str) -> list[Any]:
    return [finding for finding in result.timeline.findings() if finding.kind == kind]


UNEVEN = [1, 9, 2, 8, 3, 7, 4, 6]


def test_what_a_barrier_would_have_cost() -> None:
    """The seconds are those of a run that has one."""
    result = ran(UNEVEN, UNEVEN[::-1])
    (finding,) = told(result, "no barrier")
    real = ran(UNEVEN, UNEVEN[::-1], barrier=True).timeline.makespan
    assert real > result.timeline.makespan
    assert str(finding) == (
        f"With a barrier between the maps it would have taken {real:.2f} s instead of "
        f"{result.timeline.makespan:.2f} s."
    )
    assert finding.nodes == ("fetch", "parse")
    assert not told(ran([4] * 8, [4] * 8), "no barrier")  # it would have cost nothing


def test_a_window_that_is_too_small() -> None:
    """What it cost is what a run without one saves."""
    result = ran([4] * 24, [2] * 24, at_once=4)
    (finding,) = told(result, "window")
    saved = result.timeline.makespan - ran([4] * 24, [2] * 24).timeline.makespan
    assert finding.gain.low == pytest.approx(saved, abs=1e-9)
    assert str(finding) == (
        f"at_once=4 made items of fetch wait; a larger window saves up to {saved:.2f} s."
    )
    assert not told(ran([4] * 24, [2] * 24, at_once=24), "window")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=20),
    st.integers(1, 6),
    st.sampled_from([None, 1, 2, 5]),
)
def test_windows_act_as_simulated(ticks: list[int], at_once: int, slots: int | None) -> None:
    """A simulated run with a window starts every item when the run did, and bounds them as it did."""
    timeline = ran(ticks, ticks[::-1], at_once=at_once, max_concurrency=slots).timeline
    computed = timeline.simulate(max_concurrency=slots)
    if slots is None:
        assert list(computed.trace.started) == pytest.approx(list(timeline.trace.started), abs=1e-9)
    trace = computed.trace
    names = trace.graph.names
    begun = [(trace.started[row], 1) for row, name in enumerate(names) if name.startswith("fetch[")]
    through = [(trace.finished[row], -1) for row, name in enumerate(names) if name[:6] == "parse["]
    inside = most = 0
    for _, change in sorted(begun + through):
        inside += change
        most = max(most, inside)
    assert most <= at_once


@pytest.mark.parametrize("zips", [False, True])
def test_a_zip_with_another_list_is_in_no_window(zips: bool) -> None:
    """An element of the first list makes room once its own item is done; outcomes keep it inside."""

    async def nap(n: int) -> int:
        await asyncio.sleep(n)
        return n

    async def nap_again(pair: Any) -> None:
        await asyncio.sleep(1)

    async def main(loop: VirtualLoop) -> Timeline:
        tm = TaskManager[None](clock=loop.time)
        napped = tm.options(at_once=1).map(nap, [1, 1, 1])
        tm.map(nap_again, tm.zip(napped, [4, 5, 6]) if zips else tm.outcomes(napped))
        tm.sort()
        return (await tm.invoke()).timeline

    timeline = run_virtual(main)
    assert timeline.makespan == (4 if zips else 6)
    assert timeline.simulate().makespan == timeline.makespan


def test_slow_items() -> None:
    """The gain is what a run saves in which they take as long as the others."""
    slow = [2] * 20
    slow[7] = 40
    result = ran(slow, [1] * 20)
    (finding,) = told(result, "slow items")
    saved = result.timeline.makespan - ran([2] * 20, [1] * 20).timeline.makespan
    assert finding.gain.low == pytest.approx(saved, abs=1e-9)
    assert finding.nodes == ("fetch[7]",)
    assert str(finding) == (
        "The slowest of 20 items of fetch: fetch[7] 2.50 s (20 × the median); were it like the others, "
        f"the run would take {saved:.2f} s less."
    )
    assert not told(ran([2] * 20, [1] * 20), "slow items")


def test_the_share_that_failed() -> None:
    """One finding for all failures of a map, with its share."""
    with pytest.raises(InvocationError) as caught:
        ran([1] * 20, [1] * 20, failing=frozenset({3, 8}), on_error="continue")
    findings = caught.value.result.timeline.findings()
    (failed,) = [str(one) for one in findings if one.kind == "failed"]
    assert failed == (
        "2 of 20 items of fetch failed (10%), fetch[3] and fetch[8]; parse is incomplete; parse[3] "
        "and parse[8] never started: OSError: HTTP 404"
    )
