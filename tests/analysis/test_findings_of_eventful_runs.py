"""What holds of the findings of every run, whatever happened in it.

All of it is asked of the same runs, as to make one takes as long as to ask.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from async_dag import Finding, Trace
from async_dag.trace.columns import NOT_NEEDED
from tests.support.eventful_runs import eventful_runs

SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9, "min": 60.0}
CUT_OFF = {"failed", "cancelled", "left to do"}


def is_whole(trace: Trace) -> bool:
    """Whether every task came to its end, but those that no target needs."""
    return all(
        state == "done" or trace.causes.get(node) == NOT_NEEDED
        for node, state in enumerate(trace.states)
    )


def mended(trace: Trace, finding: Finding) -> list[int]:
    """The nodes that a finding would move off the loop, or to processes: those it names first."""
    nodes = [trace.graph.find(name) for name in finding.nodes]
    count = re.match(r"([\d,]+) tasks of ", str(finding))
    many = 1 if count is None else int(count[1].replace(",", ""))
    return [node for node in nodes[:many] if node is not None]


def no_gain_beyond_the_makespan_and_no_share_beyond_all(trace: Trace) -> None:
    """Neither in the figures nor in the words."""
    makespan = trace.timeline.makespan
    for finding in trace.timeline.findings():
        assert 0 <= finding.gain.low <= finding.gain.high <= makespan
        for share in re.findall(r"(\d+)%", str(finding)):
            assert int(share) <= 100
        for number, unit in re.findall(r"saves (?:between )?([\d.]+) (\S+?)[.\s]", str(finding)):
            assert float(number) * SECONDS[unit] <= makespan * 1.01 + 1e-9


def a_gain_that_may_be_nothing_is_unclear(trace: Trace) -> None:
    """Only of the critical path is that said; every other finding is worth telling, at least."""
    makespan = trace.timeline.makespan
    for finding in trace.timeline.findings():
        said = str(finding)
        if finding.kind in CUT_OFF or finding.kind == "nothing to gain":
            assert "saves" not in said
            assert finding.gain == (0.0, 0.0)
        elif finding.gain.low < 0.02 * makespan:
            assert finding.kind == "critical path"
            assert "is unclear" in said
        else:
            assert "unclear" not in said
            assert "saves" in said
        assert (finding.why_range is None) == (finding.gain.low == finding.gain.high)


def no_cure_that_a_node_already_has(trace: Trace) -> None:
    """What is in a thread is not sent there, nor to a process what is in one."""
    kinds: dict[int, set[str]] = {}
    for call in trace.calls:
        kinds.setdefault(call.node, set()).add(call.kind)
    for finding in trace.timeline.findings():
        said = str(finding)
        for node in mended(trace, finding):
            if "with in_thread" in said:
                assert node not in kinds
                assert trace.held[node] > 0
            if "with in_process" in said:
                assert "process" not in kinds.get(node, set())
                assert trace.has_lock


def the_share_of_the_path_is_that_of_its_pieces(trace: Trace) -> None:
    """What a node ran of the makespan, and not what it waited or paused."""
    timeline = trace.timeline
    for finding in timeline.findings():
        if finding.kind != "critical path":
            continue
        told = re.search(r"(\d+)% of it", str(finding))
        assert told is not None
        names = finding.nodes[: len(mended(trace, finding))]
        if re.search(r"; tasks of .* are \d+% of it", str(finding)):
            function = re.search(r"halving all ([\d,]+) of them", str(finding)) or re.search(
                r"what halving all ([\d,]+) of them", str(finding)
            )
            assert function is not None
            names = finding.nodes[: int(function[1].replace(",", ""))]
        ran = sum(
            piece.length
            for piece in timeline.pieces
            if piece.kind == "running" and piece.node in names
        )
        assert int(told[1]) == pytest.approx(100 * ran / timeline.makespan, abs=0.51)


def of_a_run_that_was_cut_off_only_that_is_told(trace: Trace) -> None:
    """Every failure, and what is left to do; of one that was whole none of that."""
    findings = trace.timeline.findings()
    kinds = {finding.kind for finding in findings}
    if is_whole(trace):
        assert not kinds & CUT_OFF
        return
    assert kinds <= CUT_OFF
    assert "left to do" in kinds
    states, names = trace.states, trace.graph.names
    [left] = [finding for finding in findings if finding.kind == "left to do"]
    assert set(left.nodes) == {
        name
        for node, name in enumerate(names)
        if states[node] in ("failed", "cancelled", "waiting", "ready", "running")
        or (states[node] == "skipped" and trace.causes.get(node) != NOT_NEEDED)
    }
    told = {name for finding in findings if finding.kind == "failed" for name in finding.nodes}
    assert {names[node] for node, state in enumerate(states) if state == "failed"} <= told


def long_names_are_cut(trace: Trace) -> None:
    """A sentence has no word that nobody could read; the nodes have their names in full."""
    for finding in trace.timeline.findings():
        assert max(map(len, str(finding).split()), default=0) <= 60
        assert set(finding.nodes) <= set(trace.graph.names)


OF_EVERY_RUN = [
    no_gain_beyond_the_makespan_and_no_share_beyond_all,
    a_gain_that_may_be_nothing_is_unclear,
    no_cure_that_a_node_already_has,
    the_share_of_the_path_is_that_of_its_pieces,
    of_a_run_that_was_cut_off_only_that_is_told,
    long_names_are_cut,
]


@settings(max_examples=300)
@given(eventful_runs)
def test_findings_of_every_run(trace: Trace) -> None:
    """What each of the functions above says."""
    for holds in OF_EVERY_RUN:
        holds(trace)
