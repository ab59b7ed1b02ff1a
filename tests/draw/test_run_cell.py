"""A run alone in a notebook cell: pictures and text, never an error, never long."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import Any

import pytest

from async_dag import InvocationError, build_dag
from async_dag.analysis.timeline import Timeline
from async_dag.draw import run_cell
from async_dag.views.gantt.figure import run_picture
from tests.support.made_traces import Bar, made_trace

PICTURES = {"text/html", "image/svg+xml", "image/png"}


async def nap(seconds: float, *_: object) -> float:
    await asyncio.sleep(seconds)
    return seconds


def test_a_result_is_its_chart() -> None:
    """SVG, PNG and text, with the summary and the findings in all of them."""
    with build_dag() as tm:
        tm.add_node(nap, 0.02, tm.add_node(nap, 0.03))
    result = asyncio.run(tm.invoke())
    data, metadata = result._repr_mimebundle_()
    assert set(data) == {*PICTURES, "text/plain"}
    assert metadata["image/png"]["width"] > 300
    for said in ("2 tasks, all done", "makespan", "critical path"):
        assert said in data["image/svg+xml"]
        assert said in data["text/plain"]
    for finding in map(str, result.timeline.findings()):
        assert finding in data["text/plain"]
        assert finding[:20] in data["image/svg+xml"]


def test_a_picture_by_itself_needs_no_matplotlib() -> None:
    """Its import would take most of the time that the first picture of a kernel takes."""
    script = """
import asyncio, sys
from async_dag import build_dag
async def nap(*_): await asyncio.sleep(0.001)
with build_dag() as tm:
    tm.add_node(nap, tm.add_node(nap))
data, _ = asyncio.run(tm.invoke())._repr_mimebundle_()
print(*data, sorted({"matplotlib", "numpy"} & set(sys.modules)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert ended.stderr == ""
    assert ended.stdout.split() == ["text/html", "image/svg+xml", "image/png", "text/plain", "[]"]


def test_a_failed_run_is_its_chart() -> None:
    """What is kept of it shows itself, too."""

    async def fail() -> None:
        raise OSError("no route")

    with build_dag() as tm:
        tm.add_node(fail)
    with pytest.raises(InvocationError):
        asyncio.run(tm.invoke())
    assert tm.last_unfinished is not None
    data, _ = tm.last_unfinished._repr_mimebundle_()
    assert "OSError: no route" in data["image/svg+xml"]
    assert data["text/plain"].count("OSError: no route") == 1  # by the findings alone


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"include": ["text/plain"]}, {"text/plain"}),
        ({"exclude": ["image/png", "text/plain"]}, {"text/html", "image/svg+xml"}),
        ({"include": ["image/png"], "exclude": []}, {"image/png"}),
        ({"include": ["text/html"]}, {"text/html"}),
        ({"include": ["text/latex"]}, set()),
    ],
)
def test_only_what_is_asked_for_is_made(
    asked: dict[str, Any], given: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal asks for text alone, and waits for no picture."""
    if not PICTURES & given:
        monkeypatch.setattr(run_picture, "run_picture", None)
    data, _ = made_trace(Bar("a", 0, 0, 1))._repr_mimebundle_(**asked)
    assert set(data) == given


def test_what_takes_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the budget nothing more is begun; the text names the call that draws it."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 40.0
        return now

    monkeypatch.setattr(run_cell, "_clock", clock)
    data, metadata = made_trace(Bar("a", 0, 0, 1))._repr_mimebundle_()
    assert set(data) | PICTURES != set(data)
    assert "draw.gantt()" in data["text/plain"]
    assert "image/png" not in metadata


def test_a_picture_too_large_for_a_notebook_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be saved with it; the text says how to see it."""
    monkeypatch.setattr(run_cell, "_LARGEST", 100)
    data, _ = made_trace(Bar("a", 0, 0, 1))._repr_mimebundle_()
    assert set(data) == {"text/plain"}
    assert "draw.gantt()" in data["text/plain"]


def test_a_very_large_run_is_a_summary() -> None:
    """A hundred thousand tasks: in a moment, with the call that draws them."""
    trace = made_trace(*[Bar(f"t{n}", 0, n, n + 1.0) for n in range(100_000)])
    begin = time.process_time()
    data, _ = trace._repr_mimebundle_()
    assert time.process_time() - begin < 2
    assert set(data) == {"text/plain"}
    assert "100,000 tasks, all done" in data["text/plain"]
    assert "draw.gantt()" in data["text/plain"]


def test_what_goes_wrong_is_shown_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks: findings, picture or text."""

    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("boom")

    trace = made_trace(Bar("a", 0, 0, 1))
    with monkeypatch.context() as patched:
        patched.setattr(Timeline, "findings", broken)
        data, _ = trace._repr_mimebundle_()
        assert set(data) >= PICTURES
        assert "no findings: RuntimeError: boom" in data["text/plain"]
    for module, name in ((run_picture, "run_picture"), (run_cell, "gantt_text")):
        with monkeypatch.context() as patched:
            patched.setattr(module, name, broken)
            data, _ = trace._repr_mimebundle_()
            assert "RuntimeError: boom" in data["text/plain"]


def test_a_run_that_goes_on_is_shown_as_it_is() -> None:
    """In the middle of an invoke the trace alone in a cell is a chart up to now."""

    async def main() -> dict[str, Any]:
        with build_dag() as tm:
            tm.add_node(nap, 5.0)
        seen: list[Any] = []
        with tm.watch(seen.append):
            invoke = asyncio.create_task(tm.invoke())
            await asyncio.sleep(0.01)
            data, _ = seen[0].trace._repr_mimebundle_()
            invoke.cancel()
            await asyncio.wait([invoke])
        return data

    data = asyncio.run(main())
    assert "running" in data["image/svg+xml"]
