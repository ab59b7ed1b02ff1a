"""The numbers that a page shows while a run goes on end as those of the pictures of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from async_dag import Run, Trace
from async_dag.analysis.critical_path import NodeTimes
from async_dag.trace.columns import STATES
from async_dag.views.common.facts import most_at_once
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.graph_payload import graph_payload
from tests.support.eventful_runs import Events, events, run_with
from tests.support.fake_page import FakePage
from tests.support.replay import frames_of, shown
from tests.support.strategies import Spec, dags

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


def test_live_numbers_end_as_the_static_ones(tmp_path: Path) -> None:
    """The peak, the makespan and the states; pauses and waits don't run, so slots are never passed."""
    traces: list[tuple[Trace, Events]] = []
    told: list[dict[str, Any]] = []

    @settings(max_examples=60)
    @given(dags(), events)
    def collect(specs: list[Spec], under: Events) -> None:
        trace, page = followed(specs, under)
        traces.append((trace, under))
        frames = frames_of(page.messages)
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
