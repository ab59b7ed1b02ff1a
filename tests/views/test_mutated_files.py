"""Every view of every file that is accepted: it draws, and what it draws is well-formed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from async_dag import Trace, diff, profile
from async_dag.analysis.timeline import Timeline
from async_dag.errors import AsyncDagError
from async_dag.graph.bundling import bundling_of
from async_dag.trace.packed import pack, unpack
from async_dag.workbench.feed.feed import Feed
from async_dag.workbench.standalone import ShownRun, page
from async_dag.workbench.still.still import Still
from tests.support.fake_page import FakePage
from tests.support.mutated_files import mutated_traces

CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f]")


def text(trace: Trace) -> None:
    for width in (20, 80):
        for encoding in ("ascii", "utf-8"):
            drawn = trace.draw.text(width, rows=4, encoding=encoding)
            assert not CONTROL.search(drawn)
            drawn.encode(encoding)


def graph(trace: Trace) -> None:
    for detail in ("full", "bundles"):
        source = trace.draw.graphviz(detail=detail).source
        assert source.strip().endswith("}")
        source.encode()
        assert trace.draw.mermaid(detail=detail).source


def mermaid_gantt(trace: Trace) -> None:
    assert trace.draw.mermaid_gantt().source.startswith("gantt")


def rows(trace: Trace) -> None:
    json.dumps(trace.to_rows(), allow_nan=False)
    repr(trace)
    repr(trace.timeline)


def networkx(trace: Trace) -> None:
    assert len(trace.to_networkx()) == len(trace)


def figures(trace: Trace) -> None:
    """Everything that a timeline tells; of a run that was cut off some of it is refused, with words."""
    timeline = trace.timeline
    assert 0 <= timeline.work_range.low <= timeline.work_range.high
    assert timeline.speedup_range.low <= timeline.speedup_range.high
    assert timeline.critical_length >= 0
    for column in (timeline.durations, timeline.slack, timeline.wait, timeline.held):
        assert all(seconds >= 0 for seconds in column.values())
    assert all(seconds >= 0 for seconds in (*timeline.late.values(), *timeline.awaiting.values()))
    assert sum(piece.length for piece in timeline.pieces) == pytest.approx(timeline.makespan)
    assert [step.running for step in timeline.parallelism()][-1:] in ([], [0])
    for finding in timeline.findings():
        assert 0 <= finding.gain.low <= finding.gain.high <= timeline.makespan
    for what in (timeline.comparison, timeline.speedup_curve):
        try:
            assert str(what())
        except AsyncDagError as error:
            assert "not known" in str(error)
    assert Timeline(trace).expected().makespan >= 0


def other_formats(trace: Trace) -> None:
    assert unpack(trace.graph, pack(trace)).states == trace.states
    assert Trace.from_json(trace.to_json()).states == trace.states


def many_runs(trace: Trace) -> None:
    """A profile, and what changed from it to itself: nothing. Too few whole runs are refused."""
    try:
        assert str(profile([trace] * 6))
        changed = diff([trace] * 6, [trace] * 6)
    except AsyncDagError as error:
        assert "run" in str(error)
    else:
        assert str(changed)


def html_page(trace: Trace) -> None:
    shown = page([ShownRun(trace)])
    assert shown.startswith("<!doctype html>")
    assert shown.count("</script>") == shown.count("<script")


def live(trace: Trace) -> None:
    told = FakePage()
    feed = Feed(told)
    feed.add(trace)
    for now in range(40):
        feed.pump(float(now))
    [view] = told.view.values()
    assert view.over
    for message, _ in told.messages:
        json.dumps(message, allow_nan=False)
    states = trace.states  # all of them are worked out each time
    told_of = [node for node in range(len(trace)) if node in view.rows]
    assert [view.rows[node][4] for node in told_of] == [states[node] for node in told_of]


QUICK: list[Callable[[Trace], None]] = [
    text,
    graph,
    mermaid_gantt,
    rows,
    networkx,
    figures,
    other_formats,
    many_runs,
    html_page,
    live,
]


@given(mutated_traces())
def test_quick_views(trace: Trace) -> None:
    """Texts, diagrams' sources, figures, formats, and what a page is told.

    All of the same files: to change and read one takes longer than any of these.
    """
    for view in QUICK:
        view(trace)


def chrome_trace(trace: Trace, folder: Path) -> None:
    path = trace.export.chrome_trace(folder / "trace.json")
    assert json.loads(path.read_text(encoding="utf-8"))["traceEvents"] is not None


def chart(trace: Trace, folder: Path) -> None:
    ElementTree.fromstring(trace.draw.gantt()._repr_mimebundle_()[0]["image/svg+xml"])


def cell(trace: Trace, folder: Path) -> None:
    data, _ = trace._repr_mimebundle_()
    assert {"text/html", "text/plain"} <= set(data)
    assert "can't be shown" not in data["text/plain"]


def still(trace: Trace, folder: Path) -> None:
    picture = Still(trace, None, bundling_of(trace.graph), title="a run", state="done")
    assert "async-dag-still" in picture.bundle("key")["text/html"]


@pytest.mark.parametrize("view", [chrome_trace, chart, cell, still], ids=lambda view: view.__name__)
def test_slow_views(view: Callable[[Trace, Path], None], tmp_path: Path) -> None:
    """Files and pictures."""
    if view is not chrome_trace:
        pytest.importorskip("matplotlib")
    few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
    few(given(mutated_traces())(lambda trace: view(trace, tmp_path)))()
