"""What a page is told of runs: everything, in order, in small pieces, and no faster than it answers."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import json
import random
import weakref
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_dag import InvocationError, Run, TaskManager, Trace, build_dag
from async_dag.trace.columns import NOT_YET, Wait
from async_dag.workbench.feed import expected as expected_rest
from async_dag.workbench.feed.analysis import analysis
from async_dag.workbench.feed.feed import MOST_RUNS, Feed
from async_dag.workbench.feed.record import SLOW, SLOWER, UNANSWERED
from async_dag.workbench.feed.updates import UpdateSource
from async_dag.workbench.feed.ways_message import MOST_SEGMENTS
from tests.support.cluster_runs import run_with_a_move
from tests.support.fake_page import FakePage
from tests.support.made_traces import Bar, made_graph, made_trace, made_uncertain_trace
from tests.support.strategies import Spec, build, dags
from tests.support.virtual import VirtualLoop, run_virtual


async def nap(seconds: float, *needed: object) -> float:
    await asyncio.sleep(seconds)
    return seconds


def chain(length: int, seconds: float, loop: VirtualLoop) -> TaskManager[None]:
    """Tasks that each take so long, one after the other, on the clock of the loop."""
    tm = TaskManager[None](clock=loop.time)
    last: list[Any] = []
    for _ in range(length):
        last = [tm.add_node(nap, seconds, *last)]
    tm.sort()
    return tm


@given(dags(failures=True), st.lists(st.sampled_from([1 / 32, 1 / 8, 1.0]), max_size=6))
def test_a_page_that_is_told_of_a_run_knows_it_to_the_bit(
    specs: list[Spec], pauses: list[float]
) -> None:
    """Random graphs, looked at at random times, also of runs that fail: frames add up to the trace."""
    page = FakePage()

    async def main(loop: VirtualLoop) -> Trace:
        tm, _ = build(specs, loop.time)
        feed = Feed(page)
        runs: list[Run] = []
        with tm.watch(feed.begin), tm.watch(runs.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(0)
            for pause in pauses:
                feed.pump(loop.time())
                feed.handle({"kind": "ack", "run": feed.records[-1].key, "frame": 10**9})
                await asyncio.sleep(pause)
            with contextlib.suppress(InvocationError):
                await invoke
        feed.flush(loop.time())
        assert not feed.busy
        return runs[0].trace

    trace = run_virtual(main)
    (known,) = page.view.values()
    assert known.over
    known.agrees_with(trace)
    order = ["waiting", "ready", "running"]
    for way in known.ways.values():
        assert [state for state in way if state in order] == [s for s in order if s in way]
    for message, _ in page.messages:
        json.dumps(message, allow_nan=False)


def trace_of(count: int) -> Trace:
    """A run of so many independent nodes, not begun."""
    with build_dag() as tm:
        for _ in range(count):
            tm.add_node(nap, 0.0)
    return Trace(tm.graph)


def test_a_frame_is_small_and_the_rest_comes_with_the_next() -> None:
    """10,000 rows that change at once go out in frames below 150 KB, the last one marked."""
    trace = trace_of(10_000)
    for node in range(len(trace)):
        trace.ready[node] = trace.started[node] = 0.0
        trace.finished[node] = 1.0
        trace.outcomes[node] = "failed"
        trace.causes[node] = -1
        trace.errors[node] = "ValueError: " + "x" * 100_000
        trace.waits.append(Wait(node, "slot", 0.0, 0.5))
    trace.close()
    page = FakePage()
    feed = Feed(page)
    feed.add(trace)
    feed.flush(0.0)
    sizes = [
        len(json.dumps(message)) + sum(map(len, buffers)) for message, buffers in page.messages
    ]
    frames = page.of("columns")
    assert max(sizes[: len(frames)]) < 150_000
    assert [one["over"] for one in frames] == [False] * (len(frames) - 1) + [True]
    assert [one["frame"] for one in frames] == list(range(1, len(frames) + 1))
    (known,) = page.view.values()
    assert len(known.rows) == len(known.texts["errors"]) == len(known.spans["waits"]) == 10_000
    known.agrees_with(trace)


def test_frames_wait_for_answers_and_go_on_slowly_without() -> None:
    """Two may be unanswered; then a few a second, later one a second; an answer speeds it up."""
    trace = trace_of(10_000)
    page = FakePage()
    feed = Feed(page)
    record = feed.add(trace)
    times: list[float] = []
    now = 0.0
    for step in range(1_000):
        trace.ready[step] = trace.started[step] = 0.0
        now += 0.05
        before = len(page.messages)
        feed.pump(now)
        times += [now] * (len(page.messages) - before)
    gaps = [round(b - a, 2) for a, b in itertools.pairwise(times)]
    assert gaps[: UNANSWERED - 1] == [0.05] * (UNANSWERED - 1)
    assert min(gaps[UNANSWERED:]) >= SLOW
    assert gaps[-1] >= SLOWER
    feed.handle({"kind": "ack", "run": record.key, "frame": record.frame})
    trace.ready[9_999] = 0.0
    before = len(page.messages)
    feed.pump(now + 0.05)
    assert len(page.messages) == before + 1


def test_a_node_that_holds_the_loop_is_told_while_it_does() -> None:
    """Nothing changes in the columns, and still each look tells who holds the loop, and who let go."""
    now = 0.0
    trace = Trace(trace_of(2).graph, clock=lambda: now)
    trace.ready[0] = trace.started[0] = 0.0
    trace.holder, trace.holder_since = 0, 0.0
    page = FakePage()
    feed = Feed(page)
    record = feed.add(trace)
    for now in (0.1, 0.2, 0.3):
        feed.pump(now)
        feed.handle({"kind": "ack", "run": record.key, "frame": record.frame})
    trace.holder = -1
    now = 0.4
    feed.pump(now)
    told = [(one["elapsed"], one["holding"]) for one in page.of("columns")]
    holding = {"node": 0, "since": 0.0}
    assert told == [(0.1, holding), (0.2, holding), (0.3, holding), (0.4, None)]


def test_the_time_is_told_now_and_then_and_nothing_else_if_nothing_changes() -> None:
    """A run that waits for something far away costs a message a second."""
    trace = trace_of(3)
    page = FakePage()
    feed = Feed(page)
    record = feed.add(trace)
    for step in range(100):
        feed.pump(step * 0.05)
        feed.handle({"kind": "ack", "run": record.key, "frame": record.frame})
    assert len(page.of("columns")) == 5


def test_a_page_that_has_nothing_gets_everything() -> None:
    """After a reload the page asks, and gets the run from its beginning, with its figures."""
    page = FakePage()
    feed = Feed(page)

    async def main(loop: VirtualLoop) -> Trace:
        tm = chain(3, 0.1, loop)
        with tm.watch(feed.begin):
            return (await tm.invoke()).trace

    trace = run_virtual(main)
    feed.flush(0.0)
    key = feed.records[0].key
    page.view.clear()
    page.messages.clear()
    feed.handle({"kind": "open", "run": key})
    assert feed.busy
    feed.pump(1.0)
    assert page.of("columns")[0]["full"]
    page.view[key].agrees_with(trace)
    assert [one["makespan"] for one in page.of("analysis")] == [trace.timeline.makespan]


def test_the_last_runs_are_kept_and_numbered() -> None:
    """A hundred quick invokes: told in one go, the last twenty, with the numbers that they have."""
    page = FakePage()
    feed = Feed(page)

    async def main(loop: VirtualLoop) -> None:
        tm = chain(1, 0.0, loop)
        with tm.watch(feed.begin):
            for _ in range(100):
                await tm.invoke()

    run_virtual(main)
    feed.flush(0.0)
    numbers = [one["number"] for one in page.lists[-1]]
    assert numbers == list(range(101 - MOST_RUNS, 101))
    assert {one["state"] for one in page.lists[-1]} == {"done"}
    assert len(page.lists) <= 2


def test_what_is_expected_follows_from_the_run_before() -> None:
    """While the second run goes on, the page is told when its rest will start and finish."""
    page = FakePage()
    feed = Feed(page)

    async def main(loop: VirtualLoop) -> None:
        tm = chain(3, 1.0, loop)
        with tm.watch(feed.begin):
            await tm.invoke()
            feed.flush(loop.time())
            assert page.of("expected") == []
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1.5)
            feed.pump(loop.time())
            await invoke

    run_virtual(main)
    ((message, buffers),) = [one for one in page.messages if one[0]["kind"] == "expected"]
    assert message["makespan"] == pytest.approx(3.0)
    assert (message["runs"], message["share"], message["band"]) == (1, None, None)
    nodes, starts, ends, slack, *segments = unpacked(buffers, "IfffIHff")
    assert (nodes, starts, ends) == ([1, 2], [1.0, 2.0], [2.0, 3.0])
    assert slack == [0.0, 0.0]
    dag = message["ways"]["bands"][-1]
    assert (dag["way"], dag["basis"], dag["seconds"]) == ("dag", "expected", [3.0, 3.0])
    owned = [column[dag["first"] :][: dag["count"]] for column in segments]
    assert owned == [[0, 1, 2], [0, 0, 0], [0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    ((message, buffers),) = [one for one in page.messages if one[0]["kind"] == "earlier"]
    assert (message["runs"], message["share"]) == (1, None)
    assert unpacked(buffers, "ff") == [[1.0] * 3, [1.0] * 3]


def unpacked(buffers: list[bytes], codes: str) -> list[Any]:
    """The columns of a message."""
    return [memoryview(b).cast(c).tolist() for b, c in zip(buffers, codes, strict=True)]


@pytest.mark.parametrize("kind", ["free", "slots", "large", "maps"])
def test_the_band_holds_the_ends_of_runs_like_earlier_ones(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What eight in ten runs did, from the middle of a run to its end.

    The tasks take between 1 and 2 s, anew in each run, and maps have other numbers of items. Of large
    graphs with slots no schedule is computed.
    """
    rng = random.Random(3)
    slots = 2 if kind in ("slots", "large") else None
    if kind == "large":
        monkeypatch.setattr(expected_rest, "MOST_EXPLAINED", 5)

    async def main(loop: VirtualLoop) -> list[tuple[bool, dict[str, Any], float]]:
        async def work(*_: object) -> None:
            await asyncio.sleep(1 + rng.random())

        async def some() -> range:
            return range(rng.randint(2, 5))

        tm = TaskManager[None](clock=loop.time)
        if kind == "maps":
            items = tm.map(work, tm.add_node(some))
            last = [tm.add_node(work, tm.map(work, items))]
        else:
            last = [tm.add_node(work) for _ in range(3)]
        for _ in range(3):
            last = [tm.add_node(work, node) for node in last]
        tm.sort()
        told = []
        for number in range(80):
            page = FakePage()
            feed = Feed(page)
            with tm.watch(feed.begin):
                invoke = asyncio.create_task(tm.invoke(max_concurrency=slots))
                await asyncio.sleep(3)
                feed.pump(loop.time())
                makespan = (await invoke).timeline.makespan
            if number < 40:
                continue
            (message,) = page.of("expected")
            low, high = message["band"]
            assert low <= message["makespan"] <= high
            told.append((low <= makespan <= high, message, makespan))
        return told

    told = run_virtual(main)
    assert {message["share"] for _, message, _ in told} == {0.8}
    held = sum(held for held, *_ in told) / len(told)
    assert 0.65 <= held <= 0.95
    assert fmean(makespan - message["makespan"] for _, message, makespan in told) == pytest.approx(
        0, abs=0.2
    )
    assert fmean(message["band"][1] - message["band"][0] for _, message, _ in told) < 3


