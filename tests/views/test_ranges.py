"""What a run tells in bounds only is written and drawn as a range, in every picture."""

from __future__ import annotations

import pytest

from async_dag.trace.columns import Call
from tests.support.made_traces import Bar, made_trace, made_uncertain_trace


def test_text_chart() -> None:
    """Work and speed-up above the bars; in ASCII where the terminal has nothing else."""
    assert "work 2.50–3.50 s, speed-up 1.25–1.75×" in made_uncertain_trace().draw.text(
        encoding="utf-8"
    )
    assert "work 2.50-3.50 s, speed-up 1.25-1.75x" in made_uncertain_trace().draw.text(
        encoding="ascii"
    )


def test_comparison() -> None:
    """Totals and speed-ups of computed ways; what was measured is one figure."""
    comparison = made_uncertain_trace().timeline.comparison()
    text = comparison.text(encoding="utf-8")
    assert "2.50–3.50 s" in text
    assert "2.00 s · 1.2–1.8×" in text
    assert comparison.rows[2]["makespan"] == 2.0
    assert comparison.rows[2]["speedup"] == pytest.approx(1.25)
    assert comparison.speedup_range("dag") == pytest.approx((1.25, 1.75))


def test_figure() -> None:
    """Below the chart what others ways take, and how many times as fast the run is."""
    pytest.importorskip("matplotlib")

    svg = made_uncertain_trace().draw.gantt()._repr_mimebundle_()[0]["image/svg+xml"]
    assert "2.50–3.50 s" in svg
    assert "1.25–1.75×" in svg


def test_work_of_a_run_that_was_cut_off() -> None:
    """What failed and what was cancelled did work, too."""
    trace = made_trace(
        Bar("fails", 0.0, 0.0, 1.0, state="failed"),
        Bar("stopped", 0.0, 0.0, 1.5, state="cancelled", cause=0),
    )
    assert trace.timeline.work == pytest.approx(2.5)


def test_threads_that_share_two_processors_with_code_that_has_no_lock() -> None:
    """What they waited for stays open, and the truth lies in the range."""
    trace = made_trace(*(Bar(f"hash_{n}", 0.0, 0.0, 1.0) for n in range(8)))
    trace.knows_lateness, trace.has_lock, trace.processors = True, True, 2
    for node in range(8):
        trace.late[node] = 0.0
    trace.calls = [Call(n, "thread", 0.0, 1.0, 0.24, 2000) for n in range(8)]
    low, high = trace.timeline.work_range
    assert low <= 8 * 0.24
    assert high == pytest.approx(8.0)
