"""A run has the same rows, counts, states, peaks and ends in every view, live and saved."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

import pytest

from async_dag import ExecutionResult, Run
from async_dag.graph.bundling import bundling_of
from async_dag.trace.columns import STATES
from async_dag.views.common.facts import RunFacts
from async_dag.views.gantt.rows import Row, gantt_rows
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.feed.graph_payload import graph_payload
from async_dag.workbench.standalone import ShownRun, page
from async_dag.workbench.still.box_facts import box_facts
from tests.support.fake_page import FakePage
from tests.support.kinds_of_runs import KINDS, run_of
from tests.support.replay import frames_of, shown
from tests.support.virtual import VirtualLoop

FRAME = 0.35
"""Seconds of the virtual clock between two frames: not in step with what happens."""

Followed = tuple[ExecutionResult[None], dict[str, Any], dict[str, Any], list[RunFacts]]


def followed(kind: str) -> tuple[ExecutionResult[None], FakePage, list[RunFacts]]:
    """A run, what a live page was told of it, and how it stood at each frame."""
    told, stands = FakePage(), list[RunFacts]()
    feed = Feed(told)

    def follow(loop: VirtualLoop, run: Run) -> None:
        feed.begin(run)

        def look() -> None:
            if run.trace.over:
                return
            before = len(told.of("columns"))
            feed.pump(loop.time())
            for record in feed.records:
                feed.handle({"kind": "ack", "run": record.key, "frame": record.frame})
            if len(told.of("columns")) > before:
                stands.append(RunFacts(run.trace))
            loop.call_later(FRAME, look)

        loop.call_soon(look)

    result = run_of(kind, follow)
    feed.flush(1e9)
    return result, told, stands


def saved(result: ExecutionResult[None]) -> dict[str, Any]:
    """What the saved page of a run is told."""
    found = re.search(r'async-dag-recording">(.*?)</script>', page([ShownRun(result)]), re.DOTALL)
    assert found
    recording = json.loads(found[1])
    frames = [
        [message["content"], message["buffers"]]
        for message in recording["messages"]
        if message["content"]["kind"] in ("columns", "analysis")
    ]
    return {"graph": recording["state"]["graph"], "frames": frames}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Followed]:
    """Of each kind a run, the live page and the saved one at its end, and how it stood meanwhile."""
    all_followed = {kind: followed(kind) for kind in KINDS}
    told: list[dict[str, Any]] = []
    for result, page_told, _ in all_followed.values():
        graph = result.trace.template
        live = graph_payload(graph, bundling_of(graph))
        told += [{"graph": live, "frames": frames_of(page_told.messages)}, saved(result)]
    pages = shown(told, tmp_path_factory.mktemp("replayed"))
    return {
        kind: (result, pages[2 * number], pages[2 * number + 1], stands)
        for number, (kind, (result, _, stands)) in enumerate(all_followed.items())
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_has_one_set_of_numbers(runs: dict[str, Followed], kind: str) -> None:
    """The live page ends as the saved one begins; charts, text and still say the same."""
    result, live, page_saved, _ = runs[kind]
    facts = RunFacts(result.trace)
    for name in ("counts", "peak", "makespan", "rows", "tasks", "critical"):
        assert live[name] == page_saved[name], name
    states = Counter(facts.states[node] for node in facts.tasks)
    assert live["counts"] == [states[state] for state in STATES]
    assert live["running"][-1] == 0
    assert live["peak"] == facts.timeline.peak_parallelism
    names = facts.trace.graph.names
    assert [task[:2] for task in live["tasks"]] == [
        [names[node], facts.states[node]] for node in facts.tasks
    ]
    rows = gantt_rows(facts)
    assert live["rows"] == [told_of(facts, row) for row in rows]
    text = result.draw.text(200, rows=2_000, encoding="utf-8")
    titles = [line.partition("│")[0].strip() for line in text.splitlines() if "│" in line]
    assert [title for title in titles if title in {titled(row) for row in rows}] == [
        titled(row) for row in rows
    ]
    assert ", ".join(facts.counts()) in text.replace("\n", " ")
    boxes = box_facts(facts, bundling_of(result.trace.template), set())
    assert sum((box.counts for box in boxes), Counter()) == states


def titled(row: Row) -> str:
    return row.title if row.is_single else f"{row.title} ×{row.count:,}"


def told_of(facts: RunFacts, row: Row) -> dict[str, Any]:
    """What the page says of a row."""
    trace = facts.trace
    starts = [
        trace.started[node] for node in row.nodes if trace.started[node] == trace.started[node]
    ]
    ends = [
        trace.finished[node] for node in row.nodes if trace.started[node] == trace.started[node]
    ]
    peak = 1 if row.area is None and starts else 0 if row.area is None else row.area.peak
    return {
        "title": titled(row),
        "kind": "node" if row.is_single else "bundle",
        "states": {
            state: number
            for state in STATES
            if (number := sum(facts.states[node] == state for node in row.nodes))
        },
        "peak": peak,
        "start": min(starts, default=None),
        "end": max(ends, default=None),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_page_is_never_behind(runs: dict[str, Followed], kind: str) -> None:
    """At each frame it counts what a chart of that moment counts."""
    _, live, _, stands = runs[kind]
    assert len(stands) > 2
    for seen, facts in zip(live["seen"], stands, strict=False):
        states = Counter(facts.states[node] for node in facts.tasks)
        assert seen["counts"] == [states[state] for state in STATES]


def test_what_streams_is_one_task(runs: dict[str, Followed]) -> None:
    """From its first step to its end, whatever it yields; what is held back is not running."""
    result, live, *_ = runs["stream"]
    [(name, state, start, end, _)] = [task for task in live["tasks"] if "tail_log" in task[0]]
    assert (name, state, start) == ("tail_log", "done", 0)
    assert end > 5  # a window held it back
    facts = RunFacts(result.trace)
    assert facts.seconds[facts.trace.graph.names.index("tail_log")] == pytest.approx(5)
    assert not math.isnan(facts.trace.started[0])