def test_other_ways_are_told_once_each_map_has_its_items() -> None:
    """Before that one by one would seem far too short: how many items there will be, nobody knows."""

    async def main(loop: VirtualLoop) -> list[dict[str, Any]]:
        async def some() -> range:
            await asyncio.sleep(1)
            return range(4)

        async def work(_: int) -> int:
            await asyncio.sleep(2)
            return 1

        tm = TaskManager[None](clock=loop.time)
        tm.map(work, tm.map(work, tm.add_node(some)))
        tm.sort()
        await tm.invoke()
        page = FakePage()
        feed = Feed(page)
        with tm.watch(feed.begin):
            invoke = asyncio.create_task(tm.invoke())
            for seconds in (0.5, 1.5):
                await asyncio.sleep(seconds)
                feed.pump(loop.time())
            await invoke
        return page.of("expected")

    early, late = run_virtual(main)
    assert early["ways"] is None
    assert late["ways"]["until"] == pytest.approx(1 + 8 * 2)


def test_of_few_runs_no_share_is_told() -> None:
    """Two earlier runs give a band, but nobody knows how many runs such a band holds."""

    async def main(loop: VirtualLoop) -> dict[str, Any]:
        tm = chain(3, 1.0, loop)
        await tm.invoke()
        await tm.invoke()
        page = FakePage()
        feed = Feed(page)
        with tm.watch(feed.begin):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(1.5)
            feed.pump(loop.time())
            await invoke
        (message,) = page.of("expected")
        return message

    message = run_virtual(main)
    assert (message["runs"], message["share"]) == (2, None)
    assert message["band"] == pytest.approx((3.0, 3.0))


