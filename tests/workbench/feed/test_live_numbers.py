"""The numbers that a page shows while a run goes on end as those of the pictures of it."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from async_dag import Run, TaskManager, Trace, build_dag, streaming
from async_dag.analysis.critical_path import NodeTimes
from async_dag.trace.columns import STATES
from async_dag.views.common.facts import most_at_once
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.graph_payload import graph_payload
from async_dag.workbench.feed.map_rows import MapRows
from tests.support.chromium import REQUIRE
from tests.support.eventful_runs import Events, events, run_with
from tests.support.fake_page import FakePage
from tests.support.strategies import Spec, dags
from tests.support.virtual import VirtualLoop, run_virtual

FRONTEND = Path(__file__).parents[3] / "frontend"
ESBUILD = FRONTEND / "node_modules" / ".bin" / "esbuild"

FRAME = 0.06
"""Seconds of the virtual clock between two frames: not in step with what happens."""


def followed(specs: list[Spec], under: Events) -> tuple[Trace, FakePage]:
    """A run, and what a page was told of it while it went on."""
    page = FakePage()
    feed = Feed(page)

    def follow(run: Run) -> None:
        loop = asyncio.get_running_loop()
        feed.begin(run)

        def send() -> None:
            feed.pump(loop.time())
            if not run.trace.over:
                loop.call_later(FRAME, send)

        loop.call_soon(send)

    trace = run_with(specs, under, follow)
    feed.flush(1e6)
    return trace, page


def shown(told: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """What the page makes of it, by its own code."""
    bundled, given_ = folder / "replay.cjs", folder / "told.json"
    program = [str(ESBUILD), "tests/replay.ts", "--bundle", "--platform=node", "--log-level=error"]
    subprocess.run([*program, f"--outfile={bundled}"], cwd=FRONTEND, check=True)
    given_.write_text(json.dumps(told), encoding="utf-8")
    answer = subprocess.run(
        ["node", str(bundled), str(given_)], check=True, capture_output=True, text=True
    )
    return list(json.loads(answer.stdout))


def test_live_numbers_end_as_the_static_ones(tmp_path: Path) -> None:
    """The peak, the makespan and the states; pauses and waits don't run, so slots are never passed."""
    if not ESBUILD.is_file() or shutil.which("node") is None:
        if REQUIRE:
            pytest.fail("run npm ci in frontend/")
        pytest.skip("needs npm ci in frontend/")
    traces: list[tuple[Trace, Events]] = []
    told: list[dict[str, Any]] = []

    @settings(max_examples=60)
    @given(dags(), events)
    def collect(specs: list[Spec], under: Events) -> None:
        trace, page = followed(specs, under)
        frames = [
            [message, [base64.b64encode(buffer).decode() for buffer in buffers]]
            for message, buffers in page.messages
            if message["kind"] == "columns"
        ]
        traces.append((trace, under))
        told.append({"graph": graph_payload(trace.graph, None), "frames": frames})

    collect()
    for (trace, under), page in zip(traces, shown(told, tmp_path), strict=True):
        states = [
            state
            for state, kind in zip(trace.states, trace.graph.kinds, strict=True)
            if kind == "task"
        ]
        assert page["counts"] == [states.count(state) for state in STATES]
        assert page["makespan"] == pytest.approx(trace.elapsed)
        assert page["running"][-1] == 0
        # What takes no time runs for a moment, but there is none on a real clock.
        times = NodeTimes(trace)
        spans = [span for node in times.ran for span in times.running(node) if span[0] < span[1]]
        assert page["peak"] == most_at_once(spans)
        if under.slots is not None:
            assert max(page["running"]) <= under.slots
            assert page["peak"] <= under.slots


def test_maps_within_a_mapped_dag_have_their_sum() -> None:
    """The total of a map that runs for each element is the sum, also where the last list is empty."""

    async def links(region: int) -> list[int]:
        return list(range(region))

    async def fetch(link: int) -> int:
        return link

    with build_dag(int) as sub:
        pages = sub.map(fetch, sub.add_node(links, sub.parameter_node))
    with build_dag() as tm:
        parts = tm.map(sub, [1500, 3, 0])
    rows: list[MapRows] = []
    with tm.watch(lambda run: rows.append(MapRows(run.trace))):
        asyncio.run(tm.invoke())
    progress = rows[0].progress()[parts[pages].index]
    assert (progress.done, progress.total, progress.message) == (1503, 1503, "")
    assert rows[0].told is rows[0].progress()


def test_items_that_stream_are_counted_without_their_parts() -> None:
    """Their row begins with the first part, since the items' own times are those of their ends."""

    async def main(loop: VirtualLoop) -> tuple[MapRows, int]:
        async def links(count: int) -> AsyncIterator[int]:
            for number in range(count):
                await asyncio.sleep(1)
                yield number

        async def fetch(link: int) -> int:
            return link

        with build_dag(int) as sub:
            listed = sub.add_node(streaming(links), sub.parameter_node)
            sub.map(fetch, listed)
        tm = TaskManager[None](clock=loop.time)
        parts = tm.map(sub, [3, 1])
        tm.sort()
        rows: list[MapRows] = []
        with tm.watch(lambda run: rows.append(MapRows(run.trace))):
            await tm.invoke()
        return rows[0], parts[listed].index

    rows, listed = run_virtual(main)
    progress = rows.progress()[listed]
    assert (progress.done, progress.total) == (2, 2)
    assert rows.first("started")[listed] == 0
