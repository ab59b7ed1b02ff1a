"""Findings name a cure that fits: threads for what blocks, processes for what computes."""

from __future__ import annotations

import pytest

from async_dag import Trace
from async_dag.trace.columns import Call
from tests.support.made_traces import Bar, made_trace


def two_processors(trace: Trace) -> Trace:
    """The same run, of which lateness was recorded, on a machine of two processors."""
    trace.knows_lateness = True
    trace.has_lock = True
    trace.processors = 2
    for node in range(len(trace)):
        trace.late[node] = 0.0
    return trace


def computing_threads() -> Trace:
    """Four calls of 0.25 s each that had to take turns with Python's lock."""
    bars = [Bar(f"crunch_{n}", 0.0, 0.0, 1.0, task="crunch") for n in range(4)]
    trace = two_processors(made_trace(*bars))
    trace.calls = [Call(n, "thread", 0.0, 1.0, 0.25, 150) for n in range(4)]
    return trace


def test_threads_that_compute_should_be_processes() -> None:
    """Four of them on two processors take half the time; no finding advises `in_thread`."""
    findings = computing_threads().timeline.findings()
    [found] = [finding for finding in findings if finding.kind == "python lock"]
    # The second processor may be worth less than the first.
    # And to take turns, 150 times each, took some of the time that they computed.
    turns = 4 * 150 * 30e-6
    assert found.gain.low == pytest.approx((1 - turns) * (1 - 1 / 1.7))
    assert found.gain.high == pytest.approx(0.5 + turns / 2)
    assert "4 tasks of crunch computed in threads for 1.00 s" in str(found)
    assert "in_process saves between 0.40 s and 0.51 s" in str(found)
    assert not any("in_thread" in str(finding) for finding in findings)


@pytest.mark.parametrize("change", ["one processor", "no lock"])
def test_threads_that_processes_would_not_help(change: str) -> None:
    """On one processor, or where Python has no lock, nothing is gained by processes."""
    trace = computing_threads()
    if change == "one processor":
        trace.processors = 1
    else:
        trace.has_lock = False
    assert "in_process" not in " ".join(map(str, trace.timeline.findings()))


@pytest.mark.parametrize(("processor", "cure"), [(0.5, "in_process"), (0.0, "in_thread")])
def test_the_cure_of_a_held_loop_is_one_that_helps(processor: float, cure: str) -> None:
    """What blocks goes into threads; what computes would take turns there, so into processes."""
    bars = [
        Bar(f"work_{n}", 0.0, n / 2, n / 2 + 0.5, steps=((n / 2, 0.5),), task="work")
        for n in range(4)
    ]
    trace = two_processors(made_trace(*bars))
    trace.processors = 4
    trace.long_steps = [step._replace(processor=processor) for step in trace.long_steps]
    [found] = [one for one in trace.timeline.findings() if one.kind == "held loop"]
    assert found.gain.high == pytest.approx(1.5)
    assert found.gain.low > 1.2
    assert cure in str(found)
    assert ({"in_thread", "in_process"} - {cure}).pop() not in str(found)