def test_waves_are_computed_with_the_slots_of_the_run() -> None:
    """Six naps of a second in two slots are three seconds of waves, as they were for the run itself."""

    async def main(loop: VirtualLoop) -> Trace:
        tm = TaskManager[None](clock=loop.time)
        for _ in range(6):
            tm.add_node(nap, 1.0)
        tm.sort()
        return (await tm.invoke(max_concurrency=2)).trace

    message, _ = analysis(run_virtual(main), "1")
    assert message["makespan"] == pytest.approx(3)
    bands = {band["way"]: band for band in message["ways"]["bands"]}
    assert bands["waves"]["seconds"] == pytest.approx([3, 3])
    assert bands["sequential"]["seconds"] == pytest.approx([6, 6])
    assert [band["lanes"] for band in bands.values()] == [1, 2, 2]
    assert "with its 2 slots" in message["ways"]["note"]


def test_bands_own_their_segments_in_columns_that_all_bands_share() -> None:
    """In `analysis` and `expected`, behind their other buffers; a run that failed has neither."""
    trace = made_trace(
        Bar("a", 0.0, 0.0, 1.0), Bar("b", 0.0, 0.0, 2.0), Bar("c", 1.0, 1.0, 3.0, needs=(0,))
    )
    message, (_, *columns) = analysis(trace, "1")
    rows, lanes, starts, ends = unpacked(columns[:4], "IHff")
    drawn = {
        band["way"]: list(
            zip(
                *(
                    column[band["first"] :][: band["count"]]
                    for column in (rows, lanes, starts, ends)
                ),
                strict=True,
            )
        )
        for band in message["ways"]["bands"]
    }
    assert drawn == {
        "sequential": [(0, 0, 0.0, 1.0), (1, 0, 1.0, 3.0), (2, 0, 3.0, 5.0)],
        "waves": [(0, 0, 0.0, 1.0), (1, 1, 0.0, 2.0), (2, 0, 2.0, 4.0)],
        "dag": [(0, 0, 0.0, 1.0), (1, 1, 0.0, 2.0), (2, 0, 1.0, 3.0)],
    }
    assert message["ways"]["saved"] == [3.0, 5.0, "2.00 s saved"]
    failed = made_trace(Bar("a", 0.0, 0.0, 1.0, state="failed"), Bar("b", 0.0, 0.0, 2.0))
    message, (_, *columns) = analysis(failed, "1")
    assert (message["ways"], columns) == (None, [b""] * 6)


def test_of_a_band_with_too_many_segments_the_page_gets_how_many_run_at_once() -> None:
    """A message stays small; what it keeps is the peak, and the end."""
    count = MOST_SEGMENTS + 1
    trace = made_trace(*(Bar(f"t{n}", 0.0, 0.0, 1.0 + n / count) for n in range(count)))
    message, buffers = analysis(trace, "1")
    sequential, _, dag = message["ways"]["bands"]
    assert dag["count"] == sequential["count"] == 0
    times, running = dag["area"]
    assert (max(running), times[0], running[-1]) == (count, 0.0, 0)
    assert times[-1] == pytest.approx(2.0, rel=0.01)
    assert len(json.dumps(message)) + sum(map(len, buffers[1:])) < 100_000


def test_what_is_known_as_a_range_goes_to_the_page_as_one() -> None:
    """Both ends of one by one; of a gain the cautious one."""
    message, _ = analysis(made_uncertain_trace(), "1")
    assert message["ways"]["bands"][0]["seconds"] == [2.5, 3.5]


def test_requests_that_make_no_sense_are_passed_over() -> None:
    """Whatever a page sends, the run goes on and nothing is raised."""
    page = FakePage()
    feed = Feed(page)
    record = feed.add(trace_of(2))
    for request in (
        None,
        7,
        {},
        {"kind": "cancel"},
        {"kind": "ack", "run": record.key, "frame": "x"},
        {"kind": "details", "run": record.key, "node": 99},
        {"kind": "details", "run": record.key, "node": -1},
        {"kind": "what", "run": record.key},
        {"kind": "cancel", "run": record.key},
        {"kind": "cancel", "run": ["a"]},
    ):
        feed.handle(request)
    assert page.messages == []


def test_cancelling_cancels_that_run() -> None:
    """The page's button reaches the run, from whatever thread hears it."""
    feed = Feed(FakePage())

    async def main(loop: VirtualLoop) -> None:
        tm = chain(1, 60.0, loop)
        with tm.watch(feed.begin):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(0.1)
            feed.pump(loop.time())
            feed.handle({"kind": "cancel", "run": feed.records[0].key})
            with pytest.raises(asyncio.CancelledError):
                await invoke
        assert loop.time() < 1.0

    run_virtual(main)


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("<script>")


def test_details_are_short_safe_and_there_only_as_long_as_the_result_is() -> None:
    """Values of 1 MB and reprs that raise; and a view alone keeps no value alive."""

    class Value:
        def __repr__(self) -> str:
            return "x" * 1_000_000

    value = Value()
    reference = weakref.ref(value)

    async def give(what: object) -> object:
        return what

    async def broken() -> None:
        raise ValueError("<b>")

    async def box() -> Value:
        made.append(Value())
        return made.pop()

    made: list[Value] = []
    with build_dag() as tm:
        tm.add_node(box)
        tm.add_node(give, Hostile())
        tm.add_node(give, "ab\ud800c" * 1_000_000)
        tm.add_node(broken)
    page = FakePage()
    feed = Feed(page)
    with tm.watch(feed.begin), pytest.raises(InvocationError) as caught:
        asyncio.run(tm.invoke())
    feed.flush(0.0)
    key = feed.records[0].key
    for node in range(4):
        feed.handle({"kind": "details", "run": key, "node": node})
    values = [one["value"] for one in page.of("details")]
    assert max(len(value) for value in values if value) <= 2_000
    assert values[0].startswith("xxx")
    assert values[1] == "<Hostile object; its repr raised RuntimeError>"
    assert "\ud800" not in values[2]
    assert values[3] is None
    traceback = page.of("details")[3]["traceback"]
    assert "ValueError: <b>" in traceback
    assert "in broken" in traceback
    result = weakref.ref(caught.value.result)
    del caught, value
    tm._recent.last_unfinished = None
    gc.collect()
    assert reference() is None
    assert result() is None
    feed.handle({"kind": "details", "run": key, "node": 0})
    assert page.of("details")[-1]["value"] is None


def test_details_of_an_item_are_those_of_the_item() -> None:
    """Items are rows behind those of the nodes; plain arguments of nodes are no values of theirs."""

    async def ten_times(number: int) -> int:
        if number == 3:
            raise ValueError(f"{number} is too many")
        return 10 * number

    with build_dag() as tm:
        tens = tm.map(ten_times, [1, 2, 3])
        tm.add_node(ten_times, 1)
        tm.outcomes(tens)
    page = FakePage()
    feed = Feed(page)
    with tm.watch(feed.begin):
        result = asyncio.run(tm.invoke())
    feed.flush(0.0)
    record = feed.records[0]
    for node in range(len(record.trace.graph)):
        feed.handle({"kind": "details", "run": record.key, "node": node})
    names = record.trace.graph.names
    told = {names[one["node"]]: one["value"] for one in page.of("details")}
    items = {name: told[name] for name in names if name.startswith("ten_times[")}
    assert items == {"ten_times[0]": "10", "ten_times[1]": "20", "ten_times[2]": None}
    failed = page.of("details")[names.index("ten_times[2]")]
    assert "3 is too many" in failed["traceback"]
    assert len(result.failures) == 1


def test_values_are_not_told_where_they_are_not_wanted() -> None:
    """A stream without values answers no question about them."""
    page = FakePage()
    feed = Feed(page, values=False)

    async def main(loop: VirtualLoop) -> Any:
        tm = chain(1, 0.0, loop)
        with tm.watch(feed.begin):
            return await tm.invoke()

    result = run_virtual(main)
    feed.flush(0.0)
    feed.handle({"kind": "details", "run": feed.records[0].key, "node": 0})
    assert page.of("details") == []
    assert result.trace.over


def test_a_look_sees_changes_only_once() -> None:
    """What was told is not told again, whatever else changes near it."""
    trace = trace_of(2_000)
    frames = UpdateSource(trace)
    for node in range(0, 2_000, 7):
        trace.ready[node] = 0.0
        assert list(frames.look().rows) == [node]
    assert list(frames.look().rows) == []


def test_what_is_expected_of_a_large_run_is_no_larger_than_a_frame() -> None:
    """5,000 nodes, and what ten earlier runs took: each message stays below 69 KB."""
    page = FakePage()
    feed = Feed(page)

    async def main(loop: VirtualLoop) -> None:
        tm = TaskManager[None](clock=loop.time)
        for _ in range(5_000):
            tm.add_node(nap, 1.0)
        tm.sort()
        for _ in range(10):
            await tm.invoke()
        with tm.watch(feed.begin):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(0.5)
            feed.pump(loop.time())
            await invoke

    run_virtual(main)
    sizes = {
        message["kind"]: len(json.dumps(message)) + sum(map(len, buffers))
        for message, buffers in page.messages
    }
    assert {"expected", "earlier"} <= set(sizes)
    assert max(sizes["expected"], sizes["earlier"]) <= 69_000


def test_waits_that_are_put_in_order_at_the_end_are_sent_again() -> None:
    """A page knows them by their places, and must not be left with those of others."""
    trace = Trace(made_graph([Bar("a"), Bar("b"), Bar("c")]), clock=lambda: 1.0)
    trace.began = 0.0
    trace.waits = [Wait(node, "slot", start, NOT_YET) for node, start in enumerate((0.2, 0.0, 0.0))]
    page = FakePage()
    feed = Feed(page)
    feed.add(trace)
    feed.records[0].heard = True
    feed.pump(0.0)
    # As a run ends: a wait of no duration was none, and the others are sorted.
    trace.waits[:] = [Wait(2, "slot", 0.0, 0.5), Wait(0, "slot", 0.2, 0.75)]
    trace.close(1.0)
    feed.pump(1.0)
    [view] = page.view.values()
    assert view.over
    assert view.spans["waits"] == {0: [2, "slot", 0.0, 0.5], 1: [0, "slot", 0.2, 0.75]}


def test_beside_a_run_on_a_cluster_stands_what_it_takes_at_home() -> None:
    """In one process, where nothing is moved, and not in waves."""
    trace = run_with_a_move()
    message, _ = analysis(trace, "1")
    assert [band["way"] for band in message["ways"]["bands"]] == ["sequential", "home", "dag"]
    at_home = trace.timeline.simulate().makespan_range
    assert message["ways"]["bands"][1]["seconds"] == list(at_home)
